{#- How statements (models/claims/*.yml, see docs/claims.md) become queries on the build file and on
    the published one. -#}


{#- The statements: exposures that have `statement` in their meta, by number. -#}
{% macro statements_of_claims() -%}
    {% set found = [] %}
    {% if execute %}
        {% for exposure in graph.exposures.values() if exposure.config.meta.statement or exposure.meta.statement %}
            {% set statement = exposure.config.meta.statement or exposure.meta.statement %}
            {% do found.append(dict(statement, name=exposure.name, text=exposure.description | trim)) %}
        {% endfor %}
    {% endif %}
    {{ return(found | sort(attribute='number')) }}
{%- endmacro %}


{#- A text as SQL: quoted, NULL where there is none. -#}
{% macro sql_text(text) -%}
    {{ "'" ~ (text | string | trim | replace("'", "''")) ~ "'" if text else "cast(null as varchar)" }}
{%- endmacro %}


{#- The marts whose past is kept: names of the tables in the schema history. -#}
{% macro marts_with_history() -%}
    {% set found = run_query(
        "select table_name from duckdb_tables() where database_name = 'build' and schema_name = 'history'"
    ) %}
    {{ return(found.columns[0].values() | list) }}
{%- endmacro %}


{#- The query of a statement as of the day it was made, for the published file: each mart through its
    table macro. None if it reads a mart whose past is not kept. -#}
{% macro sql_as_of(statement) -%}
    {% set marts = modules.re.findall('\\bmarts\\.(\\w+)', statement.sql) | unique | reject('equalto', 'reconciliation') | list %}
    {% set kept = marts_with_history() %}
    {% if marts | reject('in', kept) | list %}
        {{ return(none) }}
    {% endif %}
    {{ return(modules.re.sub(
        '\\bmarts\\.(?!reconciliation\\b)(\\w+)', "marts.\\1_as_of(date '" ~ statement.made_on ~ "')", statement.sql
    )) }}
{%- endmacro %}


{#- A query written for the published file, for the build file: its schemas lie in the database
    `build`, and what was known on a day is read from the tables behind the table macros. -#}
{% macro in_build(sql) -%}
    {% set past = modules.re.sub(
        "\\bmarts\\.(\\w+)_as_of\\((date '[0-9-]+')\\)",
        "(select * from build.history.\\1 where valid_from <= \\2 and (valid_to is null or \\2 < valid_to))",
        sql
    ) %}
    {{ return(modules.re.sub('(?<!build\\.)\\b(marts|meta)\\.(\\w+)', 'build.\\1.\\2', past)) }}
{%- endmacro %}
