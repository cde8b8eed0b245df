//! What is counted of attempts and deliveries, and where: by which times, and for whom.

use std::ops::AddAssign;

use crate::app::{App, AppKind};
use crate::attempt::Attempt;
use crate::delivery::{FailedReason, State};
use crate::id::{AppId, EndpointId, OrganizationId};
use crate::latencies::{Latencies, Latency};
use crate::time::Timestamp;

/// What became of attempts and deliveries in a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Attempts that succeeded, of those that began in the time.
    pub succeeded: u64,
    /// Attempts that failed, of those that began in the time.
    pub failed: u64,
    /// Deliveries that ended in the time because the receiver had them.
    pub delivered: u64,
    /// Deliveries that ended in the time and will not be tried any more, without those that were taken back.
    pub given_up: u64,
    /// How long the attempts took.
    pub latencies: Latencies,
}

/// One thing that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// An attempt that succeeded.
    Succeeded(Latency),
    /// An attempt that failed.
    Failed(Latency),
    /// A delivery that ended with success.
    Delivered,
    /// A delivery that ended without.
    GivenUp,
}

impl Counted {
    /// An attempt, which counts when it began.
    pub fn attempt(attempt: &Attempt) -> (Timestamp, Self) {
        let latency = Latency::of(attempt.duration);
        let counted =
            if attempt.outcome.is_success() { Self::Succeeded(latency) } else { Self::Failed(latency) };
        (attempt.started_at, counted)
    }

    /// The end of a delivery, if it has come to one that counts.
    pub fn end(state: State) -> Option<(Timestamp, Self)> {
        match state {
            State::Waiting { .. } | State::Leased { .. } => None,
            State::Succeeded { at } => Some((at, Self::Delivered)),
            State::Failed { reason: FailedReason::Cancelled, .. } => None,
            State::Failed { at, .. } => Some((at, Self::GivenUp)),
        }
    }
}

impl AddAssign<Counted> for Counts {
    fn add_assign(&mut self, counted: Counted) {
        match counted {
            Counted::Succeeded(_) => self.succeeded += 1,
            Counted::Failed(_) => self.failed += 1,
            Counted::Delivered => self.delivered += 1,
            Counted::GivenUp => self.given_up += 1,
        }
        if let Counted::Succeeded(latency) | Counted::Failed(latency) = counted {
            self.latencies.count(latency, 1);
        }
    }
}

impl AddAssign<&Counts> for Counts {
    fn add_assign(&mut self, more: &Counts) {
        self.succeeded += more.succeeded;
        self.failed += more.failed;
        self.delivered += more.delivered;
        self.given_up += more.given_up;
        self.latencies += &more.latencies;
    }
}

/// The times by which is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grain {
    /// By the minute, for a short time.
    Minute,
    /// By the hour.
    Hour,
}

impl Grain {
    /// So long is each.
    pub fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3600,
        }
    }

    /// The time of a moment: how many of them have passed since 1970.
    pub fn number(self, at: Timestamp) -> i64 {
        at.seconds() / self.seconds()
    }

    /// When a time begins.
    pub fn start(self, number: i64) -> Timestamp {
        Timestamp::from_millis(number.saturating_mul(self.seconds() * 1000))
    }
}

/// Where is counted: in which time, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// By which times.
    pub grain: Grain,
    /// In which of them; see [`Grain::number`].
    pub number: i64,
    /// In which organization.
    pub organization: OrganizationId,
    /// For which app; `None` for all of them.
    pub app: Option<AppId>,
    /// For which endpoint; `None` for all of them.
    pub endpoint: Option<EndpointId>,
}

/// Where an app belongs, and with it its endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    /// To which organization.
    pub organization: OrganizationId,
    /// Which app it is.
    pub app: AppId,
    /// Of which kind that is.
    pub kind: AppKind,
}

impl Home {
    /// That of an app.
    pub fn of(app: &App) -> Self {
        Self { organization: app.organization, app: app.id, kind: app.kind }
    }

    /// Whether it is a customer of an organization.
    pub fn is_customer_of(self, organization: OrganizationId) -> bool {
        self.organization == organization && self.kind == AppKind::Customer
    }

    /// Where something that happened to an endpoint at a moment is counted. What an organization's own webhooks do is
    /// none of its customers' business, and counts for each of them alone.
    pub fn places(self, endpoint: EndpointId, at: Timestamp) -> impl Iterator<Item = Place> {
        let Self { organization, app, kind } = self;
        let place = move |grain: Grain, app, endpoint| {
            let number = grain.number(at);
            Place { grain, number, organization, app, endpoint }
        };
        let of_all = [Grain::Minute, Grain::Hour]
            .into_iter()
            .flat_map(move |grain| [place(grain, None, None), place(grain, Some(app), None)]);
        let of_it = place(Grain::Hour, Some(app), Some(endpoint));
        of_all.filter(move |_| kind == AppKind::Customer).chain([of_it])
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_ends_is_counted_unless_it_was_taken_back() {
        let at = Timestamp::from_millis(7);
        let check =
            |state, expected: Option<Counted>| assert_eq!(Counted::end(state), expected.map(|end| (at, end)));
        check(State::Waiting { due: at }, None);
        check(State::Succeeded { at }, Some(Counted::Delivered));
        check(State::Failed { at, reason: FailedReason::Cancelled }, None);
        for reason in [
            FailedReason::Exhausted,
            FailedReason::Gone,
            FailedReason::EndpointDisabled,
            FailedReason::Expunged,
        ] {
            check(State::Failed { at, reason }, Some(Counted::GivenUp));
        }
    }

    #[test]
    fn customers_count_together_and_operational_webhooks_alone() {
        let (organization, app) = (OrganizationId::from_number(1), AppId::from_number(2));
        let at = Grain::Hour.start(10) + Duration::from_secs(125);
        let places = |kind| {
            let home = Home { organization, app, kind };
            let places = home.places(EndpointId::from_number(3), at);
            places
                .map(|place| (place.number, place.app.is_some(), place.endpoint.is_some()))
                .collect::<Vec<_>>()
        };
        let customer = [
            (602, false, false),
            (602, true, false),
            (10, false, false),
            (10, true, false),
            (10, true, true),
        ];
        assert_eq!(places(AppKind::Customer), customer);
        assert_eq!(places(AppKind::Operational), [(10, true, true)]);
    }

    #[test]
    fn counts_add_up() {
        let latency = Latency::of(Duration::from_millis(3));
        let mut counts = Counts::default();
        for counted in
            [Counted::Succeeded(latency), Counted::Failed(latency), Counted::Delivered, Counted::GivenUp]
        {
            counts += counted;
        }
        let twice = counts.clone();
        counts += &twice;
        let Counts { succeeded, failed, delivered, given_up, latencies } = counts;
        assert_eq!([succeeded, failed, delivered, given_up], [2; 4]);
        assert_eq!(latencies.buckets(), [(latency, 4)]);
    }
}
