//! What the protos and the grants say of people and systems, asked as each of them.

use prost_reflect::{DynamicMessage, Value};

use super::*;

const APPROVE: &str = "/getmodern.engagement.v1.EngagementService/ApproveReengagement";
const LIST: &str = "/getmodern.tasks.v1.TaskService/ListTasks";

fn system(name: &str) -> Caller {
    Caller::service(name)
}

fn ada(role: Role) -> Caller {
    Caller { person: Person::parse("people/ada").expect("a person"), role }
}

fn people() -> impl Iterator<Item = Caller> {
    Role::ALL.iter().filter(|role| **role != Role::Service).map(|role| ada(*role))
}

fn granting(grants: &[&str]) -> Result<Policy, String> {
    let grants: Vec<_> = grants.iter().map(|grant| grant.parse().expect("an item")).collect();
    Policy::from_descriptors().granting(&grants)
}

/// The policy of one method that has this option.
fn declared(roles: &[i32], anyone: bool, services: &[&str]) -> Policy {
    let pool = DescriptorPool::decode(proto::DESCRIPTORS).expect("our own descriptors read");
    let extension = pool.get_extension_by_name("getmodern.common.v1.access").expect("the option");
    let mut option =
        DynamicMessage::new(pool.get_message_by_name("getmodern.common.v1.Access").expect("its type"));
    let text = |name: &&str| Value::String((*name).to_owned());
    option.set_field_by_name("roles", Value::List(roles.iter().copied().map(Value::EnumNumber).collect()));
    option.set_field_by_name("anyone", Value::Bool(anyone));
    option.set_field_by_name("services", Value::List(services.iter().map(text).collect()));
    let mut options =
        DynamicMessage::new(pool.get_message_by_name("google.protobuf.MethodOptions").expect("options"));
    options.set_extension(&extension, Value::Message(option));
    Policy { methods: HashMap::from([("/a.B/C".to_owned(), access(&pool, &options))]) }
}

fn reason(status: &Status) -> String {
    use tonic_types::StatusExt;
    assert_eq!(status.code(), Code::PermissionDenied);
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

#[test]
fn every_method_declares_who_may_call_it() {
    let policy = Policy::from_descriptors();
    assert!(policy.methods.len() > 60, "{}", policy.methods.len());
    let undeclared: Vec<_> = policy.methods().filter(|(_, access)| **access == Access::default()).collect();
    assert!(undeclared.is_empty(), "{undeclared:?}");
}

#[test]
fn a_role_that_is_not_named_may_not_call() {
    let policy = Policy::from_descriptors();
    assert!(policy.authorise(APPROVE, &ada(Role::GetModernSme)).is_ok());
    for caller in people().filter(|caller| caller.role != Role::GetModernSme).chain([system("engagement")]) {
        let refused = policy.authorise(APPROVE, &caller).expect_err("only a Get Modern SME approves");
        assert_eq!(reason(&refused), "WRONG_ROLE", "{caller:?}");
    }
}

#[test]
fn a_method_of_a_service_is_no_persons_and_no_other_systems() {
    let policy = declared(&[], false, &["engagement"]);
    assert!(policy.authorise("/a.B/C", &system("engagement")).is_ok());
    for caller in people() {
        let refused = policy.authorise("/a.B/C", &caller).expect_err("no person's");
        assert_eq!(reason(&refused), "WRONG_ROLE", "{caller:?}");
    }
    for other in ["intake", "crm", "engagement-2"] {
        let refused = policy.authorise("/a.B/C", &system(other)).expect_err("another's");
        assert_eq!(reason(&refused), "NOT_GRANTED", "{other}");
    }
    let posing =
        Caller { person: Person::parse("people/engagement").expect("a person"), role: Role::Service };
    assert!(policy.authorise("/a.B/C", &posing).is_err());
    assert!(policy.authorise("/a.B/c", &system("engagement")).is_err());
}

#[test]
fn a_method_of_people_is_no_systems_whatever_it_says_it_acts_as() {
    let service = crate::wire::role_number(Role::Service);
    let every: Vec<_> = Role::ALL.iter().map(|role| crate::wire::role_number(*role)).collect();
    for policy in [declared(&[], true, &[]), declared(&every, false, &[]), declared(&[service], false, &[])] {
        assert!(policy.authorise("/a.B/C", &system("engagement")).is_err(), "{policy:?}");
        for posing in [Caller { role: Role::Gmfta, ..system("engagement") }, ada(Role::Service)] {
            assert!(policy.authorise("/a.B/C", &posing).is_err(), "{posing:?} {policy:?}");
        }
    }
}

#[test]
fn a_system_has_what_it_is_granted_and_nothing_else() {
    let policy = granting(&["crm=READ", "sync=getmodern.tasks.v1.TaskService/ListTasks"]).expect("grants");
    for (path, access) in policy.methods() {
        let (crm, sync) = (policy.authorise(path, &system("crm")), policy.authorise(path, &system("sync")));
        assert_eq!(crm.is_ok(), access.anyone, "{path}");
        assert_eq!(sync.is_ok(), path == LIST, "{path}");
        assert!(policy.authorise(path, &system("erp")).is_err(), "{path}");
        let missing = if access.anyone { "NOT_GRANTED" } else { "WRONG_ROLE" };
        assert!(sync.is_ok() || sync.is_err_and(|refused| reason(&refused) == missing), "{path}");
    }
}

#[test]
fn what_is_not_everybodys_to_read_is_never_granted_nor_anything_to_a_service_of_ours() {
    for bad in [
        "crm=getmodern.engagement.v1.EngagementService/ApproveReengagement",
        "crm=getmodern.tasks.v1.TaskService/NoSuchMethod",
        "crm=write",
        "intake=READ",
        "engagement=getmodern.tasks.v1.TaskService/ListTasks",
    ] {
        assert!(granting(&["crm=READ", bad]).is_err_and(|why| why.starts_with("--grant")), "{bad}");
    }
    assert!(
        declared(&[], false, &["engagement"]).granting(&["crm=a.B/C".parse().expect("an item")]).is_err()
    );
}
