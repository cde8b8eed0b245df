//! Messages that are sent as such.

use std::sync::Arc;

use domain::app::App;
use domain::birth::Birth;
use domain::delivery::Lease;
use domain::event::Origin;
use domain::id::{AppId, MessageId};
use domain::message::Message;
use domain::payload::Payload;
use engine::ports::inbox::{AcceptedMessage, Addressee, NewMessage, Sending, Sent, Unsent};
use engine::ports::store::Store;

use super::{World, room};

impl World {
    /// A message that is about nothing in particular.
    pub(crate) fn message(&mut self, event_type: &str) -> Message {
        let (no_app, event_type) = (AppId::from_number(0), event_type.parse().unwrap());
        Message {
            payload: Payload::Verbatim(r#"{"a": 1}"#.into()),
            ..Message::new(self.id(), no_app, event_type, Origin::sent())
        }
    }
}

/// A message for an app that is there.
pub(crate) fn known(app: &App, message: Message) -> NewMessage {
    NewMessage { to: Addressee::Known(app.id.into()), message }
}

/// One request of the world's organization without an idempotency key.
pub(crate) fn sending(world: &World, messages: Vec<NewMessage>, lease: Option<Lease>) -> Sending {
    let birth = Birth { lease, crowded: Arc::default(), room: room(), now: world.now };
    Sending { organization: world.organization, messages, idempotency: None, birth }
}

/// Sends one message to an app, which takes it.
pub(crate) async fn send_one(
    store: &dyn Store,
    world: &World,
    app: &App,
    message: Message,
    lease: Option<Lease>,
) -> AcceptedMessage {
    match store.send(sending(world, vec![known(app, message)], lease)).await.unwrap() {
        Sent::Stored(mut sent) if sent.len() == 1 => sent.remove(0).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// What of a sent message is remembered.
pub(crate) fn sent_id(sent: &Result<AcceptedMessage, Unsent>) -> Result<MessageId, Unsent> {
    sent.as_ref().map(|sent| sent.message.id).map_err(|unsent| *unsent)
}
