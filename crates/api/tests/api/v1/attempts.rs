//! `/api/v1/app/{app_id}/attempt`, and attempts of messages.

use axum::http::Method;
use domain::endpoint::{Door, Endpoint};
use domain::subscription::Subscription;
use serde_json::{Value, json};

use super::client::{AT, not_found, problems};
use super::platform::{Platform, ids};

#[tokio::test]
async fn an_attempt_tells_what_was_met() {
    let platform = Platform::new().await;
    let check = async |number: i64, path: &str, status: u16, response: &str, fails: bool| {
        let endpoint = platform.endpoint(number, Door::Webhook, path, |endpoint| endpoint).await;
        let id = platform.sends_type("a").await;
        let count = usize::try_from(number).unwrap();
        platform.attempts(&id, count).await;
        let of_it = format!("/app/u/attempt/msg/{id}?endpoint_id={endpoint}");
        let attempt = platform.client.get(&of_it).await.json()["data"][0].take();
        let expected = json!({
            "id": attempt["id"],
            "url": format!("https://example.com{path}"),
            "response": response,
            "responseStatusCode": status,
            "responseDurationMs": 7,
            "status": if fails { 2 } else { 0 },
            "statusText": if fails { "fail" } else { "success" },
            "triggerType": 0,
            "msgId": id,
            "endpointId": endpoint,
            "timestamp": AT,
        });
        assert_eq!(attempt, expected, "{path}");
        assert!(attempt["id"].as_str().unwrap().starts_with("atmpt_"));
        let one = format!("/app/u/msg/{id}/attempt/{}", attempt["id"].as_str().unwrap());
        assert_eq!(platform.client.get(&one).await.json(), expected);
        let bare =
            platform.client.get(&format!("{one}?with_content=false&expanded_statuses=true")).await.json();
        assert_eq!(bare["response"], "{}");
    };
    check(1, "/ok", 200, "thanks", false).await;
    check(2, "/fail", 503, "bm90IP8gbm93IAA=", true).await;
    check(3, "/refuse", 0, "connect_refused: Nobody listens there.", true).await;
}

/// Three endpoints with an attempt each of two messages, of the types `a` and `b`.
async fn six(platform: &Platform) -> [String; 2] {
    for (number, path) in [(1, "/ok"), (2, "/fail"), (3, "/refuse")] {
        platform
            .endpoint(number, Door::Webhook, path, |it| Endpoint {
                uid: Some(format!("e{number}").parse().unwrap()),
                ..it
            })
            .await;
    }
    let first = json!({ "eventType": "a", "payload": { "is": 1 }, "eventId": "m1", "tags": ["t"] });
    let first = platform.sends(&first).await;
    platform.attempts(&first, 3).await;
    let second = platform
        .sends(&json!({ "eventType": "b", "payload": { "is": 2 }, "eventId": "m2", "channels": ["c"] }))
        .await;
    platform.attempts(&second, 3).await;
    [first, second]
}

/// Which endpoints' attempts of which messages are on a page.
fn whose(list: &Value) -> Vec<String> {
    let whose =
        |row: &Value| format!("{} {}", row["endpointId"].as_str().unwrap(), row["msgId"].as_str().unwrap());
    let mut whose: Vec<String> =
        list["data"].as_array().unwrap_or_else(|| panic!("{list}")).iter().map(whose).collect();
    whose.sort();
    whose
}

