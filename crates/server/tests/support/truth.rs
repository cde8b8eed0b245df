//! What the history says in the end, held against the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::client::Client;
use super::ledger::{Behaviour, Ledger, Receipt};
use super::patience::Patience;
use super::program::Program;

/// A call of the history.
struct Call {
    behaviour: Behaviour,
    status: String,
    /// Requests that the history accounts for: attempts on record, and interruptions that may have been one.
    accounted: u64,
}

/// All calls of the history, by the ids of their candidates.
pub(crate) struct Truth(BTreeMap<String, Call>);

impl Truth {
    /// Waits until no call is pending, and reads the whole history.
    pub(crate) fn after_everything_has_ended(program: &mut Program, limit: Duration) -> Self {
        let mut client = program.client();
        Patience::of(limit).wait("all calls end", || {
            let pending = Behaviour::ALL.into_iter().any(|behaviour| {
                calls(&mut client, behaviour).iter().any(|call| call["status"] == "pending")
            });
            (!pending).then_some(())
        });
        Self::now(program)
    }

    /// Reads the whole history as it is.
    pub(crate) fn now(program: &Program) -> Self {
        let mut client = program.client();
        let mut truth = BTreeMap::new();
        for behaviour in Behaviour::ALL {
            for call in calls(&mut client, behaviour) {
                let candidate = call["payload"]["resourceId"].as_str().unwrap().to_owned();
                let status = call["status"].as_str().unwrap().to_owned();
                let accounted = accounted(&mut client, call["pk"].as_str().unwrap());
                let twice = truth.insert(candidate, Call { behaviour, status, accounted });
                assert!(twice.is_none(), "one candidate, one call");
            }
        }
        Self(truth)
    }

    /// What was acknowledged and is not in the history.
    pub(crate) fn lost(&self, ledger: &Ledger) -> Vec<String> {
        let acknowledged = ledger.acknowledged().into_iter();
        acknowledged.filter(|(_, id)| !self.0.contains_key(id)).map(|(email, _)| email).collect()
    }

    /// Nothing is lost, nothing is invented, and the history does not lie.
    pub(crate) fn check(&self, ledger: &Ledger) {
        let receipts = by_candidate(ledger);
        for (email, candidate) in ledger.acknowledged() {
            let call =
                self.0.get(&candidate).unwrap_or_else(|| panic!("{email} was acknowledged and is lost"));
            assert!(receipts.contains_key(&candidate), "{email} was never received");
            let expected = match call.behaviour {
                Behaviour::Answers | Behaviour::Flaky => "success",
                Behaviour::Fails | Behaviour::Hangs => "failed",
            };
            assert_eq!(call.status, expected, "{email}");
        }
        let intended = ledger.intended();
        for (candidate, received) in &receipts {
            let receipt = &received[0];
            assert!(intended.contains(&receipt.email), "{} was refused and arrived", receipt.email);
            let call =
                self.0.get(candidate).unwrap_or_else(|| panic!("{} is not in the history", receipt.email));
            assert_eq!(call.behaviour, receipt.behaviour, "it reached another company");
            let messages: BTreeSet<&str> = received.iter().map(|receipt| receipt.message.as_str()).collect();
            assert_eq!(messages.len(), 1, "all attempts have the same id");
            let count = u64::try_from(received.len()).unwrap();
            assert!(
                count <= call.accounted,
                "{}: {count} calls, {} accounted for",
                receipt.email,
                call.accounted
            );
        }
        for (candidate, call) in self.0.iter().filter(|(_, call)| call.status == "success") {
            assert!(receipts.contains_key(candidate), "{:?}: a success that nobody received", call.behaviour);
        }
    }

    /// Calls that came more often than a receiver of their kind asks for.
    pub(crate) fn duplicates(&self, ledger: &Ledger) -> usize {
        let wanted = |behaviour| match behaviour {
            Behaviour::Answers => 1,
            Behaviour::Flaky => 2,
            Behaviour::Fails | Behaviour::Hangs => 4,
        };
        let surplus = |received: &Vec<Receipt>| received.len().saturating_sub(wanted(received[0].behaviour));
        by_candidate(ledger).values().map(surplus).sum()
    }

    pub(crate) fn check_integrity(&self, data: &Path) {
        let file = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
        let databases: Vec<_> = file.filter(|path| path.extension().is_some_and(|end| end == "db")).collect();
        assert_eq!(databases.len(), 1, "{databases:?}");
        let connection = rusqlite::Connection::open(&databases[0]).unwrap();
        let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok");
    }
}

fn by_candidate(ledger: &Ledger) -> BTreeMap<String, Vec<Receipt>> {
    let mut receipts: BTreeMap<String, Vec<Receipt>> = BTreeMap::new();
    for receipt in ledger.receipts() {
        receipts.entry(receipt.candidate.clone()).or_default().push(receipt);
    }
    receipts
}

/// The whole history of a company, page by page.
fn calls(client: &mut Client, behaviour: Behaviour) -> Vec<Value> {
    let mut calls: Vec<Value> = Vec::new();
    loop {
        let iterator = calls.last().map(|call| format!("&iterator={}", call["pk"].as_str().unwrap()));
        let path =
            format!("/webhook_history/{}?limit=250{}", behaviour.company(), iterator.unwrap_or_default());
        let page = client.get(&path).expect(200)["data"].as_array().unwrap().clone();
        if page.is_empty() {
            return calls;
        }
        calls.extend(page);
    }
}

/// How many requests of a call the history accounts for.
fn accounted(client: &mut Client, call: &str) -> u64 {
    let execution = client.get(&format!("/executions/{call}")).expect(200);
    let delivery = &execution["data"]["deliveries"][0];
    let attempts = u64::try_from(delivery["attempts"].as_array().unwrap().len()).unwrap();
    attempts + delivery["interruptions"].as_u64().unwrap()
}
