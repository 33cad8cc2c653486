//! One live resource for each tenant, also where an earlier release took two ways to write a tenant for two tenants.
//!
//! The column `tenant` holds the tenant's one form, by which everything is found and compared. The column `live_tenant` holds
//! what the resource says itself while it is live, and is unique. The two differ only in what an earlier release wrote: so two
//! resources that it took for different tenants' go on beside each other, an operator is told, and none is added to them.

use kernel::{Duty, Fault, Id, Role, Time, name, tenant_key};

use crate::{Commit, Failure, Ledger, Row, Statement, Table, Trouble, open_duty};

/// The action of the duty that two live resources of one tenant open; it stays until one of them is left.
pub(crate) const TWINS: &str = "SETTLE_TENANT";

/// Stops a commit with `word` when another resource of the tenant is live than this one, which the same commit has written.
#[must_use]
pub fn alone<T: Table>(id: Id, tenant: &str, word: &'static str) -> Statement {
    let table = T::COLLECTION;
    let sql = format!(
        "UPDATE {table} SET update_time = update_time WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM {table} AS other \
         WHERE other.tenant = $2 AND other.live_tenant IS NOT NULL AND other.id <> $1)"
    );
    Statement::new(sql, vec![id.into(), tenant_key(tenant).into()]).demanding_one(word)
}

/// Finds the id of the live resource of a tenant.
#[must_use]
pub fn live<T: Table>(tenant: &str) -> Statement {
    let sql = format!("SELECT id FROM {} WHERE tenant = $1 AND live_tenant IS NOT NULL", T::COLLECTION);
    Statement::new(sql, vec![tenant_key(tenant).into()])
}

/// Closes the duties about the tenant of a resource, once it has no two live ones any more.
#[must_use]
pub fn settle<T: Table>(id: Id) -> Statement {
    let table = T::COLLECTION;
    let sql = format!(
        "DELETE FROM duty WHERE action = $2 \
         AND resource IN (SELECT $3 || CAST(twin.id AS text) FROM {table} AS own JOIN {table} AS twin ON twin.tenant = own.tenant \
         WHERE own.id = $1) \
         AND (SELECT count(*) FROM {table} AS own JOIN {table} AS twin ON twin.tenant = own.tenant \
         WHERE own.id = $1 AND twin.live_tenant IS NOT NULL) < 2"
    );
    Statement::new(sql, vec![id.into(), TWINS.into(), format!("{table}/").into()])
}

/// Closes the duties about the tenant that a resource has left, once that has no two live ones any more, and the resource's own.
#[must_use]
pub fn depart<T: Table>(id: Id, from: &str) -> Statement {
    let table = T::COLLECTION;
    let sql = format!(
        "DELETE FROM duty WHERE action = $2 AND (resource = $1 \
         OR (resource IN (SELECT $3 || CAST(twin.id AS text) FROM {table} AS twin WHERE twin.tenant = $4) \
         AND (SELECT count(*) FROM {table} AS twin WHERE twin.tenant = $4 AND twin.live_tenant IS NOT NULL) < 2))"
    );
    let (own, prefix) = (name::of(table, id), format!("{table}/"));
    Statement::new(sql, vec![own.into(), TWINS.into(), prefix.into(), tenant_key(from).into()])
}

/// Gives the tenants that an earlier release wrote their one form, and opens a duty for each live resource that turns out to be
/// another's twin. It is safe to repeat. The names of those, tenant by tenant.
pub async fn join_tenants<T: Table>(ledger: &Ledger, now: Time) -> Result<Vec<Vec<String>>, Failure> {
    let mut commit = Commit { statements: rekeyed::<T>(ledger).await? };
    if !commit.statements.is_empty() {
        ledger.commit(std::mem::take(&mut commit)).await?;
    }
    let twins = twins::<T>(ledger).await?;
    for names in &twins {
        commit.extend(names.iter().map(|name| open_duty(name, &duty(name, names, now))));
    }
    if !twins.is_empty() {
        ledger.commit(commit).await?;
    }
    Ok(twins)
}

async fn rekeyed<T: Table>(ledger: &Ledger) -> Result<Vec<Statement>, Trouble> {
    let table = T::COLLECTION;
    let all = ledger.read(Statement::new(format!("SELECT DISTINCT tenant FROM {table}"), Vec::new())).await?;
    let kept = all.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>, _>>()?;
    let other = kept
        .into_iter()
        .filter_map(|kept| Some(tenant_key(&kept)).filter(|key| *key != kept).zip(Some(kept)));
    let write = |(key, kept): (String, String)| {
        let sql = format!("UPDATE {table} SET tenant = $1 WHERE tenant = $2");
        Statement::new(sql, vec![key.into(), kept.into()])
    };
    Ok(other.map(write).collect())
}

async fn twins<T: Table>(ledger: &Ledger) -> Result<Vec<Vec<String>>, Trouble> {
    let table = T::COLLECTION;
    let sql = format!(
        "SELECT tenant, id FROM {table} WHERE live_tenant IS NOT NULL AND tenant IN \
         (SELECT tenant FROM {table} WHERE live_tenant IS NOT NULL GROUP BY tenant HAVING count(*) > 1) \
         ORDER BY tenant, id"
    );
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for row in ledger.read(Statement::new(sql, Vec::new())).await? {
        let (tenant, name) = read::<T>(&row)?;
        match found.last_mut().filter(|(last, _)| *last == tenant) {
            Some((_, names)) => names.push(name),
            None => found.push((tenant, vec![name])),
        }
    }
    Ok(found.into_iter().map(|(_, names)| names).collect())
}

fn read<T: Table>(row: &Row) -> Result<(String, String), Trouble> {
    Ok((row.get(0)?, name::of(T::COLLECTION, row.get(1)?)))
}

fn duty(own: &str, names: &[String], now: Time) -> Duty {
    let others: Vec<_> = names.iter().filter(|name| *name != own).map(String::as_str).collect();
    let message = format!(
        "its tenant was written in different ways, and is that of {} too: let all but one of them be ended",
        others.join(", ")
    );
    let missing = vec![Fault::new("I-25", "TENANT_TWICE", "tenant", message)];
    Duty { action: TWINS, role: Role::Operator, person: None, since: now, missing }
}
