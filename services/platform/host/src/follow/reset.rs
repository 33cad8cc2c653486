//! A followed journal that was set back behind the cursor: nothing is applied, the operator is told, and decides.

use ledger::{Commit, Cursor, close_reset_duty, cursor, has_reset_duty, open_reset_duty};
use proto::common::v1::WatchEventsResponse;

use super::{
    follower::Follower,
    journal::{happened, is_reset},
};
use crate::{Fail, clock};

impl Follower {
    /// Tells the operator, once, that the journal does not have what was taken over from it.
    pub(super) async fn report_reset(&self, fail: &Fail) {
        let Fail::Peer(source, status) = fail else { return };
        // Should it fail, the next try tells.
        if is_reset(status) && matches!(has_reset_duty(self.desk.ledger(), source).await, Ok(false)) {
            let _ = self.open_duty(source, status.message()).await;
        }
    }

    async fn open_duty(&self, source: &str, cause: &str) -> Result<(), Fail> {
        let cursor = cursor(self.desk.ledger(), source).await?.revision;
        let todo = format!(
            "{cause}; nothing more is taken over after {source}/{cursor} until an operator has compared both sides \
             and says where to go on: resume --source {source} --after kept, or after a revision"
        );
        tracing::error!(source, cursor, todo, "the followed journal was set back");
        let duty = open_reset_duty(source, &todo, clock::now());
        self.write(Commit { statements: duty.into() }).await
    }

    /// Puts the journal's token of today in the place of one that is good no more, if the journal has what the cursor stands at;
    /// else it was set back.
    pub(super) async fn renew_token(&mut self) -> Result<(), Fail> {
        let (source, after) = (self.follow.source, self.cursor.revision);
        let asked = self.journal()?.recognized(&self.cursor).await;
        let Some(here) = asked.map_err(|status| Fail::Peer(source, status))? else {
            let head = self.desk.peer(source)?.head(self.follow.grpc_name).await;
            let head = head.map_err(|status| Fail::Peer(source, status))?;
            return Err(Fail::Peer(source, Fail::LogReset { after, head }.into()));
        };
        self.commit_at(self.step(&here), here).await
    }

    /// The journal goes on from where the cursor stands, and gives its token for that place if there is none yet.
    pub(super) async fn take_token(&mut self, first: &WatchEventsResponse) -> Result<(), Fail> {
        let source = self.follow.source;
        if has_reset_duty(self.desk.ledger(), source).await? {
            self.write(Commit { statements: vec![close_reset_duty(source)] }).await?;
        }
        let lacks = self.cursor.token.is_empty() && self.cursor.revision > 0;
        if lacks && first.revision == self.cursor.revision && !first.resume_token.is_empty() {
            let there = self.journal()?.event_at(self.cursor.revision).await;
            let there = there.map_err(|status| Fail::Peer(source, status))?;
            // Its moment is noted too, by which the place is known again should the token be good no more.
            let time = there.as_ref().and_then(happened);
            let here = Cursor { token: first.resume_token.clone(), time, ..self.cursor.clone() };
            self.commit_at(self.step(&here), here).await?;
        }
        Ok(())
    }

    /// Whether somebody has put the cursor back to where it was before: what lies between is to be read again.
    pub(super) async fn was_moved_back(&self) -> Result<bool, Fail> {
        let there = cursor(self.desk.ledger(), self.follow.source).await?;
        Ok(there.revision < self.cursor.revision)
    }

    async fn write(&self, commit: Commit) -> Result<(), Fail> {
        Ok(self.desk.ledger().commit(commit).await?)
    }
}
