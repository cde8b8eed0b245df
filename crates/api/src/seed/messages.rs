//! Which messages followed from a request.

use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use domain::id::MessageId;
use engine::ports::inbox::Accepted;

const MESSAGE_ID: HeaderName = HeaderName::from_static("whimbrel-message-id");

/// The messages of one entry.
pub(super) fn ids(accepted: &Accepted) -> impl Iterator<Item = MessageId> {
    accepted.messages.iter().map(|accepted| accepted.message.id)
}

/// Adds the header that names the messages, separated by commas; none if there are none.
pub(super) fn with_message_ids(mut response: Response, ids: impl Iterator<Item = MessageId>) -> Response {
    let mut value = String::new();
    for id in ids {
        if !value.is_empty() {
            value.push(',');
        }
        value.push_str(&id.to_string());
    }
    if !value.is_empty() {
        let value = HeaderValue::try_from(value).expect("ids are letters and digits");
        response.headers_mut().insert(MESSAGE_ID, value);
    }
    response
}
