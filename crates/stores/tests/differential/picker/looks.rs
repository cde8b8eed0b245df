//! Questions, at any time, and all of them at the end.

use domain::app::{AppKey, AppRef};
use domain::counts::Grain;
use domain::endpoint::EndpointRef;
use domain::id::DeliveryId;
use domain::key::KeyHash;
use domain::message::{Fate, MessageRef};
use domain::time::Timestamp;
use engine::ports::catalog::Archived;
use engine::ports::history::{
    AttemptFilter, AttemptsOf, DeliveriesOf, DeliveryFilter, DeliveryStatus, MessageFilter,
};
use engine::ports::page::{Order, Slice, Start};
use engine::ports::statistics::CountsOf;
use rand::RngExt;
use rand::seq::IndexedRandom;

use super::super::moves::Move;
use super::super::world::{all, key};
use super::{APPS, EVENT_TYPES, IDS, KINDS, Picker, SHORT};

const FATES: [Option<Fate>; 4] = [None, Some(Fate::Routed), Some(Fate::Skipped), Some(Fate::DataNotFound)];

impl Picker {
    pub(super) fn look(&mut self) -> Move {
        match self.rng.random_range(0..9) {
            0 => self.look_at_counts(),
            1..5 => self.look_back(),
            _ => self.look_up(),
        }
    }

    /// What is set up, and what is to be done.
    fn look_up(&mut self) -> Move {
        let organization = self.world.organization;
        match self.rng.random_range(0..20) {
            0 => Move::Lanes(self.maybe(0.5, Self::endpoint), self.limit()),
            1 => Move::Endpoint(self.endpoint()),
            2 => Move::Resource(organization, key(self.one(&KINDS), self.one(&IDS))),
            3 => Move::App(organization, AppRef::Id(self.app())),
            4 => Move::App(organization, AppRef::Uid(self.name(&APPS))),
            5 => Move::Apps(organization, self.slice(Self::app)),
            6 => Move::EndpointOf(self.app(), EndpointRef::Id(self.endpoint())),
            7 => Move::EndpointOf(self.app(), EndpointRef::Uid(self.name(&SHORT))),
            8 => Move::Endpoints(self.app(), self.slice(Self::endpoint)),
            9 => Move::EventType(organization, self.event_type()),
            10 => Move::EventTypes(organization, Archived::Left, self.slice(Self::event_type)),
            11 => Move::EventTypes(organization, Archived::Included, self.slice(Self::event_type)),
            12 => Move::Organization(organization),
            13 => Move::Key(KeyHash([self.rng.random_range(0..5); 32])),
            14 => Move::KeyNamed(organization, self.known(|picker| &picker.keys)),
            15 => Move::Keys(organization, self.slice(|picker| picker.known(|picker| &picker.keys))),
            16 => Move::Home(self.app()),
            17 => Move::Task(organization, self.known(|picker| &picker.tasks)),
            18 => Move::Tasks(organization, self.slice(|picker| picker.known(|picker| &picker.tasks))),
            _ => Move::TasksOfApp(self.app(), self.slice(|picker| picker.known(|picker| &picker.tasks))),
        }
    }

    fn look_back(&mut self) -> Move {
        match self.rng.random_range(0..16) {
            0 => Move::Calls(self.app_key(), self.place(), self.limit()),
            1 => {
                let fate = *FATES.choose(&mut self.rng).unwrap();
                Move::Executions(self.app_key(), fate, self.maybe(0.8, Self::message), self.limit())
            }
            2 => Move::Story(self.world.organization, self.message()),
            3 => {
                let (app, message) = self.message_of_an_app();
                Move::Message(app, message)
            }
            4..6 => Move::Messages(self.app(), self.message_filter(), self.slice(Self::message)),
            6..8 => {
                let status = self.maybe(0.6, Self::status);
                let slice = self.slice(Self::message);
                Move::MessagesOfEndpoint(self.endpoint(), self.message_filter(), status, slice)
            }
            8 => Move::EndpointsOfMessage(self.message(), self.slice(Self::endpoint)),
            9 | 10 => {
                let slice = self.slice(|picker| picker.attempt().1);
                Move::Attempts(self.attempts_of(), self.attempt_filter(), slice)
            }
            11 => {
                let (message, attempt) = self.attempt();
                Move::Attempt(message, attempt)
            }
            12..15 => {
                let slice = self.slice(Self::delivery);
                Move::Deliveries(self.deliveries_of(), self.delivery_filter(), slice)
            }
            _ => Move::Stats(self.endpoint(), self.time(), self.time()),
        }
    }

    fn look_at_counts(&mut self) -> Move {
        let of = CountsOf { organization: self.world.organization, app: self.maybe(0.5, Self::app) };
        match self.rng.random_range(0..4) {
            0 => Move::Backlog(of),
            1 => Move::Health(of, self.time(), self.limit()),
            grain => {
                let grain = [Grain::Minute, Grain::Hour][grain - 2];
                Move::Counts(of, grain, self.time(), self.time())
            }
        }
    }

    fn app_key(&mut self) -> AppKey {
        AppKey { organization: self.world.organization, uid: self.name(&["acme", "bolt", "1", "unknown"]) }
    }

    fn slice<K>(&mut self, pick: impl FnOnce(&mut Self) -> K) -> Slice<K> {
        let start = match self.rng.random_range(0..3) {
            0 => Start::First,
            1 => Start::After(pick(self)),
            _ => Start::Before(pick(self)),
        };
        let order = *[Order::Ascending, Order::Descending].choose(&mut self.rng).unwrap();
        Slice { limit: self.limit(), order, start }
    }

