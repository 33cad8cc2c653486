//! Who calls, as the request headers assert it: for a laptop, on a loopback address only.

use http::HeaderMap;
use kernel::{Caller, PERSON_FORM, Person, Role, SYSTEM_FORM};
use tonic::{Code, Status};

use crate::fail::plain;

/// The header that names the person: `people/ada`.
pub const PERSON_HEADER: &str = "x-getmodern-person";
/// The header that names the role: `GMFTA`.
pub const ROLE_HEADER: &str = "x-getmodern-role";

/// The caller that `headers` assert, or `UNAUTHENTICATED` with the header that is missing or not known.
pub(crate) fn authenticate(headers: &HeaderMap) -> Result<Caller, Status> {
    let person = Person::parse(only(headers, PERSON_HEADER)?).ok_or_else(|| {
        unknown(
            PERSON_HEADER,
            &format!("must be `people/{{id}}` or `services/{{id}}`; {PERSON_FORM}; {SYSTEM_FORM}"),
        )
    })?;
    let role: Role = only(headers, ROLE_HEADER)?
        .parse()
        .map_err(|()| unknown(ROLE_HEADER, &format!("must be one of {}", roles())))?;
    if person.is_service() != (role == Role::Service) {
        return Err(unknown(ROLE_HEADER, "must be SERVICE for `services/{id}`, and for nobody else"));
    }
    Ok(Caller { person, role })
}

/// The names of all roles.
fn roles() -> String {
    Role::ALL.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ")
}

/// The one value of a header; two of them would leave open who calls.
fn only<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, Status> {
    let mut values = headers.get_all(name).iter();
    match (values.next().map(|value| value.to_str()), values.next()) {
        (Some(Ok(value)), None) => Ok(value),
        (None, _) => Err(unknown(name, "is missing")),
        _ => Err(unknown(name, "must be given once, in plain characters")),
    }
}

fn unknown(header: &str, what: &str) -> Status {
    plain(Code::Unauthenticated, "IDENTITY_UNKNOWN", format!("the header {header} {what} (I-18)"))
}
