//! A customer about whom very much is known: validated or refused, but never a burden on whoever reads intake.

use getmodern::client::reasons;
use prost::{Message, Name};
use proto::{
    common::v1::{AccountTeamContacts, Contact, Intent, data_item::Fact},
    intake::v1::{
        AskArchitectRequest, Case, ContactAccountTeamRequest, Criterion, CustomerAssessed, GetCaseRequest,
        ListCasesRequest, ListCasesResponse, Policy, PublishPolicyRequest, RecordResearchRequest,
        ValidateCustomerRequest, ValidateCustomerResponse, ValidationLevel,
    },
};
use tonic::Code;

use crate::{
    faults::{
        journal,
        watching::{after, until, watch},
    },
    story::{about, contact, item, research},
    world::{GATEWAY, INTAKE, PROGRAM, World},
};

/// From now on fifty criteria, each of which reads the whole account team.
async fn ask_for_the_whole_team(world: &mut World) {
    let criterion = |number| Criterion {
        id: format!("team_{number}"),
        title: "the team is known".to_owned(),
        title_zh: "团队已知".to_owned(),
        required: true,
        expression: "size(account_team_contacts) > 0".to_owned(),
    };
    let publish = PublishPolicyRequest {
        criteria: (0..50).map(criterion).collect(),
        description: "the whole team".to_owned(),
        ..PublishPolicyRequest::default()
    };
    let _: Policy = world.act(PROGRAM, publish).await;
}

/// A customer ready to be validated, with an account team of fifty whose names are this long.
async fn known(world: &mut World, customer: &str, letter: &str, length: usize) -> Case {
    let name = world.opened(customer).await.name;
    let _: Case = world.act(GATEWAY, about!(AskArchitectRequest, name)).await;
    let member = Contact { full_name: letter.repeat(length), email: letter.repeat(length * 8 / 5) };
    let mut items = research(Intent::Yes);
    items.retain(|item| !matches!(item.fact, Some(Fact::AccountTeamContacts(_))));
    items.push(item(Fact::AccountTeamContacts(AccountTeamContacts { contacts: vec![member; 50] })));
    let _: Case = world.act(GATEWAY, about!(RecordResearchRequest, name, items: items)).await;
    let contacts = vec![contact("the account manager")];
    world.act(GATEWAY, about!(ContactAccountTeamRequest, name, contacts: contacts)).await
}

/// Whether the customer could be validated; if not, because of the size, and nothing has changed.
async fn is_validated(world: &World, case: &Case) -> bool {
    let validate = about!(ValidateCustomerRequest, case.name,
        request_id: format!("validate/{}", case.name),
        level: ValidationLevel::AccountTeam.into(),
    );
    let answer = world.client.call::<_, ValidateCustomerResponse>(GATEWAY, validate).await;
    let now: Case = world.ask(GetCaseRequest { name: case.name.clone() }).await;
    match answer {
        Ok(ref found) => assert_eq!(found.case.as_ref(), Some(&now)),
        Err(ref status) => {
            let found = (status.code(), reasons(status));
            let expected = ["RESOURCE_TOO_LARGE"; 2].map(str::to_owned).to_vec();
            assert_eq!(found, (Code::FailedPrecondition, expected), "{}", status.message());
            assert_eq!(&now, case);
        }
    }
    answer.is_ok()
}

/// R-4, I-20: whoever follows intake goes on, and every answer stays below the 4 MiB that clients take.
#[tokio::test]
async fn a_customer_about_whom_much_is_known_holds_up_nobody() {
    let mut world = World::new().await;
    ask_for_the_whole_team(&mut world).await;
    let sizes = [("small", "a", 20), ("medium", "a", 100), ("large", "a", 200), ("huge", "𠮷", 200)];
    let mut validated = Vec::new();
    for (customer, letter, length) in sizes {
        let case = known(&mut world, customer, letter, length).await;
        validated.push(is_validated(&world, &case).await);
    }
    assert_eq!((validated.first(), validated.last()), (Some(&true), Some(&false)), "{validated:?}");

    world.reactive("another").await;
    let list = ListCasesRequest { page_size: 500, ..ListCasesRequest::default() };
    let cases: ListCasesResponse = world.ask(list).await;
    assert_eq!(cases.cases.len(), sizes.len() + 1);

    let events = journal::read(&world.client, INTAKE).await;
    let head = events.last().map_or(0, |event| event.revision);
    let mut stream = watch(world.product.address(), INTAKE, after(0), None).await.expect("a watch");
    assert_eq!(until(&mut stream, head).await, events);
    let payloads = events.iter().filter_map(|event| event.payload.as_ref());
    let assessed = payloads.filter(|payload| payload.type_url == CustomerAssessed::type_url());
    let assessed: Vec<_> =
        assessed.map(|it| CustomerAssessed::decode(it.value.as_slice()).expect("it reads")).collect();
    assert_eq!(assessed.len(), 1 + validated.iter().filter(|validated| **validated).count());
    let mut results = assessed.iter().flat_map(|it| &it.assessment).flat_map(|it| &it.results);
    assert!(results.all(|result| result.inputs.is_none()), "what a criterion read goes to nobody else");
    world.end().await;
}
