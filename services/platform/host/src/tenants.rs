//! What earlier releases took for different tenants and is one: joined before a service is ready, and told.

use ledger::{Table, join_tenants};

use crate::{Desk, Fail, clock};

impl Desk {
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
