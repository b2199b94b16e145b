-- People whom ICE let out of detention into the US: the book-outs whose reason means just that.
-- Never to be added to `releases_from_border_custody`: these include people arrested in the
-- interior, and they are counted in the month of release, those in the month of the encounter.
{{ releases_from_ice_detention(ref('book_outs')) }}
