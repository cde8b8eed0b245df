//! S4: every change of a resource, by whatever way it came, becomes the events that the rules make of it.

use std::path::Path;

use serde_json::{Value, json};

use crate::dev;
use crate::support::client::Client;
use crate::support::platform::{calls, ended_calls, execution, register, register_for};
use crate::support::program::Program;
use crate::support::receiver::Receiver;

const RULES: &str = r#"
allow_network = ["127.0.0.0/8"]
retry_schedule = ["10ms"]

[[rules]]
change = "insert"
type = "order"
event_type = "order.created"

[[rules]]
change = "update"
type = "order"
fields = { state = "paid", "lines" = 2 }
event_type = "order.paid"

[[rules]]
change = "update"
type = "order"
fields = { state = "paid" }
event_type = "order.changed"

[[rules]]
change = "delete"
type = "order"
event_type = "order.deleted"
"#;

/// `whimbrel serve --config`, and a client that has its key.
fn serve(data: &Path) -> (Program, Client) {
    let config = data.join("whimbrel.toml");
    std::fs::write(&config, RULES).unwrap();
    let program = Program::serve(&data.join("data"), &["--config", config.to_str().unwrap()]);
    let line = program.stdout.wait("the admin key is");
    let client = program.client().with_key(line.rsplit(' ').next().unwrap());
    (program, client)
}

fn put(client: &mut Client, path: &str, body: &Value) -> Value {
    client.send("PUT", path, Some(body.to_string().as_bytes())).unwrap().expect(200)["data"].clone()
}

/// The event types of the messages that a change made.
fn event_types(client: &mut Client, changed: &Value) -> Vec<String> {
    let messages = changed["messages"].as_array().unwrap();
    let of = |id: &Value| execution(client, id.as_str().unwrap())["eventType"].as_str().unwrap().to_owned();
    messages.iter().map(of).collect()
}

const PATH: &str = "/resources/order/7";

#[test]
fn each_change_becomes_the_events_of_its_rules() {
    let data = tempfile::tempdir().unwrap();
    let (_program, mut client) = serve(data.path());
    let receiver = Receiver::answering(200);
    for event_type in ["order.created", "order.paid", "order.deleted"] {
        register_for(&mut client, "42", &receiver.url(&format!("/{event_type}")), event_type);
    }
    let order = |state: &str, lines: Value| json!({ "companyId": 42, "state": state, "lines": lines });
    let steps: [(Value, &str, &[&str]); 6] = [
        (order("open", json!(2)), "insert", &["order.created"]),
        (order("sent", json!(2)), "update", &[]),
        (order("paid", json!("2")), "update", &["order.changed"]),
        (order("Paid", json!(2)), "update", &[]),
        (order("paid", json!(2)), "update", &["order.paid", "order.changed"]),
        (order("paid", json!([2])), "update", &["order.changed"]),
    ];
    for (body, change, expected) in steps {
        let changed = put(&mut client, PATH, &body);
        assert_eq!(changed["change"], change, "{body}");
        assert_eq!(event_types(&mut client, &changed), expected, "{body}");
    }
    let deleted = client.send("DELETE", PATH, None).unwrap().expect(200)["data"].clone();
    assert_eq!(deleted["change"], "delete");
    assert_eq!(event_types(&mut client, &deleted), ["order.deleted"]);
    // A candidate is no order, so that no rule matches it.
    put(&mut client, "/resources/candidate/7", &json!({ "companyId": 42 }));

    let ended = ended_calls(&mut client, "42", 3);
    let called: Vec<String> = receiver.calls().iter().map(|call| call.first_line.clone()).collect();
    assert_eq!(called.len(), 3, "{called:?}");
    for event_type in ["order.created", "order.paid", "order.deleted"] {
        let line = format!("POST /{event_type} HTTP/1.1");
        assert_eq!(called.iter().filter(|call| **call == line).count(), 1, "{event_type}");
    }
    let states: Vec<&Value> = ended.iter().map(|call| &call["payload"]["resource"]["lines"]).collect();
    assert_eq!(states, [&json!([2]), &json!(2), &json!(2)], "each with the resource at its moment");
}

#[test]
fn a_resource_is_put_read_and_deleted() {
    let (_data, program) = dev(&[]);
    let mut client = program.client();
    client.get(PATH).expect(404);
    client.send("DELETE", PATH, None).unwrap().expect(404);
    put(&mut client, PATH, &json!({ "companyId": "42", "id": 7, "type": "order", "n": 1 }));
    let read = client.get(PATH).expect(200)["data"].clone();
    assert_eq!(
        (&read["companyId"], &read["type"], &read["id"]),
        (&json!("42"), &json!("order"), &json!("7"))
    );
    assert_eq!(read["n"], 1);
    put(&mut client, PATH, &json!({ "companyId": 42, "m": 2 }));
    let replaced = client.get(PATH).expect(200)["data"].clone();
    assert_eq!((replaced.get("n"), &replaced["m"]), (None, &json!(2)));
    assert_eq!(replaced["createdAt"], read["createdAt"], "it is the same resource");
    client.send("DELETE", PATH, None).unwrap().expect(200);
    client.get(PATH).expect(404);
    client.send("DELETE", PATH, None).unwrap().expect(404);
}

#[test]
fn a_resource_of_another_company_is_left_alone() {
    let (_data, program) = dev(&[]);
    let mut client = program.client();
    let receiver = Receiver::answering(200);
    register(&mut client, "1", &receiver.url("/"));
    let path = "/resources/candidate/7";
    put(&mut client, path, &json!({ "companyId": 2, "n": 2 }));
    let foreign = json!({ "companyId": 1, "n": 1 }).to_string();
    let refused = client.send("PUT", path, Some(foreign.as_bytes())).unwrap().expect(409);
    assert_eq!(refused["errors"], json!(["The resource belongs to another company."]));
    client.send("DELETE", &format!("{path}?companyId=1"), None).unwrap().expect(409);
    assert_eq!(client.get(path).expect(200)["data"]["n"], 2);
    assert_eq!(client.get("/executions?companyId=1").expect(200)["data"], json!([]), "and no event exists");
    assert_eq!(calls(&mut client, "1"), Vec::<Value>::new());
}

#[test]
fn what_is_said_twice_must_agree() {
    let (_data, program) = dev(&[]);
    let mut client = program.client();
    let cases = [
        (json!({}), "Required field companyId not found or invalid"),
        (json!({ "companyId": 42, "id": "8" }), "Field id must be the same as in the path"),
        (json!({ "companyId": 42, "type": "offer" }), "Field type must be the same as in the path"),
    ];
    for (body, error) in cases {
        let answer = client.send("PUT", PATH, Some(body.to_string().as_bytes())).unwrap().expect(422);
        assert_eq!(answer["errors"], json!([error]), "{body}");
    }
    client.send("PUT", PATH, Some(b"[]")).unwrap().expect(422);
    client.get(PATH).expect(404);
}
