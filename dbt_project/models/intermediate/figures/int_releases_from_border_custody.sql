-- People whom CBP released from custody at the southwest border, by month of the encounter. OHSS
-- where it has the month. After its newest month: CBP's custody page, whose dispositions 'notice to
-- appear / own recognizance', 'paroles' and 'notice to report' are what OHSS's note counts as USBP
-- releases, and whose table counts encounters too. Its 'provisional releases' stand in the table of
-- transfers out of custody and are another count: 15 against 0 in October 2025.
with ohss_by_family_status as (
    select *
    from {{ reigning_by_month(ref('stg_ohss__monthly_tables')) }}
    where
        table_name = 'swb_book_outs_by_family_status'
        and column_code in ('usbp_releases', 'ofo_paroles')
),

ohss_split as (
    select
        1 as precedence,
        reference_month,
        block_code as family_status,
        column_code as release_type,
        {{ reign_columns() }},
        {{ cell() }},
        false as is_remainder
    from ohss_by_family_status
    where block_code != 'total'
),

-- Accompanied minors at ports of entry are in OHSS's total of paroles and in none of its blocks. A
-- remainder of 10 or less is what rounding makes (all before FY2018, when OHSS has no figure of them).
ohss_not_split as (
    select
        1 as precedence,
        reference_month,
        cast(null as varchar) as family_status,
        column_code as release_type,
        {{ reign_columns() }},
        {{ remainder("block_code = 'total'") }},
        true as is_remainder
    from ohss_by_family_status
    where column_code = 'ofo_paroles'
    group by all
    having count(*) = count(value) and sum(if(block_code = 'total', value, -value)) > 10
),

dispositions as (
    select
        *,
        count(*) over (partition by vintage_id, reference_month, valid_from) as disposition_count
    from {{ reigning_by_month(ref('stg_cbp__custody_transfers')) }}
    where
        table_name = 'usbp_processing_dispositions'
        and row_code in ('nta_or', 'paroles', 'ntr')
),

-- a disposition under a new label is not among the three, and the others are no releases in all
custody_page as (
    select
        2 as precedence,
        reference_month,
        cast(null as varchar) as family_status,
        'usbp_releases' as release_type,
        {{ reign_columns() }},
        if(disposition_count = 3, value, null) as value,
        if(disposition_count = 3, null_reason, 'a disposition that counts as a release is not on the page')
            as null_reason,
        published_value,
        is_corrected,
        false as is_remainder
    from dispositions
),

every_series as (
    select * from ohss_split
    union all
    select * from ohss_not_split
    union all
    select * from custody_page
)

select
    reference_month,
    if(release_type = 'usbp_releases', 'USBP', 'OFO') as component,
    family_status,
    if(release_type = 'usbp_releases', 'usbp_release', 'ofo_parole') as release_type,
    case
        when is_remainder then 'accompanied minors, whom OHSS counts in its total only'
        when series = 'cbp_custody_transfers' then 'the custody page does not split by family status'
    end as family_status_null_reason,
    {{ whole_sum('value') }} as release_count,
    min(null_reason) as null_reason,
    {{ published_sum() }} as published_release_count,
    {{ fiscal_year('reference_month') }} as fiscal_year,
    'encounter_month' as date_basis,
    bool_or(is_corrected) as is_corrected,
    is_remainder as is_derived,
    precedence,
    {{ reign_columns() }}
from every_series
group by all
