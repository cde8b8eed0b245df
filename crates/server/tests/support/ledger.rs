//! What the clients sent, what was acknowledged to them, and what the receivers got.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use super::receiver::{Answer, Receiver};

/// Written by the clients as they go.
#[derive(Clone, Default)]
pub(crate) struct Ledger {
    intended: Arc<Mutex<BTreeSet<String>>>,
    acknowledged: Arc<Mutex<BTreeMap<String, String>>>,
    refusals: Arc<Mutex<Vec<String>>>,
    receivers: Arc<Mutex<Vec<(Behaviour, Receiver)>>>,
}

/// How a receiver behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    Answers,
    /// Fails each call once, then takes it.
    Flaky,
    Fails,
    Hangs,
}

impl Behaviour {
    pub(crate) const ALL: [Self; 4] = [Self::Answers, Self::Flaky, Self::Fails, Self::Hangs];

    /// The company whose webhook has this behaviour.
    pub(crate) fn company(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    fn receiver(self) -> Receiver {
        match self {
            Self::Answers => Receiver::answering(204),
            Self::Fails => Receiver::answering(503),
            Self::Hangs => Receiver::new(|_, _| Answer::Hang),
            Self::Flaky => {
                let seen = Mutex::new(BTreeSet::new());
                Receiver::new(move |call, _| {
                    let id = call.header("webhook-id").unwrap().to_owned();
                    Answer::Status(if seen.lock().unwrap().insert(id) { 500 } else { 200 })
                })
            }
        }
    }
}

/// One call that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    pub(crate) behaviour: Behaviour,
    pub(crate) message: String,
    pub(crate) candidate: String,
    pub(crate) email: String,
}

impl Ledger {
    /// Starts a receiver; answers its URL.
    pub(crate) fn receiver(&self, behaviour: Behaviour) -> String {
        let receiver = behaviour.receiver();
        let url = receiver.url("/");
        self.receivers.lock().unwrap().push((behaviour, receiver));
        url
    }

    /// Before a candidate is sent.
    pub(crate) fn intend(&self, email: &str) {
        self.intended.lock().unwrap().insert(email.to_owned());
    }

    /// After it was acknowledged.
    pub(crate) fn acknowledge(&self, email: &str, candidate: &str) {
        self.acknowledged.lock().unwrap().insert(email.to_owned(), candidate.to_owned());
    }

    /// After the program had no room for it: nothing of it may be seen again.
    pub(crate) fn refuse(&self, email: &str) {
        self.intended.lock().unwrap().remove(email);
    }

    /// Notes why a request got a 503.
    pub(crate) fn note(&self, refusal: &str) {
        self.refusals.lock().unwrap().push(refusal.to_owned());
    }

    /// Why requests got a 503 so far.
    pub(crate) fn refusals(&self) -> Vec<String> {
        self.refusals.lock().unwrap().clone()
    }

    pub(crate) fn intended(&self) -> BTreeSet<String> {
        self.intended.lock().unwrap().clone()
    }

    /// Ids of candidates, by their e-mail addresses.
    pub(crate) fn acknowledged(&self) -> BTreeMap<String, String> {
        self.acknowledged.lock().unwrap().clone()
    }

    pub(crate) fn receipts(&self) -> Vec<Receipt> {
        let receivers = self.receivers.lock().unwrap();
        let receipts = receivers.iter().flat_map(|(behaviour, receiver)| {
            receiver.calls().into_iter().map(|call| {
                let body = call.json();
                let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
                Receipt {
                    behaviour: *behaviour,
                    message: call.header("webhook-id").unwrap().to_owned(),
                    candidate: text(&body["resourceId"]),
                    email: text(&body["resource"]["email"]),
                }
            })
        });
        receipts.collect()
    }
}
