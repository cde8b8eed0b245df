//! Where attempts and deliveries stand, as the wire tells it: by a number and by a word.

use domain::attempt::Attempt;
use engine::ports::history::DeliveryStatus;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::v1::error::Error;

/// Where something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    /// 0: success, 1: pending, 2: fail, 3: sending, 4: canceled.
    #[schema(minimum = 0, maximum = 4)]
    status: u8,
    /// The same as a word.
    status_text: StatusText,
}

/// Where something stands, as a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::v1) enum StatusText {
    /// The receiver has it.
    Success,
    /// It was not tried yet.
    Pending,
    /// It failed, and is not tried any more.
    Fail,
    /// It is being tried, or will be tried again.
    Sending,
    /// It was taken back.
    Canceled,
}

impl StatusText {
    pub(in crate::v1) fn of(status: DeliveryStatus) -> Self {
        match status {
            DeliveryStatus::Succeeded => Self::Success,
            DeliveryStatus::Pending => Self::Pending,
            DeliveryStatus::Failed => Self::Fail,
            DeliveryStatus::Sending => Self::Sending,
            DeliveryStatus::Cancelled => Self::Canceled,
        }
    }
}

impl From<StatusText> for Status {
    fn from(status_text: StatusText) -> Self {
        let status = match status_text {
            StatusText::Success => 0,
            StatusText::Pending => 1,
            StatusText::Fail => 2,
            StatusText::Sending => 3,
            StatusText::Canceled => 4,
        };
        Self { status, status_text }
    }
}

impl Status {
    pub(super) fn of_attempt(attempt: &Attempt) -> Self {
        (if attempt.outcome.is_success() { StatusText::Success } else { StatusText::Fail }).into()
    }

    pub(super) fn of(status: DeliveryStatus, detail: Detail) -> Self {
        match (StatusText::of(status), detail) {
            (StatusText::Canceled, Detail::Folded) => StatusText::Fail.into(),
            (text, _) => text.into(),
        }
    }
}

/// Whether the status that came later to the contract is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// What was taken back is told as such.
    Expanded,
    /// What was taken back counts as failed.
    Folded,
}

/// How a status is told.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct DetailQuery {
    /// Whether what was taken back is told as `canceled`, instead of `fail`.
    #[param(default = false)]
    expanded_statuses: Option<bool>,
}

impl DetailQuery {
    pub(super) fn detail(self) -> Detail {
        if self.expanded_statuses.unwrap_or(false) { Detail::Expanded } else { Detail::Folded }
    }
}

/// Which status is wanted.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct StatusQuery {
    /// Only what stands here. 0: success, 1: pending, 2: fail, 3: sending, 4: canceled.
    #[param(minimum = 0, maximum = 4)]
    status: Option<u8>,
}

impl StatusQuery {
    /// Where it stands that is wanted, if that matters.
    pub(super) fn wanted(self) -> Result<Option<DeliveryStatus>, Error> {
        Ok(Some(match self.status {
            None => return Ok(None),
            Some(0) => DeliveryStatus::Succeeded,
            Some(1) => DeliveryStatus::Pending,
            Some(2) => DeliveryStatus::Failed,
            Some(3) => DeliveryStatus::Sending,
            Some(4) => DeliveryStatus::Cancelled,
            Some(_) => return Err(Error::invalid(&["query", "status"], "must be from 0 to 4")),
        }))
    }
}

/// Which status is wanted, in words.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::v1) struct WordsQuery {
    /// Only what stands in one of these places, separated by commas: success, pending, fail, sending, canceled.
    #[param(example = "fail,sending")]
    status: Option<String>,
}

impl WordsQuery {
    /// The places that are wanted; none if that does not matter.
    pub(in crate::v1) fn wanted(&self) -> Result<Vec<DeliveryStatus>, Error> {
        let words = self.status.as_deref().unwrap_or_default().split(',').filter(|word| !word.is_empty());
        words.map(|word| named(word).ok_or_else(unknown)).collect()
    }
}

fn named(word: &str) -> Option<DeliveryStatus> {
    Some(match word {
        "success" => DeliveryStatus::Succeeded,
        "pending" => DeliveryStatus::Pending,
        "fail" => DeliveryStatus::Failed,
        "sending" => DeliveryStatus::Sending,
        "canceled" => DeliveryStatus::Cancelled,
        _ => return None,
    })
}

fn unknown() -> Error {
    Error::invalid(&["query", "status"], "must be of success, pending, fail, sending, canceled")
}