#[tokio::test]
async fn attempts_are_found_by_what_they_are() {
    let platform = Platform::new().await;
    let messages = six(&platform).await;
    let check = async |path: &str, expected: &[(usize, usize)]| {
        let list = platform.client.get(path).await;
        list.is(200);
        let expected = expected
            .iter()
            .map(|(endpoint, message)| format!("ep_0000000000{endpoint} {}", messages[*message]));
        assert_eq!(whose(&list.json()), expected.collect::<Vec<_>>(), "{path}");
        assert_eq!(list.json()["done"], true);
    };
    let of_first = "/app/u/attempt/msg/m1";
    check(of_first, &[(1, 0), (2, 0), (3, 0)]).await;
    check(&format!("{of_first}?endpoint_id=e2"), &[(2, 0)]).await;
    check(&format!("{of_first}?endpoint_id=ep_00000000003"), &[(3, 0)]).await;
    for nobody in ["x", "ep_00000000009", "a%20b", ""] {
        check(&format!("{of_first}?endpoint_id={nobody}"), &[]).await;
    }
    check(&format!("{of_first}?status=0"), &[(1, 0)]).await;
    check(&format!("{of_first}?status=2"), &[(2, 0), (3, 0)]).await;
    for never in [1, 3, 4] {
        check(&format!("{of_first}?status={never}&expanded_statuses=true"), &[]).await;
    }
    check(&format!("{of_first}?status_code_class=200"), &[(1, 0)]).await;
    check(&format!("{of_first}?status_code_class=500"), &[(2, 0)]).await;
    check(&format!("{of_first}?status_code_class=0"), &[(3, 0)]).await;
    check(&format!("{of_first}?status_code_class=400"), &[]).await;
    check(&format!("{of_first}?tag=t&event_types=a,b"), &[(1, 0), (2, 0), (3, 0)]).await;
    check(&format!("{of_first}?channel=c"), &[]).await;
    let of_endpoint = "/app/u/attempt/endpoint/e2";
    check(of_endpoint, &[(2, 0), (2, 1)]).await;
    check(&format!("{of_endpoint}?channel=c"), &[(2, 1)]).await;
    check(&format!("{of_endpoint}?tag=t"), &[(2, 0)]).await;
    check(&format!("{of_endpoint}?event_types[]=b"), &[(2, 1)]).await;
    check(&format!("{of_endpoint}?event_types="), &[(2, 0), (2, 1)]).await;
    check(&format!("{of_endpoint}?after=2026-01-31T12:34:56.789"), &[(2, 0), (2, 1)]).await;
    check(&format!("{of_endpoint}?before=2026-01-31T12:34:56.789"), &[]).await;
    let before = "/app/u/msg/m1/attempt";
    check(before, &[(1, 0), (2, 0), (3, 0)]).await;
    check(&format!("{before}?status=2&endpoint_id=e3"), &[(3, 0)]).await;
    check("/app/u/msg/m2/endpoint/e1/attempt", &[(1, 1)]).await;
    check("/app/u/msg/m2/endpoint/e1/attempt?status=2", &[]).await;
}

#[tokio::test]
async fn attempts_are_walked_in_both_directions_with_a_filter() {
    let platform = Platform::new().await;
    six(&platform).await;
    let all = ids(&platform.client.get("/app/u/attempt/msg/m1?status=2").await.json());
    let [newest, oldest] = all.as_slice() else { panic!("{all:?}") };
    assert!(newest > oldest);
    for bare in ["", "&with_msg=true"] {
        let check = async |list: &str, query: &str, expected: &[&String], done: bool| {
            let path = format!("/app/u/attempt/{list}?status=2&limit=1{bare}&{query}");
            let list = platform.client.get(&path).await.json();
            let expected: Vec<String> = expected.iter().copied().cloned().collect();
            assert_eq!((ids(&list), &list["done"]), (expected, &json!(done)), "{path}");
            let iterator = |name: &str| list[name].as_str().unwrap_or_default().to_owned();
            (iterator("iterator"), iterator("prevIterator"))
        };
        let (next, _) = check("msg/m1", "", &[newest], false).await;
        let (end, before) = check("msg/m1", &format!("iterator={next}"), &[oldest], true).await;
        check("msg/m1", &format!("iterator={end}"), &[], true).await;
        let (_, before) = check("msg/m1", &format!("iterator={before}"), &[newest], true).await;
        check("msg/m1", &format!("iterator={before}"), &[], true).await;
        let of_endpoint = ids(&platform.client.get("/app/u/attempt/endpoint/e2").await.json());
        let [newest, oldest] = of_endpoint.as_slice() else { panic!("{of_endpoint:?}") };
        let (next, _) = check("endpoint/e2", "", &[newest], false).await;
        let (_, before) = check("endpoint/e2", &format!("iterator={next}"), &[oldest], true).await;
        check("endpoint/e2", &format!("iterator={before}"), &[newest], true).await;
    }
}

#[tokio::test]
async fn attempts_come_with_their_messages() {
    let platform = Platform::new().await;
    six(&platform).await;
    let check = async |query: &str, payloads: Value| {
        let path = format!("/app/u/attempt/endpoint/e1?{query}");
        let list = platform.client.get(&path).await.json();
        let found: Vec<Value> = [0, 1].map(|index| list["data"][index]["msg"]["payload"].clone()).into();
        assert_eq!(json!(found), payloads, "{query}");
    };
    check("with_msg=true", json!([{ "is": 2 }, { "is": 1 }])).await;
    check("with_msg=true&with_content=false", json!([{}, {}])).await;
    check("with_msg=false", json!([null, null])).await;
    let first = platform.client.get("/app/u/msg/m2").await.json();
    let list = platform.client.get("/app/u/attempt/endpoint/e1?with_msg=true").await.json();
    assert_eq!(list["data"][0]["msg"], first);
}

