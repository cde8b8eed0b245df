//! Changes and events, and what follows from them.

use domain::change::ChangeKind;
use domain::delivery::{Lease, State};
use domain::limits::ACCEPTANCE_PAYLOAD_BYTES_MAX;
use domain::message::Fate;
use domain::name::AppUid;
use domain::payload::Payload;
use engine::ports::inbox::{Accepted, Refused};
use engine::ports::store::Store;

use super::world::{HERE, World, accept_one, acceptance, key, listen, message_ids};

pub(crate) async fn an_app_is_made_when_it_is_first_used(store: &dyn Store) {
    let mut world = World::new();
    let webhook = world.webhook("by-webhook", "order.insert");
    let by_webhook = webhook.app_id;
    store.register(webhook).await.unwrap();
    let put = world.put("by-webhook", "order", "1", "{}");
    assert_eq!(accept_one(store, put, None).await.message.app, by_webhook);

    let put = world.put("by-change", "order", "2", "{}");
    let by_change = accept_one(store, put, None).await.message.app;
    let event = world.event("by-change", "x", "order", "2");
    assert_eq!(accept_one(store, event, None).await.message.app, by_change);

    let event = world.event("by-event", "x", "order", "2");
    let by_event = accept_one(store, event, None).await.message.app;
    let put = world.put("by-event", "order", "3", "{}");
    assert_eq!(accept_one(store, put, None).await.message.app, by_event);
}

pub(crate) async fn a_change_depends_on_what_is_stored(store: &dyn Store) {
    let mut world = World::new();
    let mut entries = Vec::new();
    entries.push((world.take_away("acme", "order", "1"), None));
    entries.push((world.put("acme", "order", "1", "{}"), Some(ChangeKind::Insert)));
    entries.push((world.put("acme", "order", "1", "{}"), Some(ChangeKind::Update)));
    entries.push((world.take_away("acme", "order", "1"), Some(ChangeKind::Delete)));
    entries.push((world.take_away("acme", "order", "1"), None));
    entries.push((world.put("acme", "order", "1", "{}"), Some(ChangeKind::Insert)));
    for (entry, expected) in entries {
        let accepted = store.accept(acceptance(vec![entry], None)).await.unwrap().unwrap();
        assert_eq!(accepted.iter().map(|accepted| accepted.change).collect::<Vec<_>>(), [expected]);
        let names = accepted[0].messages.iter().map(|accepted| accepted.message.event_type.to_string());
        let expected: Vec<String> = expected.iter().map(|kind| format!("order.{kind}")).collect();
        assert_eq!(names.collect::<Vec<_>>(), expected);
        let stored = store.resource(HERE, &key("order", "1")).await.unwrap();
        assert_eq!(
            stored.is_some(),
            matches!(expected.first().map(String::as_str), Some("order.insert" | "order.update"))
        );
    }
}

