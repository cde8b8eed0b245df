//! A request written once, in which only the numbers of its messages and their app change.

use std::net::SocketAddr;

/// Stands before the number of a message, in requests and in the calls that follow from them.
const MARK: &[u8] = b"bench-";
/// Holds the place of a number in the text of a template.
const NUMBER: &str = "NNNNNNNNN";
/// Holds the place of an app.
const APP: &str = "CCCCCC";
const APP_FIRST: usize = 100_000;
/// The receiver finds the mark near the beginning, or there is none.
const MARK_WITHIN: usize = 512;

/// A request with places for numbers.
pub(crate) struct Template {
    bytes: Vec<u8>,
    /// One for each message.
    numbers: Vec<usize>,
    apps: Vec<usize>,
}

/// The API of a program, or anything else that takes requests.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What is sent as the key.
    pub(crate) key: String,
}

/// What a request sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    /// `POST /api/v1/app/{app}/msg` of a message whose payload has this many bytes.
    Message(usize),
    /// `POST /api/v1/app/{app}/msg/batch` of this many messages with payloads of 1 KiB.
    Batch(usize),
    /// The same, and one message in each batch has another type, one another channel, one another tag than most.
    Mixed(usize),
    /// `POST /candidates` with a body of 1 KiB.
    Candidate,
}

/// The payload of most messages.
pub(crate) const PAYLOAD_BYTES: usize = 1024;

impl Template {
    /// The request for a payload.
    pub(crate) fn of(payload: Payload, door: &Door) -> Self {
        let messages = format!("/api/v1/app/{APP}/msg");
        match payload {
            Payload::Message(bytes) => Self::new(&messages, door, &message(bytes)),
            Payload::Batch(count) => Self::batch(&messages, door, &vec![message(PAYLOAD_BYTES); count]),
            Payload::Mixed(count) => {
                let batch: Vec<String> = (0..count).map(mixed).collect();
                Self::batch(&messages, door, &batch)
            }
            Payload::Candidate => {
                let who = r#""firstName":"Ada","lastName":"Lovelace","location":""#;
                let start = format!(r#"{{"companyId":{APP},"email":"bench-{NUMBER}@example.com",{who}"#);
                Self::new("/candidates", door, &filled(start, PAYLOAD_BYTES))
            }
        }
    }

    fn batch(messages: &str, door: &Door, batch: &[String]) -> Self {
        Self::new(&format!("{messages}/batch"), door, &format!(r#"{{"messages":[{}]}}"#, batch.join(",")))
    }

    fn new(path: &str, door: &Door, body: &str) -> Self {
        let text = request("POST", path, door, body);
        let places = |mark| text.match_indices(mark).map(|(at, _)| at).collect();
        Self { numbers: places(NUMBER), apps: places(APP), bytes: text.into_bytes() }
    }

    /// How many messages one request sends.
    pub(crate) fn messages(&self) -> usize {
        self.numbers.len()
    }

    /// Writes the request for the messages from `number` on, instead of what is there.
    pub(crate) fn write(&self, number: usize, app: usize, into: &mut Vec<u8>) {
        into.clear();
        into.extend_from_slice(&self.bytes);
        for (number, at) in (number..).zip(&self.numbers) {
            write_digits(number, &mut into[*at..*at + NUMBER.len()]);
        }
        for at in &self.apps {
            write_digits(APP_FIRST + app, &mut into[*at..*at + APP.len()]);
        }
    }
}

/// The id of an app on our side.
pub(crate) fn app_uid(app: usize) -> usize {
    APP_FIRST + app
}

/// A whole request.
pub(crate) fn request(method: &str, path: &str, door: &Door, body: &str) -> String {
    let Door { address, key } = door;
    format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The number of the message whose call has this body, if it has one.
pub(crate) fn number(body: &[u8]) -> Option<usize> {
    let body = &body[..body.len().min(MARK_WITHIN)];
    let at = body.windows(MARK.len()).position(|bytes| bytes == MARK)? + MARK.len();
    std::str::from_utf8(body.get(at..at + NUMBER.len())?).ok()?.parse().ok()
}

fn message(bytes: usize) -> String {
    format!(r#"{{"eventType":"bench.happened","payload":{}}}"#, payload(bytes))
}

/// The message at this place of a mixed batch.
fn mixed(place: usize) -> String {
    let word = |odd| if place == odd { "seldom" } else { "often" };
    let (event_type, channel, tag) = (word(0), word(1), word(2));
    let payload = payload(PAYLOAD_BYTES);
    format!(
        r#"{{"eventType":"bench.{event_type}","channels":["{channel}"],"tags":["{tag}"],"payload":{payload}}}"#
    )
}

fn payload(bytes: usize) -> String {
    filled(format!(r#"{{"number":"bench-{NUMBER}","text":""#), bytes)
}

fn filled(mut object: String, bytes: usize) -> String {
    const END: &str = "\"}";
    let missing = bytes.saturating_sub(object.len() + END.len());
    object.extend(std::iter::repeat_n('x', missing));
    object + END
}

fn write_digits(mut value: usize, digits: &mut [u8]) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(value % 10).expect("a digit is small");
        value /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::frame;

    fn written(payload: Payload, number: usize, app: usize) -> (String, serde_json::Value) {
        let door = Door { address: ([127, 0, 0, 1], 1).into(), key: "k".to_owned() };
        let mut bytes = Vec::new();
        Template::of(payload, &door).write(number, app, &mut bytes);
        let frame = frame(&bytes).unwrap();
        assert_eq!(frame.end, bytes.len());
        let body = &bytes[frame.body_at..];
        let line = bytes.split(|byte| *byte == b'\r').next().unwrap();
        (String::from_utf8(line.to_vec()).unwrap(), serde_json::from_slice(body).unwrap())
    }

    fn check_payload(payload: &serde_json::Value, bytes: usize, expected: usize) {
        let payload = payload.to_string();
        assert_eq!((payload.len(), number(payload.as_bytes())), (bytes, Some(expected)));
    }

    #[test]
    fn a_message_has_its_size_its_app_and_its_number() {
        let (line, body) = written(Payload::Message(7168), 42, 7);
        assert_eq!(line, "POST /api/v1/app/100007/msg HTTP/1.1");
        check_payload(&body["payload"], 7168, 42);
    }

    #[test]
    fn the_messages_of_a_batch_are_numbered_one_after_the_other() {
        let (line, body) = written(Payload::Batch(3), 300, 0);
        assert_eq!(line, "POST /api/v1/app/100000/msg/batch HTTP/1.1");
        let messages = body["messages"].as_array().unwrap();
        assert_eq!(messages.len(), 3);
        (300..).zip(messages).for_each(|(number, message)| check_payload(&message["payload"], 1024, number));
    }

    #[test]
    fn a_candidate_has_its_company_and_its_number() {
        let (line, body) = written(Payload::Candidate, 42, 7);
        assert_eq!(line, "POST /candidates HTTP/1.1");
        assert_eq!(body["companyId"], app_uid(7));
        check_payload(&body, 1024, 42);
    }
}
