//! Records that are registered and put: mostly as they are stored, with something changed; at times as they were once.

use std::sync::Arc;
use std::time::Duration;

use domain::app::App;
use domain::endpoint::{Disabled, DisabledReason, Endpoint, Ordering};
use domain::event_type::EventType;
use domain::headers::CustomHeaders;
use domain::id::AppId;
use domain::key::{Key, KeyHash, Scope};
use domain::metadata::Metadata;
use domain::organization::{Organization, Settings};
use domain::pattern::Pattern;
use domain::receiver_auth::{Bearer, ReceiverAuth};
use domain::revision::Revision;
use domain::secret::Secret;
use domain::sign::HeaderNames;
use domain::subscription::Subscription;
use domain::throttle::Rate;
use engine::ports::catalog::Catalog;
use engine::ports::keyring::Keyring;
use rand::RngExt;
use rand::seq::IndexedRandom;
use serde_json::json;

use super::super::moves::Move;
use super::{APPS, EVENT_TYPES, Picker, SHORT, THERE};

impl Picker {
    pub(super) fn register(&mut self) -> Move {
        let (app, event_type) = (self.one(&APPS), self.one(&EVENT_TYPES));
        let webhook = self.world.webhook(app, event_type);
        self.endpoints.push(webhook.id);
        self.apps.push(webhook.app_id);
        Move::Register(webhook)
    }

    pub(super) async fn put(&mut self) -> Move {
        match self.rng.random_range(0..40) {
            0..5 => self.put_app().await,
            5..27 => self.put_endpoint().await,
            27..31 => self.put_event_type().await,
            31..34 => self.put_key().await,
            34 => Move::ExpungeEventType(self.world.organization, self.event_type()),
            35 | 36 => self.put_organization().await,
            37 => Move::OrganizationOf(THERE, self.world.id()),
            _ => Move::OperationalApp(self.world.organization, self.world.id()),
        }
    }

    async fn put_app(&mut self) -> Move {
        let id = self.app();
        let stored = self.memory.app(self.world.organization, &id.into()).await.unwrap();
        let old = self.maybe(0.1, |picker| picker.old_apps.choose(&mut picker.rng).cloned()).flatten();
        let uid = self.one(&APPS);
        let app = old.or(stored).unwrap_or_else(|| self.world.app(uid));
        self.apps.push(app.id);
        self.old_apps.push(app.clone());
        if self.rng.random_bool(0.08) {
            return Move::PutApp(app.deleted(self.world.now));
        }
        let notes = self.names::<domain::name::Tag>(&SHORT);
        let notes = notes.iter().map(|name| (name.to_string(), "\0é".to_owned())).collect();
        Move::PutApp(App {
            uid: self.maybe(0.9, |picker| picker.name(&APPS)),
            throttle: Rate::new(self.rng.random_range(0..3)),
            metadata: Metadata::new(notes).unwrap(),
            updated_at: self.world.now,
            ..app
        })
    }

    async fn put_endpoint(&mut self) -> Move {
        let id = self.endpoint();
        let stored = self.memory.endpoint(id).await.unwrap();
        let old = self.maybe(0.1, |picker| picker.old_endpoints.choose(&mut picker.rng).cloned()).flatten();
        let old = old.or(stored.filter(|_| self.rng.random_bool(0.6)).map(|stored| Endpoint::clone(&stored)));
        let operational = self.maybe(0.3, |picker| picker.operational.choose(&mut picker.rng).copied());
        let app = operational.flatten().unwrap_or_else(|| self.app());
        let endpoint = old.unwrap_or_else(|| self.fresh(app));
        self.endpoints.push(endpoint.id);
        self.old_endpoints.push(endpoint.clone());
        let endpoint = Box::new(self.changed(endpoint));
        let message = self.message();
        let notice = self.maybe(0.5, |picker| picker.notice(message));
        Move::PutEndpoint(endpoint, notice)
    }

    fn fresh(&mut self, app: AppId) -> Endpoint {
        let uid = self.maybe(0.5, |picker| picker.name(&SHORT));
        let subscription = self.subscription();
        let ordering = if self.rng.random_bool(0.4) { Ordering::Fifo } else { Ordering::None };
        Endpoint { uid, subscription, ordering, ..self.world.endpoint(app) }
    }

