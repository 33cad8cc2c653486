//! What a service has of a tenant, for itself and for other services (I-25); and what earlier releases took for different tenants
//! and is one: joined before a service is ready, and told.

use kernel::{Caller, DataSet, Id, InProgress, Role, name, tenant_key};
use ledger::{Filter, Record, State, Table, join_tenants, page};
use proto::common::v1::{GetTenantRequest, Tenant};

use crate::{Desk, Fail, Fields, clock, wire};

/// What another service has of a tenant.
#[derive(Debug, Default)]
pub struct InTenant {
    /// What is in progress there, as far as who asks may know.
    pub in_progress: Option<InProgress>,
    /// What is known of the customer there; may be empty.
    pub items: DataSet,
}

impl InTenant {
    /// What another service is asked, for who has called this one.
    #[must_use]
    pub fn question(tenant: &str, caller: &Caller) -> GetTenantRequest {
        GetTenantRequest {
            tenant: tenant.to_owned(),
            person: caller.person.to_string(),
            role: wire::role_number(caller.role),
            apart_from: String::new(),
        }
    }

    /// What `peer` has answered.
    ///
    /// # Errors
    /// A fault of the product where the answer does not read: it is none of who asks.
    pub fn read(peer: &str, answer: Tenant) -> Result<Self, Fail> {
        let mut fields = Fields::of_service();
        let items = fields.items("items", &answer.items, 0);
        fields.finish().map_err(|refusal| Fail::Fault(format!("the items of {peer}: {refusal}")))?;
        let name = Some(answer.resource).filter(|name| !name.is_empty());
        let in_progress =
            answer.in_progress.then_some(InProgress { name, stage: answer.stage, is_held: answer.held });
        Ok(Self { in_progress, items })
    }
}

/// What a tenant has at most one of in progress: a case, or an engagement.
pub trait OfTenant: Table {
    /// The condition that a row of the tenant may be held back; [`is_held`](Self::is_held) says whether it is.
    const HELD_WHERE: &'static str;

    /// The Gateway has left, and the engagement waits (I-25).
    fn is_held(state: &State<Self>) -> bool;

    /// What is known of the customer.
    fn items(state: &State<Self>) -> &DataSet;
}

impl Desk {
    /// What is live of a tenant; at most one, but for what earlier releases left.
    pub async fn live_of_tenant<T: Table>(&self, tenant: &str) -> Result<Vec<Record<State<T>>>, Fail> {
        const MOST: i64 = 10;
        let live = Filter::new("live_tenant IS NOT NULL AND tenant = ?", tenant_key(tenant));
        Ok(page::<T>(self.ledger(), vec![live], None, MOST).await?)
    }

    /// The newest resource of a tenant, live or ended.
    pub async fn newest_of_tenant<T: Table>(&self, tenant: &str) -> Result<Option<Record<State<T>>>, Fail> {
        let of_tenant = Filter::new("tenant = ?", tenant_key(tenant));
        Ok(page::<T>(self.ledger(), vec![of_tenant], None, 1).await?.pop())
    }

    /// What is held back of a tenant, the newest of it.
    pub async fn held_of_tenant<T: OfTenant>(&self, tenant: &str) -> Result<Option<Record<State<T>>>, Fail> {
        const MOST: i64 = 20;
        let held = Filter::new(T::HELD_WHERE, tenant_key(tenant));
        let found = page::<T>(self.ledger(), vec![held], None, MOST).await?;
        Ok(found.into_iter().find(|one| T::is_held(&one.state)))
    }

    /// What of a tenant is held back here, as far as `caller` sees it (I-25).
    pub async fn held_back<T: OfTenant>(
        &self,
        caller: &Caller,
        tenant: &str,
    ) -> Result<Option<InProgress>, Fail> {
        let held = self.held_of_tenant::<T>(tenant).await?;
        Ok(held.map(|held| as_seen::<T>(&held, caller, true)))
    }

    /// Tells what is in progress here for a tenant or held back, as far as who asks sees it, and the data set of the newest
    /// resource.
    pub async fn get_tenant<T: OfTenant>(
        &self,
        caller: &Caller,
        request: &GetTenantRequest,
    ) -> Result<Tenant, Fail> {
        let is_service = caller.role == Role::Service;
        let mut fields = if is_service { Fields::of_service() } else { Fields::new(self.now()) };
        let tenant = fields.tenant("tenant", &request.tenant);
        let own = (!request.apart_from.is_empty())
            .then(|| fields.name("apart_from", T::COLLECTION, &request.apart_from));
        let asker = asker(caller, request, &mut fields);
        fields.finish()?;
        let newest = self.newest_of_tenant::<T>(&tenant).await?;
        let known = newest.filter(|newest| is_service || is_shown::<T>(newest, &asker));
        let told = self.not_ended::<T>(&asker, &tenant, own).await?;
        let is_in_progress = told.is_some();
        let InProgress { name, stage, is_held } = told.unwrap_or_default();
        Ok(Tenant {
            in_progress: is_in_progress,
            resource: name.unwrap_or_default(),
            stage,
            items: known.map(|known| wire::items(T::items(&known.state))).unwrap_or_default(),
            held: is_held,
        })
    }

    /// What is in progress, and where nothing is, what is held back; apart from `own`.
    async fn not_ended<T: OfTenant>(
        &self,
        asker: &Caller,
        tenant: &str,
        own: Option<Id>,
    ) -> Result<Option<InProgress>, Fail> {
        let live = self.live_of_tenant::<T>(tenant).await?;
        if let Some(live) = live.into_iter().find(|live| Some(live.id) != own) {
            return Ok(Some(as_seen::<T>(&live, asker, false)));
        }
        let held = self.held_of_tenant::<T>(tenant).await?.filter(|held| Some(held.id) != own);
        Ok(held.map(|held| as_seen::<T>(&held, asker, true)))
    }

    /// Gives the tenants of a table their one form, and tells the operator which of them have several live resources now.
    pub async fn join_tenants<T: Table>(&self) -> Result<(), Fail> {
        let service = self.inner.service;
        for resources in join_tenants::<T>(self.ledger(), clock::now()).await? {
            let resources = resources.join(", ");
            tracing::warn!(
                service,
                resources,
                "these are of one tenant, which was written in different ways"
            );
        }
        Ok(())
    }
}

fn is_shown<T: Table>(found: &Record<State<T>>, asker: &Caller) -> bool {
    T::viewers(&found.state).include(asker, T::SEEN_AS)
}

/// Its name and stage, for who sees it.
fn as_seen<T: Table>(found: &Record<State<T>>, asker: &Caller, is_held: bool) -> InProgress {
    if !is_shown::<T>(found, asker) {
        return InProgress { is_held, ..InProgress::default() };
    }
    let stage = T::stage(&found.state).unwrap_or_default().to_owned();
    InProgress { name: Some(name::of(T::COLLECTION, found.id)), stage, is_held }
}

/// For whom it is asked: a service asks for whoever has called it, and nobody else asks for another.
fn asker(caller: &Caller, request: &GetTenantRequest, fields: &mut Fields) -> Caller {
    if caller.role == Role::Service {
        let role = fields.role("role", request.role);
        return Caller { person: fields.person("person", &request.person), role };
    }
    fields.maybe_person("person", &request.person);
    caller.clone()
}
