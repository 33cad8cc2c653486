//! The steps of a case as commands, and the lists of cases.

use host::{Fields, acts, chosen, lists, named, of_tenant, wire};
use intake_domain::{CaseCommand, Delivery};
use kernel::{Person, Role};
use ledger::Filter;
use proto::{
    common::v1::{DeliveryChannel, Verdict},
    intake::v1::{
        AcknowledgeHandoffRequest, AnswerArchitectRequest, AskArchitectRequest, Case, ChangeSeatRequest,
        ChooseChannelRequest, ContactAccountTeamRequest, DisengageCaseRequest, ExitGatewayRequest,
        FillAssignmentRequest, IntroduceBenefitRequest, ListCasesRequest, ListCasesResponse, MoveCaseRequest,
        OpenCaseRequest, RecordDeliveryRequest, RecordResearchRequest, ReferToPartnerRequest,
        RenameCustomerRequest, RequestAssignmentsRequest, ShareGuidanceRequest, StartHandoffRequest,
    },
};

use super::{case::case, tenancy, words};
use crate::table::Cases;

acts!(Cases => Case = case {
    new OpenCaseRequest(request, fields) => CaseCommand::OpenCase {
        customer: words::customer(fields, &request.customer),
        tenant: fields.tenant("tenant", &request.tenant),
        gmfta: fields.maybe_person("gmfta", &request.gmfta),
        fm: fields.maybe_person("fm", &request.fm),
        items: kernel::DataSet::new(),
        delivery: delivery(fields, ("delivering", request.delivering.as_ref()), ("delivering_since_date", &request.delivering_since_date)),
        engagement: None,
        sent_from: None,
    }, informed by tenancy::before_opening;
    AskArchitectRequest(request, fields) => CaseCommand::AskArchitect {
        architect: fields.maybe_person("architect", &request.architect),
        question: fields.text("question", &request.question, 0, 4000),
        cause: words::cause(fields, &request.cause),
    };
    AnswerArchitectRequest(request, fields) => CaseCommand::AnswerArchitect {
        journey_status: fields.text("journey_status", &request.journey_status, 1, 4000),
        deployment_plans: fields.text("deployment_plans", &request.deployment_plans, 1, 4000),
        cause: words::cause(fields, &request.cause),
    };
    RecordResearchRequest(request, fields) => CaseCommand::RecordResearch {
        items: fields.items("items", &request.items, 1),
        cause: words::cause(fields, &request.cause),
    };
    RecordDeliveryRequest(request, fields) => CaseCommand::RecordDelivery {
        delivery: delivery(fields, ("channel", request.channel.as_ref()), ("since_date", &request.since_date)),
        cause: words::cause(fields, &request.cause),
    };
    ContactAccountTeamRequest(request, fields) => CaseCommand::ContactAccountTeam {
        contacts: fields.contacts("contacts", &request.contacts, 1),
        outcome: fields.text("outcome", &request.outcome, 0, 4000),
        cause: words::cause(fields, &request.cause),
    };
    IntroduceBenefitRequest(request, fields) => CaseCommand::IntroduceBenefit {
        customer_contacts: fields.contacts("customer_contacts", &request.customer_contacts, 1),
        team: team(fields, &request.team),
        cause: words::cause(fields, &request.cause),
    };
    ChooseChannelRequest(request, fields) => CaseCommand::ChooseChannel {
        channel: fields.channel("channel", request.channel.as_ref()),
        cause: words::cause(fields, &request.cause),
    };
    RequestAssignmentsRequest(request, fields) => CaseCommand::RequestAssignments {
        roles: roles(fields, &request.roles),
    };
    FillAssignmentRequest(request, fields) => CaseCommand::FillAssignment {
        role: fields.role("role", request.role),
        person: fields.person("person", &request.person),
        cause: fields.text("cause", &request.cause, 0, 2000),
    };
    ChangeSeatRequest(request, fields) => CaseCommand::ChangeSeat {
        role: fields.role("role", request.role),
        successor: fields.person("successor", &request.successor),
        cause: fields.text("cause", &request.cause, 1, 2000),
    };
    StartHandoffRequest(request, fields) => CaseCommand::StartHandoff {
        roster: fields.roster("roster", request.roster.as_ref()),
        cause: words::cause(fields, &request.cause),
        engagement: None,
    }, informed by tenancy::before_handoff;
    AcknowledgeHandoffRequest(_request, _fields) => CaseCommand::AcknowledgeHandoff;
    ExitGatewayRequest(_request, _fields) => CaseCommand::ExitGateway { engagement: None },
        informed by tenancy::before_exit;
    ReferToPartnerRequest(request, fields) => CaseCommand::ReferToPartner {
        partner: fields.line("partner", &request.partner, 1, 200),
    };
    ShareGuidanceRequest(request, fields) => CaseCommand::ShareGuidance {
        guidance: fields.line("guidance", &request.guidance, 1, 500),
    };
    RenameCustomerRequest(request, fields) => CaseCommand::RenameCustomer {
        customer: words::customer(fields, &request.customer),
        cause: fields.text("cause", &request.cause, 1, 2000),
    };
    MoveCaseRequest(request, fields) => CaseCommand::MoveCase {
        tenant: fields.tenant("tenant", &request.tenant),
        cause: fields.text("cause", &request.cause, 1, 2000),
        engagement: None,
    }, informed by tenancy::before_moving;
    DisengageCaseRequest(request, fields) => CaseCommand::DisengageCase {
        cause: fields.text("cause", &request.cause, 1, 2000),
        opened_by_mistake: request.opened_by_mistake,
    };
});

/// A delivery in progress: who, and the day since when, both or neither.
fn delivery(
    fields: &mut Fields,
    (path, channel): (&str, Option<&DeliveryChannel>),
    (path_of_day, day): (&str, &str),
) -> Option<Delivery> {
    if channel.is_none() && !day.is_empty() {
        fields.fault(path, "FIELD_REQUIRED", format!("is required with {path_of_day}"));
    }
    let channel = channel.map(|channel| fields.channel(path, Some(channel)))?;
    Some(Delivery { channel, since: fields.past_date(path_of_day, day) })
}

fn team(fields: &mut Fields, team: &[String]) -> Vec<Person> {
    fields.each("team", team, 1..=50, |fields, path, person| fields.person(path, person))
}

fn roles(fields: &mut Fields, roles: &[i32]) -> Vec<Role> {
    fields.each("roles", roles, 0..=Role::ALL.len(), |fields, path, role| fields.role(path, *role))
}

lists!(Cases: ListCasesRequest(request, fields) => [
    of_tenant(fields, "tenant", "tenant = ?", &request.tenant),
    chosen(fields, "state", "stage = ?", request.state, words::stage),
    chosen(fields, "verdict", "verdict = ?", request.verdict, verdict),
    person(fields, &request.person),
    named(fields, "led_to", "led_to = ?", "engagements", &request.led_to),
] -> ListCasesResponse { cases });

fn person(fields: &mut Fields, person: &str) -> Option<Filter> {
    // A system may have opened a case, too.
    let person = fields.sought_person("person", person)?;
    let named = "id IN (SELECT case_id FROM case_person WHERE person = ?)";
    let of_each = "(SELECT count(*) FROM case_person AS p WHERE p.person = ? AND p.case_id = cases.id) > 0";
    Some(Filter::new(named, person).of_each(of_each))
}

/// The column's word for a verdict that was asked for.
fn verdict(number: i32) -> Option<&'static str> {
    let verdict = Verdict::try_from(number).ok()?;
    wire::read_verdict(verdict).map(|_| verdict.as_str_name())
}
