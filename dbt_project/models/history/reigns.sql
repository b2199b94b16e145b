-- Which vintage of which series gave the rows of each scope of each mart (all that comes from one of
-- them: mostly a month and border region), from when to when.
{% for mart in scopes() %}
    select * from {{ reigns_of_mart(mart, ref('int_' ~ mart)) }}
    {{ "union all" if not loop.last }}
{% endfor %}
