//! Eight clients that create candidates as fast as they are answered, wherever the program is at the moment.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::json;

use super::client::Client;
use super::ledger::{Behaviour, Ledger};
use super::program::Program;

const CLIENTS: usize = 8;

/// A load under way.
pub(crate) struct Load {
    shared: Arc<Shared>,
    clients: Vec<JoinHandle<()>>,
}

struct Shared {
    ledger: Ledger,
    address: Mutex<SocketAddr>,
    ended: AtomicBool,
}

impl Load {
    /// Registers a webhook for each behaviour, and begins.
    pub(crate) fn begin(program: &mut Program) -> Self {
        let ledger = Ledger::default();
        for behaviour in Behaviour::ALL {
            let url = ledger.receiver(behaviour);
            let webhook =
                json!({ "companyId": behaviour.company(), "url": url, "eventType": "candidate.created" });
            program.client().post("/webhooks", &webhook).expect(200);
        }
        let address = Mutex::new(program.api());
        let shared = Arc::new(Shared { ledger, address, ended: AtomicBool::new(false) });
        let client = |number| {
            let shared = shared.clone();
            std::thread::spawn(move || shared.run_client(number))
        };
        let clients = (0..CLIENTS).map(client).collect();
        Self { shared, clients }
    }

    /// The program has a new address.
    pub(crate) fn goes_to(&self, address: SocketAddr) {
        *self.shared.address.lock().unwrap() = address;
    }

    /// Ends the load; answers what was sent.
    pub(crate) fn end(self) -> Ledger {
        self.shared.ended.store(true, Ordering::Relaxed);
        self.clients.into_iter().for_each(|client| client.join().unwrap());
        self.shared.ledger.clone()
    }
}

impl Shared {
    fn run_client(&self, number: usize) {
        let mut address = *self.address.lock().unwrap();
        let mut client = Client::new(address);
        for turn in 0.. {
            if self.ended.load(Ordering::Relaxed) {
                return;
            }
            let present = *self.address.lock().unwrap();
            if present != address {
                (address, client) = (present, Client::new(present));
            }
            let ok = if turn % 20 == 19 {
                send_nonsense(&mut client, number, turn)
            } else {
                self.send_candidate(&mut client, number, turn)
            };
            if !ok {
                // The program is dead at the moment.
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }

    fn send_candidate(&self, client: &mut Client, number: usize, turn: usize) -> bool {
        let behaviour = match turn % 50 {
            49 => Behaviour::Hangs,
            at if at % 10 == 8 => Behaviour::Fails,
            at if at % 10 == 7 => Behaviour::Flaky,
            _ => Behaviour::Answers,
        };
        let email = format!("{number}-{turn}@example.com");
        self.ledger.intend(&email);
        let company = behaviour.company();
        let candidate = json!({ "companyId": company, "email": email, "firstName": "A", "lastName": "B" });
        let Ok(answer) = client.try_post("/candidates", &candidate) else { return false };
        let id = answer.expect(200)["data"]["id"].as_str().unwrap().to_owned();
        self.ledger.acknowledge(&email, &id);
        true
    }
}

/// A candidate without a name: it must be refused, and never arrive.
fn send_nonsense(client: &mut Client, number: usize, turn: usize) -> bool {
    let email = format!("refused-{number}-{turn}@example.com");
    let candidate = json!({ "companyId": Behaviour::Answers.company(), "email": email });
    match client.try_post("/candidates", &candidate) {
        Ok(answer) => answer.expect(422).is_object(),
        Err(_) => false,
    }
}
