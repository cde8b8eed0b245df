//! Clients that create candidates, wherever the program is at the moment.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::json;

use super::client::{Answered, Client};
use super::ledger::{Behaviour, Ledger};
use super::program::Program;

const CLIENTS: usize = 8;
/// What a client does when the program is dead or has no room.
const PAUSE: Duration = Duration::from_millis(5);

/// A load under way.
pub(crate) struct Load {
    shared: Arc<Shared>,
    clients: Vec<JoinHandle<()>>,
}

struct Shared {
    ledger: Ledger,
    address: Mutex<SocketAddr>,
    ended: AtomicBool,
    /// Each client's pause between two requests.
    pause_ms: AtomicU64,
}

impl Load {
    /// Registers a webhook for each behaviour, and begins with eight clients, as fast as they are answered.
    pub(crate) fn begin(program: &mut Program) -> Self {
        Self::begin_with(program, CLIENTS)
    }

    /// The same with this many clients.
    pub(crate) fn begin_with(program: &mut Program, clients: usize) -> Self {
        let ledger = Ledger::default();
        for behaviour in Behaviour::ALL {
            let url = ledger.receiver(behaviour);
            let webhook =
                json!({ "companyId": behaviour.company(), "url": url, "eventType": "candidate.created" });
            program.client().post("/webhooks", &webhook).expect(200);
        }
        let address = Mutex::new(program.api());
        let shared =
            Arc::new(Shared { ledger, address, ended: AtomicBool::new(false), pause_ms: AtomicU64::new(0) });
        let client = |number| {
            let shared = shared.clone();
            std::thread::spawn(move || shared.run_client(number))
        };
        let clients = (0..clients).map(client).collect();
        Self { shared, clients }
    }

    /// The program has a new address.
    pub(crate) fn goes_to(&self, address: SocketAddr) {
        *self.shared.address.lock().unwrap() = address;
    }

    /// From now on each client pauses between two requests.
    pub(crate) fn pauses(&self, pause: Duration) {
        self.shared.pause_ms.store(u64::try_from(pause.as_millis()).unwrap(), Ordering::Relaxed);
    }

    /// What was sent so far.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.shared.ledger
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
            let pause = Duration::from_millis(self.pause_ms.load(Ordering::Relaxed));
            std::thread::sleep(if ok { pause } else { PAUSE });
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
        if answer.status == 503 {
            let why = reason(&answer);
            self.ledger.note(&why);
            if why.starts_with("no room left") {
                self.ledger.refuse(&email);
            }
            return false;
        }
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
        Ok(answer) if answer.status == 503 => false,
        Ok(answer) => answer.expect(422).is_object(),
        Err(_) => false,
    }
}

/// Why a request got a 503; it must say that, and when to come again.
fn reason(answer: &Answered) -> String {
    assert!(answer.message.header("retry-after").is_some(), "{}", answer.message.text());
    answer.json()["errors"][0].as_str().unwrap().to_owned()
}
