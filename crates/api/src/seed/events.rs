//! `POST /events`: other services publish on the bus. An event refers to a resource, which is fetched when the
//! call is prepared. One event, or an array of up to 100: all are published, or none.

use std::fmt;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use domain::app::AppKey;
use domain::event::{Event, Origin};
use domain::id::{MessageId, OrganizationId};
use domain::limits::{EVENTS_PER_REQUEST_MAX, TEXT_BYTES_MAX};
use domain::resource::ResourceKey;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::access::Sender;
use super::messages::ids;
use crate::error::Refusal;
use crate::fields::{Errors, Field, Object};
use crate::{Api, answer, body, json};

/// One event as it comes in.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Item<'a> {
    #[serde(borrow)]
    source: Field<'a>,
    #[serde(borrow)]
    detail_type: Field<'a>,
    #[serde(borrow)]
    detail: Object<Detail<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Detail<'a> {
    #[serde(borrow)]
    company_id: Field<'a>,
    #[serde(borrow)]
    webhook_event: Field<'a>,
    #[serde(borrow)]
    resource_type: Field<'a>,
    #[serde(borrow)]
    resource_id: Field<'a>,
}

#[derive(Serialize)]
struct Published {
    id: MessageId,
}

/// Handles `POST /events`.
pub(super) async fn publish(
    State(api): State<Arc<Api>>,
    caller: Sender,
    request: Request,
) -> Result<Response, Refusal> {
    let body = body::read(request).await?;
    let events = check(json::parse(&body)?, caller.organization)?;
    let accepted = api.doors.publish(events).await??;
    let data: Vec<Published> = accepted.iter().flat_map(ids).map(|id| Published { id }).collect();
    Ok(answer::done("Events published", data))
}

fn check(body: Body<'_>, organization: OrganizationId) -> Result<Vec<Event>, Refusal> {
    let mut errors = Errors::default();
    let events: Vec<Option<Event>> = match body {
        Body::One(item) => vec![event(&item, organization, Place::Whole, &mut errors)],
        Body::Many(items) if (1..=EVENTS_PER_REQUEST_MAX).contains(&items.len()) => {
            let items = items.into_iter().map(|item| item.0.unwrap_or_default());
            items
                .enumerate()
                .map(|(at, item)| event(&item, organization, Place::Item(at), &mut errors))
                .collect()
        }
        Body::Many(_) => {
            errors.note(format!("The body must have 1 to {EVENTS_PER_REQUEST_MAX} events"));
            Vec::new()
        }
    };
    if errors.is_empty() { Ok(events.into_iter().flatten().collect()) } else { Err(errors.into_refusal()) }
}

fn event(item: &Item<'_>, organization: OrganizationId, place: Place, errors: &mut Errors) -> Option<Event> {
    let nothing = Detail::default();
    let detail = item.detail.0.as_ref().unwrap_or(&nothing);
    let source = errors.required(format_args!("{place}source"), text(&item.source));
    let detail_type = errors.required(format_args!("{place}detail-type"), text(&item.detail_type));
    let app = errors.required(format_args!("{place}detail.companyId"), detail.company_id.company());
    let event_type = errors.required(format_args!("{place}detail.webhookEvent"), detail.webhook_event.name());
    let kind = errors.required(format_args!("{place}detail.resourceType"), detail.resource_type.name());
    let id = errors.required(format_args!("{place}detail.resourceId"), detail.resource_id.id());
    let origin = Origin { source: source?.to_owned(), detail_type: detail_type?.to_owned() };
    let app = AppKey { organization, uid: app? };
    Some(Event { origin, app, event_type: event_type?, resource: ResourceKey { kind: kind?, id: id? } })
}

fn text<'a>(field: &'a Field<'_>) -> Option<&'a str> {
    field.text().filter(|text| (1..=TEXT_BYTES_MAX).contains(&text.len()))
}

/// The whole body: an event, or some.
enum Body<'a> {
    One(Item<'a>),
    Many(Vec<Object<Item<'a>>>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Body<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BodyVisitor)
    }
}

struct BodyVisitor;

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = Body<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event or an array of events")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Body<'de>, A::Error> {
        Item::deserialize(MapAccessDeserializer::new(map)).map(Body::One)
    }

    /// Keeps one item more than is allowed, so that it is seen, and reads over the others.
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Body<'de>, A::Error> {
        let mut items = Vec::new();
        while items.len() <= EVENTS_PER_REQUEST_MAX
            && let Some(item) = seq.next_element()?
        {
            items.push(item);
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Body::Many(items))
    }
}

/// Where in the body an event stands.
#[derive(Clone, Copy)]
enum Place {
    Whole,
    Item(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Whole => Ok(()),
            Place::Item(at) => write!(f, "[{at}]."),
        }
    }
}
