//! The policy: how it is published, found and shown.

use host::{Desk, Fail, Fields, acts, lists, wire};
use intake_domain as domain;
use kernel::{Caller, Context, Decider, Id, Kind, Refusal, name};
use ledger::{Record, Statement, Table, load};
use proto::intake::v1::{Criterion, ListPoliciesRequest, ListPoliciesResponse, Policy, PublishPolicyRequest};

use crate::table::Policies;

const MOST_CRITERIA: usize = 50;

acts!(Policies => Policy = policy {
    new PublishPolicyRequest(request, fields) => {
        let description = fields.text("description", &request.description, 1, 2000);
        fields.sought("etag", &request.etag);
        let command = domain::PolicyCommand::Publish {
            version: 1,
            criteria: read_criteria(fields, &request.criteria),
            description,
        };
        note_faults(fields, &command);
        command
    }, informed by with_next_version;
});

lists!(Policies: ListPoliciesRequest(_request, _fields) => [] -> ListPoliciesResponse { policies });

fn read_criteria(fields: &mut Fields, criteria: &[Criterion]) -> Vec<domain::Criterion> {
    fields.each("criteria", criteria, 1..=MOST_CRITERIA, read_criterion)
}

fn read_criterion(fields: &mut Fields, path: &str, criterion: &Criterion) -> domain::Criterion {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
    if !(1..=60).contains(&criterion.id.len()) || !criterion.id.bytes().all(plain) {
        let message = "must be 1 to 60 lower-case letters, digits and underscores";
        fields.fault(format!("{path}.id"), "FIELD_MALFORMED", message);
    }
    domain::Criterion {
        id: criterion.id.clone(),
        title: fields.line(&format!("{path}.title"), &criterion.title, 1, 200),
        title_zh: fields.line(&format!("{path}.title_zh"), &criterion.title_zh, 1, 200),
        required: criterion.required,
        expression: fields.readable(&format!("{path}.expression"), &criterion.expression),
    }
}

/// Where the form has faults the decision is never asked, so what it would refuse is told with them.
fn note_faults(fields: &mut Fields, command: &domain::PolicyCommand) {
    if fields.is_clean() {
        return;
    }
    let context = Context { caller: Caller::service("intake"), now: kernel::Time::UNIX_EPOCH };
    let refusal = domain::Policies::decide(None, command, &context).err();
    for fault in refusal.into_iter().flat_map(|refusal| refusal.faults) {
        fields.add(fault);
    }
}

async fn with_next_version(
    request: &PublishPolicyRequest,
    mut command: domain::PolicyCommand,
    _: Option<&domain::Policy>,
    desk: &Desk,
    _: &Caller,
) -> Result<domain::PolicyCommand, Fail> {
    let domain::PolicyCommand::Publish { version, .. } = &mut command;
    let newest = newest(desk).await?.map_or(0, |newest| newest.state.version);
    written_for(&request.etag, newest)?;
    *version = newest + 1;
    Ok(command)
}

/// Refuses a version that was written for another than the current one; two that are published at once take numbers in turn, and
/// the second is asked again.
fn written_for(etag: &str, newest: u32) -> Result<(), Refusal> {
    let found = etag_of(newest);
    if etag.is_empty() || etag == found {
        return Ok(());
    }
    let text = format!(
        "version {newest} of the policy is the current one: its etag is {found}; read it, and publish for it"
    );
    Err(Refusal::new(Kind::Aborted, "", "ETAG_MISMATCH", "etag", text))
}

fn etag_of(version: u32) -> String {
    wire::etag(version.into())
}

/// The highest version; `None` before the first is published.
pub(crate) async fn newest(desk: &Desk) -> Result<Option<Record<domain::Policy>>, Fail> {
    let sql = "SELECT id FROM policies ORDER BY version_number DESC LIMIT 1";
    let rows = desk.ledger().read(Statement::new(sql, Vec::new())).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(load::<Policies>(desk.ledger(), row.get::<Id>(0)?).await?)
}

/// The policy that cases are assessed with from now on.
pub(crate) async fn current(desk: &Desk) -> Result<Record<domain::Policy>, Fail> {
    newest(desk).await?.ok_or_else(|| Fail::Fault("no policy was ever published".to_owned()))
}

/// A policy as it is shown.
pub(crate) fn policy(record: &Record<domain::Policy>) -> Policy {
    let policy = &record.state;
    Policy {
        name: name::of(Policies::COLLECTION, record.id),
        version: policy.version.try_into().unwrap_or(i32::MAX),
        criteria: policy.criteria.iter().map(criterion).collect(),
        description: policy.description.clone(),
        published: Some(wire::stamp(&policy.published)),
        create_time: Some(proto::to_wire(record.create_time)),
        etag: etag_of(policy.version),
    }
}

/// A criterion as it is shown.
pub(crate) fn criterion(criterion: &domain::Criterion) -> Criterion {
    Criterion {
        id: criterion.id.clone(),
        title: criterion.title.clone(),
        title_zh: criterion.title_zh.clone(),
        required: criterion.required,
        expression: criterion.expression.clone(),
    }
}