    fn status(&mut self) -> DeliveryStatus {
        use DeliveryStatus::{Cancelled, Failed, Pending, Sending, Succeeded};
        *[Cancelled, Failed, Pending, Sending, Succeeded].choose(&mut self.rng).unwrap()
    }

    fn message_filter(&mut self) -> MessageFilter {
        MessageFilter {
            since: self.maybe(0.3, Self::time),
            until: self.maybe(0.3, Self::time),
            event_types: self.names(&EVENT_TYPES),
            channel: self.maybe(0.2, |picker| picker.name(&SHORT)),
            tag: self.maybe(0.2, |picker| picker.name(&SHORT)),
        }
    }

    fn attempt_filter(&mut self) -> AttemptFilter {
        AttemptFilter {
            since: self.maybe(0.2, Self::time),
            until: self.maybe(0.2, Self::time),
            succeeded: self.maybe(0.3, |picker| picker.rng.random()),
            status_class: self.maybe(0.3, |picker| picker.rng.random_range(0..6) * 100),
            message: if self.rng.random_bool(0.5) { self.message_filter() } else { MessageFilter::default() },
        }
    }

    fn delivery_filter(&mut self) -> DeliveryFilter {
        let count = if self.rng.random_bool(0.5) { 0 } else { self.rng.random_range(1..4) };
        DeliveryFilter {
            statuses: (0..count).map(|_| self.status()).collect(),
            message: if self.rng.random_bool(0.5) { self.message_filter() } else { MessageFilter::default() },
        }
    }

    fn deliveries_of(&mut self) -> DeliveriesOf {
        match self.rng.random_range(0..3) {
            0 => DeliveriesOf::Organization(self.world.organization),
            1 => DeliveriesOf::App(self.app()),
            _ => DeliveriesOf::Endpoint(self.endpoint()),
        }
    }

    /// One that was seen, or the place where one might be.
    fn delivery(&mut self) -> DeliveryId {
        match self.deliveries.choose(&mut self.rng) {
            Some(delivery) if self.rng.random_bool(0.7) => delivery.id,
            _ => DeliveryId { message: self.message(), endpoint: self.endpoint() },
        }
    }

    fn attempts_of(&mut self) -> AttemptsOf {
        match (self.rng.random_range(0..3), self.deliveries.choose(&mut self.rng).map(|found| found.id)) {
            (0, Some(delivery)) => AttemptsOf::Delivery(delivery),
            (1, _) => AttemptsOf::Message(self.attempt().0),
            _ => AttemptsOf::Endpoint(self.endpoint()),
        }
    }

    /// Every question about everything that was ever seen.
    pub(crate) fn look_at_everything(&self) -> Vec<Move> {
        let mut looks = vec![Move::Lanes(None, usize::MAX), Move::RunningTasks(usize::MAX), Move::Open()];
        looks.extend((0..5).map(|hash| Move::Key(KeyHash([hash; 32]))));
        for id in &self.endpoints {
            looks.push(Move::Endpoint(*id));
            looks.push(Move::Stats(*id, Timestamp::default(), Timestamp::MAX));
            looks.push(Move::MessagesOfEndpoint(*id, MessageFilter::default(), None, all()));
            looks.push(Move::Attempts(AttemptsOf::Endpoint(*id), AttemptFilter::default(), all()));
            looks.push(deliveries(DeliveriesOf::Endpoint(*id)));
        }
        for message in &self.messages {
            looks
                .extend(self.organizations.iter().map(|organization| Move::Story(*organization, message.id)));
            looks.push(Move::Message(message.app, MessageRef::Id(message.id)));
            looks.push(Move::EndpointsOfMessage(message.id, all()));
        }
        for app in &self.apps {
            looks.push(Move::Home(*app));
            looks.push(Move::Endpoints(*app, all()));
            looks.push(Move::TasksOfApp(*app, all()));
            looks.push(Move::Messages(*app, MessageFilter::default(), all()));
            looks.push(deliveries(DeliveriesOf::App(*app)));
        }
        looks.extend(self.organizations.iter().flat_map(|id| self.look_at_organization(*id)));
        looks
    }

    fn look_at_organization(&self, id: domain::id::OrganizationId) -> Vec<Move> {
        let apps = self.apps.iter().map(|app| Some(*app)).chain([None]);
        let mut looks: Vec<Move> = apps
            .flat_map(|app| {
                let of = CountsOf { organization: id, app };
                let counts = |grain| Move::Counts(of, grain, Timestamp::default(), Timestamp::MAX);
                let health = Move::Health(of, Timestamp::default(), usize::MAX);
                [counts(Grain::Minute), counts(Grain::Hour), Move::Backlog(of), health]
            })
            .collect();
        looks.extend([
            Move::Organization(id),
            Move::Apps(id, all()),
            Move::EventTypes(id, Archived::Included, all()),
            Move::EventTypes(id, Archived::Left, all()),
            Move::Keys(id, all()),
            Move::Tasks(id, all()),
            deliveries(DeliveriesOf::Organization(id)),
        ]);
        looks.extend(KINDS.iter().flat_map(|kind| IDS.map(|record| Move::Resource(id, key(kind, record)))));
        for uid in APPS {
            let app = AppKey { organization: id, uid: uid.parse().unwrap() };
            looks.push(Move::App(id, AppRef::Uid(app.uid.clone())));
            looks.push(Move::Calls(app.clone(), None, usize::MAX));
            looks.extend(FATES.map(|fate| Move::Executions(app.clone(), fate, None, usize::MAX)));
        }
        looks
    }
}

/// All of them.
fn deliveries(of: DeliveriesOf) -> Move {
    Move::Deliveries(of, DeliveryFilter::default(), all())
}
