-- The text of the table macros that `publish` creates in the published file, in the order of their
-- creation: one per mart, from the same query as the mart itself. They cannot be created here: a
-- macro would keep the name of the database it was built in.
{%- set day = 'cast(as_of_date as date)' %}
{%- set macros = [] %}
{%- set answers = {} %}
{%- for mart in scopes() %}
    {%- set schema = 'history' if mart == 'detention_totals' else 'marts' %}
    {%- do macros.append((schema, mart, figures_in_force(mart, 'history.' ~ mart, 'history.reigns', day))) %}
    {%- do answers.update({mart: schema ~ '.' ~ mart ~ '_as_of(as_of_date)'}) %}
{%- endfor %}
{%- for mart, definition in answers_of_marts_of_marts(answers, 'marts', day).items() %}
    {%- do macros.append(('marts', mart, definition)) %}
{%- endfor %}
{% for schema, mart, definition in macros %}
    select
        {{ loop.index }} as creation_order,
        '{{ schema }}' as schema_name,
        '{{ mart }}' as table_name,
        '{{ mart }}_as_of' as macro_name,
        $macro${{ definition }}$macro$ as definition
    {{ "union all" if not loop.last }}
{% endfor %}
