-- Each statement of models/claims/*.yml with a verdict from the figures. A statement is an exposure
-- whose meta holds its query and its condition (docs/claims.md); they are asked twice, of the figures
-- of now and of those that were known when the statement was made.
-- depends_on: {{ ref('about') }}
-- depends_on: {{ ref('reconciliation') }}
{% for mart in scopes() if mart != 'detention_totals' %}
-- depends_on: {{ ref(mart) }} {{ ref('history_' ~ mart) }}
{% endfor %}
{% for mart in [
    'border_monthly', 'detention_monthly', 'expulsions', 'releases_from_ice_detention', 'revisions', 'revision_summary',
] %}
-- depends_on: {{ ref(mart) }}
{% endfor %}
{% set past = answers_in_build('day_of_statement') %}
with answers as (
    {% for statement in statements_of_claims() %}
        {% set asked_of_then = sql_as_of(statement, past) %}
        {% set holds = 'cast((' ~ statement.holds_if ~ ') as boolean)' %}
        select
            {{ statement.number }} as statement_number,
            {{ sql_text(statement.name) }} as statement_id,
            {{ sql_text(statement.text) }} as statement,
            {{ sql_text(statement.published) }} as published,
            date '{{ statement.made_on }}' as made_on,
            {{ sql_text(statement.unit) }} as unit,
            {{ sql_text(statement.holds_if) }} as holds_if,
            {{ sql_text(statement.not_comparable_reason) }} as not_comparable_reason,
            {{ sql_text(statement.sql) }} as sql,
            {{ sql_text(asked_of_then) }} as sql_as_of,
            (select max(figure) from (select cast(answer_now.figure as double) as figure)) as ours_now,
            answer_now.explanation,
            answer_now.why_not,
            cast(answer_then.figure as double) as figure_then,
            control.figure as figure_of_control,
            control.published_source,
            (select {{ holds }} from (select answer_now.figure as figure)) as holds_now,
            (select {{ holds }} from (select answer_then.figure as figure)) as holds_then,
            (select {{ holds }} from (select control.figure as figure)) as holds_by_control
        from (select 1 as one) as one
        left join ({{ in_build(statement.sql, statement, past) }}) as answer_now on true
        left join (
            {{ in_build(asked_of_then, statement, past) if asked_of_then else 'select cast(null as double) as figure' }}
        ) as answer_then on true
        left join (
            select
                published as figure,
                published_source
            from {{ ref('reconciliation') }}
            where
                comparison = 'published total'
                and measure = {{ sql_text((statement.control_total or {}).measure) }}
                and scope = {{ sql_text((statement.control_total or {}).scope) }}
                and period = {{ sql_text((statement.control_total or {}).period) }}
                and published_on <= date '{{ statement.made_on }}'
            qualify row_number() over (order by published_on desc) = 1
        ) as control on true
        {{ "union all" if not loop.last }}
    {% else %}
        select
            cast(null as integer) as statement_number,
            cast(null as varchar) as statement_id,
            cast(null as varchar) as statement,
            cast(null as varchar) as published,
            cast(null as date) as made_on,
            cast(null as varchar) as unit,
            cast(null as varchar) as holds_if,
            cast(null as varchar) as not_comparable_reason,
            cast(null as varchar) as sql,
            cast(null as varchar) as sql_as_of,
            cast(null as double) as ours_now,
            cast(null as varchar) as explanation,
            cast(null as varchar) as why_not,
            cast(null as double) as figure_then,
            cast(null as double) as figure_of_control,
            cast(null as varchar) as published_source,
            cast(null as boolean) as holds_now,
            cast(null as boolean) as holds_then,
            cast(null as boolean) as holds_by_control
        where false
    {% endfor %}
),

judged as (
    select
        *,
        coalesce(figure_then, figure_of_control) as ours_as_of_then,
        case
            when figure_then is not null then 'vintages known by then'
            when figure_of_control is not null
                then 'carried-in total, no vintage held from then: ' || published_source
        end as as_of_basis,
        if(figure_then is not null, holds_then, coalesce(holds_by_control, holds_now)) as holds_as_published
    from answers
)

select
    statement_number,
    statement_id,
    statement,
    published,
    made_on,
    unit,
    ours_as_of_then,
    as_of_basis,
    ours_now,
    case
        when holds_now is null then 'cannot be told: ' || coalesce(why_not, 'the publications held do not give it')
        when not holds_as_published then 'does not hold'
        when ours_as_of_then != ours_now then 'holds as published, since revised'
        else 'holds'
    end as verdict,
    not_comparable_reason is null as is_comparable,
    not_comparable_reason,
    upper(coalesce(explanation, why_not)[1]) || coalesce(explanation, why_not)[2:]
    || case
        when ours_as_of_then != ours_now
            then format('; as known on {} the figure was {:,.6g}', strftime(made_on, '%-d %B %Y'), ours_as_of_then)
        else ''
    end || '.' as explanation,
    holds_if,
    sql,
    sql_as_of
from judged
