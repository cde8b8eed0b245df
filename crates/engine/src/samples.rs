//! What several tests of this crate begin with.

use std::sync::Arc;

use bytes::Bytes;
use domain::attempt::Trigger;
use domain::delivery::{Delivery, Lease, State};
use domain::event::Origin;
use domain::id::{AppId, DeliveryId};
use domain::message::Message;
use domain::payload::Payload;

use crate::ports::queue::Job;

/// The life that holds [`job`]s.
pub(crate) const LEASE: Lease = Lease(1);

/// A job that was not tried yet, of a message that was sent as such.
pub(crate) fn job(app: AppId, id: DeliveryId) -> Job {
    let message = Message {
        payload: Payload::Verbatim(Bytes::from_static(b"{}")),
        ..Message::new(id.message, app, "x".parse().unwrap(), Origin::sent())
    };
    let (state, trigger) = (State::Leased { lease: LEASE }, Trigger::Scheduled);
    let delivery = Delivery { id, state, attempts: 0, earlier: 0, trigger, interruptions: 0, token: None };
    Job { delivery, message: Arc::new(message) }
}
