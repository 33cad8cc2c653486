//! Cases brought to where a rule bites, through the decider itself.

use intake_domain::{
    Case, CaseCommand as C, CaseEvent, Cases, Criterion, Delivery, Level, Policies, Policy, PolicyCommand,
    Was, default_policy,
};
use kernel::{
    Caller, Channel, Contact, Context, DataSet, Decider, Item, Person, Refusal, Role, Roster, Time, fold,
};
use serde_json::{Value, json};

pub(crate) fn person(id: &str) -> Person {
    Person::parse(&format!("people/{id}")).expect(id)
}

pub(crate) fn minute(minutes: i64) -> Time {
    Time::from_second(1_570_000_000 + 60 * minutes).expect("in range")
}

pub(crate) fn by(role: Role, id: &str) -> Context {
    Context { caller: Caller { person: person(id), role }, now: minute(0) }
}

pub(crate) fn manager() -> Context {
    by(Role::ReengagementManager, "gateway")
}

pub(crate) fn program() -> Context {
    by(Role::ProgramTeam, "program")
}

pub(crate) fn contact(name: &str) -> Contact {
    Contact { full_name: name.to_owned(), email: String::new() }
}

pub(crate) fn item(value: Value) -> Item {
    Item { value, source: "account team".to_owned(), learnt: minute(0).into() }
}

pub(crate) fn data(items: &[(&str, Value)]) -> DataSet {
    items.iter().map(|(key, value)| ((*key).to_owned(), item(value.clone()))).collect()
}

pub(crate) fn qualifying() -> DataSet {
    data(&[
        ("licence_count", json!(150)),
        ("windows_10_enterprise_intent", json!("YES")),
        ("device_management", json!({"tool": "INTUNE", "ready_to_upgrade": false})),
    ])
}

pub(crate) fn failing() -> DataSet {
    let mut items = qualifying();
    items.extend(data(&[("licence_count", json!(149))]));
    items
}

pub(crate) fn undecided() -> DataSet {
    let mut items = qualifying();
    items.extend(data(&[("windows_10_enterprise_intent", json!("UNKNOWN"))]));
    items
}

pub(crate) fn policy_of(version: u32, criteria: Vec<Criterion>) -> Result<Policy, Refusal> {
    let command = PolicyCommand::Publish { version, criteria, description: "first".to_owned() };
    let events = Policies::decide(None, &command, &program())?;
    let stamp = program().stamp();
    Ok(fold::<Policies>(None, events.iter().map(|event| (event, &stamp))).expect("published"))
}

pub(crate) fn standard() -> Policy {
    policy_of(1, default_policy()).expect("the default policy is publishable")
}

pub(crate) fn roster() -> Roster {
    Roster {
        gmfta: person("gmfta"),
        fm: person("fm"),
        fe: person("fe"),
        sme: person("sme"),
        fta: person("fta"),
        ats: person("ats"),
    }
}

pub(crate) fn open(gmfta: Option<&str>, fm: Option<&str>, items: DataSet) -> C {
    let (customer, tenant) = ("Contoso".to_owned(), "contoso.example".to_owned());
    let (gmfta, fm) = (gmfta.map(person), fm.map(person));
    C::OpenCase { customer, tenant, gmfta, fm, items, delivery: None, engagement: None, sent_from: None }
}

pub(crate) fn delivery(channel: Channel) -> Delivery {
    Delivery { channel, since: "2019-09-02".to_owned() }
}

pub(crate) fn delivers(delivery: Option<Delivery>) -> C {
    C::RecordDelivery { delivery, cause: String::new() }
}

pub(crate) fn fabrikam() -> Channel {
    Channel::Frp("Fabrikam".to_owned())
}

pub(crate) fn ask(architect: Option<&str>) -> C {
    let (question, cause) = ("Where do they stand?".to_owned(), String::new());
    C::AskArchitect { architect: architect.map(person), question, cause }
}

/// The designated one, another question.
pub(crate) fn ask_else() -> C {
    C::AskArchitect { architect: None, question: "Who decides there?".to_owned(), cause: String::new() }
}

pub(crate) fn answer() -> C {
    let (journey_status, deployment_plans) = ("piloting".to_owned(), "this year".to_owned());
    C::AnswerArchitect { journey_status, deployment_plans, cause: String::new() }
}

