//! Attempts with their messages.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use domain::app::App;
use domain::id::{AttemptId, MessageId};
use domain::limits::PAGE_PAYLOAD_BYTES_MAX;
use domain::message::MessageRef;
use engine::ports::history::PastAttempt;
use engine::ports::page::{Filtered, Page, Start};

use super::wanted::Wanted;
use super::wire::MessageAttemptOut;
use crate::Api;
use crate::error::unreadable;
use crate::v1::error::Error;
use crate::v1::msg::{Contents, MessageOut};

/// Looks up the message of each attempt on a page. Where the payloads become too large together, the page ends earlier.
pub(super) async fn with_messages(
    api: &Api,
    app: &App,
    found: Filtered<PastAttempt, AttemptId>,
    wanted: &Wanted,
) -> Result<Filtered<MessageAttemptOut, AttemptId>, Error> {
    let is_backwards = matches!(wanted.slice.start, Start::Before(_));
    let Filtered { page: Page { mut rows, mut more }, mut seen } = found;
    if is_backwards {
        rows.reverse();
    }
    let mut known: HashMap<MessageId, Option<(MessageOut, usize)>> = HashMap::new();
    let mut shown: Vec<MessageAttemptOut> = Vec::with_capacity(rows.len());
    let mut payload_bytes = 0;
    for past in rows {
        let id = past.delivery.message;
        if let Entry::Vacant(place) = known.entry(id) {
            place.insert(message(api, app, id, wanted.contents).await?);
        }
        let (message, bytes) = known.get(&id).cloned().flatten().unzip();
        payload_bytes += bytes.unwrap_or_default();
        if payload_bytes > PAGE_PAYLOAD_BYTES_MAX && !shown.is_empty() {
            more = true;
            seen = shown.last().map(|attempt| attempt.id);
            break;
        }
        shown.push(MessageAttemptOut::new(past, wanted.contents).with_message(message));
    }
    if is_backwards {
        shown.reverse();
    }
    Ok(Filtered { page: Page { rows: shown, more }, seen })
}

/// A message, and how many bytes of its payload are shown.
async fn message(
    api: &Api,
    app: &App,
    id: MessageId,
    contents: Contents,
) -> Result<Option<(MessageOut, usize)>, Error> {
    let found = api.doors.store.message(app.id, &MessageRef::Id(id)).await.map_err(unreadable)?;
    Ok(found.map(|message| {
        let bytes = match contents {
            Contents::Shown => message.payload.len(),
            Contents::Left => 0,
        };
        (MessageOut::new(&message, contents), bytes)
    }))
}
