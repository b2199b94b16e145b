-- The main figures of ICE detention side by side, NULL where not published. Releases are counted in
-- the month of release and include people arrested in the interior, so CBP's releases at the border
-- are kept apart (see `border_monthly`). Capacity is not published, so no share of it is given.
{% set totals = '(' ~ figures_in_force('detention_totals', ref('history_detention_totals'), ref('reigns')) ~ ')' %}
{{ detention_monthly(ref('book_ins'), ref('book_outs'), totals) }}
