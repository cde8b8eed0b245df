//! What every store must do, by example: one suite, run for each of them. The in-memory store is among them,
//! because a specification that fails its own examples is none.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "conformance/catalog.rs"]
mod catalog;
#[path = "conformance/history.rs"]
mod history;
#[path = "conformance/inbox.rs"]
mod inbox;
#[path = "conformance/queue.rs"]
mod queue;
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
    catalog::a_webhook_is_found_as_it_was_registered,
    catalog::an_app_has_one_webhook_per_event_type,
    catalog::an_app_has_a_bounded_number_of_endpoints,
    catalog::a_disabled_webhook_is_replaced,
    catalog::replaced_webhooks_do_not_count,
    catalog::a_resource_is_found_with_its_app,
    catalog::only_the_first_admin_key_is_added,
    inbox::an_app_is_made_when_it_is_first_used,
    inbox::a_change_depends_on_what_is_stored,
    inbox::a_change_makes_a_message_for_each_event_type,
    inbox::an_event_is_skipped_or_not_found_or_routed,
    inbox::entries_see_those_before_them,
    inbox::a_refused_acceptance_stores_nothing,
    inbox::payloads_of_one_acceptance_are_bounded_together,
    inbox::longest_names_and_largest_resources_are_stored,
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
    history::a_store_begins_empty,
    history::calls_are_paged_newest_first,
    history::pages_of_calls_are_bounded_in_bytes,
    history::calls_show_the_last_attempt_and_stories_all_of_them,
    history::messages_are_paged_by_fate,
    history::any_bytes_come_back,
];
