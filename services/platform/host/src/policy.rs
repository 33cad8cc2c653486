//! Who may call what: read from the method options in the descriptor, denied by default (I-18).

use std::collections::HashMap;

use kernel::{Kind, Refusal, Role};
use prost_reflect::{DescriptorPool, MethodDescriptor, Value};
use tonic::{Code, Status};

use crate::{Fail, fail::plain};

/// Who may call a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Every authenticated role.
    Anyone,
    /// These roles; none of them means nobody.
    Roles(Vec<Role>),
}

/// Who may call what, by exact path.
#[derive(Debug, Clone)]
pub struct Policy {
    methods: HashMap<String, Access>,
}

impl Policy {
    /// Reads the policy of every method in the protos; a method without the option is for nobody.
    ///
    /// # Panics
    /// When the descriptors compiled into this binary do not read, which a test would have shown.
    #[must_use]
    pub fn from_descriptors() -> Self {
        let pool = DescriptorPool::decode(proto::DESCRIPTORS).expect("our own descriptors read");
        let services: Vec<_> = pool.services().collect();
        let methods = services.iter().flat_map(prost_reflect::ServiceDescriptor::methods);
        Self { methods: methods.map(|method| (path(&method), access(&pool, &method))).collect() }
    }

    /// Every method with who may call it.
    pub fn methods(&self) -> impl Iterator<Item = (&str, &Access)> {
        self.methods.iter().map(|(path, access)| (path.as_str(), access))
    }

    /// The method exists.
    pub(crate) fn knows(&self, path: &str) -> bool {
        self.methods.contains_key(path)
    }

    /// Refuses a role that may not call the method at `path`.
    pub(crate) fn authorise(&self, path: &str, role: Role) -> Result<(), Status> {
        match self.methods.get(path) {
            Some(Access::Anyone) => Ok(()),
            Some(Access::Roles(roles)) if roles.contains(&role) => Ok(()),
            Some(Access::Roles(roles)) => Err(wrong_role(path, role, roles)),
            None => Err(plain(Code::Unimplemented, "METHOD_UNKNOWN", format!("there is no method {path}"))),
        }
    }
}

fn wrong_role(path: &str, role: Role, roles: &[Role]) -> Status {
    let method = path.rsplit('/').next().unwrap_or(path);
    let roles: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
    let message = format!("{method} is for {}, not for {role}", roles.join(", "));
    Fail::from(Refusal::new(Kind::Forbidden, "I-18", "WRONG_ROLE", "caller", message)).into()
}

fn path(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

fn access(pool: &DescriptorPool, method: &MethodDescriptor) -> Access {
    let nobody = Access::Roles(Vec::new());
    let Some(extension) = pool.get_extension_by_name("getmodern.common.v1.access") else { return nobody };
    let options = method.options();
    let value = options.get_extension(&extension);
    let Some(option) = value.as_message() else { return nobody };
    if option.get_field_by_name("anyone").and_then(|anyone| anyone.as_bool()) == Some(true) {
        return Access::Anyone;
    }
    let roles = option.get_field_by_name("roles").map(|roles| numbers(&roles)).unwrap_or_default();
    Access::Roles(roles.into_iter().filter_map(crate::wire::role).collect())
}

fn numbers(list: &Value) -> Vec<i32> {
    list.as_list().unwrap_or_default().iter().filter_map(Value::as_enum_number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_declares_who_may_call_it() {
        let policy = Policy::from_descriptors();
        assert!(policy.methods.len() > 60, "{}", policy.methods.len());
        let nobody = Access::Roles(Vec::new());
        let undeclared: Vec<_> = policy.methods().filter(|(_, access)| **access == nobody).collect();
        assert!(undeclared.is_empty(), "{undeclared:?}");
    }

    #[test]
    fn a_role_that_is_not_named_may_not_call() {
        let policy = Policy::from_descriptors();
        let path = "/getmodern.engagement.v1.EngagementService/ApproveReengagement";
        assert!(policy.authorise(path, Role::GetModernSme).is_ok());
        for role in Role::ALL.iter().filter(|role| **role != Role::GetModernSme) {
            let refused = policy.authorise(path, *role).expect_err("only a Get Modern SME approves");
            assert_eq!(refused.code(), Code::PermissionDenied);
        }
    }
}
