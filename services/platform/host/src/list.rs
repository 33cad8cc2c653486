//! Lists of resources: filters, pages, and a token for the next.

use kernel::{Caller, name};
use ledger::{Filter, Key, page};
use prost::{Message, Name};
use tonic::{Response, Status};

use crate::{Desk, Fail, Fields, Resource, clock, token::PageRequest};

/// Bytes of resources on one page: below what clients take at once, which is 4 MiB.
pub const PAGE_BYTES: usize = 3 * 1024 * 1024;

/// A request for a list of `T`.
pub trait Listed<T: Resource>: Message + Name {
    /// What comes back.
    type Reply;

    /// How many at most, as asked.
    fn page_size(&self) -> i32;

    /// The token of an earlier page.
    fn page_token(&self) -> &str;

    /// What is asked, whichever page of it.
    #[must_use]
    fn question(&self) -> Self;

    /// The conditions asked for, with every fault of their form noted in `fields`.
    fn filters(&self, fields: &mut Fields) -> Vec<Filter>;

    /// The reply.
    fn reply(items: Vec<T::Message>, next_page_token: String) -> Self::Reply;
}

impl Desk {
    /// Shows a page of the resources that the caller sees, the newest first.
    pub async fn list<T: Resource, R: Listed<T>>(
        &self,
        caller: &Caller,
        request: &R,
    ) -> Result<Response<R::Reply>, Status> {
        Ok(Response::new(self.page::<T, R>(caller, request).await?))
    }

    async fn page<T: Resource, R: Listed<T>>(&self, caller: &Caller, request: &R) -> Result<R::Reply, Fail> {
        let mut fields = Fields::new(clock::now());
        let mut filters = request.filters(&mut fields);
        fields.finish()?;
        let (size, token) = (request.page_size(), request.page_token());
        let ring = self.ring(token).await?;
        let ask = PageRequest::of(&ring, caller, &request.question(), size, token);
        filters.extend(self.eyes(caller).filter::<T>());
        let (limit, after) = (ask.limit()?, ask.after::<(kernel::Time, kernel::Id)>()?);
        let after = after.map(|(create_time, id)| Key { create_time, id });
        // One more than asked for tells whether there is another page.
        let records = page::<T>(self.ledger(), filters, after, limit + 1).await?;
        let mut shown: Vec<_> = records.iter().map(T::message).collect();
        let next = cut(&records, &mut shown, limit, |last| ask.next(&(last.create_time, last.id)));
        Ok(R::reply(shown, next))
    }
}

/// Cuts what is `shown` to `limit` and to what clients take at once, and makes the token for the rest out of the last
/// row that is shown; it is empty when there is no rest.
pub(crate) fn cut<R, M: Message>(
    rows: &[R],
    shown: &mut Vec<M>,
    limit: i64,
    token: impl FnOnce(&R) -> String,
) -> String {
    let keep = fitting(shown).min(usize::try_from(limit).unwrap_or_default());
    if shown.len() <= keep {
        return String::new();
    }
    shown.truncate(keep);
    rows[..keep].last().map(token).unwrap_or_default()
}

/// How many of them fit into one page; the first always does.
fn fitting<M: Message>(shown: &[M]) -> usize {
    let mut bytes = 0;
    let fits = |message: &&M| {
        let first = bytes == 0;
        bytes += message.encoded_len();
        first || bytes <= PAGE_BYTES
    };
    shown.iter().take_while(fits).count()
}

/// The condition that a column is the name of the resource asked for; none when nothing was.
pub fn named(
    fields: &mut Fields,
    path: &str,
    clause: &'static str,
    collection: &str,
    text: &str,
) -> Option<Filter> {
    fields.sought_of(path, collection, text).map(|id| Filter::new(clause, name::of(collection, id)))
}

/// The condition that a column is the person asked for, who is no system; none when nobody was.
pub fn by_person(fields: &mut Fields, path: &str, clause: &'static str, text: &str) -> Option<Filter> {
    fields.sought_human(path, text).map(|person| Filter::new(clause, person))
}

/// The condition that a column is the tenant asked for, however it is written; none when none was.
pub fn of_tenant(fields: &mut Fields, path: &str, clause: &'static str, text: &str) -> Option<Filter> {
    fields.sought_tenant(path, text).map(|tenant| Filter::new(clause, tenant))
}

/// The condition that a column is one of the words that it may be; none when nothing was asked for.
pub fn one_of(
    fields: &mut Fields,
    path: &str,
    clause: &'static str,
    words: &[&'static str],
    text: &str,
) -> Option<Filter> {
    if text.is_empty() {
        return None;
    }
    let word = words.iter().find(|word| **word == text);
    if word.is_none() {
        fields.fault(path, "FIELD_MALFORMED", format!("must be one of {}", words.join(", ")));
    }
    word.map(|word| Filter::new(clause, *word))
}

/// The condition that a column is the choice asked for by number, as `read` names it; none when nothing was.
pub fn chosen(
    fields: &mut Fields,
    path: &str,
    clause: &'static str,
    number: i32,
    read: impl FnOnce(i32) -> Option<&'static str>,
) -> Option<Filter> {
    (number != 0).then(|| Filter::new(clause, fields.choice(path, number, read, "")))
}

/// Implements [`Listed`] for a request: its conditions, and the field of the reply that takes the resources.
///
/// ```text
/// lists!(Tasks: ListTasksRequest(request, fields) => [by_person(fields, "assignee", "assignee = ?", &request.assignee)]
///     -> ListTasksResponse { tasks });
/// ```
#[macro_export]
macro_rules! lists {
    ($table:ty: $message:ident($request:ident, $fields:ident) => [$($filter:expr),* $(,)?]
        -> $reply:ident { $items:ident }
    ) => {
        impl $crate::Listed<$table> for $message {
            type Reply = $reply;

            fn page_size(&self) -> i32 {
                self.page_size
            }

            fn page_token(&self) -> &str {
                &self.page_token
            }

            fn question(&self) -> Self {
                let mut question = self.clone();
                question.page_size = 0;
                question.page_token.clear();
                question
            }

            fn filters(&self, $fields: &mut $crate::Fields) -> Vec<::ledger::Filter> {
                let $request = self;
                let filters: ::std::vec::Vec<Option<::ledger::Filter>> = vec![$($filter),*];
                filters.into_iter().flatten().collect()
            }

            fn reply($items: Vec<<$table as $crate::Resource>::Message>, next_page_token: String) -> $reply {
                $reply { $items, next_page_token }
            }
        }
    };
}
