//! A delivery as its columns.

use domain::delivery::{Delivery, FailedReason, Lease, State};
use domain::id::{DeliveryId, EndpointId, MessageId};
use domain::payload::Token;
use domain::time::Timestamp;
use rusqlite::{Row, Statement};

use super::super::super::error::invalid;
use super::super::attempt::{trigger, trigger_number};
use super::super::{count, variant, variant_number};

/// All columns, in the order in which [`bind`] writes and [`delivery`] reads them; the token is the last one.
macro_rules! columns {
    () => {
        "message, endpoint, state, due, lease, settled_at, failed_reason, attempts, earlier, next_trigger, interruptions,
        token"
    };
}
pub(super) use columns;

/// Where the token stands among the parameters.
pub(super) const TOKEN: usize = 12;

/// Binds all columns but the token, which never changes, in their order.
pub(super) fn bind(statement: &mut Statement<'_>, delivery: &Delivery) -> rusqlite::Result<()> {
    let StateColumns { state, due, lease, settled_at, failed_reason } = StateColumns::of(delivery.state);
    let numbers = [
        Some(delivery.id.message.number()),
        Some(delivery.id.endpoint.number()),
        Some(state),
        due,
        lease,
        settled_at,
        failed_reason,
        Some(i64::from(delivery.attempts)),
        Some(i64::from(delivery.earlier)),
        Some(trigger_number(delivery.trigger)),
        Some(i64::from(delivery.interruptions)),
    ];
    (1..).zip(numbers).try_for_each(|(at, number)| statement.raw_bind_parameter(at, number))
}

/// A delivery from a row with all columns in their order.
pub(super) fn delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let state = StateColumns {
        state: row.get(2)?,
        due: row.get(3)?,
        lease: row.get(4)?,
        settled_at: row.get(5)?,
        failed_reason: row.get(6)?,
    };
    let token: Option<[u8; 32]> = row.get(11).map_err(|error| invalid("token", error))?;
    Ok(Delivery {
        id: id(row)?,
        state: state.state()?,
        attempts: count(row, 7, "attempts")?,
        earlier: count(row, 8, "earlier")?,
        trigger: trigger(row.get(9)?)?,
        interruptions: count(row, 10, "interruptions")?,
        token: token.map(Token::from_bytes),
    })
}

/// The id in a row with all columns in their order.
pub(super) fn id(row: &Row<'_>) -> rusqlite::Result<DeliveryId> {
    Ok(DeliveryId {
        message: MessageId::from_number(row.get(0)?),
        endpoint: EndpointId::from_number(row.get(1)?),
    })
}

/// A state as its columns.
#[derive(Default)]
struct StateColumns {
    state: i64,
    due: Option<i64>,
    lease: Option<i64>,
    settled_at: Option<i64>,
    failed_reason: Option<i64>,
}

const WAITING: i64 = 0;
const LEASED: i64 = 1;
const SUCCEEDED: i64 = 2;
const FAILED: i64 = 3;

const REASONS: &[FailedReason] = &[
    FailedReason::Exhausted,
    FailedReason::Gone,
    FailedReason::EndpointDisabled,
    FailedReason::Cancelled,
    FailedReason::Expunged,
];

impl StateColumns {
    fn of(state: State) -> Self {
        let none = Self::default();
        match state {
            State::Waiting { due } => Self { state: WAITING, due: Some(due.millis()), ..none },
            State::Leased { lease } => Self { state: LEASED, lease: Some(lease.0), ..none },
            State::Succeeded { at } => Self { state: SUCCEEDED, settled_at: Some(at.millis()), ..none },
            State::Failed { at, reason } => Self {
                state: FAILED,
                settled_at: Some(at.millis()),
                failed_reason: Some(variant_number(REASONS, &reason)),
                ..none
            },
        }
    }

    fn state(&self) -> rusqlite::Result<State> {
        let missing = || invalid("state", format!("{} lacks a column", self.state));
        let due = || self.due.map(Timestamp::from_millis).ok_or_else(missing);
        let at = || self.settled_at.map(Timestamp::from_millis).ok_or_else(missing);
        let reason = || variant(REASONS, self.failed_reason.ok_or_else(missing)?, "failed_reason");
        match self.state {
            WAITING => Ok(State::Waiting { due: due()? }),
            LEASED => Ok(State::Leased { lease: self.lease.map(Lease).ok_or_else(missing)? }),
            SUCCEEDED => Ok(State::Succeeded { at: at()? }),
            FAILED => Ok(State::Failed { at: at()?, reason: reason()? }),
            number => Err(invalid("state", number)),
        }
    }
}