pub(crate) async fn a_change_makes_a_message_for_each_event_type(store: &dyn Store) {
    let mut world = World::new();
    store.register(world.webhook("acme", "person.created")).await.unwrap();
    let put = world.put("acme", "candidate", "c", r#"{"email":"a@b.c"}"#);
    let accepted = store.accept(acceptance(vec![put], Some(Lease(9)))).await.unwrap().unwrap();
    let [created, person] = <[_; 2]>::try_from(accepted.into_iter().next().unwrap().messages).unwrap();
    assert_eq!(created.message.fate, Fate::Skipped);
    assert!(matches!(created.message.payload, Payload::Envelope(_)), "it can be replayed");
    assert_eq!(created.deliveries.len(), 0);
    assert_eq!(person.message.fate, Fate::Routed);
    assert_eq!(person.message.origin.detail_type, "resource.insert");
    assert_eq!(person.deliveries.len(), 1);
    assert_eq!(person.deliveries[0].state, State::Leased { lease: Lease(9) });
    assert_eq!(person.deliveries[0].id.message, person.message.id);

    let story = store.story(HERE, person.message.id).await.unwrap().unwrap();
    assert_eq!(
        (&story.message, story.app.uid.as_ref().map(AppUid::as_str)),
        (&*person.message, Some("acme"))
    );
    assert_eq!(story.calls[0].delivery, person.deliveries[0]);
    let story = store.story(HERE, created.message.id).await.unwrap().unwrap();
    assert_eq!((story.message, story.calls.len()), ((*created.message).clone(), 0));
}

pub(crate) async fn an_event_is_skipped_or_not_found_or_routed(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    listen(store, &mut world, "bolt").await;
    let cases = [
        ("acme", "nobody.cares", "acme", Fate::Skipped, 0),
        ("acme", "nobody.cares", "missing", Fate::Skipped, 0),
        ("acme", "thing.happened", "missing", Fate::DataNotFound, 0),
        ("acme", "thing.happened", "bolt", Fate::DataNotFound, 0),
        ("acme", "thing.happened", "acme", Fate::Routed, 1),
    ];
    for (app, event_type, id, fate, deliveries) in cases {
        let event = world.event(app, event_type, "thing", id);
        let accepted = store.accept(acceptance(vec![event], None)).await.unwrap().unwrap();
        let [Accepted { change: None, messages }] = &accepted[..] else { panic!("{accepted:?}") };
        assert_eq!(
            (messages[0].message.fate, messages[0].deliveries.len()),
            (fate, deliveries),
            "{event_type} {id}"
        );
        assert_eq!(messages[0].message.origin.source, "elsewhere");
    }
}

pub(crate) async fn entries_see_those_before_them(store: &dyn Store) {
    let mut world = World::new();
    store.register(world.webhook("acme", "x")).await.unwrap();
    let entries = vec![
        world.event("acme", "x", "order", "1"),
        world.put("acme", "order", "1", r#"{"n":1}"#),
        world.event("acme", "x", "order", "1"),
        world.take_away("acme", "order", "1"),
        world.event("acme", "x", "order", "1"),
        world.put("fresh", "order", "1", "{}"),
    ];
    let accepted = store.accept(acceptance(entries, None)).await.unwrap().unwrap();
    let fates: Vec<Fate> = accepted
        .iter()
        .flat_map(|accepted| &accepted.messages)
        .map(|accepted| accepted.message.fate)
        .collect();
    use Fate::{DataNotFound, Routed, Skipped};
    assert_eq!(fates, [DataNotFound, Skipped, Routed, Skipped, DataNotFound, Skipped]);
    let (app, _) = store.resource(HERE, &key("order", "1")).await.unwrap().unwrap();
    assert_eq!(app.as_str(), "fresh");
}

pub(crate) async fn a_refused_acceptance_stores_nothing(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    let before = store.executions(&"acme".parse().unwrap(), None, None, 99).await.unwrap();
    for foreign in [world.put("mallory", "thing", "acme", "{}"), world.take_away("mallory", "thing", "acme")]
    {
        let alone = store.accept(acceptance(vec![foreign.clone()], None)).await.unwrap();
        assert_eq!(alone, Err(Refused::ForeignResource));
        let entries = vec![
            world.put("acme", "order", "1", "{}"),
            world.put("new", "order", "2", "{}"),
            world.take_away("acme", "thing", "acme"),
            world.put("acme", "thing", "acme", "{}"),
            world.event("acme", "thing.happened", "thing", "acme"),
            foreign,
            world.put("acme", "order", "3", "{}"),
        ];
        assert_eq!(store.accept(acceptance(entries, None)).await.unwrap(), Err(Refused::ForeignResource));
    }
    let after = store.executions(&"acme".parse().unwrap(), None, None, 99).await.unwrap();
    assert_eq!(message_ids(&after.rows), message_ids(&before.rows));
    for missing in ["1", "2", "3"] {
        assert_eq!(store.resource(HERE, &key("order", missing)).await, Ok(None));
    }
    let (_, thing) = store.resource(HERE, &key("thing", "acme")).await.unwrap().unwrap();
    assert_eq!(thing.fields.to_json(), r#"{"size":1}"#);
    assert_eq!(store.waiting_lanes(None, 9).await, Ok(vec![]));
    for uid in ["mallory", "new"] {
        let put = world.put(uid, "order", uid, "{}");
        let app = accept_one(store, put.clone(), None).await.message.app;
        let engine::ports::inbox::Entry::Change(put) = put else { unreachable!() };
        assert_eq!(app, put.app_id, "no app was made before");
    }
}

pub(crate) async fn payloads_of_one_acceptance_are_bounded_together(store: &dyn Store) {
    const LARGE: usize = 1024 * 1024;
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    let app = "acme".parse().unwrap();
    let large = format!(r#"{{"big":"{}"}}"#, "x".repeat(LARGE));
    let put = world.put("acme", "thing", "large", &large);
    store.accept(acceptance(vec![put], None)).await.unwrap().unwrap();
    let most = ACCEPTANCE_PAYLOAD_BYTES_MAX / LARGE - 1;
    for (event_type, count, fits) in
        [("thing.happened", most, true), ("thing.happened", most + 1, false), ("nobody.cares", most, true)]
    {
        let before = message_ids(&store.executions(&app, None, None, 999).await.unwrap().rows);
        let mut entries = vec![world.put("new", "order", event_type, "{}")];
        entries.extend((0..count).map(|_| world.event("acme", event_type, "thing", "large")));
        let accepted = store.accept(acceptance(entries, None)).await.unwrap();
        assert_eq!(accepted.as_ref().err(), Some(&Refused::TooLarge).filter(|_| !fits));
        let after = message_ids(&store.executions(&app, None, None, 999).await.unwrap().rows);
        assert_eq!(after.len() - before.len(), if fits { count } else { 0 });
    }
    // A change counts as much as an event, and what is refused leaves the resource as it was.
    let changes =
        |world: &mut World| (0..=most).map(|_| world.put("acme", "order", "large", &large)).collect();
    store.register(world.webhook("acme", "order.update")).await.unwrap();
    store.register(world.webhook("acme", "order.insert")).await.unwrap();
    let refused = store.accept(acceptance(changes(&mut world), None)).await.unwrap();
    assert_eq!(refused, Err(Refused::TooLarge));
    assert_eq!(store.resource(HERE, &key("order", "large")).await, Ok(None));
}

pub(crate) async fn longest_names_and_largest_resources_are_stored(store: &dyn Store) {
    let mut world = World::new();
    let name = "n".repeat(256);
    store.register(world.webhook(&name, &name)).await.unwrap();
    let json = format!(r#"{{"big":"{}"}}"#, "x".repeat(1024 * 1024));
    let put = world.put(&name, &name, &name, &json);
    store.accept(acceptance(vec![put], None)).await.unwrap().unwrap();
    let event = world.event(&name, &name, &name, &name);
    let accepted = accept_one(store, event, None).await;
    assert_eq!(accepted.message.fate, Fate::Routed);
    assert!(accepted.message.payload.len() > 1024 * 1024);
    let (app, resource) = store.resource(HERE, &key(&name, &name)).await.unwrap().unwrap();
    assert_eq!((app.as_str(), resource.fields.to_json().len()), (name.as_str(), json.len()));
    let story = store.story(HERE, accepted.message.id).await.unwrap().unwrap();
    assert_eq!(story.message, *accepted.message);
}