#[tokio::test]
async fn a_page_of_attempts_ends_where_their_messages_become_too_large() {
    let platform = Platform::new().await;
    platform.endpoint(1, Door::Webhook, "/ok", |endpoint| endpoint).await;
    for _ in 0..5 {
        let large = json!({ "eventType": "a", "payload": { "x": "x".repeat(1_000_000) } });
        platform.attempts(&platform.sends(&large).await, 1).await;
    }
    let path = "/app/u/attempt/endpoint/ep_00000000001";
    let all = ids(&platform.client.get(path).await.json());
    assert_eq!(all.len(), 5);
    let page = async |query: &str| {
        let list = platform.client.get(&format!("{path}?with_msg=true{query}")).await.json();
        let iterator = |name: &str| list[name].as_str().unwrap().to_owned();
        (ids(&list), list["done"].as_bool().unwrap(), iterator("iterator"), iterator("prevIterator"))
    };
    let (first, done, next, _) = page("").await;
    assert_eq!((first.as_slice(), done), (&all[..4], false));
    let (second, done, _, _) = page(&format!("&iterator={next}")).await;
    assert_eq!((second.as_slice(), done), (&all[4..], true));
    let (backwards, done, _, before) = page(&format!("&iterator=-{}", all[4])).await;
    assert_eq!((backwards.as_slice(), done), (&all[..4], true));
    assert_eq!(before, format!("-{}", all[0]));
    assert_eq!(page("&with_content=false").await.0, all);
}

#[tokio::test]
async fn a_response_is_forgotten() {
    let platform = Platform::new().await;
    let client = &platform.client;
    let [id, _] = six(&platform).await;
    let attempt = ids(&client.get("/app/u/attempt/msg/m1?status=0").await.json()).remove(0);
    client.delete(&format!("/app/u/msg/m1/attempt/{attempt}/content")).await.is_empty(204);
    let found = client.get(&format!("/app/u/msg/{id}/attempt/{attempt}")).await.json();
    assert_eq!((&found["response"], &found["responseStatusCode"]), (&json!("EXPUNGED"), &json!(200)));
    for path in [
        format!("/app/u/msg/m2/attempt/{attempt}"),
        format!("/app/v/msg/m1/attempt/{attempt}"),
        format!("/app/u/msg/x/attempt/{attempt}"),
        "/app/u/msg/m1/attempt/atmpt_00000000001".to_owned(),
        "/app/u/msg/m1/attempt/x".to_owned(),
    ] {
        client.is_refused(Method::GET, &path, "", 404, &not_found()).await;
        client.is_refused(Method::DELETE, &format!("{path}/content"), "", 404, &not_found()).await;
    }
}

#[tokio::test]
async fn a_bad_query_of_attempts_is_told_its_parameter() {
    let platform = Platform::new().await;
    let client = &platform.client;
    six(&platform).await;
    for path in ["/app/u/attempt/msg/m1", "/app/u/attempt/endpoint/e1", "/app/u/msg/m1/attempt"] {
        for (query, parameter, msg) in [
            ("status=5", "status", "must be from 0 to 4"),
            ("status_code_class=404", "status_code_class", "must be 0, 100, 200, 300, 400 or 500"),
            ("iterator=msg_00000000001", "iterator", "The iterator is not one of this list"),
            ("limit=251", "limit", "Given limit must not exceed 250"),
        ] {
            let answer = problems(&[(&["query", parameter], msg)]);
            client.is_refused(Method::GET, &format!("{path}?{query}"), "", 422, &answer).await;
        }
    }
    let foreign = [
        "/app/u/attempt/msg/x",
        "/app/u/attempt/endpoint/x",
        "/app/v/attempt/msg/m1",
        "/app/u/msg/m1/endpoint/x/attempt",
    ];
    for path in foreign {
        client.is_refused(Method::GET, path, "", 404, &not_found()).await;
    }
    let unwanted = Subscription::to("z".parse().unwrap());
    platform.endpoint(4, Door::Api, "/ok", |it| Endpoint { subscription: unwanted, ..it }).await;
    assert_eq!(ids(&client.get("/app/u/attempt/endpoint/ep_00000000004").await.json()), [""; 0]);
}
