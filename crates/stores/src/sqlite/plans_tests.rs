//! No query of the store may look at rows that it does not answer with, however many there are.

use rusqlite::Connection;

use super::migrations;
use super::rows::*;

const QUERIES: [&[&str]; 15] = [
    &[answer::BEFORE, answer::DELETE, answer::FIND],
    &[api_key::ANY_ADMIN, api_key::DELETE, api_key::EXPIRED, api_key::FIND, api_key::FIND_HASH, api_key::PUT],
    &[born::ALL, born::CLEAR, born::SET_ASIDE],
    &[app::FIND, app::FIND_KEY, app::FIND_OPERATIONAL, app::PUT],
    &[
        attempt::BODY_OF,
        attempt::HEAD,
        attempt::LAST,
        attempt::LAST_HEAD,
        attempt::OF_DELIVERY,
        attempt::PLACES_OF_DELIVERY,
        attempt::SET_RESPONSE[0],
        attempt::SET_RESPONSE[1],
    ],
    &[
        attempt_stats::DELETE,
        attempt_stats::FIND,
        attempt_stats::LAST,
        attempt_stats::MINUTES_BEFORE,
        attempt_stats::NEXT,
        attempt_stats::OF_APP,
        attempt_stats::OF_ORGANIZATION,
        attempt_stats::PUT,
    ],
    // Those of a message look at all of its attempts.
    &[attempt::FIND, attempt::PLACES_OF_MESSAGE],
    &[
        delivery::EXISTS,
        delivery::FIND,
        delivery::UPDATE,
        delivery::lanes::ATTEMPTS,
        delivery::lanes::FIRST_DUE,
        delivery::lanes::IN_LANE,
        delivery::lanes::LEASED,
        delivery::lanes::LEASED_BELOW,
        delivery::lanes::LENGTH,
        delivery::lanes::NEXT,
    ],
    &[
        endpoint::CALLED,
        endpoint::FIND,
        endpoint::FIND_UID,
        endpoint::IDS_OF_APP,
        endpoint::LANE,
        endpoint::OF_APP,
        endpoint::PUT,
    ],
    &[endpoint::trouble::LONGEST, home::FIND, tally::ADD, tally::ALL],
    &[event_type::DELETE, event_type::FIND, event_type::PUT],
    &[life::ATTEMPTED, life::BEGIN, life::ID_FLOOR],
    &[
        message::EXPIRED,
        message::FIND,
        message::FIND_EVENT_ID,
        message::HEAD,
        message::OF_APP_AND_FATE,
        message::PAYLOAD,
        message::SET_FATE,
        message::SET_PAYLOAD,
    ],
    &[
        organization::FIND,
        organization::FIND_EXTERNAL,
        organization::PUT,
        resource::DELETE,
        resource::FIND,
        resource::PUT,
    ],
    &[task::FIND, task::PUT, task::RUNNING, task::RUNNING_OF_ENDPOINT],
];

/// Those that go in both directions.
const WALKS: [[&str; 2]; 13] = [
    api_key::OF_ORGANIZATION,
    app::OF_ORGANIZATION,
    attempt::OF_ENDPOINT,
    delivery::OF_ALL,
    delivery::OF_APP,
    delivery::OF_ENDPOINT,
    delivery::OF_MESSAGE,
    endpoint::PAGE_OF_APP,
    event_type::LIVE_OF_ORGANIZATION,
    event_type::OF_ORGANIZATION,
    message::OF_APP,
    task::OF_APP,
    task::OF_ORGANIZATION,
];

fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut query = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let nulls = vec![rusqlite::types::Null; query.parameter_count()];
    let lines = query.query_map(rusqlite::params_from_iter(nulls), |row| row.get(3)).unwrap();
    lines.map(Result::unwrap).collect()
}

/// `life` has one row, and `tally` never has many.
fn is_walk(line: &str) -> bool {
    let is_bounded = ["CONSTANT ROW", "SCAN life", "SCAN tally"].iter().any(|scan| line.contains(scan));
    (line.starts_with("SCAN") && !is_bounded) || line.contains("TEMP B-TREE")
}

#[test]
fn every_query_leads_straight_to_its_rows() {
    let (_directory, connection) = migrations::scratch();
    for sql in QUERIES.iter().copied().chain(WALKS.iter().map(<[&str; 2]>::as_slice)).flatten() {
        let plan = plan(&connection, sql);
        assert!(!plan.iter().any(|line| is_walk(line)), "{sql}\n{plan:#?}");
    }
}
