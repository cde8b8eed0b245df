//! What a platform sets up first: applications and event types.

use std::collections::BTreeSet;

use js_option::JsOption;
use serde_json::json;
use svix::api::{ApplicationListOptions, EventTypeListOptions};
use svix::models::{ApplicationIn, ApplicationOut, ApplicationPatch, EventTypeIn, EventTypeOut};
use svix::models::{EventTypePatch, EventTypeUpsertIn};

use crate::checks::{Outcome, Page, check, equal, items, page, pages};
use crate::tour::Tour;

/// The event types of the tour, one for each step that wants its own.
pub(crate) const EVENT_TYPES: [&str; 7] =
    ["paid", "signed", "key", "expunged", "failing", "recovered", "late"];

pub(crate) async fn health(tour: &Tour) -> Outcome {
    Ok(tour.svix.health().get().await?)
}

pub(crate) async fn applications(tour: &mut Tour) -> Outcome {
    let (uid, api) = (tour.app_uid(), tour.svix.application());
    let metadata = [("plan".to_owned(), "free".to_owned())].into();
    let wanted = ApplicationIn { uid: Some(uid.clone()), ..ApplicationIn::new("Tour".to_owned()) };
    let made = api.create(ApplicationIn { metadata: Some(metadata), ..wanted.clone() }, None).await?;
    check(made.id.starts_with("app_"), "an id that begins with app_", &made.id)?;
    equal("uid", made.uid.as_ref(), Some(&uid))?;
    equal("metadata", json!(made.metadata), json!({"plan": "free"}))?;
    let found = api.get_or_create(wanted.clone(), None).await?;
    equal("the app of get_or_create", found.id, &*made.id)?;
    equal("the app by its uid", api.get(uid).await?.name, "Tour")?;

    let whole = ApplicationIn { name: "Tour 2".to_owned(), throttle_rate: Some(50), ..wanted };
    let replaced = api.upsert(made.id.clone(), whole).await?;
    equal("name after PUT", replaced.name, "Tour 2")?;
    equal("rate after PUT", replaced.throttle_rate, Some(50))?;
    equal("metadata after PUT", json!(replaced.metadata), json!({}))?;

    let metadata = Some([("plan".to_owned(), "paid".to_owned())].into());
    let change = ApplicationPatch { throttle_rate: JsOption::Null, metadata, ..ApplicationPatch::default() };
    let patched = api.patch(made.id.clone(), change).await?;
    equal("name after PATCH", patched.name, "Tour 2")?;
    equal("rate after PATCH", patched.throttle_rate, None)?;
    equal("metadata after PATCH", json!(patched.metadata), json!({"plan": "paid"}))?;
    tour.app = made.id;
    Ok(())
}

/// Forwards to the end, then back by the previous iterators: the same apps in the same order.
pub(crate) async fn application_pages(tour: &Tour) -> Outcome {
    let mut made = Vec::new();
    for n in 0..5 {
        let uid = Some(format!("{}-page-{n}", tour.run));
        let app = ApplicationIn { uid, ..ApplicationIn::new(format!("Page {n}")) };
        made.push(tour.svix.application().create(app, None).await?.id);
    }

    let forwards = pages(async |iterator| list(tour, iterator).await).await?;
    let ids: Vec<String> = forwards.iter().flat_map(ids_of).collect();
    let ours: Vec<&String> = ids.iter().filter(|id| made.contains(id)).collect();
    equal("our apps, in the order of their making", ours, made.iter().collect::<Vec<_>>())?;
    equal("apps that are listed, each once", ids.iter().collect::<BTreeSet<_>>().len(), ids.len())?;
    let last = forwards.into_iter().next_back().ok_or("expected a page")?;
    equal("the apps on the way back", walk_back(tour, last).await?, ids)?;
    for app in made {
        tour.svix.application().delete(app).await?;
    }
    Ok(())
}

async fn list(tour: &Tour, iterator: Option<String>) -> Outcome<Page<ApplicationOut>> {
    let options = ApplicationListOptions { limit: Some(3), iterator, ..ApplicationListOptions::default() };
    Ok(page!(tour.svix.application().list(Some(options)).await?))
}

fn ids_of(page: &Page<ApplicationOut>) -> Vec<String> {
    page.items.iter().map(|app| app.id.clone()).collect()
}

async fn walk_back(tour: &Tour, last: Page<ApplicationOut>) -> Outcome<Vec<String>> {
    let mut ids = ids_of(&last);
    let mut page = last;
    while !page.items.is_empty() {
        page = list(tour, page.previous).await?;
        ids.splice(0..0, ids_of(&page));
        if page.done {
            break;
        }
    }
    Ok(ids)
}

pub(crate) async fn event_types(tour: &Tour) -> Outcome {
    let api = tour.svix.event_type();
    for name in EVENT_TYPES {
        let made = api.create(EventTypeIn::new(tour.event_type(name), name.to_owned()), None).await?;
        equal("name", made.name, tour.event_type(name))?;
        equal("archived and deprecated", (made.archived, made.deprecated), (Some(false), false))?;
    }

    let (paid, description) = (tour.event_type("paid"), "An invoice was paid");
    let schemas = Some(json!({"1": {"type": "object", "properties": {"amount": {"type": "number"}}}}));
    let whole =
        EventTypeUpsertIn { schemas: schemas.clone(), ..EventTypeUpsertIn::new(description.to_owned()) };
    equal("description after PUT", api.upsert(paid.clone(), whole).await?.description, description)?;
    let change = EventTypePatch { deprecated: Some(true), ..EventTypePatch::default() };
    let patched = api.patch(paid.clone(), change).await?;
    equal("what PATCH kept", patched.description, description)?;
    equal("deprecated after PATCH", patched.deprecated, true)?;
    equal("the schemas", api.get(paid).await?.schemas, schemas)
}

/// The event type of this name, if a list with these options has it.
async fn listed(tour: &Tour, name: &str, include_archived: bool) -> Outcome<Option<EventTypeOut>> {
    let all = items(async |iterator| {
        let options = EventTypeListOptions {
            limit: Some(100),
            iterator,
            include_archived: Some(include_archived),
            with_content: Some(true),
            ..EventTypeListOptions::default()
        };
        Ok(page!(tour.svix.event_type().list(Some(options)).await?))
    });
    Ok(all.await?.into_iter().find(|one| one.name == name))
}

pub(crate) async fn archiving(tour: &Tour) -> Outcome {
    let (api, name) = (tour.svix.event_type(), tour.event_type("archived"));
    api.create(EventTypeIn::new(name.clone(), "Comes and goes".to_owned()), None).await?;
    api.delete(name.clone(), None).await?;
    equal("an archived event type in the list", listed(tour, &name, false).await?, None)?;
    let found =
        listed(tour, &name, true).await?.ok_or("expected the archived event type in the whole list")?;
    equal("archived, in the list that includes it", found.archived, Some(true))?;
    api.create(EventTypeIn::new(name.clone(), "Came back".to_owned()), None).await?;
    let found = listed(tour, &name, false).await?.ok_or("expected the unarchived event type in the list")?;
    equal("the unarchived type", found.description, "Came back")?;
    for archived in [Some(true), Some(false)] {
        let patched =
            api.patch(name.clone(), EventTypePatch { archived, ..EventTypePatch::default() }).await?;
        equal("archived after PATCH", patched.archived, archived)?;
    }
    Ok(())
}
