//! The collections and methods of a service, to which a list can be narrowed: another service's name could match nothing here,
//! and an empty answer would read as if nothing had happened.

use std::collections::BTreeSet;

use kernel::name;
use ledger::Table;

use crate::Fields;

/// The collections and methods of one service.
#[derive(Debug)]
pub(crate) struct Here {
    grpc_name: &'static str,
    collections: BTreeSet<&'static str>,
}

impl Here {
    pub(crate) fn new(grpc_name: &'static str) -> Self {
        Self { grpc_name, collections: BTreeSet::new() }
    }

    /// Adds the resources of `T`, and those they belong to.
    pub(crate) fn keep<T: Table>(&mut self) {
        self.collections.extend([T::COLLECTION, T::SEEN_AS]);
    }

    /// Notes a fault where a resource that was asked for is kept by another service.
    pub(crate) fn check_resource(&self, fields: &mut Fields, resource: Option<&str>) {
        let collection =
            resource.and_then(|resource| resource.split_once('/')).map(|(collection, _)| collection);
        let elsewhere =
            |collection: &&str| name::is_collection(collection) && !self.collections.contains(collection);
        if collection.as_ref().is_some_and(elsewhere) {
            let here: Vec<_> = self.collections.iter().copied().collect();
            fields.fault(
                "resource",
                "FIELD_MALFORMED",
                format!("is of another service: here are {}", here.join(", ")),
            );
        }
    }

    /// Notes a fault where a method that was asked for is another service's. A made-up one may be asked for: releases up to
    /// 0.1.0 kept refusals by the name that the caller gave.
    pub(crate) fn check_method(&self, fields: &mut Fields, method: Option<&str>) {
        let service = method.and_then(|method| method.split_once('/')).map(|(service, _)| service);
        if service.is_some_and(|service| service != self.grpc_name) {
            let form = format!("is of another service: here is {}", self.grpc_name);
            fields.fault("method", "FIELD_MALFORMED", form);
        }
    }
}