    fn changed(&mut self, endpoint: Endpoint) -> Endpoint {
        let now = self.world.now;
        match self.rng.random_range(0..20) {
            0 if self.rng.random_bool(0.5) => endpoint.deleted(now),
            1 => endpoint.disable(Disabled { at: now, reason: DisabledReason::Asked }),
            2..6 => endpoint.enabled(),
            6..8 => {
                let fresh = Secret::from_bytes(self.one(&SHORT).as_bytes());
                let rotated = endpoint.secrets.clone().rotate(fresh, now, Duration::from_secs(1));
                let secrets = rotated.unwrap_or(endpoint.secrets);
                Endpoint { secrets, ..endpoint }
            }
            8..10 => {
                let headers = vec![(format!("X-{}", self.one(&SHORT)), "1 \"2\"".to_owned())];
                let auth = Bearer::new(self.one(&SHORT).to_owned()).unwrap();
                let headers = CustomHeaders::new(headers).unwrap();
                Endpoint { headers, auth: Arc::new(ReceiverAuth::Bearer(auth)), ..endpoint }
            }
            10..13 => Endpoint { uid: self.maybe(0.8, |picker| picker.name(&SHORT)), ..endpoint },
            13..16 => {
                let orders = [Ordering::Fifo, Ordering::None];
                let ordering = *orders.choose(&mut self.rng).unwrap();
                let throttle = Rate::new(self.rng.random_range(0..3));
                Endpoint { ordering, throttle, held_until: self.maybe(0.2, Self::time), ..endpoint }
            }
            _ => Endpoint { subscription: self.subscription(), updated_at: now, ..endpoint },
        }
    }

    fn subscription(&mut self) -> Subscription {
        let patterns = [r#"{"n":[1]}"#, r#"{"data":{"appUid":["acme"]}}"#];
        Subscription {
            event_types: self.maybe(0.4, |picker| picker.names(&EVENT_TYPES)),
            channels: self.maybe(0.2, |picker| picker.names(&SHORT)),
            pattern: self.maybe(0.1, |picker| Pattern::parse(picker.one(&patterns).as_bytes()).unwrap()),
        }
    }

    async fn put_event_type(&mut self) -> Move {
        let name = self.event_type();
        let stored = self.memory.event_type(self.world.organization, &name).await.unwrap();
        let fresh = self.world.event_type(name.as_str());
        let stored = stored.map_or(fresh, |stored| EventType::clone(&stored));
        let schemas = json!({ "n": self.rng.random::<u8>() });
        Move::PutEventType(EventType {
            archived: self.rng.random(),
            deprecated: self.rng.random(),
            feature_flag: self.maybe(0.3, |picker| picker.name(&SHORT)),
            group_name: self.maybe(0.3, |picker| picker.name(&SHORT)),
            schemas: self.maybe(0.5, |_| [("1".to_owned(), schemas)].into()),
            updated_at: self.world.now,
            revision: self.revision(stored.revision),
            ..stored
        })
    }

    /// Mostly the one that is stored.
    fn revision(&mut self, stored: Revision) -> Revision {
        Revision(stored.0 + [0, 0, 0, 0, 0, 0, 0, 0, 1, -1].choose(&mut self.rng).unwrap())
    }

    async fn put_key(&mut self) -> Move {
        let id = self.known(|picker| &picker.keys);
        let stored = self.memory.key_named(self.world.organization, id).await.unwrap();
        let hash = self.rng.random_range(0..5);
        let fresh = self.world.api_key(hash);
        let key = stored.unwrap_or(fresh);
        self.keys.push(key.id);
        let app = self.app();
        let app = Scope::App(app);
        let scope = *[Scope::Admin, Scope::Send, Scope::Read, app, app].choose(&mut self.rng).unwrap();
        let key = Key {
            scope,
            hash: KeyHash([hash; 32]),
            expires_at: self.maybe(0.5, Self::time),
            revoked_at: self.maybe(0.3, Self::time),
            revision: self.revision(key.revision),
            ..key
        };
        if self.rng.random_bool(0.8) {
            return Move::PutKey(key);
        }
        // A first key is made of chance alone, which nobody has.
        let is_taken = self.memory.key(key.hash).await.unwrap().is_some_and(|other| other.id != key.id);
        if is_taken { Move::PutKey(key) } else { Move::PutFirstKey(key) }
    }

    async fn put_organization(&mut self) -> Move {
        let stored = self.memory.organization(self.world.organization).await.unwrap().unwrap();
        let names = [HeaderNames::Webhook, HeaderNames::Svix, HeaderNames::Both];
        let header_names = *names.choose(&mut self.rng).unwrap();
        let external = self.maybe(0.8, |picker| picker.one(&[THERE, "elsewhere"]).to_owned());
        let known = self.world.organization;
        let id = self.maybe(0.8, |_| known).unwrap_or_else(|| self.world.id());
        let settings = Settings { header_names, validates_payloads: self.rng.random() };
        let revision = self.revision(stored.revision);
        Move::PutOrganization(Organization { id, external, settings, revision, ..stored })
    }
}
