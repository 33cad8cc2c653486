//! Which texts of the Gateway's work are about people, or may name some, and which are not.

/// Where they stand: the members that lead to them, in events and in states.
pub const PERSONAL: &[&str] = &[
    // People.
    "full_name",
    "email",
    // Names of companies and things: some are called after people.
    "customer",
    "delivery_partner.value",
    "Frp",
    "language.value",
    "partner",
    "title",
    "title_zh",
    // What is written freely, where anybody may be named.
    "question",
    "journey_status",
    "deployment_plans",
    "AccountTeamContacted.outcome",
    "account_team_contact.outcome",
    "AccountTeamContact.outcome",
    "guidance",
    "cause",
    "description",
    "items.*.source",
    "work_in_flight.value",
    "deployment_plan.value.plan",
    "business_reason",
    // What the policy read of the data set.
    "inputs.delivery_partner",
    "inputs.language",
    "inputs.work_in_flight",
    "inputs.deployment_plan.plan",
];

/// The others, each by its type: what a resource is told apart by, the expressions that decided, and codes.
pub const PLAIN: &[&str] = &[
    "Assessment.policy",
    "Beside.engagement",
    "Case.tenant",
    "CaseEvent.engagement",
    "CaseEvent.from",
    "CaseEvent.items",
    "CaseEvent.reads",
    "CaseEvent.stage",
    "CaseEvent.tenant",
    "Criterion.expression",
    "Criterion.id",
    "CriterionResult.criterion",
    "DataItem.tenant",
    "Delivery.since",
    "DeploymentOutlook.target_date",
    "LedTo.engagement",
    "LedTo.stage",
    "Validation.reads",
    "Was.tenant",
];
