//! The qualification policy: published once, checked whole, kept by the cases assessed with it.

use futures::future::join_all;
use ledger::{Commit, Ledger, Migration, Migrations, Place, Statement};
use proto::{
    common::v1::{Assessment, CriterionOutcome, Intent, Verdict},
    intake::v1::{
        Criterion, EvaluatePolicyRequest, EvaluatePolicyResponse, GetPolicyRequest, ListPoliciesRequest,
        Policy, PublishPolicyRequest, ValidationLevel, case::State,
    },
};
use tonic::Code;
use tonic_types::StatusExt;

use crate::support::{House, by, facts, fields, key, manager, program, reason, refused, shown};

/// The service's own, to get at what it keeps.
const SCHEMA: Migrations = Migrations(&[Migration {
    version: 100,
    description: "intake",
    sqlite: include_str!("../../migrations/sqlite/0100_intake.sql"),
    postgres: include_str!("../../migrations/postgres/0100_intake.sql"),
}]);

fn criterion(id: &str, expression: &str) -> Criterion {
    Criterion {
        id: id.to_owned(),
        title: "Licences".to_owned(),
        title_zh: "许可证".to_owned(),
        required: true,
        expression: expression.to_owned(),
    }
}

fn publication(criteria: Vec<Criterion>) -> PublishPolicyRequest {
    PublishPolicyRequest {
        request_id: key(),
        criteria,
        description: "stricter".to_owned(),
        ..PublishPolicyRequest::default()
    }
}

async fn published(house: &House, expression: &str) -> Policy {
    let request = publication(vec![criterion("licences", expression)]);
    shown(house.client().publish_policy(program(request)).await)
}

async fn policies(house: &House) -> Vec<Policy> {
    shown(house.client().list_policies(manager(ListPoliciesRequest::default())).await).policies
}

async fn evaluated(house: &House, policy: &str, licences: i32) -> EvaluatePolicyResponse {
    let items = facts(licences, Intent::Yes);
    let request = EvaluatePolicyRequest { policy: policy.to_owned(), items };
    shown(house.client().evaluate_policy(by("LEADERSHIP", "lea", request)).await)
}

fn verdict(reply: &EvaluatePolicyResponse) -> Verdict {
    reply.assessment.as_ref().map(Assessment::verdict).expect("an assessment")
}

/// I-20.
#[tokio::test]
async fn the_default_policy_is_published_once_however_often_the_service_starts() {
    let house = House::open().await;
    let first = policies(&house).await;
    assert_eq!((first.len(), first[0].version, first[0].criteria.len()), (1, 1, 3));
    assert_eq!(first[0].published.as_ref().expect("stamped").person, "services/intake");
    let folder = house.close().await;
    let house = House::with(folder, Vec::new()).await;
    assert_eq!(policies(&house).await, first);
    let second = published(&house, "licence_count >= 500").await;
    let folder = house.close().await;
    let house = House::with(folder, Vec::new()).await;
    assert_eq!(policies(&house).await, [second, first[0].clone()]);
    house.close().await;
}

#[tokio::test]
async fn versions_are_numbered_without_gaps_when_many_publish_at_once() {
    let house = House::open().await;
    let publishing = (0..8).map(|number| {
        let request = publication(vec![criterion("licences", &format!("licence_count >= {number}"))]);
        let mut client = house.client();
        async move { shown(client.publish_policy(program(request)).await).version }
    });
    let mut versions = join_all(publishing).await;
    versions.sort_unstable();
    assert_eq!(versions, (2..10).collect::<Vec<_>>());
    house.close().await;
}

/// R-2a: everything wrong with it is told at once, its form and its expressions alike.
#[tokio::test]
async fn a_malformed_policy_is_refused_with_all_its_faults() {
    let house = House::open().await;
    let mut untitled = criterion("Licences!", "licence_count >= ");
    untitled.title_zh.clear();
    let criteria = vec![untitled, criterion("size", "licence_count"), criterion("size", "licences > 1")];
    let request = publication(criteria.clone());
    let refusal = refused(house.client().publish_policy(program(request)).await);
    assert_eq!(refusal.code(), Code::InvalidArgument);
    let mut told = vec![
        "criteria[0].id",
        "criteria[0].title_zh",
        "criteria[0].expression",
        "criteria[1].expression",
        "criteria[2].id",
        "criteria[2].expression",
    ];
    assert_eq!(fields(&refusal), told);
    let formed = publication(criteria.into_iter().skip(1).collect());
    let refusal = refused(house.client().publish_policy(program(formed)).await);
    told = vec!["criteria[0].expression", "criteria[1].id", "criteria[1].expression"];
    assert_eq!(
        (reason(&refusal).as_str(), fields(&refusal)),
        ("POLICY_INVALID", told.iter().map(|&t| t.into()).collect())
    );
    let costly = publication(vec![criterion("costly", &"licence_count > 1 && ".repeat(200))]);
    assert_eq!(refused(house.client().publish_policy(program(costly)).await).code(), Code::InvalidArgument);
    let manager = refused(house.client().publish_policy(manager(publication(Vec::new()))).await);
    assert_eq!(manager.code(), Code::PermissionDenied);
    assert_eq!(policies(&house).await.len(), 1);
    house.close().await;
}

