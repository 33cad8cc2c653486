//! Who may call what: read from the method options in the descriptor, denied by default (I-18).

use std::collections::HashMap;

use kernel::{Caller, Kind, Person, Refusal, Role};
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor, Value};
use tonic::{Code, Status};

use crate::{
    Fail, Item,
    fail::plain,
    grant::{Grant, Granted},
};

/// Who may call a method; by default nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// People, in every role.
    pub anyone: bool,
    /// People in these roles.
    pub roles: Vec<Role>,
    /// Our own services that need it, and the systems to which it is granted.
    pub systems: Vec<Person>,
}

impl Access {
    fn admits(&self, caller: &Caller) -> bool {
        match (caller.role, caller.person.is_service()) {
            (Role::Service, true) => self.systems.contains(&caller.person),
            (Role::Service, false) | (_, true) => false,
            (role, false) => self.anyone || self.roles.contains(&role),
        }
    }
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
        Self::of(&DescriptorPool::decode(proto::DESCRIPTORS).expect("our own descriptors read"))
    }

    fn of(pool: &DescriptorPool) -> Self {
        let services: Vec<_> = pool.services().collect();
        let methods = services.iter().flat_map(prost_reflect::ServiceDescriptor::methods);
        Self { methods: methods.map(|method| (path(&method), access(pool, &method.options()))).collect() }
    }

    /// The same, and what is granted to systems besides; refuses a grant of what no system is to have.
    pub(crate) fn granting(mut self, grants: &[Item<Grant>]) -> Result<Self, String> {
        Item::check(grants, "--grant")?;
        let own: Vec<_> = self.methods.values().flat_map(|access| access.systems.clone()).collect();
        for grant in Item::read(grants) {
            if own.contains(&grant.system) {
                return Err(format!(
                    "--grant: what {} may call is in the protos, and is all it needs",
                    grant.system
                ));
            }
            self.grant(grant)?;
        }
        Ok(self)
    }

    fn grant(&mut self, grant: &Grant) -> Result<(), String> {
        let granted = match &grant.what {
            Granted::Read => self.methods.values_mut().filter(|access| access.anyone).collect(),
            Granted::Method(path) => vec![self.readable(path)?],
        };
        for access in granted {
            access.systems.push(grant.system.clone());
        }
        Ok(())
    }

    fn readable(&mut self, path: &str) -> Result<&mut Access, String> {
        let access = self.methods.get_mut(path).ok_or(format!("--grant: there is no method {path}"))?;
        let only = || format!("--grant: {path} is not for everybody, and so for no system");
        if access.anyone { Ok(access) } else { Err(only()) }
    }

    /// The product's own services: those that a proto names.
    pub(crate) fn own(&self) -> impl Iterator<Item = &Person> {
        self.methods.values().flat_map(|access| &access.systems)
    }

    /// Every method with who may call it.
    pub fn methods(&self) -> impl Iterator<Item = (&str, &Access)> {
        self.methods.iter().map(|(path, access)| (path.as_str(), access))
    }

    /// The method exists.
    pub(crate) fn knows(&self, path: &str) -> bool {
        self.methods.contains_key(path)
    }

    /// Refuses a caller who may not call the method at `path`.
    pub(crate) fn authorise(&self, path: &str, caller: &Caller) -> Result<(), Status> {
        match self.methods.get(path) {
            Some(access) if access.admits(caller) => Ok(()),
            Some(access) => Err(refused(path, caller, access)),
            None => Err(plain(Code::Unimplemented, "METHOD_UNKNOWN", format!("there is no method {path}"))),
        }
    }
}

/// Why not: a system lacks a grant where it could have one, everybody else the right role.
fn refused(path: &str, caller: &Caller, access: &Access) -> Status {
    let method = path.rsplit('/').next().unwrap_or(path);
    let (reason, message) = match caller.role {
        Role::Service if access.anyone || access.roles.is_empty() => {
            ("NOT_GRANTED", format!("{method} is not granted to {}", caller.person))
        }
        role => ("WRONG_ROLE", format!("{method} is for {}, not for {role}", people(access))),
    };
    Fail::from(Refusal::new(Kind::Forbidden, "I-18", reason, "caller", message)).into()
}

fn people(access: &Access) -> String {
    let roles: Vec<_> = access.roles.iter().map(|role| role.as_str()).collect();
    if roles.is_empty() { "systems alone".to_owned() } else { roles.join(", ") }
}

fn path(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

fn access(pool: &DescriptorPool, options: &DynamicMessage) -> Access {
    let Some(extension) = pool.get_extension_by_name("getmodern.common.v1.access") else {
        return Access::default();
    };
    let value = options.get_extension(&extension);
    let Some(option) = value.as_message() else { return Access::default() };
    let anyone = option.get_field_by_name("anyone").and_then(|anyone| anyone.as_bool()) == Some(true);
    let roles = numbers(option).into_iter().filter_map(crate::wire::role);
    let systems = names(option).iter().map(|name| Person::service(name)).collect();
    // A system is never let in as what it is, only as who.
    Access { anyone, roles: roles.filter(|role| *role != Role::Service).collect(), systems }
}

fn numbers(option: &DynamicMessage) -> Vec<i32> {
    let list = option.get_field_by_name("roles");
    let list = list.as_ref().and_then(|list| list.as_list()).unwrap_or_default();
    list.iter().filter_map(Value::as_enum_number).collect()
}

fn names(option: &DynamicMessage) -> Vec<String> {
    let list = option.get_field_by_name("services");
    let list = list.as_ref().and_then(|list| list.as_list()).unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
