//! `/api/v1/stats`: numbers that are kept as it happens. (Ours; the Svix contract has them of one endpoint alone.)

mod attempts;
mod endpoints;

use domain::limits::{CHART_TIME_MAX, CLOCK_SKEW_MAX};
use domain::time::Timestamp;
use engine::ports::statistics::CountsOf;

use super::Routes;
use super::access::ScopedReader;
use super::error::Error;

const TAG: &str = "Statistics";

pub(super) fn routes() -> Routes {
    attempts::routes().merge(endpoints::routes())
}

/// Whose numbers somebody looks at.
fn counts_of(reader: &ScopedReader) -> CountsOf {
    CountsOf { organization: reader.organization, app: reader.app.as_ref().map(|app| app.id) }
}

/// Checks that a time is one of which numbers are told.
fn check_time(since: Timestamp, until: Timestamp, now: Timestamp) -> Result<(), Error> {
    let invalid = |why: &str| Err(Error::bad_request("invalid_range", why));
    if until > now + CLOCK_SKEW_MAX {
        return invalid("`until` must not be in the future.");
    }
    if since > until {
        return invalid("`since` must not be after `until`, which is now unless it is said.");
    }
    if until.since(since) > CHART_TIME_MAX + CLOCK_SKEW_MAX {
        return invalid("There may be at most 31 days between `since` and `until`.");
    }
    Ok(())
}
