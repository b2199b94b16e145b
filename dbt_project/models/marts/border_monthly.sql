-- The main figures of a month and border region side by side, NULL where not published. Releases by
-- CBP only: ICE's releases are not here, because they include people arrested in the interior and
-- are counted in the month of release (see `detention_monthly`).
{{ border_monthly(ref('encounters'), ref('apprehensions'), ref('releases_from_border_custody')) }}
