//! A case as it is shown.

use host::wire;
use intake_domain as domain;
use kernel::{Person, name};
use ledger::{Record, Table};
use proto::intake::v1::{
    AccountTeamContact, AssignmentRequest, Case, Delivery, Guidance, Handoff, Inquiry, Introduction,
    Outdated, Referral, Validation,
};

use super::{superseded::superseded, tenancy, words};
use crate::table::Cases;

/// A case as it is shown.
pub(crate) fn case(record: &Record<domain::Case>) -> Case {
    let case = &record.state;
    Case {
        name: name::of(Cases::COLLECTION, record.id),
        etag: wire::etag(record.version),
        create_time: Some(proto::to_wire(record.create_time)),
        update_time: Some(proto::to_wire(record.update_time)),
        state: words::state(case.state).into(),
        customer: case.customer.clone(),
        tenant: case.tenant.clone(),
        opener: case.opened.person.to_string(),
        gmfta: wire::person(case.gmfta.as_ref()),
        fm: wire::person(case.fm.as_ref()),
        inquiry: case.inquiry.as_ref().map(inquiry),
        items: wire::items(&case.items),
        account_team_contact: case.account_team_contact.as_ref().map(account_team_contact),
        validations: case.validations.iter().map(validation).collect(),
        verdict: case.verdict().map(wire::verdict).unwrap_or_default().into(),
        introduction: case.introduction.as_ref().map(introduction),
        channel: case.channel.as_ref().map(wire::channel),
        assignment_requests: case.assignment_requests.iter().map(assignment_request).collect(),
        handoff: case.handoff.as_ref().map(handoff),
        referral: case.referral.as_ref().map(referral),
        guidance: case.guidance.as_ref().map(guidance),
        cause: case.cause.clone().unwrap_or_default(),
        superseded: case.superseded.iter().map(superseded).collect(),
        outdated: outdated(case),
        opened_by_mistake: case.opened_by_mistake,
        delivery: case.delivery.as_ref().map(delivery),
        led_to: case.led_to.as_ref().map(tenancy::led_to),
        conflict_time: case.conflict().map(|beside| proto::to_wire(beside.since)),
    }
}

fn outdated(case: &domain::Case) -> Option<Outdated> {
    let items: Vec<_> = case.outdated_items().into_iter().map(str::to_owned).collect();
    let since_time = case.outdated.map(proto::to_wire);
    (!items.is_empty()).then_some(Outdated { items, since_time })
}

pub(super) fn inquiry(inquiry: &domain::Inquiry) -> Inquiry {
    let answer = inquiry.answer.as_ref();
    Inquiry {
        architect: wire::person(inquiry.architect.as_ref()),
        none_designated: inquiry.architect.is_none(),
        question: inquiry.question.clone(),
        asked: Some(wire::stamp(&inquiry.asked)),
        answered: answer.map(|answer| wire::stamp(&answer.stamp)),
        journey_status: answer.map(|answer| answer.journey_status.clone()).unwrap_or_default(),
        deployment_plans: answer.map(|answer| answer.deployment_plans.clone()).unwrap_or_default(),
    }
}

pub(super) fn account_team_contact(contact: &domain::AccountTeamContact) -> AccountTeamContact {
    AccountTeamContact {
        contacts: wire::contacts(&contact.contacts),
        outcome: contact.outcome.clone(),
        invited_architect: wire::person(contact.invited_architect.as_ref()),
        stamp: Some(wire::stamp(&contact.stamp)),
    }
}

pub(super) fn delivery(recorded: &domain::DeliveryRecord) -> Delivery {
    let delivery = recorded.delivery.as_ref();
    Delivery {
        channel: delivery.map(|delivery| wire::channel(&delivery.channel)),
        since_date: delivery.map(|delivery| delivery.since.clone()).unwrap_or_default(),
        stamp: Some(wire::stamp(&recorded.stamp)),
    }
}

fn validation(validation: &domain::Validation) -> Validation {
    Validation {
        level: words::level(validation.level).into(),
        assessment: Some(wire::assessment(&validation.assessment)),
        stamp: Some(wire::stamp(&validation.stamp)),
    }
}

pub(super) fn introduction(introduction: &domain::Introduction) -> Introduction {
    Introduction {
        customer_contacts: wire::contacts(&introduction.customer_contacts),
        team: introduction.team.iter().map(Person::to_string).collect(),
        stamp: Some(wire::stamp(&introduction.stamp)),
    }
}

fn assignment_request(request: &domain::AssignmentRequest) -> AssignmentRequest {
    AssignmentRequest {
        role: wire::role_number(request.role),
        requested: Some(wire::stamp(&request.requested)),
        person: wire::person(request.person.as_ref()),
        filled: request.filled.as_ref().map(wire::stamp),
    }
}

pub(super) fn handoff(handoff: &domain::Handoff) -> Handoff {
    Handoff {
        roster: Some(wire::roster(&handoff.roster)),
        started: Some(wire::stamp(&handoff.started)),
        acknowledgements: handoff.acknowledgements.iter().map(wire::stamp).collect(),
    }
}

pub(super) fn referral(referral: &domain::Referral) -> Referral {
    Referral { partner: referral.partner.clone(), stamp: Some(wire::stamp(&referral.stamp)) }
}

pub(super) fn guidance(guidance: &domain::Guidance) -> Guidance {
    Guidance { guidance: guidance.guidance.clone(), stamp: Some(wire::stamp(&guidance.stamp)) }
}
