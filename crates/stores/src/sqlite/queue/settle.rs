//! Settling: the delivery, its attempt, and what both mean for the endpoint and its organization.

use domain::attempt::Verdict;
use domain::endpoint::{Endpoint, Health};
use domain::notice::Notice;
use engine::ports::inbox::AcceptedMessage;
use engine::ports::queue::{Applied, Settlement, Settlements};

use super::super::notices::tell;
use super::super::rows;
use super::super::work::Work;

pub(super) fn settle_all(work: &mut Work<'_>, settlements: &[Settlement]) -> rusqlite::Result<Settlements> {
    let mut settled = Settlements::default();
    for settlement in settlements {
        let applied = settle(work, settlement, &mut settled.told)?;
        settled.applied.push(applied);
    }
    Ok(settled)
}

fn settle(
    work: &mut Work<'_>,
    settlement: &Settlement,
    told: &mut Vec<AcceptedMessage>,
) -> rusqlite::Result<Applied> {
    let Settlement { attempt, notices, .. } = settlement;
    let Settlement { delivery: id, fence, settled, at, health, .. } = *settlement;
    let found = work.delivery(id)?;
    let Some(next) = found.and_then(|found| found.settle(fence, settled, at)) else {
        return Ok(Applied::Stale);
    };
    match attempt {
        Some(attempt) => work.record(&next, attempt)?,
        None => work.change_delivery(&next)?,
    }
    // An endpoint that cannot be read takes note of nothing; its deliveries are settled all the same.
    let before = rows::readable(id.endpoint, work.endpoint(id.endpoint))?.flatten();
    let Some(before) = before.filter(|before| concerns(before, settled.verdict, health, notices)) else {
        return Ok(Applied::Yes);
    };
    let after = before.after_settlement(settled.verdict, health, at);
    if after != *before {
        work.put_endpoint(after.clone())?;
    }
    for notice in notices {
        if notice.news.is_new(&before, &after) {
            told.extend(tell(work, notice.clone(), &after)?);
        }
    }
    Ok(Applied::Yes)
}

/// Whether a settlement can concern the endpoint at all: most do not, and cost it no more than this look.
fn concerns(endpoint: &Endpoint, verdict: Verdict, health: Health, notices: &[Notice]) -> bool {
    let is_plain = endpoint.held_until.is_none()
        && health == Health::Same
        && !matches!(verdict, Verdict::HoldAt(_) | Verdict::EndpointGone);
    !is_plain || !notices.is_empty()
}
