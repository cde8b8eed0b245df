//! An endpoint with a past, for tasks that are about it.

use domain::app::App;
use domain::attempt::Verdict;
use domain::endpoint::{Disabled, DisabledReason, Endpoint, Ordering};
use domain::id::MessageId;
use domain::message::MessageRef;
use domain::subscription::Subscription;
use engine::ports::inbox::Cancellation;
use engine::ports::store::Store;

use super::world::records::{put_app, put_endpoint};
use super::world::sending::send_one;
use super::world::{LEASE, World};

/// An app with an endpoint that wants `a` and `b`, and one message in each place where its delivery can stand.
pub(crate) struct Past {
    pub(crate) app: App,
    pub(crate) endpoint: Endpoint,
    pub(crate) messages: Vec<MessageId>,
}

pub(crate) const WAITING: usize = 0;
pub(crate) const LEASED: usize = 1;
pub(crate) const SUCCEEDED: usize = 2;
pub(crate) const EXHAUSTED: usize = 3;
pub(crate) const CANCELLED: usize = 4;
pub(crate) const EXPUNGED: usize = 5;
pub(crate) const DISABLED: usize = 6;
pub(crate) const MISSING: usize = 7;
pub(crate) const UNWANTED: usize = 8;

pub(crate) async fn past(store: &dyn Store, world: &mut World, ordering: Ordering) -> Past {
    let app = put_app(store, world.app("acme")).await;
    let types = ["a", "b"].map(|name| name.parse().unwrap()).to_vec();
    let subscription = Subscription { event_types: Some(types), ..Subscription::default() };
    let fresh = Endpoint { subscription, ordering: Ordering::None, ..world.endpoint(app.id) };
    let only_a = Subscription::to("a".parse().unwrap());
    let mut endpoint = put_endpoint(store, Endpoint { subscription: only_a, ..fresh.clone() }).await;
    let mut messages = Vec::new();
    for number in WAITING..=UNWANTED {
        world.pass(1000);
        if number == DISABLED {
            let asked = Disabled { at: world.now, reason: DisabledReason::Asked };
            endpoint = put_endpoint(store, endpoint.disable(asked)).await;
        }
        let message = world.message(if number == MISSING {
            "b"
        } else if number == UNWANTED {
            "c"
        } else {
            "a"
        });
        let lease = Some(LEASE).filter(|_| [LEASED, SUCCEEDED, EXHAUSTED].contains(&number));
        let sent = send_one(store, world, &app, message, lease).await;
        messages.push(sent.message.id);
        let named = MessageRef::Id(sent.message.id);
        let at = world.now;
        match number {
            SUCCEEDED => world.settle(store, &sent.deliveries[0], Verdict::Done).await,
            EXHAUSTED => world.settle(store, &sent.deliveries[0], Verdict::Exhausted).await,
            CANCELLED => {
                let cancellation = Cancellation { app: app.id, message: named, endpoint: None, at };
                assert_eq!(store.cancel(cancellation).await.unwrap().unwrap().count, 1);
            }
            EXPUNGED => assert_eq!(store.expunge(app.id, &named, at).await, Ok(true)),
            _ => {}
        }
    }
    let subscription = fresh.subscription;
    let endpoint = put_endpoint(store, Endpoint { subscription, ordering, ..endpoint.enabled() }).await;
    Past { app, endpoint, messages }
}
