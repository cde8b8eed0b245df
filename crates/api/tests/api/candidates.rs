//! `POST /candidates`.

use serde_json::{Value, json};

use crate::node::{NOW, Node, candidate, invalid, required};

async fn refuses(node: &Node, body: &str, fields: &[&str]) {
    let errors: Vec<String> = fields.iter().map(|field| required(field)).collect();
    let errors: Vec<&str> = errors.iter().map(String::as_str).collect();
    node.refuses_post("/candidates", body, 422, &invalid(&errors)).await;
}

#[tokio::test]
async fn a_candidate_is_stored_with_a_random_uuid() {
    let node = Node::new().await;
    let reply = node.post_json("/candidates", &candidate()).await;
    reply.is(200);
    let answer = reply.json();
    let id = answer["data"]["id"].as_str().unwrap();
    assert_eq!(answer, json!({ "message": "Candidate created", "data": { "id": id } }));
    assert_eq!(id, "20212223-2425-4627-a829-2a2b2c2d2e2f", "version 4, variant 1, the rest as drawn");
    let stored = node.get(&format!("/resources/candidate/{id}")).await;
    let expected = format!(
        concat!(
            r#"{{"data":{{"companyId":"42","type":"candidate","email":"ada@example.com","firstName":"Ada","#,
            r#""lastName":"Lovelace","location":"London","createdAt":"{}","id":"{}"}}}}"#
        ),
        NOW, id
    );
    assert_eq!(stored.text, expected, "the fields in their order");
}

#[tokio::test]
async fn the_answer_names_the_messages_that_followed() {
    let node = Node::new().await;
    let reply = node.post_json("/candidates", &candidate()).await;
    let id = reply.header("whimbrel-message-id").unwrap();
    assert_eq!(node.get(&format!("/executions/{id}")).await.json()["data"]["id"], id);
}

#[tokio::test]
async fn the_receiver_gets_the_articles_envelope() {
    let node = Node::new().await;
    node.register("https://example.com/ok").await;
    node.create_candidate().await;
    node.until("/webhook_history/42", |found| found["data"][0]["status"] == "success").await;
    let requests = node.receivers.requests();
    let [request] = requests.as_slice() else { panic!("one request, not {}", requests.len()) };
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let (id, token) = (body["resourceId"].clone(), body["token"].clone());
    let expected = json!({
        "resource": {
            "type": "candidate",
            "email": "ada@example.com",
            "firstName": "Ada",
            "lastName": "Lovelace",
            "location": "London",
            "createdAt": NOW,
            "id": id,
        },
        "resourceId": id,
        "resourceType": "candidate",
        "triggeredAt": NOW,
        "token": token,
    });
    assert_eq!(body, expected);
    assert_eq!(request.target.as_str(), "https://example.com/ok");
}

#[tokio::test]
async fn one_answer_names_all_wrong_fields() {
    let node = Node::new().await;
    let all = ["email", "companyId", "firstName", "lastName"];
    for body in ["{}", "[]", "null", "7", r#"{"email":1,"companyId":[],"firstName":2,"lastName":{}}"#] {
        refuses(&node, body, &all).await;
    }
    for field in all {
        let mut missing = candidate();
        missing.as_object_mut().unwrap().remove(field);
        refuses(&node, &missing.to_string(), &[field]).await;
    }
    let too_long = "x".repeat(1025);
    let cases = [
        ("email", json!("nobody")),
        ("email", json!("a@b.nl\r\nBcc: c@d.nl")),
        ("email", Value::Null),
        ("companyId", json!(-1)),
        ("companyId", json!(1.5)),
        ("firstName", json!("")),
        ("firstName", json!("  \t")),
        ("firstName", json!(too_long)),
        ("lastName", json!(["Lovelace"])),
        ("lastName", json!(too_long)),
    ];
    for (field, value) in cases {
        let mut wrong = candidate();
        wrong[field] = value;
        refuses(&node, &wrong.to_string(), &[field]).await;
    }
}

#[tokio::test]
async fn the_location_is_optional_but_a_text() {
    let node = Node::new().await;
    for absent in [None, Some(Value::Null)] {
        let mut body = candidate();
        body.as_object_mut().unwrap().remove("location");
        if let Some(null) = absent {
            body["location"] = null;
        }
        node.post_json("/candidates", &body).await.is(200);
    }
    for wrong in [json!(7), json!(["London"]), json!("x".repeat(1025))] {
        let mut body = candidate();
        body["location"] = wrong;
        let answer = invalid(&["Optional field location invalid"]);
        node.refuses_post("/candidates", &body.to_string(), 422, &answer).await;
    }
}

#[tokio::test]
async fn texts_of_all_kinds_arrive_as_they_were() {
    let node = Node::new().await;
    node.register("https://example.com/ok").await;
    let name = "Zoë \"O'Neil\" \\ 李 \u{1F426} </script> \u{0}\u{7f}\u{202e}'; DROP TABLE x;--";
    let mut body = candidate();
    body["firstName"] = json!(name);
    let reply = node.post_json("/candidates", &body).await;
    let id = reply.json()["data"]["id"].as_str().unwrap().to_owned();
    let stored = node.get(&format!("/resources/candidate/{id}")).await.json();
    assert_eq!(stored["data"]["firstName"], name);
    let found = node.until("/webhook_history/42", |found| found["data"][0]["status"] == "success").await;
    assert_eq!(found["data"][0]["payload"]["resource"]["firstName"], name);
}
