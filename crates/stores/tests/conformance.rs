//! What every store must do, by example: one suite, run for each of them. The in-memory store is among them,
//! because a specification that fails its own examples is none.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "conformance/apps.rs"]
mod apps;
#[path = "conformance/attempts.rs"]
mod attempts;
#[path = "conformance/deliveries.rs"]
mod deliveries;
#[path = "conformance/endpoints.rs"]
mod endpoints;
#[path = "conformance/event_types.rs"]
mod event_types;
#[path = "conformance/history.rs"]
mod history;
#[path = "conformance/idempotency.rs"]
mod idempotency;
#[path = "conformance/inbox.rs"]
mod inbox;
#[path = "conformance/keyring.rs"]
mod keyring;
#[path = "conformance/lists.rs"]
mod lists;
#[path = "conformance/notices.rs"]
mod notices;
#[path = "conformance/order.rs"]
mod order;
#[path = "conformance/organizations.rs"]
mod organizations;
#[path = "conformance/past.rs"]
mod past;
#[path = "conformance/queue.rs"]
mod queue;
#[path = "conformance/redelivery.rs"]
mod redelivery;
#[path = "conformance/resources.rs"]
mod resources;
#[path = "conformance/sending.rs"]
mod sending;
#[path = "conformance/statistics.rs"]
mod statistics;
#[path = "conformance/taking_back.rs"]
mod taking_back;
#[path = "conformance/tasks.rs"]
mod tasks;
#[path = "conformance/webhooks.rs"]
mod webhooks;
#[path = "support/world.rs"]
mod world;

macro_rules! conformance {
    ($($topic:ident::$case:ident,)*) => {
        mod memory {
            $(#[tokio::test]
            async fn $case() {
                super::$topic::$case(&engine::ports::memory::MemoryStore::default()).await;
            })*
        }

        // Without its feature, a store is left out.
        #[cfg(feature = "sqlite")]
        mod sqlite {
            $(#[tokio::test]
            async fn $case() {
                let directory = super::world::fast_directory();
                let store = stores::sqlite::SqliteStore::open(directory.path()).unwrap();
                super::$topic::$case(&store).await;
            })*
        }
    };
}

