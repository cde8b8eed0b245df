//! A request written once, in which only the number of the message and its company change.

use std::net::SocketAddr;

/// Stands before the number of a message, in requests and in the calls that follow from them.
const MARK: &[u8] = b"bench-";
/// Holds the place of a number in the text of a template.
const NUMBER: &str = "NNNNNNNNN";
/// Holds the place of a company.
const COMPANY: &str = "CCCCCC";
const COMPANY_FIRST: usize = 100_000;
/// The receiver finds the mark near the beginning, or there is none.
const MARK_WITHIN: usize = 512;

/// A request with places for numbers.
pub(crate) struct Template {
    bytes: Vec<u8>,
    numbers: Vec<usize>,
    companies: Vec<usize>,
}

/// The API of a program, or anything else that takes requests.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What is sent as the key.
    pub(crate) key: String,
}

/// What a message carries, and how it is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Payload {
    /// `POST /candidates` with a body of 1 KiB.
    Candidate,
    /// `PUT /resources/candidate/{id}` of a new candidate with a body of this many bytes.
    Resource(usize),
    /// `POST /events` with this many events, all referring to the candidate `bench`.
    Events(usize),
}

/// The event type that webhooks of the benchmark want from events.
pub(crate) const EVENT_TYPE: &str = "bench.happened";
const CANDIDATE_BYTES: usize = 1024;

impl Template {
    /// The request for a payload.
    pub(crate) fn of(payload: Payload, door: &Door) -> Self {
        let start = format!(r#"{{"companyId":{COMPANY},"email":"bench-{NUMBER}@example.com","#);
        let names = r#""firstName":"Ada","lastName":"Lovelace","location":""#;
        match payload {
            Payload::Candidate => {
                let body = filled(format!("{start}{names}"), CANDIDATE_BYTES);
                Self::new("POST", "/candidates", door, &body)
            }
            Payload::Resource(bytes) => {
                let path = format!("/resources/candidate/bench-{NUMBER}");
                Self::new("PUT", &path, door, &filled(format!(r#"{start}"text":""#), bytes))
            }
            Payload::Events(count) => {
                let detail = format!(
                    r#"{{"companyId":{COMPANY},"webhookEvent":"{EVENT_TYPE}","resourceType":"candidate","resourceId":"bench"}}"#
                );
                let event = format!(r#"{{"source":"bench","detail-type":"bench","detail":{detail}}}"#);
                Self::new("POST", "/events", door, &format!("[{}]", vec![event; count].join(",")))
            }
        }
    }

    fn new(method: &str, path: &str, door: &Door, body: &str) -> Self {
        let text = request(method, path, door, body);
        let places = |mark| text.match_indices(mark).map(|(at, _)| at).collect();
        Self { numbers: places(NUMBER), companies: places(COMPANY), bytes: text.into_bytes() }
    }

    /// Writes the request for one message, instead of what is there.
    pub(crate) fn write(&self, number: usize, company: usize, into: &mut Vec<u8>) {
        into.clear();
        into.extend_from_slice(&self.bytes);
        for at in &self.numbers {
            write_digits(number, &mut into[*at..*at + NUMBER.len()]);
        }
        for at in &self.companies {
            write_digits(COMPANY_FIRST + company, &mut into[*at..*at + COMPANY.len()]);
        }
    }
}

/// The id of a company.
pub(crate) fn company_id(company: usize) -> usize {
    COMPANY_FIRST + company
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

    fn written(payload: Payload, number: usize, company: usize) -> Vec<u8> {
        let door = Door { address: ([127, 0, 0, 1], 1).into(), key: "k".to_owned() };
        let mut bytes = Vec::new();
        Template::of(payload, &door).write(number, company, &mut bytes);
        bytes
    }

    #[test]
    fn a_request_has_its_size_its_company_and_its_number() {
        for (payload, bytes) in [(Payload::Candidate, 1024), (Payload::Resource(7168), 7168)] {
            let request = written(payload, 42, 7);
            let frame = frame(&request).unwrap();
            let body = &request[frame.body_at..frame.end];
            assert_eq!((frame.end, body.len()), (request.len(), bytes));
            assert_eq!(number(body), Some(42));
            let json: serde_json::Value = serde_json::from_slice(body).unwrap();
            assert_eq!(json["companyId"], company_id(7));
        }
    }

    #[test]
    fn events_are_an_array_without_numbers() {
        let request = written(Payload::Events(3), 42, 7);
        let body = &request[frame(&request).unwrap().body_at..];
        let json: Vec<serde_json::Value> = serde_json::from_slice(body).unwrap();
        assert_eq!((json.len(), number(body)), (3, None));
        assert_eq!(json[2]["detail"]["companyId"], company_id(7));
    }
}
