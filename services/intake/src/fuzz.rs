//! The policy's expressions, opened for fuzzing.

use host::Fields;
use intake_domain::{Criterion, Policies, Policy, PolicyCommand, assess};
use kernel::{Caller, Context, DataSet, Decider, Outcome, Time};
use proto::intake::v1::EvaluatePolicyRequest;

use crate::wire::evaluate;

/// Publishes `expression` as a policy, and asks it about the items of `request`, first none and then one more each time:
/// more knowledge turns unknown into an answer, and never one answer into the other (I-2). Tells the answers.
#[must_use]
pub fn policy(expression: &str, request: &EvaluatePolicyRequest) -> Vec<Outcome> {
    let Some(policy) = published(expression) else { return Vec::new() };
    let mut fields = Fields::new(Time::UNIX_EPOCH);
    let (_, items) = evaluate::read(request, &mut fields);
    let sets = (0..=items.len()).map(|count| items.clone().into_iter().take(count).collect::<DataSet>());
    let answers: Vec<_> = sets.map(|set| assess("policies/1", &policy, &set).results[0].outcome).collect();
    for pair in answers.windows(2) {
        assert!(pair[0] == Outcome::Unknown || pair[0] == pair[1], "{expression} turns over: {answers:?}");
    }
    answers
}

fn published(expression: &str) -> Option<Policy> {
    let criterion = Criterion {
        id: "criterion".to_owned(),
        title: "Criterion".to_owned(),
        title_zh: "标准".to_owned(),
        required: true,
        expression: expression.to_owned(),
    };
    let command =
        PolicyCommand::Publish { version: 1, criteria: vec![criterion], description: String::new() };
    let context = Context { caller: Caller::service("intake"), now: Time::UNIX_EPOCH };
    let events = Policies::decide(None, &command, &context).ok()?;
    events.iter().fold(None, |policy, event| Policies::apply(policy, event, &context.stamp()))
}
