//! No query of the store may look at rows that it does not answer with, however many there are.

use rusqlite::Connection;

use super::{connection, migrations, rows};

const QUERIES: [&str; 23] = [
    rows::app::FIND,
    rows::app::UID,
    rows::attempt::LAST,
    rows::attempt::OF_DELIVERY,
    rows::delivery::FIND,
    rows::delivery::IN_LANE,
    rows::delivery::LEASED_BELOW,
    rows::delivery::NEXT_LANE,
    rows::delivery::OF_APP,
    rows::delivery::OF_MESSAGE,
    rows::delivery::UPDATE,
    rows::endpoint::DISABLE,
    rows::endpoint::FIND,
    rows::endpoint::OF_APP,
    rows::endpoint::SUBSCRIBE,
    rows::life::BEGIN,
    rows::life::ID_FLOOR,
    rows::message::FIND,
    rows::message::OF_APP,
    rows::message::OF_APP_AND_FATE,
    rows::resource::DELETE,
    rows::resource::FIND,
    rows::resource::PUT,
];

fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut query = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let nulls = vec![rusqlite::types::Null; query.parameter_count()];
    let lines = query.query_map(rusqlite::params_from_iter(nulls), |row| row.get(3)).unwrap();
    lines.map(Result::unwrap).collect()
}

#[test]
fn every_query_leads_straight_to_its_rows() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    std::fs::File::create(&path).unwrap();
    let mut connection = connection::writing(&path).unwrap();
    migrations::run(&path, &mut connection).unwrap();
    for sql in QUERIES {
        let plan = plan(&connection, sql);
        let is_walk = |line: &String| {
            let scans =
                line.starts_with("SCAN") && !line.contains("CONSTANT ROW") && !line.contains("SCAN life");
            scans || line.contains("TEMP B-TREE")
        };
        assert!(!plan.iter().any(is_walk), "{sql}\n{plan:#?}");
    }
}
