-- The columns that tell the rows of each table of the marts apart.
select
    listed.table_name,
    listed.key_columns
from (
    values
    ('', ['']) {#- so that there is a query where dbt has no graph -#}
    {%- for table_name, columns in grains() | dictsort %}
        , ('{{ table_name }}', {{ columns }})
    {%- endfor %}
) as listed (table_name, key_columns)
where listed.table_name != ''
