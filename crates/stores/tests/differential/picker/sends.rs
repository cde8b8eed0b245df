//! What comes in, is taken back, and is forgotten.

use std::time::Duration;

use domain::birth::Birth;
use domain::id::EndpointId;
use domain::message::{Message, MessageRef};
use domain::payload::Payload;
use domain::time::Timestamp;
use engine::ports::inbox::{Acceptance, Addressee, Cancellation, Entry, IdempotencyKey, NewMessage, Sending};
use engine::ports::keyring::Answer as Remembered;
use rand::RngExt;
use rand::seq::IndexedRandom;

use super::super::moves::{Move, crowded};
use super::super::world::room;
use super::{APPS, EVENT_TYPES, IDS, KINDS, Picker, SHORT};

const FIELDS: [&str; 4] = ["{}", r#"{"n":1}"#, r#"{"n":1.10,"createdAt":"then"}"#, r#"{"t":"\u0000é"}"#];
const PAYLOADS: [&str; 4] = ["", "no JSON \0", r#"{"n": 1}"#, r#"{"n": 2, "of": []}"#];

impl Picker {
    pub(super) fn accept(&mut self) -> Move {
        let entries = (0..self.rng.random_range(1..4)).map(|_| self.entry()).collect();
        Move::Accept(Acceptance { entries, birth: self.birth() })
    }

    fn birth(&mut self) -> Birth {
        let lease = self.maybe(0.6, Self::lease);
        let full: Vec<EndpointId> =
            self.endpoints.iter().copied().filter(|endpoint| endpoint.number() % 3 == 0).collect();
        Birth { lease, crowded: crowded(&full), room: room(), now: self.world.now }
    }

    fn entry(&mut self) -> Entry {
        let (app, kind) = (self.rng.random_range(0..APPS.len()), self.one(&KINDS));
        // Mostly one that no other app has.
        let id = if self.rng.random_bool(0.9) { IDS[app] } else { self.one(&IDS) };
        let app = APPS[app];
        match self.rng.random_range(0..10) {
            0..5 => {
                let fields = self.one(&FIELDS);
                self.world.put(app, kind, id, fields)
            }
            5..7 => self.world.take_away(app, kind, id),
            _ => {
                let event_type = self.one(&EVENT_TYPES);
                self.world.event(app, event_type, kind, id)
            }
        }
    }

    pub(super) fn send(&mut self) -> Move {
        let messages =
            (0..*[0, 1, 1, 1, 2, 2, 3].choose(&mut self.rng).unwrap()).map(|_| self.new_message()).collect();
        let idempotency = self.maybe(0.3, Self::idempotency_key);
        Move::Send(Sending {
            organization: self.world.organization,
            messages,
            idempotency,
            birth: self.birth(),
        })
    }

    fn new_message(&mut self) -> NewMessage {
        let to = match self.rng.random_range(0..4) {
            0 => {
                let uid = self.one(&APPS);
                Addressee::Made(Box::new(self.world.app(uid)))
            }
            1 => Addressee::Known(self.app().into()),
            _ => Addressee::Known(domain::app::AppRef::Uid(self.name(&APPS))),
        };
        let event_type = self.one(&EVENT_TYPES);
        let message = Message {
            event_id: self.maybe(0.3, |picker| picker.name(&IDS)),
            channels: self.names(&SHORT),
            tags: self.names(&SHORT),
            deliver_at: self.maybe(0.2, Self::time),
            expires_at: self.maybe(0.2, Self::time),
            payload: Payload::Verbatim(self.one(&PAYLOADS).into()),
            ..self.world.message(event_type)
        };
        NewMessage { to, message }
    }

    /// Of few keys with few bodies, which are forgotten after a while.
    pub(super) fn idempotency_key(&mut self) -> IdempotencyKey {
        let (key, body) = (self.rng.random_range(0..3), self.rng.random_range(0..2));
        let at = self.world.now;
        let since = Timestamp::from_millis(at.millis() - 500);
        IdempotencyKey { key: [key; 16], body: [body; 16], at, since }
    }

    pub(super) fn take_back(&mut self) -> Move {
        let (app, message) = self.message_of_an_app();
        if self.rng.random_bool(0.3) {
            return Move::Expunge(app, message, self.world.now);
        }
        let endpoint = self.maybe(0.3, Self::endpoint);
        Move::Cancel(Cancellation { app, message, endpoint, at: self.world.now })
    }

    /// Mostly of the app to which it belongs.
    pub(super) fn message_of_an_app(&mut self) -> (domain::id::AppId, MessageRef) {
        let recent = self.messages.len().saturating_sub(self.rng.random_range(1..20));
        let Some(message) = self.messages[recent..].choose(&mut self.rng).cloned() else {
            return (self.app(), MessageRef::EventId(self.name(&IDS)));
        };
        let app = if self.rng.random_bool(0.9) { message.app } else { self.app() };
        match &message.event_id {
            Some(event_id) if self.rng.random_bool(0.5) => (app, MessageRef::EventId(event_id.clone())),
            _ => (app, MessageRef::Id(message.id)),
        }
    }

    /// What is forgotten, or remembered for a while.
    pub(super) fn forget(&mut self) -> Move {
        match self.rng.random_range(0..9) {
            0 => Move::ExpungeExpired(self.time(), self.limit()),
            1 => {
                let since = Timestamp::from_millis(self.world.now.millis() - 700);
                let later = since + Duration::from_millis(self.rng.random_range(0..700));
                Move::ForgetAnswers(later, self.limit())
            }
            2 | 3 => {
                let (message, attempt) = self.attempt();
                Move::ExpungeAttempt(message, attempt)
            }
            4 => Move::Recall(self.idempotency_key()),
            5 => Move::ForgetMinutes(self.time(), self.limit()),
            6 | 7 => Move::ForgetAppKeys(self.time(), self.limit()),
            _ => {
                let status = self.rng.random_range(200..300);
                let body = self.one(&PAYLOADS).as_bytes().to_vec();
                Move::Remember(self.idempotency_key(), Remembered { status, body })
            }
        }
    }
}
