use std::collections::BTreeSet;

use domain::id::{AppId, EndpointId, MessageId};
use proptest::prelude::*;

use super::*;
use crate::sqlite::migrations;

#[derive(Clone, Debug)]
enum Move {
    Keep,
    /// Ends the one in this place among those that are kept.
    End(prop::sample::Index),
    /// Undoes what was done since the last mark.
    Undo,
    Mark,
    Commit,
    /// The commit fails.
    Fail,
    /// Goes on with what a killed process leaves.
    Reopen,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        40 => Just(Move::Keep),
        40 => any::<prop::sample::Index>().prop_map(Move::End),
        4 => Just(Move::Undo),
        4 => Just(Move::Mark),
        40 => Just(Move::Commit),
        2 => Just(Move::Fail),
        1 => Just(Move::Reopen),
    ];
    prop::collection::vec(one, 0..600)
}

/// One of many, by its number.
fn born(number: i64) -> Born {
    Born {
        app: AppId::from_number(1),
        message: MessageId::from_number(number / 3),
        endpoint: EndpointId::from_number(number % 3),
        lease: Lease(1),
        token: None,
    }
}

/// The births, and what must be true of them.
struct Model {
    connection: Connection,
    births: Births,
    /// The highest number that was born now, after the last commit, and at the mark. What is undone is born again.
    made: [i64; 3],
    /// What is kept now, after the last commit, and at the mark.
    kept: [BTreeSet<DeliveryId>; 3],
    /// What has a row since then.
    rows: [BTreeSet<DeliveryId>; 3],
    mark: usize,
}

impl Model {
    fn begin(&mut self) {
        self.connection.execute_batch("BEGIN IMMEDIATE; SAVEPOINT mark").unwrap();
        self.mark = self.births.mark();
        self.made = [self.made[1]; 3];
        let [kept, committed, marked] = &mut self.kept;
        kept.clone_from(committed);
        marked.clone_from(committed);
        let [rows, committed, marked] = &mut self.rows;
        rows.clone_from(committed);
        marked.clone_from(committed);
    }

    fn act(&mut self, act: &Move) {
        match act {
            Move::Keep => {
                self.made[0] += 1;
                let born = born(self.made[0]);
                self.births.keep(born);
                self.kept[0].insert(born.id());
            }
            Move::End(index) if !self.kept[0].is_empty() => {
                let id = *index.get(&self.kept[0].iter().copied().collect::<Vec<_>>());
                assert!(self.births.end(id));
                let row = Delivery::kept(id, Lease(1), None);
                rows::delivery::insert(&mut Statements::of(&self.connection), &row).unwrap();
                self.kept[0].remove(&id);
                self.rows[0].insert(id);
            }
            Move::End(_) => {}
            Move::Mark => {
                self.connection.execute_batch("RELEASE mark; SAVEPOINT mark").unwrap();
                self.mark = self.births.mark();
                self.made[2] = self.made[0];
                self.kept[2] = self.kept[0].clone();
                self.rows[2] = self.rows[0].clone();
            }
            Move::Undo => {
                self.connection.execute_batch("ROLLBACK TO mark").unwrap();
                self.births.undo(self.mark);
                self.made[0] = self.made[2];
                self.kept[0] = self.kept[2].clone();
                self.rows[0] = self.rows[2].clone();
            }
            Move::Commit => {
                self.births.write(&self.connection, &mut Statements::of(&self.connection)).unwrap();
                self.connection.execute_batch("COMMIT").unwrap();
                self.births.committed();
                self.made[1] = self.made[0];
                self.kept[1] = self.kept[0].clone();
                self.rows[1] = self.rows[0].clone();
                self.begin();
            }
            Move::Fail => {
                self.births.write(&self.connection, &mut Statements::of(&self.connection)).unwrap();
                self.connection.execute_batch("ROLLBACK").unwrap();
                self.births.undo(0);
                self.begin();
            }
            Move::Reopen => {
                self.connection.execute_batch("ROLLBACK").unwrap();
                self.births = Births::begin(&mut self.connection).unwrap();
                let [_, kept, _] = &mut self.kept;
                self.rows[1].append(kept);
                self.begin();
            }
        }
        self.check();
    }

    /// Each delivery is kept or has a row, and what is kept since the last commit is on the disk.
    fn check(&self) {
        let found = |kept: &BTreeSet<DeliveryId>| kept.iter().all(|id| self.births.find(*id).is_some());
        assert!(found(&self.kept[0]));
        assert_eq!(self.births.kept.len(), self.kept[0].len());
        let mut statements = Statements::of(&self.connection);
        assert!(self.rows[0].iter().all(|id| rows::delivery::exists(&mut statements, *id).unwrap()));
        let standing = rows::born::meant(&self.connection, |_| true).unwrap();
        let on_disk: BTreeSet<DeliveryId> = standing.iter().map(|delivery| delivery.id).collect();
        assert_eq!(standing.len(), on_disk.len(), "each stands there once");
        assert!(self.kept[1].is_subset(&on_disk));
        assert!(on_disk.is_subset(&(&self.kept[1] | &self.rows[1])));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_kept_is_on_the_disk_whatever_is_undone(moves in moves()) {
        let (_directory, mut connection) = migrations::scratch();
        connection.pragma_update(None, "synchronous", "OFF").unwrap();
        let births = Births::begin(&mut connection).unwrap();
        let mut model = Model {
            connection, births, made: [0; 3], kept: Default::default(), rows: Default::default(), mark: 0,
        };
        model.begin();
        moves.iter().for_each(|act| model.act(act));
    }
}

#[test]
fn what_is_kept_for_long_is_laid_out_part_by_part() {
    let (_directory, mut connection) = migrations::scratch();
    let mut births = Births::begin(&mut connection).unwrap();
    let mut message = 0;
    let mut rows = Vec::new();
    for _ in 0..100 {
        for _ in 0..300 {
            message += 1;
            births.keep(born(message));
        }
        births.write(&connection, &mut Statements::of(&connection)).unwrap();
        births.committed();
        let count = "SELECT count(*) FROM delivery";
        let count: i64 = connection.query_row(count, [], |row| row.get(0)).unwrap();
        rows.push(usize::try_from(count).unwrap());
    }
    let standing = rows::born::meant(&connection, |_| true).unwrap().len();
    assert!(standing < BORN_MAX + 300 * 17, "{standing}");
    assert_eq!(births.kept.len() + rows[99], 30_000);
    assert!(births.kept.len() <= BORN_MAX && rows[40] == 0, "{rows:?}");
    assert!(rows.windows(2).all(|pair| pair[1] - pair[0] <= LAID_OUT_MAX + 300), "{rows:?}");
}
