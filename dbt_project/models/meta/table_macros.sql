-- The text of the table macros that `publish` creates in the published file, in the order of their
-- creation: one per mart, from the same query as the mart itself. They cannot be created here: a
-- macro would keep the name of the database it was built in.
{%- set day = 'cast(as_of_date as date)' %}
{%- set macros = [] %}
{%- set revisions_known = '(select * from marts.revisions where known_on_after <= ' ~ day ~ ')' %}
{%- set summaries_known = '(select * from marts.revision_summary where known_on <= ' ~ day ~ ')' %}
{%- for mart in scopes() %}
    {%- set schema = 'history' if mart == 'detention_totals' else 'marts' %}
    {%- do macros.append((schema, mart, figures_in_force(mart, 'history.' ~ mart, 'history.reigns', day))) %}
{%- endfor %}
{%- set as_of = '_as_of(as_of_date)' %}
{%- do macros.extend([
    ('marts', 'expulsions', expulsions('marts.encounters' ~ as_of, is_as_of=true)),
    ('marts', 'releases_from_ice_detention', releases_from_ice_detention('marts.book_outs' ~ as_of, is_as_of=true)),
    ('marts', 'border_monthly', border_monthly(
        'marts.encounters' ~ as_of, 'marts.apprehensions' ~ as_of, 'marts.releases_from_border_custody' ~ as_of, is_as_of=true
    )),
    ('marts', 'detention_monthly', detention_monthly(
        'marts.book_ins' ~ as_of, 'marts.book_outs' ~ as_of, 'history.detention_totals' ~ as_of, is_as_of=true
    )),
    ('marts', 'revisions', 'select *, is_known_on_estimated as is_as_of_estimated from ' ~ revisions_known),
    ('marts', 'revision_summary', revision_summary(summaries_known, revisions_known, is_as_of=true)),
]) %}
{% for schema, mart, definition in macros %}
    select
        {{ loop.index }} as creation_order,
        '{{ schema }}' as schema_name,
        '{{ mart }}' as table_name,
        '{{ mart }}_as_of' as macro_name,
        $macro${{ definition }}$macro$ as definition
    {{ "union all" if not loop.last }}
{% endfor %}
