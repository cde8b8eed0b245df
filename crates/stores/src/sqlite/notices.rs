//! Telling organizations what happens to their endpoints: a notice becomes a message in the move that causes it.

use std::sync::Arc;

use domain::endpoint::Endpoint;
use domain::notice::{Concerned, Notice};
use engine::ports::inbox::AcceptedMessage;

use super::inbox::store;
use super::routes::Route;
use super::rows;
use super::work::Work;

/// Stores the message that a notice about an endpoint becomes, if it becomes one. Where it cannot be read who is to be
/// told, nobody is: what causes the notice is not held up by it.
pub(super) fn tell(
    work: &mut Work<'_>,
    notice: Notice,
    about: &Endpoint,
) -> rusqlite::Result<Option<AcceptedMessage>> {
    let found = rows::readable(about.id, listening(work, &notice, about))?.flatten();
    let Some((listening, concerned)) = found else { return Ok(None) };
    match notice.tell(&listening.app, &listening.endpoints, &concerned) {
        Some(told) => store(work, &listening, told).map(Some),
        None => Ok(None),
    }
}

/// The app of the organization's own webhooks, and whom the notice concerns.
fn listening(
    work: &mut Work<'_>,
    notice: &Notice,
    about: &Endpoint,
) -> rusqlite::Result<Option<(Arc<Route>, Concerned)>> {
    let Some(app) = rows::app::find(work.connection, about.app)? else { return Ok(None) };
    let operational = rows::app::find_operational(work.connection, app.organization)?;
    let Some(operational) = operational.filter(|operational| operational.deleted_at.is_none()) else {
        return Ok(None);
    };
    let listening = work.routes.of(work.connection, operational.id)?;
    let message = match notice.news.message() {
        Some(id) => rows::message::head(work.connection, id)?,
        None => None,
    };
    let concerned = Concerned::of(&app, about, message.as_ref());
    Ok(listening.map(|listening| (listening, concerned)))
}
