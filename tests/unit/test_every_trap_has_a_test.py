"""Which test proves what: the traps of real publications, and what acquiring must withstand.

An index for readers, and a test that it points to tests that exist. ``file::test``, the folder
left out. Files named in [] are real publications; where none is held, the test writes a small one.
The words before them are those of DOMAIN.md, section 4, where the trap stands there.
"""

import re
from pathlib import Path

import pytest

from tests.conftest import SHARED

TESTS = Path(__file__).parents[1]

CBP = {
    "2024 (FYTD) as a fiscal year [nationwide-encounters-fy21-fy24-apr-state]": [
        "test_cbp_nationwide_encounters_state_real::test_the_open_year_is_marked_in_fy21_fy24_apr_and_read_as_2024",
        "test_cbp_encounters::test_an_open_fiscal_year_is_the_year_before_its_mark",
    ],
    '"UC / Single Minors" becomes "UAC" for all history [fy22-fy25-state]': [
        "test_cbp_nationwide_encounters_state_real::test_unaccompanied_children_have_one_code_under_their_old_and_their_new_label",
    ],
    "counts as floats [sbo-encounters-fy19-fy22]": [
        "test_cbp_southwest_encounters_real::test_counts_written_as_floats_in_fy19_fy22_are_whole",
    ],
    'Title 42 is labelled "Apprehensions" [sbo-encounters-fy19-fy22]': [
        "test_cbp_southwest_encounters_real::test_expulsions_labelled_apprehensions_in_fy19_fy22_are_expulsions",
        "test_marts_real::test_fy2022_usbp_expulsions_are_found_although_the_file_calls_them_apprehensions",
    ],
    "Month Grouping FYTD/Remaining changes at every publication": [
        "test_cbp_encounters::test_the_month_grouping_is_kept_and_parts_no_key",
        "test_cbp_encounters::test_only_the_month_grouping_or_the_line_does_not_make_another_content",
        "test_cbp_nationwide_encounters_state_real::test_remaining_months_of_fy21_fy24_oct_are_figures_too",
    ],
    "explicit zero rows in some vintages only [fy20-fy23-state]": [
        "test_cbp_nationwide_encounters_state_real::test_the_147_explicit_zeros_of_fy20_fy23_are_kept",
    ],
    "rows vanish between vintages": [
        "test_marts_from_the_files::test_every_figure_by_state_is_that_of_the_newest_state_file",
        "test_revisions_real::test_a_row_that_is_gone_from_the_next_file_has_vanished",
    ],
    "open year changes in every vintage [the seven state files from fy21-fy24-oct to fy22-fy25]": [
        "test_cbp_nationwide_encounters_state_real::test_the_open_year_is_revised_and_closed_years_are_not",
        "test_revisions_real::test_the_open_year_of_the_state_file_changes_in_every_vintage",
        "test_revisions_real::test_the_closed_years_of_the_state_file_never_changed",
    ],
    "8.470 for 8,470 [facts: custody page through January 2021]": [
        "test_cbp_custody_transfers_real::test_8_point_470_on_the_final_page_of_fy2022_is_called_ambiguous",
        "test_cbp_custody_transfers::test_8_point_470_is_read_as_it_stands_and_called_ambiguous",
    ],
    "7 of 110 columns do not foot [custody page]": [
        "test_cbp_custody_transfers_real::test_seven_of_110_columns_do_not_foot",
        "test_gate_real::test_the_custody_page_is_warned_about_for_the_column_that_does_not_foot",
    ],
    "a stale FY25 table beside FY26 ones [custody page]": [
        "test_cbp_custody_transfers_real::test_the_stale_table_of_fy2025_is_read_as_fy2025",
    ],
}
ICE = {
    "a hidden Detention EOFY2020 sheet placed first [FY26_detentionStats01082026]": [
        "test_ice_detention_statistics_real::test_a_hidden_detention_sheet_of_fy20_does_not_win",
        "test_ice_workbook::test_a_hidden_detention_sheet_in_front_does_not_win_and_its_cells_are_kept",
    ],
    "a file named FY24 that holds FY25 [11152024]": [
        "test_ice_detention_statistics_real::test_fy24_11152024_holds_fy25",
    ],
    "FY21-named files that hold FY20 [060921, beside facilities of FY21]": [
        "test_ice_detention_statistics_real::test_fy21_060921_holds_fy20_beside_a_facility_sheet_of_fy21",
        "test_gate_real::test_two_ice_tables_are_refused_each_for_a_true_reason",
    ],
    "wrong year in the name [FY21 07222020]": [
        "test_ice_detention_statistics_real::test_fy21_07222020_has_the_wrong_year_in_its_name_only",
        "test_ice_detention_statistics::test_the_month_of_posting_comes_from_the_date_in_the_name",
    ],
    "the text null in number cells [FY26_detentionStats01082026]": [
        "test_ice_detention_statistics_real::test_fy26_01082026_has_the_text_null_in_four_number_cells",
    ],
    "1,882 facilities [FY21-detentionstats of 2021-01-13]": [
        "test_ice_detention_statistics_real::test_the_january_2021_workbook_has_1_882_facilities_for_the_gate_to_judge",
        "test_gate_real::test_two_ice_tables_are_refused_each_for_a_true_reason",
    ],
    "Adult and FRC facility-type labels swapped [FY20 of 2021-01-14, FY21 060921]": [
        "test_ice_detention_statistics_real::test_facility_type_labels_are_swapped_in_one_fy20_file_and_kept_as_published",
        "test_gate_real::test_the_two_workbooks_that_swap_adults_and_families_are_warned_about",
    ],
    "months that do not add up to the Total [in no file held]": [
        "test_gate_real::test_months_of_a_real_workbook_that_do_not_add_up_to_the_total_quarantine_its_table",
    ],
    "rows of a table in another order than last time": [
        "test_ice_workbook::test_a_table_that_stands_elsewhere_with_its_rows_in_another_order_reads_the_same",
        "test_ice_detention_statistics_real::test_the_order_of_the_agencies_changes_after_fy19",
    ],
    "a fiscal year's last file that ends before the year does [FY21, FY22, FY25]": [
        "test_ice_detention_statistics_real::test_the_newest_vintage_of_a_year_is_chosen_by_coverage_then_capture",
        "test_marts_real::test_the_last_month_of_a_year_that_ice_never_finished_stays_partial",
    ],
    "footnote dates of another year [FY21 061121]": [
        "test_ice_detention_statistics_real::test_fy21_061121_has_footnotes_of_the_year_before_beside_its_figures",
    ],
    "footnotes missing [FY22 03172022b, 03312022]": [
        "test_ice_detention_statistics_real::test_two_fy22_files_head_the_footnote_of_removals_with_final_releases",
        "test_ice_detention_statistics_real::test_coverage_is_inferred_where_no_footnote_can_be_true_and_nowhere_else",
    ],
    "a footnote left standing for one table [FY25 08292025]": [
        "test_ice_detention_statistics_real::test_fy25_08292025_leaves_the_date_of_removals_standing",
    ],
    "a sheet of dimension A1:XFC1041 [FY25_detentionStats09242025]": [
        "test_ice_detention_statistics_real::test_the_sheet_of_dimension_a1_xfc1041_in_fy25_09242025_is_read_cell_by_cell",
        "test_workbook_limits::test_formats_out_to_column_xfc_of_row_1041_are_no_reason_to_refuse",
    ],
    "future months are 0 on total rows and blank on detail rows": [
        "test_ice_detention_statistics_real::test_no_month_after_the_coverage_is_loaded_as_zero",
        "test_ice_workbook::test_months_to_come_are_not_loaded_whether_zero_or_blank",
    ],
    "totals are formulas": [
        "test_workbook_limits::test_totals_that_are_formulas_have_the_value_that_was_saved_with_them",
        "test_gate_real::test_a_real_workbook_saved_without_the_value_of_a_total_has_its_table_quarantined",
    ],
    "identical data under a new name [seven vintages]": [
        "test_ice_detention_statistics_real::test_identical_tables_come_back_under_new_names",
        "test_ledger::test_among_equal_contents_the_one_known_first_stands_for_all_in_any_order_of_arrival",
    ],
    "zip codes as floats": [
        "test_ice_detention_statistics_real::test_zip_codes_are_five_digits_whether_published_as_numbers_or_texts",
    ],
    "facility sheet of another year": [
        "test_ice_workbook::test_a_facility_sheet_of_another_year_is_left_out_with_its_reason",
    ],
    "releases in three eras; a redefinition in February 2024": [
        "test_ice_detention_statistics_real::test_releases_are_annual_to_april_2021_and_monthly_from_june",
        "test_ice_detention_statistics_real::test_october_2023_jumps_with_the_definition_not_with_a_revision",
    ],
}
OHSS = {
    "rows hidden by outline grouping": [
        "test_ohss_monthly_tables_real::test_rows_hidden_by_outline_grouping_are_read",
    ],
    "a header of two tiers; blocks that do not share all columns": [
        "test_ohss_workbook::test_a_block_label_holds_from_its_first_column_to_the_next_block",
        "test_ohss_monthly_tables_real::test_no_figure_of_a_workbook_is_lost",
    ],
    "the fiscal year on its Total row only, '2025 YTD' as text": [
        "test_ohss_workbook::test_the_fiscal_year_stands_on_the_total_row_and_holds_for_its_months",
    ],
    "footnote digits hang on labels": [
        "test_ohss_workbook::test_only_digits_that_hang_on_a_word_are_footnotes",
    ],
    "X and NA": [
        "test_ohss_monthly_tables_real::test_expulsions_before_march_2020_are_null_and_not_zero",
    ],
    "counts rounded to ten": [
        "test_ohss_monthly_tables_real::test_parts_miss_their_totals_by_rounding_only",
    ],
    "a reclassification between the April and June 2024 tables": [
        "test_ohss_monthly_tables_real::test_outcomes_were_reclassified_between_the_april_and_june_tables",
    ],
}
ANY_PUBLICATION = {
    "an HTML error page with status 200": [
        "test_acquire_content::test_an_html_error_page_under_a_file_name_is_refused_by_its_title",
        "test_read_hostile_bytes::test_what_is_no_publication_is_refused_with_file_place_found_expected_and_remedy",
    ],
    "403 from bot protection": [
        "test_acquire_http::test_bot_protection_is_not_hammered_and_the_inbox_is_named",
        "test_acquire_inbox::test_where_an_agency_refuses_robots_the_error_names_the_inbox_and_the_inbox_feeds_the_tables",
    ],
    "half a file [cut within a line or at its end]": [
        "test_cbp_nationwide_encounters_state_real::test_half_of_a_real_file_is_refused",
        "test_cbp_nationwide_encounters_state_real::test_a_real_file_cut_at_the_end_of_a_line_of_its_last_month_is_refused",
        "test_workbook::test_half_a_workbook_is_refused_as_truncated",
    ],
    "a renamed column": [
        "test_gate_real::test_a_renamed_column_of_a_state_file_quarantines_it_without_rows",
        "test_gate_real::test_a_renamed_header_quarantines_the_tables_that_have_it",
    ],
    "the same month posted twice with different bytes": [
        "test_mirror_acquire::test_bytes_that_change_under_a_url_are_a_new_vintage_and_the_older_ones_stay",
    ],
    "a new label": [
        "test_cbp_encounters::test_a_new_label_is_loaded_as_itself_flagged_and_warned_about_once",
        "test_cbp_encounters::test_a_label_of_no_latin_letters_is_a_label_and_not_blank",
        "test_ice_workbook::test_a_new_reason_is_loaded_as_itself_and_warned_about_once",
        "test_ohss_workbook::test_a_new_label_is_loaded_as_itself_flagged_and_warned_about",
        "test_cbp_custody_transfers::test_a_new_row_is_loaded_as_itself_flagged_and_warned_about_once",
    ],
    "a missing table": [
        "test_ice_workbook::test_a_missing_table_is_a_problem_of_that_table_only",
        "test_ohss_workbook::test_every_missing_sheet_is_a_problem_of_its_table",
    ],
    "bytes made to do harm": [
        "test_workbook_limits::test_a_zip_bomb_is_refused_by_its_size_unpacked",
        "test_workbook_limits::test_two_cells_far_apart_are_refused_since_the_grid_between_them_would_be_filled",
        "test_read_hostile_bytes::test_a_damaged_publication_gives_tables_or_a_publication_error_and_nothing_else",
        "test_cbp_html_page::test_external_entities_are_not_followed",
    ],
    "counts that cannot be": [
        "test_gate_real::test_a_spoilt_month_of_a_real_state_file_quarantines_it",
        "test_load::test_ten_times_the_vintage_before_warns_and_never_refuses",
    ],
}
ACQUIRING = {
    "retries and backoff": [
        "test_acquire_http::test_a_passing_failure_is_tried_again",
        "test_acquire_http::test_waits_grow_from_try_to_try",
        "test_acquire_http::test_retry_after_is_obeyed_up_to_a_cap",
    ],
    "timeouts, no network": [
        "test_acquire_http::test_a_failure_that_lasts_is_an_error_after_the_last_try",
        "test_acquire_http::test_a_host_that_has_no_address_is_an_error_that_names_the_network",
    ],
    "conditional GET": [
        "test_acquire_http::test_a_request_is_conditional_only_where_something_is_held",
        "test_mirror_acquire::test_a_second_run_downloads_nothing_and_changes_nothing",
    ],
    "size limit": [
        "test_acquire_http::test_a_body_announced_too_large_is_not_read",
        "test_acquire_http::test_a_body_that_goes_on_is_stopped_at_the_limit",
        "test_acquire_http::test_a_packed_body_is_stopped_at_the_limit_of_what_it_unpacks_to",
    ],
    "allow-list of hosts, redirects too": [
        "test_acquire_http::test_a_redirect_off_the_allow_list_is_refused_before_any_connection",
        "test_acquire_http::test_a_link_off_the_allow_list_is_refused_before_any_connection",
    ],
    "honest User-Agent, politeness": [
        "test_acquire_http::test_the_agency_can_see_who_asks",
        "test_acquire_http::test_two_requests_to_one_agency_are_apart_and_a_mirror_is_asked_at_once",
    ],
    "progress": ["test_mirror_acquire::test_progress_is_told_by_name"],
    "inbox": [
        "test_acquire_inbox::test_in_a_live_home_the_history_comes_from_the_inbox_and_no_agency_is_asked",
    ],
    "a page that was redesigned": [
        "test_mirror_acquire::test_a_page_without_a_link_of_the_series_is_an_error_and_not_nothing_new",
    ],
    "a manifest that does not know captures or URLs": [
        "test_mirror_manifest::test_what_is_not_known_is_none",
        "test_mirror_acquire::test_a_copy_whose_url_is_not_known_has_none",
        "test_mirror_site::test_what_is_known_of_a_file_may_be_its_name_alone",
    ],
    "landing pages in the agencies' form": [
        "test_mirror_site::test_the_page_of_nationwide_encounters_has_the_links_and_words_of_the_real_one",
    ],
}
INDEX = [
    (what, test)
    for group in (CBP, ICE, OHSS, ANY_PUBLICATION, ACQUIRING)
    for what, tests in group.items()
    for test in tests
]


@pytest.mark.parametrize(("what", "test"), INDEX)
def test_the_index_points_to_a_test(what, test):
    file, name = test.split("::")
    (path,) = TESTS.glob(f"*/{file}.py")
    assert re.search(rf"^def {name}\(", path.read_text(encoding="utf-8"), re.MULTILINE), what


def test_each_trap_of_the_domain_is_in_the_index():
    domain = SHARED / "DOMAIN.md"
    if not domain.is_file():
        pytest.skip(f"the description of the domain is not beside this checkout ({domain})")
    section = domain.read_text(encoding="utf-8").split("\n## 4. ")[1].split("\n## ")[0]
    (_, *lists) = re.sub(r"[`*]", "", section).strip().split("\n\n")
    traps = [trap for one in lists for trap in one.split(" · ")]
    assert len(traps) >= 31
    words = {what.split(" [")[0] for what in (CBP | ICE | ANY_PUBLICATION)}
    assert [trap for trap in traps if not any(those in trap for those in words)] == []