conformance![
    apps::an_app_is_found_as_it_was_put,
    apps::an_app_is_put_only_by_who_has_seen_it,
    apps::of_two_puts_at_the_same_time_one_counts,
    apps::a_uid_belongs_to_one_app,
    apps::a_deleted_app_is_not_found_and_not_changed,
    apps::a_deleted_app_takes_its_endpoints_with_it,
    apps::apps_are_listed_by_their_ids,
    apps::an_organization_has_one_operational_app,
    endpoints::an_endpoint_is_found_as_it_was_put,
    endpoints::an_endpoint_is_put_only_by_who_has_seen_it,
    endpoints::a_put_does_not_undo_what_a_settlement_did,
    endpoints::an_endpoints_uid_is_unique_within_its_app,
    endpoints::a_webhook_is_put_where_there_is_none_for_its_type,
    endpoints::an_app_has_a_bounded_number_of_endpoints_by_either_door,
    endpoints::endpoints_are_listed_by_their_ids,
    endpoints::the_pace_of_an_endpoint_goes_with_its_work,
    webhooks::a_webhook_is_found_as_it_was_registered,
    webhooks::an_app_has_one_webhook_per_event_type,
    webhooks::an_app_has_a_bounded_number_of_endpoints,
    webhooks::a_disabled_webhook_is_replaced,
    webhooks::replaced_webhooks_do_not_count,
    webhooks::a_registration_declares_its_event_type,
    event_types::an_event_type_is_found_as_it_was_put,
    event_types::an_event_type_is_put_only_by_who_has_seen_it,
    event_types::an_expunged_event_type_was_never_there,
    event_types::event_types_are_listed_by_name,
    resources::a_resource_is_found_with_its_app,
    resources::a_deleted_apps_resources_are_not_there,
    organizations::the_default_organization_is_there,
    organizations::another_servers_organization_is_made_when_it_is_first_seen,
    organizations::an_organization_is_put_only_by_who_has_seen_it,
    organizations::organizations_do_not_see_each_other,
    organizations::organizations_may_use_the_same_names,
    keyring::only_the_first_key_is_added,
    keyring::a_key_is_found_by_its_hash_and_its_name,
    keyring::a_key_is_put_only_by_who_has_seen_it,
    keyring::expired_keys_of_one_app_are_forgotten,
    keyring::a_repeated_request_gets_the_first_answer,
    keyring::answers_are_forgotten_in_time,
    inbox::an_app_is_made_when_it_is_first_used,
    inbox::a_change_depends_on_what_is_stored,
    inbox::a_change_makes_a_message_for_each_event_type,
    inbox::an_event_is_skipped_or_not_found_or_routed,
    inbox::entries_see_those_before_them,
    inbox::a_refused_acceptance_stores_nothing,
    inbox::payloads_of_one_acceptance_are_bounded_together,
    inbox::longest_names_and_largest_resources_are_stored,
    sending::a_message_is_stored_as_it_was_sent,
    sending::a_message_goes_to_those_who_want_it,
    sending::a_message_for_one_endpoint_goes_to_no_other,
    sending::what_is_for_later_or_in_order_waits,
    sending::room_is_taken_only_by_what_is_sent,
    sending::an_app_may_be_made_with_its_first_message,
    sending::an_event_id_is_unique_within_its_app,
    sending::payloads_of_one_sending_are_bounded_together,
    idempotency::a_repeated_sending_stores_nothing,
    idempotency::sendings_at_the_same_time_are_one,
    idempotency::a_key_that_has_expired_is_as_good_as_new,
    idempotency::a_sending_of_which_nothing_was_stored_is_not_remembered,
    idempotency::sendings_and_other_requests_share_the_keys,
    taking_back::only_what_waits_is_cancelled,
    taking_back::a_forgotten_payload_is_sent_no_more,
    taking_back::what_was_never_there_is_not_forgotten,
    taking_back::payloads_expire_the_oldest_first,
    queue::each_life_has_a_higher_lease,
    queue::the_id_floor_is_the_highest_id,
    queue::what_waits_is_claimed_in_the_order_in_which_it_is_due,
    queue::what_is_leased_or_not_due_is_not_claimed,
    queue::lanes_are_paged_and_tell_their_first_due,
    queue::verdicts_become_states,
    queue::a_stale_settlement_changes_nothing,
    queue::a_batch_of_settlements_is_answered_one_by_one,
    queue::an_endpoint_that_is_gone_is_disabled_once,
    queue::dead_leases_are_taken_over_in_bounded_steps,
    order::a_failed_delivery_holds_its_lane_up,
    order::only_what_is_given_back_leaves_a_lane_held,
    order::what_is_given_back_goes_to_its_own_place,
    order::cancelling_frees_a_lane_that_is_held,
    order::forgetting_frees_a_lane_that_is_held,
    order::asking_again_frees_a_lane_that_is_held,
    order::a_put_frees_a_lane_that_is_enabled_or_gives_up_its_order,
    order::what_is_for_later_stands_where_its_time_is,
    redelivery::a_delivery_that_has_ended_begins_a_new_round,
    redelivery::a_message_can_be_delivered_to_who_did_not_get_it,
    redelivery::a_skipped_change_can_be_delivered_late,
    redelivery::what_failed_because_its_endpoint_was_disabled_can_be_recovered,
    redelivery::what_cannot_be_delivered_again_is_refused,
    redelivery::an_empty_payload_is_a_payload,
    notices::an_endpoint_that_is_put_is_told_of,
    notices::nobody_is_told_who_does_not_listen,
    notices::operational_endpoints_cause_no_notices,
    notices::a_settlement_is_told_of_if_it_counts,
    notices::an_endpoint_fails_once,
    notices::notices_are_in_nobodys_way,
    tasks::recovering_tries_what_has_failed,
    tasks::replaying_what_is_missing_makes_what_was_never_sent,
    tasks::replaying_in_bulk_makes_everything_again,
    tasks::a_task_keeps_the_order,
    tasks::a_task_looks_at_its_time_alone,
    tasks::a_stale_caller_does_not_carry_a_task_on,
    tasks::a_task_fails_when_its_endpoint_is_gone_or_disabled,
    tasks::the_end_of_a_task_is_told,
    tasks::an_endpoint_has_a_bounded_number_of_tasks,
    tasks::a_task_does_not_deliver_before_the_time,
    history::a_store_begins_empty,
    history::calls_are_paged_newest_first,
    history::pages_of_calls_are_bounded_in_bytes,
    history::calls_show_the_last_attempt_and_stories_all_of_them,
    history::messages_are_paged_by_fate,
    history::any_bytes_come_back,
    lists::messages_are_listed_by_their_ids,
    lists::messages_are_filtered,
    lists::a_filtered_list_goes_on_from_what_was_seen,
    lists::a_page_looks_at_a_bounded_number_of_rows,
    lists::pages_of_messages_are_bounded_in_bytes,
    lists::an_endpoints_messages_are_filtered_by_where_they_stand,
    lists::a_messages_endpoints_are_listed_by_their_ids,
    deliveries::deliveries_are_listed_by_whose_they_are,
    deliveries::deliveries_are_filtered_by_where_they_stand_and_by_their_messages,
    deliveries::a_delivery_tells_what_became_of_it,
    deliveries::a_page_of_deliveries_looks_at_a_bounded_number_of_rows,
    attempts::attempts_are_listed_and_filtered,
    attempts::an_attempts_response_can_be_forgotten,
    attempts::attempts_are_counted_by_the_hour,
    attempts::settlements_are_counted_once,
    attempts::what_waits_is_counted_by_whether_it_was_tried,
    statistics::what_is_counted_is_told_by_app_and_organization,
    statistics::minutes_are_forgotten_and_hours_stay,
    statistics::the_end_of_deliveries_is_counted_when_it_comes,
    statistics::operational_webhooks_count_for_nobody_else,
    statistics::what_is_to_be_delivered_is_counted_now,
    statistics::endpoints_in_most_trouble_come_first,
];
