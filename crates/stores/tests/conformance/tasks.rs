//! Background tasks.

use std::time::Duration;

use domain::attempt::{Trigger, Verdict};
use domain::delivery::{Delivery, State};
use domain::endpoint::{Disabled, DisabledReason, Ordering};
use domain::id::{MessageId, TaskId};
use domain::limits::TASKS_PER_ENDPOINT_MAX;
use domain::message::{Fate, MessageRef};
use domain::notice::News;
use domain::task::{Task, TaskKind, TaskStatus};
use domain::time::Timestamp;
use engine::ports::catalog::Put;
use engine::ports::store::Store;
use engine::ports::tasks::{Advance, Advanced};

use super::past::{DISABLED, EXHAUSTED, EXPUNGED, MISSING, Past, SUCCEEDED, WAITING, past};
use super::world::pages::check_pages;
use super::world::records::{put_app, put_endpoint};
use super::world::sending::send_one;
use super::world::{HERE, World, all, stored};

async fn begin(store: &dyn Store, task: &Task) {
    assert_eq!(store.begin_task(task.clone()).await, Ok(Put::Stored), "{task:?}");
}

async fn advance(store: &dyn Store, world: &mut World, task: &Task, limit: usize) -> Option<Advanced> {
    let advance = Advance { task: task.clone(), limit, now: world.pass(10), notice_id: world.id() };
    store.advance_task(advance).await.unwrap()
}

/// Carries a task on until it ends, in moves of so many messages; answers how many moves that took.
async fn finish(store: &dyn Store, world: &mut World, task: Task, limit: usize) -> (Task, usize) {
    let (mut task, mut moves) = (task, 0);
    while task.status == TaskStatus::Running {
        let advanced = advance(store, world, &task, limit).await.unwrap();
        assert_eq!(store.task(HERE, task.id).await, Ok(Some(advanced.task.clone())));
        let came = advanced.task.queued - task.queued;
        assert_eq!(advanced.waiting.is_some(), came > 0);
        assert_eq!(advanced.task.updated_at, world.now);
        task = advanced.task;
        moves += 1;
        assert!(moves < 99);
    }
    (task, moves)
}

/// Where the deliveries stand to the past's endpoint, in the order of their messages; `None` where there is none.
async fn standing(store: &dyn Store, past: &Past) -> Vec<Option<Delivery>> {
    let mut standing = Vec::new();
    for message in &past.messages {
        let found = store.endpoints_of_message(*message, all()).await.unwrap().rows;
        standing.push(found.into_iter().map(|(_, delivery)| delivery).next());
    }
    standing
}

async fn check(store: &dyn Store, kind: TaskKind, limit: usize, expected: &[usize], moves: usize) {
    let mut world = World::new();
    let past = past(store, &mut world, Ordering::None).await;
    let before = standing(store, &past).await;
    let task = world.task(&past.endpoint, kind);
    begin(store, &task).await;
    let (task, took) = finish(store, &mut world, task, limit).await;
    assert_eq!((task.status, took), (TaskStatus::Finished, moves));
    assert_eq!((task.examined, task.queued), (9, expected.len() as u64));
    assert_eq!(task.cursor, past.messages.last().copied());
    for (number, (before, after)) in before.into_iter().zip(standing(store, &past).await).enumerate() {
        if !expected.contains(&number) {
            assert_eq!(after, before, "{kind:?} leaves {number} alone");
            continue;
        }
        let after = after.unwrap();
        assert!(matches!(after.state, State::Waiting { due } if due <= world.now), "{after:?}");
        assert_eq!((after.trigger, after.next_try()), (Trigger::Manual, 1));
        let message = store.message(past.app.id, &MessageRef::Id(past.messages[number])).await;
        assert_eq!(message.unwrap().unwrap().fate, Fate::Routed);
    }
}

pub(crate) async fn recovering_tries_what_has_failed(store: &dyn Store) {
    check(store, TaskKind::Recover, 2, &[EXHAUSTED, DISABLED], 5).await;
}

pub(crate) async fn replaying_what_is_missing_makes_what_was_never_sent(store: &dyn Store) {
    check(store, TaskKind::ReplayMissing, 4, &[DISABLED, MISSING], 3).await;
}

pub(crate) async fn replaying_in_bulk_makes_everything_again(store: &dyn Store) {
    check(store, TaskKind::BulkReplay, 9, &[SUCCEEDED, EXHAUSTED, DISABLED, MISSING], 1).await;
}