pub(crate) fn record(items: DataSet) -> C {
    C::RecordResearch { items, cause: String::new() }
}

pub(crate) fn contact_team() -> C {
    let (contacts, outcome) = (vec![contact("Account lead")], "agreed".to_owned());
    C::ContactAccountTeam { contacts, outcome, cause: String::new() }
}

pub(crate) fn validate(level: Level) -> C {
    let (policy_name, cause) = ("policies/first".to_owned(), String::new());
    C::ValidateCustomer { level, policy_name, policy: standard(), cause }
}

pub(crate) fn introduce(team: &[&str]) -> C {
    let team = team.iter().map(|id| person(id)).collect();
    C::IntroduceBenefit { customer_contacts: vec![contact("Customer lead")], team, cause: String::new() }
}

pub(crate) fn choose() -> C {
    C::ChooseChannel { channel: Channel::Css, cause: String::new() }
}

pub(crate) fn request(roles: &[Role]) -> C {
    C::RequestAssignments { roles: roles.to_vec() }
}

pub(crate) fn fill(role: Role, id: &str) -> C {
    C::FillAssignment { role, person: person(id), cause: String::new() }
}

/// Another in place of the one named before.
pub(crate) fn refill(role: Role, id: &str) -> C {
    C::FillAssignment { role, person: person(id), cause: "left".to_owned() }
}

pub(crate) fn reseat(role: Role, id: &str) -> C {
    C::ChangeSeat { role, successor: person(id), cause: "left".to_owned() }
}

pub(crate) fn start() -> C {
    hand_off(roster())
}

pub(crate) fn hand_off(roster: Roster) -> C {
    C::StartHandoff { roster, cause: String::new(), engagement: None }
}

pub(crate) fn exit() -> C {
    C::ExitGateway { engagement: None }
}

/// The engagement service, as its journal is followed.
pub(crate) fn follower() -> Context {
    Context { caller: Caller::service("intake"), now: minute(2) }
}

/// The engagement that a case leads to.
pub(crate) const OWN: &str = "engagements/1";
/// Another engagement with its tenant.
pub(crate) const OTHER: &str = "engagements/2";

pub(crate) fn follow(stage: &str) -> C {
    let (engagement, stage) = (OWN.to_owned(), stage.to_owned());
    C::FollowEngagement { engagement, has_ended: stage == "CANCELLED", stage }
}

/// The customer was sent to intake with these facts.
pub(crate) fn take_over(items: DataSet) -> C {
    C::TakeOver { engagement: OTHER.to_owned(), items }
}

pub(crate) fn find() -> C {
    C::FindConflict { engagement: OTHER.to_owned() }
}

pub(crate) fn settle() -> C {
    C::SettleConflict { engagement: OTHER.to_owned() }
}

pub(crate) fn rename(customer: &str) -> C {
    C::RenameCustomer { customer: customer.to_owned(), cause: CAUSE.to_owned() }
}

pub(crate) fn relocate(tenant: &str) -> C {
    C::MoveCase { tenant: tenant.to_owned(), cause: CAUSE.to_owned(), engagement: None }
}

/// The engagement has another customer.
pub(crate) fn correct() -> C {
    let (customer, tenant) = (Some("Fabrikam".to_owned()), Some("fabrikam.example".to_owned()));
    C::FollowCustomer { customer, tenant, cause: CAUSE.to_owned() }
}

pub(crate) fn refer() -> C {
    C::ReferToPartner { partner: "Fabrikam".to_owned() }
}

pub(crate) fn share() -> C {
    C::ShareGuidance { guidance: "Get Modern deployment guidance".to_owned() }
}

pub(crate) fn disengage() -> C {
    C::DisengageCase { cause: "the customer postponed".to_owned(), opened_by_mistake: false }
}

pub(crate) fn mistaken() -> C {
    C::DisengageCase { cause: "opened for the wrong customer".to_owned(), opened_by_mistake: true }
}

pub(crate) fn partner() -> C {
    C::ChooseChannel { channel: fabrikam(), cause: String::new() }
}

pub(crate) const CAUSE: &str = "it was mistyped";

