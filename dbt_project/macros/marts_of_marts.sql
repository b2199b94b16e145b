{#-
    Marts that are made from other marts. Each query stands here once and is used twice: over the marts
    of today by the model of that name, over their answers for a past day (`is_as_of`) by its
    `..._as_of`.
-#}


{#- The last column of an answer for a past day; nothing in a mart of today. -#}
{% macro estimated(is_as_of, expression='is_as_of_estimated') -%}
    {%- if is_as_of -%}
        ,
        {{ expression }}{{ ' as is_as_of_estimated' if expression != 'is_as_of_estimated' }}
    {%- endif -%}
{%- endmacro %}



{#- Encounters under Title 42. -#}
{% macro expulsions(encounters, is_as_of=false) -%}
select
    reference_month,
    border_region,
    component,
    demographic,
    citizenship_group,
    component_null_reason,
    encounter_count as expulsion_count,
    null_reason,
    published_encounter_count as published_expulsion_count,
    fiscal_year,
    series,
    vintage_id,
    is_rounded,
    is_partial,
    covered_through,
    date_basis,
    is_corrected,
    is_derived
    {{- estimated(is_as_of) }}
from {{ encounters }}
where title_of_authority = 'title_42'
{%- endmacro %}


{#- The book-outs whose reason means release into the US. -#}
{% macro releases_from_ice_detention(book_outs, is_as_of=false) -%}
select
    reference_month,
    release_reason,
    criminality,
    book_out_count as release_count,
    null_reason,
    published_book_out_count as published_release_count,
    fiscal_year,
    series,
    vintage_id,
    is_rounded,
    is_partial,
    covered_through,
    date_basis,
    is_corrected,
    is_derived
    {{- estimated(is_as_of) }}
from {{ book_outs }}
where is_released_into_us
{%- endmacro %}


{#- Whether any of these tables rests on an estimate; a table without a row does not. -#}
{% macro any_estimated(tables) -%}
    {%- for table in tables -%}
        coalesce({{ table }}.is_as_of_estimated, false){{ ' or ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- Whether a figure of any of these tables is corrected; a table without a row has none. -#}
{% macro any_corrected(tables) -%}
    {%- for table in tables -%}
        coalesce({{ table }}.is_corrected, false){{ ' or ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- Of figures side by side, those that a correction changed, as published: 'figure: value; ...'. `figures`
    are pairs of a name and the relation that has it and what was published. -#}
{% macro published_figures(figures) -%}
    nullif(
        concat_ws(
            '; ',
            {% for name, relation in figures %}
                if(
                    {{ relation }}.published_{{ name }} != {{ relation }}.{{ name }},
                    format('{{ name }}: {:.15g}', {{ relation }}.published_{{ name }}),
                    null
                ){{ "," if not loop.last }}
            {% endfor %}
        ),
        ''
    )
{%- endmacro %}


{#- The main figures of a month and border region side by side. -#}
{% macro border_monthly(encounters, apprehensions, releases, is_as_of=false) -%}
with encounters as (
    select
        reference_month,
        border_region,
        series,
        vintage_id,
        is_partial,
        covered_through,
        {{ whole_sum('encounter_count') }} as encounter_count,
        cast(sum(if(encounter_type = 'inadmissible', encounter_count, 0)) as bigint) as inadmissible_count,
        cast(sum(if(title_of_authority = 'title_42', encounter_count, 0)) as bigint) as expulsion_count,
        {{ published_sum('encounter_count', 'published_encounter_count') }} as published_encounter_count,
        {{ published_sum(
            "if(encounter_type = 'inadmissible', encounter_count, 0)",
            "if(encounter_type = 'inadmissible', published_encounter_count, 0)",
        ) }} as published_inadmissible_count,
        {{ published_sum(
            "if(title_of_authority = 'title_42', encounter_count, 0)",
            "if(title_of_authority = 'title_42', published_encounter_count, 0)",
        ) }} as published_expulsion_count,
        bool_or(is_corrected) as is_corrected,
        count(component) = count(*) as is_split_by_component,
        count(encounter_count) = count(*) as is_whole
        {{- estimated(is_as_of) }}
    from {{ encounters }}
    group by all
),

apprehensions as (
    select
        reference_month,
        border_region,
        series,
        vintage_id,
        is_partial,
        covered_through,
        {{ whole_sum('apprehension_count') }} as apprehension_count,
        {{ published_sum('apprehension_count', 'published_apprehension_count') }} as published_apprehension_count,
        bool_or(is_corrected) as is_corrected
        {{- estimated(is_as_of) }}
    from {{ apprehensions }}
    group by all
),

releases_of_each_type as (
    select
        reference_month,
        'southwest' as border_region,
        release_type,
        series,
        vintage_id,
        is_partial,
        covered_through,
        is_rounded,
        {{ whole_sum('release_count') }} as release_count,
        {{ published_sum('release_count', 'published_release_count') }} as published_release_count,
        bool_or(is_corrected) as is_corrected
        {{- estimated(is_as_of) }}
    from {{ releases }}
    group by all
),

releases as (
    select
        reference_month,
        border_region,
        series,
        vintage_id,
        is_partial,
        covered_through,
        is_rounded,
        cast(sum(if(release_type = 'usbp_release', release_count, null)) as bigint) as usbp_release_count,
        cast(sum(if(release_type = 'ofo_parole', release_count, null)) as bigint) as ofo_parole_count,
        sum(if(release_type = 'usbp_release', published_release_count, null)) as published_usbp_release_count,
        sum(if(release_type = 'ofo_parole', published_release_count, null)) as published_ofo_parole_count,
        bool_or(is_corrected) as is_corrected
        {{- estimated(is_as_of) }}
    from releases_of_each_type
    group by all
),

months as (
    select
        reference_month,
        border_region
    from encounters
    union
    select
        reference_month,
        border_region
    from apprehensions
    union
    select
        reference_month,
        border_region
    from releases
),

side_by_side as (
    select
        months.reference_month,
        months.border_region,
        encounters.encounter_count,
        apprehensions.apprehension_count,
        if(encounters.is_whole and encounters.is_split_by_component, encounters.inadmissible_count, null)
            as inadmissible_count,
        if(encounters.is_whole, encounters.expulsion_count, null) as expulsion_count,
        releases.usbp_release_count,
        releases.ofo_parole_count,
        encounters.series as encounters_series,
        apprehensions.series as apprehensions_series,
        releases.series as releases_series,
        encounters.vintage_id as encounters_vintage_id,
        apprehensions.vintage_id as apprehensions_vintage_id,
        releases.vintage_id as releases_vintage_id,
        coalesce(releases.is_rounded, false) as is_rounded,
        coalesce(encounters.is_partial, false)
        or coalesce(apprehensions.is_partial, false)
        or coalesce(releases.is_partial, false) as is_partial,
        least(encounters.covered_through, apprehensions.covered_through, releases.covered_through)
            as covered_through,
        {{ any_corrected(['encounters', 'apprehensions', 'releases']) }} as is_corrected,
        {{ published_figures([
            ('encounter_count', 'encounters'), ('apprehension_count', 'apprehensions'),
            ('inadmissible_count', 'encounters'), ('expulsion_count', 'encounters'),
            ('usbp_release_count', 'releases'), ('ofo_parole_count', 'releases'),
        ]) }} as published_figures
        {{- estimated(is_as_of, any_estimated(['encounters', 'apprehensions', 'releases'])) }}
    from months
    left join encounters
        on
            months.reference_month = encounters.reference_month
            and months.border_region = encounters.border_region
    left join apprehensions
        on
            months.reference_month = apprehensions.reference_month
            and months.border_region = apprehensions.border_region
    left join releases
        on
            months.reference_month = releases.reference_month
            and months.border_region = releases.border_region
)

select
    this_month.reference_month,
    this_month.border_region,
    this_month.encounter_count,
    this_month.apprehension_count,
    this_month.inadmissible_count,
    this_month.expulsion_count,
    this_month.expulsion_count / nullif(this_month.encounter_count, 0) as expulsion_share,
    this_month.usbp_release_count,
    this_month.ofo_parole_count,
    this_month.encounter_count - month_before.encounter_count as encounter_change_on_month,
    this_month.encounter_count - year_before.encounter_count as encounter_change_on_year,
    {{ fiscal_year('this_month.reference_month') }} as fiscal_year,
    {{ fiscal_quarter('this_month.reference_month') }} as fiscal_quarter,
    this_month.encounters_series,
    this_month.apprehensions_series,
    this_month.releases_series,
    this_month.encounters_vintage_id,
    this_month.apprehensions_vintage_id,
    this_month.releases_vintage_id,
    this_month.is_rounded,
    this_month.is_partial,
    this_month.covered_through,
    'encounter_month' as date_basis,
    this_month.is_corrected,
    true as is_derived,
    nullif(
        concat_ws(
            '; ',
            case
                when this_month.encounters_series is null
                    then 'encounters, inadmissibles, expulsions: no publication held covers the month'
                when this_month.encounter_count is null
                    then 'encounters, inadmissibles, expulsions: a part is not published'
                when this_month.inadmissible_count is null
                    then 'inadmissibles: the state file does not say which component'
            end,
            case
                when this_month.apprehension_count is not null then null
                when this_month.apprehensions_series is not null
                    then 'apprehensions: a part is not published'
                when this_month.encounters_series = 'cbp_nationwide_encounters_state'
                    then 'apprehensions: the state file does not say which component'
                when this_month.encounters_series is not null
                    then 'apprehensions: none in the file'
                else 'apprehensions: no publication held covers the month'
            end,
            case
                when this_month.border_region != 'southwest'
                    then 'releases and paroles: published for the southwest only'
                when this_month.releases_series is null
                    then 'releases and paroles: no publication held covers the month'
                when this_month.usbp_release_count is null
                    then 'releases: a part is not published'
            end,
            case
                when this_month.releases_series is null or this_month.ofo_parole_count is not null then null
                when this_month.releases_series = 'cbp_custody_transfers'
                    then 'paroles: not on the custody page'
                else 'paroles: a part is not published'
            end
        ),
        ''
    ) as null_reason,
    this_month.published_figures
    {{- estimated(is_as_of, any_estimated(['this_month', 'month_before', 'year_before'])) }}
from side_by_side as this_month
left join side_by_side as month_before
    on
        this_month.border_region = month_before.border_region
        and this_month.reference_month = month_before.reference_month + interval 1 month
left join side_by_side as year_before
    on
        this_month.border_region = year_before.border_region
        and this_month.reference_month = year_before.reference_month + interval 1 year
{%- endmacro %}


{#- The main figures of ICE detention of a month side by side. `totals` are rows of `detention_totals`. -#}
{% macro detention_monthly(book_ins, book_outs, totals, is_as_of=false) -%}
with book_ins as (
    select
        reference_month,
        series,
        vintage_id,
        is_rounded,
        is_partial,
        covered_through,
        cast(sum(if(arresting_agency = 'CBP', book_in_count, null)) as bigint) as cbp_book_in_count,
        cast(sum(if(arresting_agency = 'ICE', book_in_count, null)) as bigint) as ice_book_in_count,
        {{ whole_sum('book_in_count') }} as book_in_count,
        {% for agency in ['CBP', 'ICE'] %}
            {{ published_sum(
                "if(arresting_agency = '" ~ agency ~ "', book_in_count, null)",
                "if(arresting_agency = '" ~ agency ~ "', published_book_in_count, null)",
            ) }} as published_{{ agency | lower }}_book_in_count,
        {% endfor %}
        {{ published_sum('book_in_count', 'published_book_in_count') }} as published_book_in_count,
        bool_or(is_corrected) as is_corrected
        {{- estimated(is_as_of) }}
    from {{ book_ins }}
    group by all
),

releases_by_cell as (
    select
        reference_month,
        definition,
        series,
        vintage_id,
        is_rounded,
        is_partial,
        covered_through,
        {{ whole_sum('book_out_count') }} as release_count,
        {{ published_sum('book_out_count', 'published_book_out_count') }} as published_release_count,
        bool_or(is_corrected) as is_corrected
        {{- estimated(is_as_of) }}
    from {{ book_outs }}
    where is_released_into_us
    group by all
),

-- where a cell is blank, the totals that the same workbook prints say how many there were
releases as (
    select
        cells.* replace (
            coalesce(cells.release_count, cast(printed.value as bigint)) as release_count,
            if(cells.release_count is null, printed.published_value, cells.published_release_count)
                as published_release_count,
            if(cells.release_count is null, coalesce(printed.is_corrected, false), cells.is_corrected)
                as is_corrected
        )
    from releases_by_cell as cells
    left join {{ totals }} as printed
        on
            cells.reference_month = printed.reference_month
            and cells.vintage_id = printed.vintage_id
            and printed.measure = 'releases'
),

-- the published total; the rows of `ice_removals` add up to it but for rounding
removals as (
    select
        reference_month,
        series,
        vintage_id,
        covered_through,
        is_partial,
        cast(value as bigint) as removal_count,
        published_value as published_removal_count,
        is_corrected
        {{- estimated(is_as_of) }}
    from {{ totals }}
    where measure = 'removals'
),

population as (
    select
        reference_month,
        series,
        vintage_id,
        covered_through,
        is_partial,
        value as average_daily_population,
        published_value as published_average_daily_population,
        is_corrected
        {{- estimated(is_as_of) }}
    from {{ totals }}
    where measure = 'average_daily_population'
),

months as (
    select reference_month from book_ins
    union
    select reference_month from releases
    union
    select reference_month from removals
    union
    select reference_month from population
)

select
    months.reference_month,
    book_ins.cbp_book_in_count,
    book_ins.ice_book_in_count,
    book_ins.book_in_count,
    releases.release_count,
    releases.definition as release_definition,
    removals.removal_count,
    population.average_daily_population,
    {{ fiscal_year('months.reference_month') }} as fiscal_year,
    {{ fiscal_quarter('months.reference_month') }} as fiscal_quarter,
    book_ins.series as book_ins_series,
    releases.series as releases_series,
    removals.series as removals_series,
    population.series as population_series,
    book_ins.vintage_id as book_ins_vintage_id,
    releases.vintage_id as releases_vintage_id,
    removals.vintage_id as removals_vintage_id,
    population.vintage_id as population_vintage_id,
    coalesce(book_ins.is_rounded, false) as is_book_ins_rounded,
    coalesce(releases.is_rounded, false) as is_releases_rounded,
    removals.reference_month is not null as is_removals_rounded,
    coalesce(book_ins.is_partial, false)
    or coalesce(releases.is_partial, false)
    or coalesce(removals.is_partial, false)
    or coalesce(population.is_partial, false) as is_partial,
    least(
        book_ins.covered_through, releases.covered_through, removals.covered_through, population.covered_through
    ) as covered_through,
    {{ any_corrected(['book_ins', 'releases', 'removals', 'population']) }} as is_corrected,
    false as is_derived,
    nullif(
        concat_ws(
            '; ',
            {% for figure, part, counted in [
                ('book-ins', 'book_ins', 'book_in_count'),
                ('releases', 'releases', 'release_count'),
                ('removals', 'removals', 'removal_count'),
                ('population', 'population', 'average_daily_population'),
            ] %}
                case
                    when {{ part }}.series is null then '{{ figure }}: no publication held covers the month'
                    when {{ part }}.{{ counted }} is null then '{{ figure }}: not published'
                end{{ "," if not loop.last }}
            {% endfor %}
        ),
        ''
    ) as null_reason,
    {{ published_figures([
        ('cbp_book_in_count', 'book_ins'), ('ice_book_in_count', 'book_ins'), ('book_in_count', 'book_ins'),
        ('release_count', 'releases'), ('removal_count', 'removals'), ('average_daily_population', 'population'),
    ]) }} as published_figures
    {{- estimated(is_as_of, any_estimated(['book_ins', 'releases', 'removals', 'population'])) }}
from months
left join book_ins on months.reference_month = book_ins.reference_month
left join releases on months.reference_month = releases.reference_month
left join removals on months.reference_month = removals.reference_month
left join population on months.reference_month = population.reference_month
{%- endmacro %}


{#- The answers of these marts for the day that the SQL expression `day` gives, and of the tables of
    revisions. `answers` are the relations that answer for the marts they are made of; `marts` is the
    schema of those that have their days in them. -#}
{% macro answers_of_marts_of_marts(answers, marts, day) -%}
    {%- set revisions = '(select * from ' ~ marts ~ '.revisions where known_on_after <= ' ~ day ~ ')' -%}
    {%- set summaries = '(select * from ' ~ marts ~ '.revision_summary where known_on <= ' ~ day ~ ')' -%}
    {{ return({
        'expulsions': expulsions(answers.encounters, is_as_of=true),
        'releases_from_ice_detention': releases_from_ice_detention(answers.book_outs, is_as_of=true),
        'border_monthly': border_monthly(
            answers.encounters, answers.apprehensions, answers.releases_from_border_custody, is_as_of=true
        ),
        'detention_monthly': detention_monthly(
            answers.book_ins, answers.book_outs, answers.detention_totals, is_as_of=true
        ),
        'revisions': 'select *, is_known_on_estimated as is_as_of_estimated from ' ~ revisions,
        'revision_summary': revision_summary(summaries, revisions, is_as_of=true),
    }) }}
{%- endmacro %}
