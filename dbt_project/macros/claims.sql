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


{#- The query of each mart whose past is kept, on the build file, for the day that `day` stands for. -#}
{% macro answers_in_build(day) -%}
    {% set answers = {} %}
    {% for mart in scopes() %}
        {% do answers.update({
            mart: '(' ~ figures_in_force(mart, 'build.history.' ~ mart, 'build.history.reigns', day) ~ ')'
        }) %}
    {% endfor %}
    {% for mart, answer in answers_of_marts_of_marts(answers, 'build.marts', day).items() %}
        {% do answers.update({mart: '(' ~ answer ~ ')'}) %}
    {% endfor %}
    {{ return(answers) }}
{%- endmacro %}


{#- A mart as of the day of a statement: the call of its table macro. -#}
{% macro as_of(mart, statement) -%}
    marts.{{ mart }}_as_of(date '{{ statement.made_on }}')
{%- endmacro %}


{#- The query of a statement as of the day it was made, for the published file: each mart through its
    table macro. None if it reads a mart whose past is not kept. -#}
{% macro sql_as_of(statement, answers) -%}
    {% set marts = modules.re.findall('\\bmarts\\.(\\w+)', statement.sql) | unique | reject('equalto', 'reconciliation') | list %}
    {% if marts | reject('in', answers) | list %}
        {{ return(none) }}
    {% endif %}
    {{ return(modules.re.sub('\\bmarts\\.(?!reconciliation\\b)(\\w+)', as_of('\\1', statement), statement.sql)) }}
{%- endmacro %}


{#- A query written for the published file, for the build file: its schemas lie in the database
    `build`, and its table macros are not made yet, so what they stand for takes their place. `answers`
    are those for the word day_of_statement. -#}
{% macro in_build(sql, statement, answers) -%}
    {% set query = namespace(sql=sql) %}
    {% for mart, answer in answers.items() if as_of(mart, statement) in sql %}
        {% set dated = answer | replace('day_of_statement', "date '" ~ statement.made_on ~ "'") %}
        {% set query.sql = query.sql | replace(as_of(mart, statement), dated) %}
    {% endfor %}
    {{ return(modules.re.sub('(?<!build\\.)\\b(marts|meta)\\.(\\w+)', 'build.\\1.\\2', query.sql)) }}
{%- endmacro %}
