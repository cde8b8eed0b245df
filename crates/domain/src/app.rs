//! An app: one customer of the platform. The article calls it a company, and the company's id is its `uid`.

use crate::id::AppId;
use crate::name::AppUid;

/// One customer of the platform; made when its uid is first used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Whimbrel's id.
    pub id: AppId,
    /// The platform's id.
    pub uid: AppUid,
}
