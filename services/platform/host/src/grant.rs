//! What a system may call that is none of the product's own: nothing, but for what it is granted.

use std::str::FromStr;

use kernel::{Person, SYSTEM_FORM};

/// What a system may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub(crate) system: Person,
    pub(crate) what: Granted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Granted {
    /// Whatever people may call in every role.
    Read,
    /// The method at this path.
    Method(String),
}

impl FromStr for Grant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const SHAPE: &str =
            "must be SYSTEM=READ, or SYSTEM=METHOD such as crm=getmodern.tasks.v1.TaskService/ListTasks";
        let read = || {
            let (name, what) = text.split_once('=')?;
            let system = Person::parse(&format!("services/{name}"))?;
            Some(Self { system, what: granted(what)? })
        };
        read().ok_or_else(|| format!("{text:?} {SHAPE}; {SYSTEM_FORM}"))
    }
}

fn granted(what: &str) -> Option<Granted> {
    let is_method = what.split('/').filter(|part| !part.is_empty()).count() == 2;
    match what {
        "READ" => Some(Granted::Read),
        method => is_method.then(|| Granted::Method(format!("/{}", method.trim_start_matches('/')))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_names_a_system_and_what_it_may_call() {
        let method = Granted::Method("/a.B/C".to_owned());
        for (good, what) in
            [("crm=READ", Granted::Read), ("crm=a.B/C", method.clone()), ("crm=/a.B/C", method)]
        {
            assert_eq!(good.parse(), Ok(Grant { system: Person::service("crm"), what }), "{good}");
        }
        for bad in [
            "",
            "crm",
            "=READ",
            "crm=",
            "crm=read",
            "crm=a.B",
            "crm=a.B/",
            "crm=/",
            "crm=a.B/C/D",
            "Crm=READ",
            "a/b=READ",
        ] {
            assert!(bad.parse::<Grant>().is_err(), "{bad}");
        }
    }
}
