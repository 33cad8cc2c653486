//! The methods by their paths: the type of each request and answer, and whether it answers with a stream.

use std::{collections::HashMap, sync::LazyLock};

use prost_reflect::{DescriptorPool, MessageDescriptor, MethodDescriptor};

use crate::reflected;

/// A method.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) input: MessageDescriptor,
    pub(super) output: MessageDescriptor,
    pub(super) streams: bool,
}

/// Every type that a message may have in it, errors' details included.
pub(super) static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    let mut pool = DescriptorPool::global();
    for set in [&*reflected::files(), tonic_health::pb::FILE_DESCRIPTOR_SET] {
        pool.decode_file_descriptor_set(set).expect("our own descriptors read");
    }
    pool
});

/// Every method that takes one message, of our own services and of health.
static METHODS: LazyLock<HashMap<String, Found>> = LazyLock::new(|| {
    let services: Vec<_> = POOL.services().collect();
    let methods = services.iter().flat_map(prost_reflect::ServiceDescriptor::methods);
    let methods = methods.filter(|method| !method.is_client_streaming());
    methods.map(|method| (path(&method), found(&method))).collect()
});

/// The method at `path`.
pub(super) fn find(path: &str) -> Option<Found> {
    METHODS.get(path).cloned()
}

fn path(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

fn found(method: &MethodDescriptor) -> Found {
    Found { input: method.input(), output: method.output(), streams: method.is_server_streaming() }
}