/// A refusal travels in headers, and clients take only so much of them.
#[tokio::test]
async fn more_faults_than_a_reply_can_carry_are_counted() {
    let house = House::open().await;
    let criteria = (0..50).map(|at| criterion(&format!("c{at}"), &"licence_count + ".repeat(40))).collect();
    let refusal = refused(house.client().publish_policy(program(publication(criteria))).await);
    assert_eq!((refusal.code(), reason(&refusal).as_str()), (Code::InvalidArgument, "POLICY_INVALID"));
    let told = fields(&refusal).len() - 1;
    assert!((4..50).contains(&told), "{told}");
    let details = refusal.get_error_details();
    let last = details.bad_request().and_then(|bad| bad.field_violations.last().cloned()).expect("faults");
    let how = format!("call again with the header x-getmodern-faults-after: {told}");
    assert_eq!(last.description, format!("MORE_FAULTS: and {} more: {how}", 50 - told));
    house.close().await;
}

/// R-2a: what a verdict rests on is never altered or removed, by no statement whatever.
#[tokio::test]
async fn a_published_policy_stays_as_it_is() {
    let folder = House::open().await.close().await;
    let path = folder.path().join("intake.db");
    let ledger = Ledger::open(&Place::File(path), &SCHEMA).await.expect("opens");
    let erases = "INSERT INTO erasure (revision, path, place, resource, version) \
                  SELECT 1, '/data/description', '$.\"description\"', 'policies/' || id, version + 1 FROM policies";
    let decides = "UPDATE policies SET version = version + 1, \
                   state = json_replace(state, '$.criteria[0].expression', '[erased]')";
    let tells =
        "UPDATE policies SET version = version + 1, state = json_replace(state, '$.description', '[erased]')";
    for statements in [
        &["UPDATE policies SET version_number = 7"][..],
        &["DELETE FROM policies"],
        &[tells],
        &[erases, decides],
    ] {
        let statements = statements.iter().map(|sql| Statement::new(*sql, Vec::new())).collect();
        let failure = ledger.commit(Commit { statements }).await.expect_err("it stays");
        assert!(format!("{failure:?}").contains("a published policy is never"), "{failure:?}");
    }
    ledger.close().await;
    let house = House::with(folder, Vec::new()).await;
    assert_eq!(policies(&house).await[0].version, 1);
    house.close().await;
}

#[tokio::test]
async fn any_data_set_can_be_tried_under_any_version_and_nothing_changes() {
    let house = House::open().await;
    let first = policies(&house).await.remove(0);
    let second = published(&house, "licence_count >= 500").await;
    let now = evaluated(&house, "", 200).await;
    assert_eq!(now.required_items.len(), 14);
    let assessment = now.assessment.clone().expect("an assessment");
    assert_eq!((assessment.policy.as_str(), assessment.policy_version), (second.name.as_str(), 2));
    assert_eq!(assessment.results[0].outcome(), CriterionOutcome::Fail);
    assert_eq!(verdict(&now), Verdict::NotQualified);
    assert_eq!(verdict(&evaluated(&house, &second.name, 500).await), Verdict::Qualified);
    assert_eq!(verdict(&evaluated(&house, &first.name, 150).await), Verdict::Qualified);
    assert_eq!(verdict(&evaluated(&house, &first.name, 149).await), Verdict::NotQualified);
    let nothing = EvaluatePolicyRequest::default();
    let unknown = shown(house.client().evaluate_policy(manager(nothing)).await);
    assert_eq!(verdict(&unknown), Verdict::Undetermined);
    for (policy, code) in [
        ("policies/0192f0c1-0000-7000-8000-00000000002a", Code::NotFound),
        ("policies/first", Code::InvalidArgument),
    ] {
        let request = EvaluatePolicyRequest { policy: policy.to_owned(), items: Vec::new() };
        assert_eq!(refused(house.client().evaluate_policy(manager(request)).await).code(), code);
    }
    let read = GetPolicyRequest { name: second.name.clone() };
    assert_eq!(shown(house.client().get_policy(manager(read)).await), second);
    house.close().await;
}

#[tokio::test]
async fn a_case_in_flight_keeps_the_version_it_was_assessed_with() {
    let house = House::open().await;
    let first = policies(&house).await.remove(0);
    let name = house.validated("contoso.example", facts(150, Intent::Unknown)).await.name;
    let waiting = house.opened("fabrikam.example").await.name;
    published(&house, "licence_count >= 500").await;
    house.introduce(&name).await;
    house.record(&name, facts(150, Intent::Yes)).await;
    let found = house.validate(&name, ValidationLevel::Customer).await;
    let assessment = found.assessment.expect("an assessment");
    assert_eq!((assessment.policy, assessment.policy_version), (first.name, 1));
    assert_eq!(found.case.expect("the case").state(), State::Qualified);

    house.ask(&waiting).await;
    house.record(&waiting, facts(150, Intent::Yes)).await;
    house.contact(&waiting).await;
    let later = house.validate(&waiting, ValidationLevel::AccountTeam).await.assessment.expect("it");
    assert_eq!((later.policy_version, later.verdict()), (2, Verdict::NotQualified));
    house.close().await;
}