/// In order, each gets its own place; and the lane that was held up may go on.
pub(crate) async fn a_task_keeps_the_order(store: &dyn Store) {
    let mut world = World::new();
    let past = past(store, &mut world, Ordering::Fifo).await;
    let first = world.claim(store, past.endpoint.id, 1).await.jobs.remove(0).delivery;
    let until = world.now + Duration::from_secs(60);
    world.settle(store, &first, Verdict::HoldAt(until)).await;
    let task = world.task(&past.endpoint, TaskKind::BulkReplay);
    begin(store, &task).await;
    let advanced = advance(store, &mut world, &task, 99).await.unwrap();
    let lane = advanced.waiting.unwrap();
    assert_eq!((lane.endpoint, lane.due), (past.endpoint.id, past.messages[WAITING].timestamp()));
    assert_eq!(store.endpoint(past.endpoint.id).await.unwrap().unwrap().held_until, None);
    let claimed = world.claim(store, past.endpoint.id, 99).await;
    let order: Vec<MessageId> = claimed.jobs.iter().map(|job| job.message.id).collect();
    let expected = [WAITING, SUCCEEDED, EXHAUSTED, DISABLED, MISSING].map(|number| past.messages[number]);
    assert_eq!(order, expected);
}

/// A task is about the messages of its time: from its beginning up to, but not including, its end.
pub(crate) async fn a_task_looks_at_its_time_alone(store: &dyn Store) {
    let mut world = World::new();
    let past = past(store, &mut world, Ordering::None).await;
    let at = |number: usize| past.messages[number].timestamp();
    let task = Task {
        since: at(EXHAUSTED),
        until: at(DISABLED),
        ..world.task(&past.endpoint, TaskKind::BulkReplay)
    };
    begin(store, &task).await;
    let (task, _) = finish(store, &mut world, task, 2).await;
    assert_eq!((task.examined, task.queued, task.cursor), (3, 1, Some(past.messages[EXPUNGED])));
    let nothing = Task {
        since: at(DISABLED),
        until: at(EXHAUSTED),
        ..world.task(&past.endpoint, TaskKind::BulkReplay)
    };
    begin(store, &nothing).await;
    let (nothing, moves) = finish(store, &mut world, nothing, 2).await;
    assert_eq!((nothing.examined, nothing.cursor, moves), (0, None, 1));
}

/// Two who carry on the same task do not do its work twice.
pub(crate) async fn a_stale_caller_does_not_carry_a_task_on(store: &dyn Store) {
    let mut world = World::new();
    let past = past(store, &mut world, Ordering::None).await;
    let task = world.task(&past.endpoint, TaskKind::BulkReplay);
    assert_eq!(advance(store, &mut world, &task, 1).await, None, "it has not begun");
    begin(store, &task).await;
    let first = advance(store, &mut world, &task, 3).await.unwrap().task;
    assert_eq!(advance(store, &mut world, &task, 3).await, None);
    assert_eq!(store.task(HERE, task.id).await, Ok(Some(first.clone())));
    let (last, _) = finish(store, &mut world, first.clone(), 3).await;
    for stale in [task, first, last.clone()] {
        assert_eq!(advance(store, &mut world, &stale, 3).await, None);
    }
    assert_eq!(store.task(HERE, last.id).await, Ok(Some(last)));
}

