//! Which texts of the Gateway's work are about people, or may name some, and which are not.

/// Where they stand: the members that lead to them, in events and in states.
pub const PERSONAL: &[&str] = &[
    // People.
    "full_name",
    "email",
    // What is written freely, where anybody may be named.
    "question",
    "journey_status",
    "deployment_plans",
    "AccountTeamContacted.outcome",
    "account_team_contact.outcome",
    "guidance",
    "cause",
    "items.*.source",
    "work_in_flight.value",
    "deployment_plan.value.plan",
    "business_reason",
    // What the policy read of the data set.
    "inputs.work_in_flight",
    "inputs.deployment_plan.plan",
];

/// The others, each by its type: companies, names of things, codes.
pub const PLAIN: &[&str] = &[
    "Assessment.policy",
    "Case.customer",
    "Case.tenant",
    "CaseEvent.customer",
    "CaseEvent.partner",
    "CaseEvent.tenant",
    "Channel.Frp",
    "Criterion.expression",
    "Criterion.id",
    "Criterion.title",
    "Criterion.title_zh",
    "CriterionResult.criterion",
    "CriterionResult.title",
    "CriterionResult.title_zh",
    "DataItem.delivery_partner",
    "DataItem.language",
    "DataItem.tenant",
    "DeploymentOutlook.target_date",
    "Policy.description",
    "PolicyEvent.description",
    "Referral.partner",
];
