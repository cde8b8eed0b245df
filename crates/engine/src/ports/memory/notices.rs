//! Telling organizations what happens to their endpoints.

use domain::app::AppKind;
use domain::endpoint::Endpoint;
use domain::notice::{Concerned, Notice};

use super::super::inbox::AcceptedMessage;
use super::Tables;

impl Tables {
    /// Stores the message that a notice about an endpoint becomes, if it becomes one.
    pub(super) fn tell(&mut self, notice: Notice, about: &Endpoint) -> Option<AcceptedMessage> {
        let app = self.apps.get(&about.app)?;
        let message = notice.news.message().and_then(|id| self.messages.get(&id));
        let concerned = Concerned::of(app, about, message.map(|message| &**message));
        let operational = self.apps_of(app.organization, AppKind::Operational).next()?;
        let endpoints: Vec<&Endpoint> = self.endpoints_of(operational.id).collect();
        let told = notice.tell(operational, &endpoints, &concerned)?;
        let told = self.accepted(told);
        self.insert(&told);
        Some(told)
    }
}