/// The same once more, with a cause.
pub(crate) fn again(mut command: C) -> C {
    match &mut command {
        C::AskArchitect { cause, .. }
        | C::AnswerArchitect { cause, .. }
        | C::RecordResearch { cause, .. }
        | C::RecordDelivery { cause, .. }
        | C::ContactAccountTeam { cause, .. }
        | C::ValidateCustomer { cause, .. }
        | C::IntroduceBenefit { cause, .. }
        | C::ChooseChannel { cause, .. }
        | C::StartHandoff { cause, .. } => CAUSE.clone_into(cause),
        other => panic!("{} is not done again", other.name()),
    }
    command
}

/// The cause of each thing that was replaced, and what it was.
pub(crate) fn superseded(case: &Case) -> Vec<(&str, &Was)> {
    case.superseded.iter().map(|gone| (gone.cause.as_str(), &gone.was)).collect()
}

/// What happens, and the case after it.
pub(crate) fn attempt(
    case: Option<&Case>,
    command: &C,
    context: &Context,
) -> Result<(Case, Vec<CaseEvent>), Refusal> {
    let events = Cases::decide(case, command, context)?;
    let stamp = context.stamp();
    let case = fold::<Cases>(case.cloned(), events.iter().map(|event| (event, &stamp)));
    Ok((case.expect("a case"), events))
}

pub(crate) fn then(case: &Case, command: &C, context: &Context) -> Case {
    match attempt(Some(case), command, context) {
        Ok((case, _)) => case,
        Err(refusal) => panic!("{} in {}: {refusal}", command.name(), case.state),
    }
}

pub(crate) fn refusal(case: &Case, command: &C, context: &Context) -> Refusal {
    match attempt(Some(case), command, context) {
        Ok((_, events)) => panic!("{} in {} gave {events:?}", command.name(), case.state),
        Err(refusal) => refusal,
    }
}

/// The rule and reason of each fault, in order.
pub(crate) fn faults(refusal: &Refusal) -> Vec<(&'static str, &'static str)> {
    refusal.faults.iter().map(|fault| (fault.rule, fault.reason)).collect()
}

pub(crate) fn opened(gmfta: Option<&str>, fm: Option<&str>, items: DataSet) -> Case {
    attempt(None, &open(gmfta, fm, items), &manager()).expect("opens").0
}

/// In coordination: asked, and the account team contacted.
pub(crate) fn coordinated(gmfta: Option<&str>, fm: Option<&str>, items: DataSet) -> Case {
    let asked = then(&opened(gmfta, fm, items), &ask(None), &manager());
    then(&asked, &contact_team(), &manager())
}

/// After a validation at account-team level.
pub(crate) fn validated(gmfta: Option<&str>, fm: Option<&str>, items: DataSet) -> Case {
    then(&coordinated(gmfta, fm, items), &validate(Level::AccountTeam), &manager())
}

/// In customer validation: undetermined, then introduced.
pub(crate) fn introduced() -> Case {
    then(&validated(Some("gmfta"), Some("fm"), undecided()), &introduce(&["gmfta"]), &manager())
}

/// Qualified with channel, FM and GMFTA.
pub(crate) fn ready() -> Case {
    then(&validated(Some("gmfta"), Some("fm"), qualifying()), &choose(), &manager())
}

/// Qualified with channel, and with FM and GMFTA assigned on request.
pub(crate) fn filled() -> Case {
    let asked = then(&validated(None, None, qualifying()), &request(&[]), &manager());
    let half = then(&then(&asked, &choose(), &manager()), &fill(Role::Fm, "fm"), &program());
    then(&half, &fill(Role::Gmfta, "gmfta"), &program())
}

/// The Gateway has left.
pub(crate) fn exited() -> Case {
    then(&handed_off(6), &exit(), &manager())
}

/// The Gateway has left while another engagement with the tenant was in progress.
pub(crate) fn held() -> Case {
    then(&exited(), &follow("WAITING"), &follower())
}

/// In handoff, with the first `count` of the six having acknowledged.
pub(crate) fn handed_off(count: usize) -> Case {
    handed_off_from(&ready(), count)
}

/// `case` in handoff, with the first `count` of the six having acknowledged.
pub(crate) fn handed_off_from(case: &Case, count: usize) -> Case {
    let six: Vec<_> = roster().people().map(|(role, person)| (role, person.clone())).collect();
    six.into_iter().take(count).fold(then(case, &start(), &manager()), |case, (role, person)| {
        let context = Context { caller: Caller { person, role }, now: minute(1) };
        then(&case, &C::AcknowledgeHandoff, &context)
    })
}
