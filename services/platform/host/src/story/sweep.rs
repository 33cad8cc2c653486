//! What becomes overdue writes no journal entry: it is looked for, from one moment to the next.

use jiff::SignedDuration;
use kernel::Time;
use ledger::{Cursor, Span, became_overdue, cursor, head};

use super::{chapter::Cause, retell::tale, teller::Teller};
use crate::{Fail, clock};

/// The cursor's source; its revision is the moment up to which was looked, in microseconds since 1970.
const LOOKED: &str = "traces/overdue";
/// How long after its time an entry may be committed, at most.
const LATE: SignedDuration = SignedDuration::from_secs(5);
/// Resources told at a time.
const PAGE: i64 = 100;

impl Teller {
    /// Tells what became overdue since the last look and still waits. What was done meanwhile is told with its stage.
    pub(super) async fn tell_overdue(&self) -> Result<(), Fail> {
        let ledger = self.desk.ledger();
        let now = clock::now().saturating_sub(LATE).unwrap_or(Time::MIN);
        let stands = cursor(ledger, LOOKED).await?;
        let from = Time::from_microsecond(stands.revision).unwrap_or(Time::MIN);
        let spans = self.between(from, now);
        let (mut after, mut found) = (String::new(), became_overdue(ledger, &spans, "", PAGE).await?);
        if found.is_empty() || !self.holds_lease().await? {
            return Ok(());
        }
        while let Some(last) = found.last() {
            after.clone_from(last);
            let until = head(ledger).await?.revision;
            let became = |cause| matches!(cause, Cause::Moment(time) if from < time && time <= now);
            for name in &found {
                let Some(story) = self.story(name) else { continue };
                let found = tale(ledger, story, name, until).await;
                self.send(self.chapters(name, found, became)?).await?;
            }
            found = became_overdue(ledger, &spans, &after, PAGE).await?;
        }
        let to = Cursor { revision: now.as_microsecond(), ..Cursor::default() };
        self.move_cursor(LOOKED, &stands, &to).await
    }

    /// Since when each action must have waited to become overdue after `from` and until `now`.
    fn between(&self, from: Time, now: Time) -> Vec<Span> {
        let before =
            |moment: Time, target: &SignedDuration| moment.saturating_sub(*target).unwrap_or(Time::MIN);
        let targets = self.desk.inner.targets.iter();
        let span = |(action, target): (&String, &SignedDuration)| Span {
            action: action.clone(),
            after: before(from, target),
            until: before(now, target),
        };
        targets.map(span).collect()
    }
}
