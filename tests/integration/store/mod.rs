//! One contract for every store. Each backend gives a factory and is held to the same list; what only one engine can do
//! (a full disk, a file of a later release) is tested beside it.

macro_rules! cases {
    ($factory:path => $($module:ident: $($case:ident),+;)+) => {
        $(mod $module {
            $(#[tokio::test]
            async fn $case() {
                let Some(stand) = $factory().await else { return };
                crate::store::contract::$module::$case(stand.store.clone()).await;
            })+
        })+
    };
}

/// Every case of the contract, for the stores that `factory` makes.
macro_rules! contract {
    ($factory:path) => {
        cases! { $factory =>
            inbox:
                what_arrives_waits_for_the_contact,
                what_was_delivered_before_changes_nothing,
                one_id_on_two_numbers_is_two_messages,
                a_delivery_can_hold_many_customers,
                messages_wait_in_the_order_they_were_stamped,
                those_for_whom_something_waits_are_paged;
            identity:
                a_customer_is_known_by_number_by_id_and_by_both,
                the_same_customer_on_another_number_is_another_contact,
                a_contact_is_made_once,
                a_name_is_kept_up_to_date,
                a_changed_number_leads_to_the_same_thread,
                what_overtook_the_notice_of_a_change_comes_into_the_thread,
                who_had_the_number_before_the_change_is_somebody_else,
                a_thread_that_was_answered_before_the_notice_keeps_what_was_said,
                a_change_told_again_changes_nothing,
                a_change_told_again_after_the_next_one_changes_nothing,
                a_message_from_just_before_a_change_finds_the_old_thread_whatever_our_clock_says,
                a_change_of_somebody_unknown_is_nothing,
                a_number_given_to_somebody_else_is_theirs,
                a_late_message_from_a_left_number_finds_the_old_thread,
                two_threads_that_prove_to_be_one_customers_go_on_in_that_of_the_id;
            turns:
                a_turn_is_seen_whole,
                what_a_turn_took_is_gone_from_the_inbox,
                a_turn_that_was_overtaken_leaves_no_trace,
                a_row_is_taken_once,
                nobodys_turn_is_refused,
                a_job_without_its_entry_is_refused,
                a_bad_neighbour_hurts_nobody,
                two_turns_of_one_contact_in_one_batch_follow_each_other,
                facts_are_counted_by_name_queue_and_detail,
                what_happened_is_found_with_to_whom_it_did;
            timers:
                what_is_due_comes_longest_due_first,
                a_turn_replaces_all_timers,
                a_timer_that_stays_keeps_its_turn,
                a_timer_is_leased_to_one_worker,
                a_turn_ends_the_lease_of_its_timers,
                a_clock_that_was_set_back_leaves_no_lease_behind,
                the_next_timer_is_looked_up_after_a_moment;
            outbox:
                jobs_go_out_one_by_one_in_order,
                contacts_do_not_wait_for_one_another,
                a_job_is_leased_to_one_worker,
                who_is_excepted_waits,
                a_number_that_is_held_waits,
                a_job_waits_until_its_time,
                a_retry_comes_back_when_it_is_due,
                a_postponed_job_does_not_count_as_tried,
                a_failed_job_tells_the_conversation_and_frees_the_next,
                a_failure_nobody_needs_to_know_tells_nobody,
                a_lost_lease_waits_for_the_status,
                a_number_gets_as_many_as_it_has_room_for,
                an_unknown_outcome_waits_for_the_status,
                a_lost_worker_cannot_undo_what_came_after,
                nothing_overtakes_a_copy_when_it_is_said_late_that_an_earlier_one_went_out,
                a_worker_whose_lease_ended_may_still_say_how_it_went,
                what_a_slow_worker_sent_is_not_sent_again,
                what_the_channel_knows_of_the_recipient_is_kept,
                a_job_carries_what_its_sender_needs;
            status:
                a_status_goes_forward_only,
                a_status_before_our_own_answer_settles_the_job,
                a_status_settles_a_send_of_unknown_outcome,
                nothing_overtakes_the_second_copy_of_a_message,
                a_failure_of_an_earlier_try_waits_for_the_end_of_the_last,
                a_copy_that_arrived_counts_however_the_next_try_ends,
                a_copy_that_arrived_counts_when_the_next_try_never_ends,
                a_failure_that_came_before_our_own_answer_stays_one,
                a_status_of_something_unknown_is_nothing,
                a_final_failure_tells_the_conversation_once,
                a_passing_failure_is_sent_again,
                a_failure_after_delivery_is_old_news,
                an_old_try_does_not_undo_a_new_one;
            thread:
                a_thread_is_paged_backwards,
                news_is_read_forwards,
                delivery_is_seen_in_the_thread,
                reasons_are_paged_backwards;
            lists:
                open_enquiries_are_listed_and_ended_ones_are_not,
                lists_are_narrowed,
                lists_are_sorted,
                lists_are_paged,
                a_turn_without_a_word_leaves_the_last_one_shown,
                open_contacts_are_paged,
                depths_count_what_waits;
            versions:
                the_version_published_last_is_the_newest,
                who_stands_where_is_counted,
                versions_that_nobody_needs_are_forgotten;
            erasing:
                an_export_holds_everything_of_a_contact_and_nothing_of_another,
                a_long_thread_is_exported_whole,
                what_was_left_behind_is_in_the_export_and_finds_nobody,
                a_customer_of_two_numbers_is_two_contacts,
                nothing_of_an_erased_contact_is_left,
                nobody_is_erased_once_more,
                what_was_under_way_for_an_erased_contact_comes_to_nothing,
                who_writes_after_an_erasure_is_a_new_contact;
            people:
                agents_are_kept_by_name,
                presence_is_noted_of_known_agents_only,
                a_session_ends,
                an_agent_is_signed_out_everywhere,
                the_audit_log_is_paged,
                a_setting_changes_only_from_what_it_was,
                a_healthy_store_can_be_written;
        }
    };
}

mod contract;
mod copying;
mod help;
mod model;
mod postgres;
mod sqlite;
mod together;