pub(crate) async fn a_task_fails_when_its_endpoint_is_gone_or_disabled(store: &dyn Store) {
    let mut world = World::new();
    let past = past(store, &mut world, Ordering::None).await;
    let app = store.operational_app(HERE, world.id()).await.unwrap();
    put_endpoint(store, world.endpoint(app.id)).await;
    let disabled = Disabled { at: world.now, reason: DisabledReason::Asked };
    let tasks = [TaskKind::Recover; 2].map(|kind| world.task(&past.endpoint, kind));
    for task in &tasks {
        begin(store, task).await;
    }
    let first = advance(store, &mut world, &tasks[0], 1).await.unwrap().task;
    let endpoint = put_endpoint(store, past.endpoint.clone().disable(disabled)).await;
    let advanced = advance(store, &mut world, &first, 9).await.unwrap();
    let expected = Task { status: TaskStatus::Failed, updated_at: world.now, ..first };
    assert_eq!((&advanced.task, advanced.waiting), (&expected, None));
    assert_eq!(store.task(HERE, expected.id).await, Ok(Some(expected.clone())));
    let text = std::str::from_utf8(advanced.told[0].message.payload.as_bytes()).unwrap().to_owned();
    assert!(text.contains(r#""status":"failed""#) && text.contains(&expected.id.to_string()), "{text}");
    put_endpoint(store, endpoint.enabled().deleted(world.now)).await;
    let advanced = advance(store, &mut world, &tasks[1], 9).await.unwrap();
    assert_eq!((advanced.task.status, advanced.task.examined), (TaskStatus::Failed, 0));
    assert_eq!(store.running_tasks(9).await, Ok(vec![]));
}

pub(crate) async fn the_end_of_a_task_is_told(store: &dyn Store) {
    let mut world = World::new();
    let past = past(store, &mut world, Ordering::None).await;
    let app = store.operational_app(HERE, world.id()).await.unwrap();
    let to = put_endpoint(store, world.endpoint(app.id)).await;
    let task = world.task(&past.endpoint, TaskKind::Recover);
    begin(store, &task).await;
    let running = advance(store, &mut world, &task, 5).await.unwrap();
    assert_eq!((running.task.status, running.told), (TaskStatus::Running, vec![]));
    let notice_id = world.id();
    let advance = Advance { task: running.task, limit: 9, now: world.now, notice_id };
    let ended = store.advance_task(advance).await.unwrap().unwrap();
    let [told] = &ended.told[..] else { panic!("{ended:?}") };
    let (kind, status) = (TaskKind::Recover, TaskStatus::Finished);
    let news = News::TaskFinished { task: task.id, kind, status, queued: ended.task.queued };
    assert_eq!((told.message.id, &told.message.event_type), (notice_id, &news.event_type()));
    assert_eq!(world.claim(store, to.id, 9).await.jobs[0].message, told.message);
}

pub(crate) async fn an_endpoint_has_a_bounded_number_of_tasks(store: &dyn Store) {
    let mut world = World::new();
    let past = past(store, &mut world, Ordering::None).await;
    let other = put_endpoint(store, world.endpoint(past.app.id)).await;
    let mut tasks = Vec::new();
    for _ in 0..TASKS_PER_ENDPOINT_MAX {
        let task = world.task(&past.endpoint, TaskKind::Recover);
        begin(store, &task).await;
        tasks.push(task);
    }
    let more = world.task(&past.endpoint, TaskKind::Recover);
    assert_eq!(store.begin_task(more.clone()).await, Ok(Put::TooMany));
    assert_eq!(store.task(HERE, more.id).await, Ok(None));
    let elsewhere = world.task(&other, TaskKind::Recover);
    begin(store, &elsewhere).await;
    assert_eq!(store.running_tasks(2).await, Ok(tasks[..2].to_vec()));
    let (ended, _) = finish(store, &mut world, tasks.remove(0), 99).await;
    begin(store, &more).await;
    assert_eq!(store.begin_task(elsewhere.clone()).await, Ok(Put::Stale));
    assert_eq!(store.begin_task(ended.clone()).await, Ok(Put::Stale));
    let running: Vec<TaskId> =
        store.running_tasks(99).await.unwrap().iter().map(|task: &Task| task.id).collect();
    let mut expected: Vec<TaskId> = tasks.iter().map(|task| task.id).collect();
    expected.extend([more.id, elsewhere.id]);
    expected.sort();
    assert_eq!(running, expected);
    let mut all_of_them = [expected, vec![ended.id]].concat();
    all_of_them.sort();
    check_pages(&all_of_them, async |slice| store.tasks(HERE, slice).await.unwrap().map(|task| task.id))
        .await;
    let of_app = async |app, slice| store.tasks_of_app(app, slice).await.unwrap().map(|task: Task| task.id);
    check_pages(&all_of_them, async |slice| of_app(past.app.id, slice).await).await;
    let nobody = put_app(store, world.app("nobody")).await;
    check_pages(&[], async |slice| of_app(nobody.id, slice).await).await;
}

/// What is for later is not made before then, also when it is made late.
pub(crate) async fn a_task_does_not_deliver_before_the_time(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let later = Timestamp::MAX;
    let message = domain::message::Message { deliver_at: Some(later), ..world.message("a") };
    let message = send_one(store, &world, &app, message, None).await.message.id;
    let endpoint = put_endpoint(store, world.endpoint(app.id)).await;
    let task = world.task(&endpoint, TaskKind::ReplayMissing);
    begin(store, &task).await;
    let (task, _) = finish(store, &mut world, task, 9).await;
    assert_eq!(task.queued, 1);
    let (_, delivery) = store.endpoints_of_message(message, all()).await.unwrap().rows.remove(0);
    assert_eq!(stored(store, &delivery).await.state, State::Waiting { due: later });
}
