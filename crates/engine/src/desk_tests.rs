use std::collections::VecDeque;
use std::sync::Mutex;

use super::*;

/// Changes a record of which the store says so, put after put; answers what came of it, and how often it was decided.
async fn changed(found: Option<i64>, puts: &[Put]) -> (Result<i64, Unchanged<&'static str>>, usize) {
    let puts: Mutex<VecDeque<Put>> = Mutex::new(puts.to_vec().into());
    let mut decisions = 0;
    let decide = |found: Option<i64>| {
        decisions += 1;
        if found == Some(-1) { Err(Unchanged::Refused("no")) } else { Ok(found.unwrap_or(0) + 1) }
    };
    let put = |decided: i64| {
        let put = puts.lock().unwrap().pop_front().unwrap_or(Put::Stale);
        (decided, Box::pin(async move { Ok(put) }) as Move<'_, Put>)
    };
    let read = || Box::pin(async move { Ok(found) }) as Move<'_, _>;
    let changed = change(read, decide, put).await.unwrap();
    (changed, decisions)
}

#[tokio::test]
async fn a_change_is_decided_again_for_as_long_as_others_are_faster() {
    use Put::{Stale, Stored, Taken, TooMany};
    for (found, puts, expected, decisions) in [
        (Some(7), &[Stored][..], Ok(8), 1),
        (Some(7), &[Stale, Stale, Stored], Ok(8), 3),
        (Some(7), &[], Err(Unchanged::Contended), ROUNDS_MAX),
        (Some(-1), &[Stored], Err(Unchanged::Refused("no")), 1),
        (Some(7), &[Taken, Stored], Err(Unchanged::Taken), 1),
        (None, &[Taken, Stored], Ok(1), 2),
        (None, &[Taken, Taken, Stored], Err(Unchanged::Taken), 2),
        (Some(7), &[TooMany], Err(Unchanged::TooMany), 1),
    ] {
        assert_eq!(changed(found, puts).await, (expected, decisions), "{found:?} {puts:?}");
    }
}

#[test]
fn what_must_be_there_is_not_made() {
    assert_eq!(present(None::<i64>, &mut Ok::<_, ()>), Err(Unchanged::Absent));
    assert_eq!(present(Some(1), &mut Err::<i64, _>), Err(Unchanged::Refused(1)));
}

fn is_send<T: Send>(_: T) {}

#[expect(dead_code, reason = "that it compiles is the test")]
fn changes_can_be_awaited_by_a_handler(doors: Arc<Doors>, organization: OrganizationId) {
    is_send(async move {
        let name = String::from("x");
        let app: AppRef = "42".parse().unwrap();
        let rename = |app| Ok::<_, ()>(App { name: name.clone(), ..app });
        let _ = doors.update_app(organization, &app, rename).await;
        let _ = doors.upsert_app(organization, &app, |app| app.ok_or(Unchanged::Refused(&name))).await;
        let endpoint: EndpointRef = "42".parse().unwrap();
        let told = |endpoint| Ok::<_, ()>((endpoint, Some(News::EndpointUpdated)));
        let _ = doors.update_endpoint(AppId::from_number(1), &endpoint, told).await;
        let _ = doors.update_event_type(organization, &"x".parse().unwrap(), Ok::<_, ()>).await;
        let _ = doors.update_organization(organization, Ok::<_, ()>).await;
        let _ = doors.update_key(organization, KeyId::from_number(1), Ok::<_, ()>).await;
    });
}
