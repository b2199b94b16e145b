{#-
    Past figures: which vintage reigned when, and how the figures of all reigns become a history that
    stores changes only. A table of the marts and its answer for a past day are the same query, once
    over the open end of the history and once over that day.
-#}


{#- The scopes: within one combination of these columns all rows of a mart come from one vintage of
    one series at a time. Every mart that has a history of its own stands here. -#}
{% macro scopes() -%}
    {{ return({
        'encounters': ['reference_month', 'border_region'],
        'encounters_by_area': ['reference_month'],
        'encounters_by_state': ['reference_month'],
        'sector_monthly': ['reference_month', 'component', 'border_region'],
        'apprehensions': ['reference_month', 'border_region'],
        'releases_from_border_custody': ['reference_month'],
        'book_outs': ['reference_month'],
        'book_ins': ['reference_month'],
        'removals': ['reference_month', 'kind'],
        'ice_removals': ['reference_month'],
        'detention_population': ['reference_month', 'measure', 'population_date'],
        'detention_totals': ['reference_month', 'measure'],
        'ice_fiscal_year_totals': ['fiscal_year', 'measure'],
        'outcomes_by_component': ['reference_month'],
        'outcomes_by_family_status': ['reference_month'],
        'outcomes_by_citizenship': ['reference_month'],
        'facilities': ['fiscal_year'],
        'book_ins_by_facility_type': ['fiscal_year'],
        'custody_inadmissibles': ['reference_month'],
    }) }}
{%- endmacro %}


{#- The columns that a scope can have, with their types: those of `reigns`. -#}
{% macro scope_columns() -%}
    {{ return({
        'reference_month': 'date', 'fiscal_year': 'integer', 'border_region': 'varchar', 'component': 'varchar',
        'kind': 'varchar', 'measure': 'varchar', 'population_date': 'date',
    }) }}
{%- endmacro %}


{#- What the reign of a vintage says of a figure; every column of a mart that is none of these is
    part of the figure itself and stands in its history. -#}
{% macro provenance_columns() -%}
    {{ return(['series', 'vintage_id', 'covered_through', 'coverage_end', 'is_partial', 'is_rounded']) }}
{%- endmacro %}


{#- The reigns of the vintages of each table and period: from the day on which a vintage is the
    newest of those known, to the day on which a newer one is. A vintage that covers less, or as much
    and was known before, never ends a reign. `periods` are rows of `int_periods_held`. -#}
{% macro reigns_of_vintages(periods, period) -%}
    (
        select
            *,
            known_on as valid_from,
            lead(known_on) over (
                partition by series, table_name, {{ period }} order by known_on
            ) as valid_to,
            known_on_basis = 'estimated' as is_estimated
        from (
            select *
            from (
                select
                    *,
                    row_number() over (
                        partition by series, table_name, {{ period }}
                        order by coverage_end, known_on, vintage_id desc
                    ) as strength
                from {{ periods }}
            ) as known
            qualify
                strength = max(strength) over (
                    partition by series, table_name, {{ period }}
                    order by known_on range between unbounded preceding and current row
                )
        ) as reigning
    )
{%- endmacro %}


{#- The rows of a staging model from each vintage that ever reigned for their table and month, with
    the columns of `reign_columns`. -#}
{% macro reigning_by_month(staged) -%}
    (
        select
            staged.*,
            reigns.series,
            reigns.covered_through,
            reigns.is_partial,
            reigns.valid_from,
            reigns.valid_to,
            reigns.is_estimated
        from {{ staged }} as staged
        inner join {{ ref('int_reigns_by_month') }} as reigns
            on
                staged.vintage_id = reigns.vintage_id
                and staged.table_name = reigns.table_name
                and staged.reference_month = reigns.reference_month
    )
{%- endmacro %}


{#- The rows without a month (totals of a fiscal year) of a staging model from each vintage that ever
    reigned for their table and fiscal year. -#}
{% macro reigning_by_fiscal_year(staged) -%}
    (
        select
            staged.*,
            reigns.series,
            reigns.covered_through,
            reigns.is_partial,
            reigns.valid_from,
            reigns.valid_to,
            reigns.is_estimated
        from {{ staged }} as staged
        inner join {{ ref('int_reigns_by_fiscal_year') }} as reigns
            on
                staged.vintage_id = reigns.vintage_id
                and staged.table_name = reigns.table_name
                and staged.fiscal_year = reigns.fiscal_year
        where staged.reference_month is null
    )
{%- endmacro %}


{#- The columns that say from which vintage a row comes and when that vintage reigned. -#}
{% macro reign_columns() -%}
    series,
    vintage_id,
    covered_through,
    is_partial,
    valid_from,
    valid_to,
    is_estimated
{%- endmacro %}


{#- Which vintage of which series gave the rows of each scope of a mart, from when to when. As of each
    day the series of lowest precedence among those known counts, so another reigns until then.
    An answer rests on an estimate if the first day of its reign, or of the next, is estimated. -#}
{% macro reigns_of_mart(mart, figures) -%}
    {%- set scope = scopes()[mart] -%}
    {%- set scope_list = scope | join(', ') -%}
    (
        with held as (
            select distinct
                {{ scope_list }},
                precedence,
                {{ reign_columns() }}
            from {{ figures }}
        ),

        days_of_change as (
            select
                *,
                lead(valid_from) over (partition by {{ scope_list }} order by valid_from) as valid_to
            from (
                select {{ scope_list }}, valid_from from held
                union
                select {{ scope_list }}, valid_to from held where valid_to is not null
            )
        ),

        chosen as (
            select
                {% for column in scope %}days_of_change.{{ column }}, {% endfor %}
                held.series,
                held.vintage_id,
                held.covered_through,
                held.is_partial,
                held.is_estimated,
                days_of_change.valid_from,
                days_of_change.valid_to
            from days_of_change
            inner join held
                on
                    {% for column in scope %}days_of_change.{{ column }} = held.{{ column }} and {% endfor %}
                    held.valid_from <= days_of_change.valid_from
                    and (held.valid_to is null or days_of_change.valid_from < held.valid_to)
            qualify
                held.precedence = min(held.precedence) over (
                    partition by {% for column in scope %}days_of_change.{{ column }}, {% endfor %}days_of_change.valid_from
                )
        ),

        reigns as (
            {{ joined_intervals('chosen', scope + ['series', 'vintage_id', 'covered_through', 'is_partial', 'is_estimated']) }}
        )

        select
            '{{ mart }}' as mart,
            {% for column, type in scope_columns().items() %}
                {{ column if column in scope else 'null' }}::{{ type }} as {{ column }},
            {% endfor %}
            series,
            vintage_id,
            covered_through,
            is_partial,
            series = 'ohss_monthly_tables' as is_rounded,
            valid_from,
            valid_to,
            is_estimated
            or coalesce(lead(is_estimated) over (partition by {{ scope_list }} order by valid_from), false)
                as is_as_of_estimated
        from reigns
    )
{%- endmacro %}


{#- Rows that follow upon each other with equal `columns` as one row: a change is where a new one
    begins. An open interval (`valid_to` is NULL) stays open. -#}
{% macro joined_intervals(rows, columns) -%}
    {%- set column_list = columns | join(', ') -%}
    select
        {{ column_list }},
        min(valid_from) as valid_from,
        if(count(valid_to) = count(*), max(valid_to), null) as valid_to
    from (
        select
            *,
            count_if(is_change) over (
                partition by {{ column_list }} order by valid_from
            ) as change_number
        from (
            select
                *,
                coalesce(
                    lag(valid_to) over (partition by {{ column_list }} order by valid_from) != valid_from, true
                ) as is_change
            from {{ rows }}
        )
    )
    group by {{ column_list }}, change_number
{%- endmacro %}


{#- The names of a mart's columns, in the order of its contract; of what is no mart, those of its
    intermediate model. -#}
{% macro columns_of(mart) -%}
    {%- set names = [] -%}
    {%- if execute -%}
        {%- set model = 'model.' ~ project_name ~ '.' -%}
        {%- for column in (graph.nodes.get(model ~ mart) or graph.nodes[model ~ 'int_' ~ mart]).columns -%}
            {%- do names.append(column) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(names) }}
{%- endmacro %}


{#- The history of a mart: each figure with the days on which it was the one in force, one row for as
    long as it did not change, whatever the number of vintages that repeat it. -#}
{% macro history_of(mart, figures) -%}
    {%- set columns = columns_of(mart) | reject('in', provenance_columns()) | list -%}
    {%- if not execute %}{% set columns = scopes()[mart] %}{% endif -%}
    with in_force as (
        select
            {% for column in columns %}figures.{{ column }}, {% endfor %}
            reigns.valid_from,
            reigns.valid_to
        from {{ figures }} as figures
        inner join {{ ref('reigns') }} as reigns
            on
                reigns.mart = '{{ mart }}'
                {% for column in scopes()[mart] -%}
                    and figures.{{ column }} = reigns.{{ column }}
                {% endfor -%}
                and figures.series = reigns.series
                and figures.vintage_id = reigns.vintage_id
                -- a vintage that was taken back to has two reigns, and its figures once in each
                and figures.valid_from < coalesce(reigns.valid_to, date 'infinity')
                and reigns.valid_from < coalesce(figures.valid_to, date 'infinity')
    )

    {{ joined_intervals('in_force', columns) }}
{%- endmacro %}


{#- The rows of a mart out of its history: those of today where `day` is none, else those of the SQL
    expression `day`, with `is_as_of_estimated`. -#}
{% macro figures_in_force(mart, history, reigns, day=none) -%}
    {%- set at_that_day -%}
        {%- for intervals in ['figures', 'reigns'] %}
            and {% if day is none -%}
                {{ intervals }}.valid_to is null
            {%- else -%}
                {{ intervals }}.valid_from <= {{ day }}
                and ({{ intervals }}.valid_to is null or {{ day }} < {{ intervals }}.valid_to)
            {%- endif %}
        {%- endfor -%}
    {%- endset -%}
    select
        {%- for column in columns_of(mart) %}
            {% if column == 'coverage_end' -%}
                reigns.covered_through as coverage_end
            {%- elif column in provenance_columns() -%}
                reigns.{{ column }}
            {%- else -%}
                figures.{{ column }}
            {%- endif %}
            {{- "," if not loop.last or day is not none }}
        {%- endfor %}
        {%- if day is not none %}
            reigns.is_as_of_estimated
        {%- endif %}
    from {{ history }} as figures
    inner join {{ reigns }} as reigns
        on
            reigns.mart = '{{ mart }}'
            {%- for column in scopes()[mart] %}
            and figures.{{ column }} = reigns.{{ column }}
            {%- endfor %}
            {{- at_that_day }}
{%- endmacro %}
