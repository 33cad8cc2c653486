//! Texts that are the same to everybody are the same here, facts that nobody gave are unknown, and texts that nobody can read
//! are refused.

use std::collections::BTreeSet;

use getmodern::client::Actor;
use prost::Message;
use prost_reflect::{
    DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage, Value,
};
use proto::{
    common::v1::{CriterionOutcome, DataItem, ListAuditEntriesRequest, Role, data_item::Fact},
    engagement::v1::{
        AssignEngagementRequest, CancelEngagementRequest, Engagement, GetEngagementRequest,
        ListEngagementsRequest, ListEngagementsResponse, PlanPilotRequest, StartPilotRequest,
        cancellation::Disposition,
    },
    intake::v1::{
        Case, Criterion, DisengageCaseRequest, EvaluatePolicyRequest, EvaluatePolicyResponse, GetCaseRequest,
        ListCasesRequest, ListCasesResponse, OpenCaseRequest, Policy, PublishPolicyRequest,
        RecordResearchRequest,
    },
};
use tests::{Engine, Product, State};
use tonic::{Code, Status};

use crate::{
    bounds::text::put,
    cast::{GATEWAY, GMFTA, LEADERSHIP, PROGRAM, Play, ask, item},
    catalogue::{METHODS, Method, NOWHERE, POOL, example, one},
    hostile::OPERATOR,
    wire::{Wire, bad_fields, reason},
    world::{AUDITOR, ENGAGEMENT, INTAKE, TASKS, World},
};

/// A value that a policy's expressions can read: where it stands, and an expression that holds of whatever is known of it.
struct Leaf {
    item: FieldDescriptor,
    part: Option<FieldDescriptor>,
    path: String,
}

impl Leaf {
    fn all() -> Vec<Self> {
        let item = POOL.get_message_by_name("getmodern.common.v1.DataItem").expect("the data set");
        let fact = item.oneofs().next().expect("its values");
        fact.fields().flat_map(|item| Self::of(&item)).collect()
    }

    fn of(item: &FieldDescriptor) -> Vec<Self> {
        let path = item.name().to_owned();
        match item.kind() {
            Kind::Message(message) if !message.fields().any(|field| field.is_list()) => {
                let part = |part: FieldDescriptor| Self {
                    path: format!("{path}.{}", part.name()),
                    part: Some(part),
                    item: item.clone(),
                };
                message.fields().map(part).collect()
            }
            _ => vec![Self { path, part: None, item: item.clone() }],
        }
    }

    fn criterion(&self) -> Criterion {
        let path = &self.path;
        let expression = match self.part.as_ref().unwrap_or(&self.item).kind() {
            Kind::Bool => format!("{path} || !{path}"),
            Kind::String => format!(r#"{path} <= "2020-01-14" || {path} > "2020-01-14""#),
            Kind::Enum(kind) => format!(r#"{path} == "{0}" || {path} != "{0}""#, first(&kind)),
            Kind::Message(_) => format!("size({path}) < 1 || size({path}) >= 1"),
            _ => format!("{path} <= 0 || {path} > 0"),
        };
        let (id, title) = (path.replace('.', "_"), path.clone());
        Criterion { id, title: title.clone(), title_zh: title, required: false, expression }
    }

    /// The item with all its parts, every number of them 0.
    fn whole(&self) -> DynamicMessage {
        let mut item = DynamicMessage::new(self.item.parent_message().clone());
        let value = match one(&self.item, 0) {
            Value::I32(_) => Value::I32(0),
            Value::Message(mut parts) => {
                for part in parts.descriptor().fields().filter(|part| !part.is_list()) {
                    let value = one(&part, 0);
                    parts.set_field(&part, if let Value::I32(_) = value { Value::I32(0) } else { value });
                }
                Value::Message(parts)
            }
            value => value,
        };
        item.set_field(&self.item, value);
        item.set_field_by_name("source", Value::String("account team".to_owned()));
        item
    }

    /// The same without this part; the item altogether, where it has no parts.
    fn without(&self) -> Option<DynamicMessage> {
        let (part, mut item) = (self.part.as_ref()?, self.whole());
        let mut parts = item.get_field(&self.item).as_message().expect("parts").clone();
        parts.clear_field(part);
        item.set_field(&self.item, Value::Message(parts));
        Some(item)
    }
}

/// The first value of a choice, as an expression names it.
fn first(kind: &EnumDescriptor) -> String {
    let (zero, one) = (kind.get_value(0).expect("a zero"), kind.get_value(1).expect("a value"));
    let prefix = zero.name().trim_end_matches("UNSPECIFIED").to_owned();
    one.name().trim_start_matches(&prefix).to_owned()
}

async fn outcome(
    play: &Play,
    policy: &str,
    leaf: &Leaf,
    item: Option<DynamicMessage>,
) -> Result<CriterionOutcome, Status> {
    let items =
        item.into_iter().map(|item| DataItem::decode(item.encode_to_vec().as_slice()).expect("an item"));
    let request = EvaluatePolicyRequest { policy: policy.to_owned(), items: items.collect() };
    let answer: EvaluatePolicyResponse = play.client.call(LEADERSHIP, request).await?;
    let results = answer.assessment.expect("an assessment").results;
    let id = leaf.criterion().id;
    Ok(results.iter().find(|result| result.criterion == id).expect("its outcome").outcome())
}

/// I-2: no default value is ever an answer.
#[tokio::test]
async fn whatever_is_left_out_of_the_data_set_is_unknown_to_a_policy_and_whatever_is_given_is_known() {
    let play = Play::start().await;
    let leaves = Leaf::all();
    let mut criteria: Vec<_> = leaves.iter().map(Leaf::criterion).collect();
    criteria[0].required = true;
    let publish = ask!(PublishPolicyRequest { criteria: criteria, description: "asks about everything" });
    let policy = play.ok::<_, Policy>(PROGRAM, publish).await.name;
    for leaf in &leaves {
        let given = outcome(&play, &policy, leaf, Some(leaf.whole())).await.expect(&leaf.path);
        assert_eq!(given, CriterionOutcome::Pass, "{} is given", leaf.path);
        match outcome(&play, &policy, leaf, leaf.without()).await {
            Ok(left_out) => assert_eq!(left_out, CriterionOutcome::Unknown, "{} is left out", leaf.path),
            // A part that an item cannot be without is told.
            Err(status) => assert_eq!(bad_fields(&status), [format!("items[0].{}", leaf.path)]),
        }
    }
    play.stop().await;
}

/// The ways from a request to each of its times.
fn times(message: &MessageDescriptor) -> Vec<Vec<FieldDescriptor>> {
    let mut ways = Vec::new();
    for field in message.fields() {
        let Kind::Message(inner) = field.kind() else { continue };
        if inner.full_name() == "google.protobuf.Timestamp" {
            ways.push(vec![field]);
        } else {
            ways.extend(times(&inner).into_iter().map(|way| [vec![field.clone()], way].concat()));
        }
    }
    ways
}

/// Puts the time where `way` leads; lists and messages on it get one element.
fn put_time(message: &mut DynamicMessage, way: &[FieldDescriptor], (seconds, nanos): (i64, i32)) {
    let [field, rest @ ..] = way else {
        message.set_field_by_name("seconds", Value::I64(seconds));
        message.set_field_by_name("nanos", Value::I32(nanos));
        return;
    };
    let Kind::Message(kind) = field.kind() else { panic!("{} leads nowhere", field.full_name()) };
    let mut inner = match message.get_field(field).into_owned() {
        Value::Message(inner) => inner,
        Value::List(list) => {
            let first = list.first().and_then(Value::as_message);
            first.cloned().unwrap_or_else(|| example(&kind))
        }
        other => panic!("{other:?}"),
    };
    put_time(&mut inner, rest, (seconds, nanos));
    let inner = Value::Message(inner);
    message.set_field(field, if field.is_list() { Value::List(vec![inner]) } else { inner });
}

/// The first and the last second of the wire's times.
const WIRE: (i64, i64) = (-62_135_596_800, 253_402_300_799);

#[tokio::test]
async fn every_time_in_a_request_is_of_the_years_1_to_9999() {
    let product = Product::start().await;
    let wire = Wire::to(&product);
    let mut tried = 0;
    for method in METHODS.iter() {
        let who = Actor { role: method.roles[0].clone().leak(), ..OPERATOR };
        for way in times(&method.input) {
            let send = async |time| {
                let mut request = method.example(&format!("time-{tried}-{time:?}").replace(' ', ""));
                put_time(&mut request, &way, time);
                wire.send_as(who, &method.path(), request.encode_to_vec()).await
            };
            let name = way.last().expect("a field").name();
            for time in
                [(WIRE.0 - 1, 0), (WIRE.1 + 1, 0), (i64::MIN, 0), (i64::MAX, 0), (0, -1), (0, 1_000_000_000)]
            {
                let status = send(time).await.expect_err("it is no time");
                let told = bad_fields(&status).iter().any(|field| field.ends_with(name));
                assert!(
                    status.code() == Code::InvalidArgument && told,
                    "{} {name} {time:?}: {status:?}",
                    method.path()
                );
            }
            for time in [(WIRE.0, 0), (WIRE.1, 999_999_999), (WIRE.1 - 80_000, 0), (-1, 999_999_999)] {
                // Nothing is learnt in the future.
                let is_future = name == "learnt_time" && time.0 > 0;
                let status = match send(time).await {
                    Ok(_) if is_future => panic!("{} {name} {time:?} is taken", method.path()),
                    Ok(_) => continue,
                    Err(status) => status,
                };
                let told = bad_fields(&status).iter().any(|field| field.ends_with("learnt_time"));
                let code = status.code();
                let proper = told == is_future && !matches!(code, Code::Unavailable | Code::Internal);
                assert!(proper, "{} {name} {time:?}: {status:?}", method.path());
            }
            tried += 1;
        }
    }
    assert!(tried >= 5, "{tried} times");
    product.stop().await;
}

#[tokio::test]
async fn a_time_that_may_be_told_is_read_back_as_it_was_told() {
    let play = Play::start().await;
    let open = ask!(OpenCaseRequest { customer: "Contoso", tenant: "contoso.example" });
    let name = play.ok::<_, Case>(GATEWAY, open).await.name;
    for (seconds, nanos) in [(WIRE.0, 0), (-1, 999_999_000), (0, 1_000), (1_570_000_000, 0)] {
        let told = prost_types::Timestamp { seconds, nanos };
        let licences = DataItem { learnt_time: Some(told), ..item(Fact::LicenceCount(150)) };
        let record = ask!(RecordResearchRequest { name: name.clone(), items: vec![licences] });
        let _: Case = play.ok(GATEWAY, record).await;
        let case: Case = play.ok(GATEWAY, GetCaseRequest { name: name.clone() }).await;
        let kept =
            case.items.iter().find(|item| matches!(item.fact, Some(Fact::LicenceCount(_)))).expect("it");
        assert_eq!(kept.learnt_time, Some(told));
    }
    play.stop().await;
}

/// The methods that answer with what fits a question.
fn lists() -> impl Iterator<Item = &'static Method> {
    METHODS.iter().filter(|method| ["List", "Watch"].iter().any(|verb| method.name.starts_with(verb)))
}

fn is_of_people(method: &Method, field: &str) -> bool {
    ["assignee", "author"].contains(&field) || (method.name == "ListEngagements" && field == "person")
}

const SYSTEM: i32 = Role::Service as i32;

/// An empty answer to a name that nothing could have would read as if somebody had done nothing.
#[tokio::test]
async fn a_filter_that_can_name_nothing_is_an_invalid_argument() {
    let product = Product::start().await;
    let wire = Wire::to(&product);
    let mut tried = BTreeSet::new();
    for method in lists() {
        let who = Actor { role: method.roles[0].clone().leak(), ..OPERATOR };
        for field in method.input.fields() {
            let nothing = match field.kind() {
                Kind::String if field.name() == "tenant" => {
                    ["no tenant", "-gw-", "a..b"].map(|text| Value::String(text.into()))
                }
                // Tasks, notes and the seats of engagements are people's.
                Kind::String if is_of_people(method, field.name()) => {
                    ["gw", "services/crm", "people/GW"].map(|text| Value::String(text.into()))
                }
                Kind::String => ["gw", "no name/at all", "people/GW"].map(|text| Value::String(text.into())),
                // Nothing waits for a system.
                Kind::Enum(_) if method.name == "ListDuties" => [-1, 99, SYSTEM].map(Value::EnumNumber),
                Kind::Enum(_) => [-1, 99, 1_000].map(Value::EnumNumber),
                _ => continue,
            };
            for value in nothing {
                let mut request = DynamicMessage::new(method.input.clone());
                request.set_field(&field, value.clone());
                let answer = wire.send_as(who, &method.path(), request.encode_to_vec()).await;
                let Err(status) = answer else {
                    panic!("{} {} = {value:?} is answered", method.path(), field.name())
                };
                assert_eq!(
                    status.code(),
                    Code::InvalidArgument,
                    "{} {} = {value:?}",
                    method.path(),
                    field.name()
                );
                let is_it = |bad: &String| bad.split('[').next() == Some(field.name());
                assert!(bad_fields(&status).iter().any(is_it), "{status:?}");
            }
            tried.insert(format!("{}.{}", method.name, field.name()));
        }
    }
    assert!(tried.contains("ListAuditEntries.person") && tried.len() > 25, "{tried:?}");
    product.stop().await;
}

fn is_text(method: &Method, filter: &str) -> bool {
    method.input.get_field_by_name(filter).is_some_and(|field| field.kind() == Kind::String)
}

/// A name that something of another service has is one that nothing here could have; a method that there is not may be asked
/// for, because refusals keep it.
#[tokio::test]
async fn a_filter_by_what_another_service_keeps_is_an_invalid_argument() {
    let product = Product::start().await;
    let wire = Wire::to(&product);
    let mut tried = BTreeSet::new();
    for method in lists() {
        let who = Actor { role: method.roles[0].clone().leak(), ..OPERATOR };
        let (ours, others): (Vec<_>, Vec<_>) = match method.service.as_str() {
            INTAKE => (vec!["cases", "policies"], vec!["engagements", "files", "notes", "tasks"]),
            ENGAGEMENT => (vec!["engagements"], vec!["cases", "policies", "files", "notes", "tasks"]),
            _ => (vec!["engagements", "files", "notes", "tasks"], vec!["cases", "policies"]),
        };
        let resource = |collection: &str| format!("{collection}/{NOWHERE}");
        let mut good: Vec<_> = ours.into_iter().map(|of| ("resource", resource(of))).collect();
        let mut bad: Vec<_> = others.into_iter().map(|of| ("resource", resource(of))).collect();
        for service in [INTAKE, ENGAGEMENT, TASKS] {
            let named = ("method", format!("{service}/Nobody"));
            if service == method.service { good.push(named) } else { bad.push(named) }
        }
        bad.push(("method", "made.Up/Thing".to_owned()));
        let filters = good.into_iter().map(|it| (it, true)).chain(bad.into_iter().map(|it| (it, false)));
        for ((filter, name), is_good) in filters.filter(|((filter, _), _)| is_text(method, filter)) {
            let mut request = DynamicMessage::new(method.input.clone());
            request.set_field_by_name(filter, Value::String(name.clone()));
            let answer = wire.send_as(who, &method.path(), request.encode_to_vec()).await;
            let told = answer.err().map(|status| (status.code(), bad_fields(&status)));
            let expected = (!is_good).then(|| (Code::InvalidArgument, vec![filter.to_owned()]));
            assert_eq!(told, expected, "{} {filter} = {name}", method.path());
            tried.insert(format!("{}.{filter}", method.name));
        }
    }
    let expected =
        ["ListDuties", "ListEvents", "WatchEvents", "ListAuditEntries"].map(|it| format!("{it}.resource"));
    assert_eq!(tried, expected.into_iter().chain(["ListAuditEntries.method".to_owned()]).collect());
    product.stop().await;
}

#[tokio::test]
async fn a_span_of_time_that_ends_before_it_begins_is_refused() {
    let play = Play::start().await;
    let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    let question = ListAuditEntriesRequest { from_time: at(1), until_time: at(1), ..Default::default() };
    let path = format!("/{INTAKE}/ListAuditEntries");
    let answer =
        play.client.call_at::<_, proto::common::v1::ListAuditEntriesResponse>(AUDITOR, &path, question).await;
    assert_eq!(bad_fields(&answer.expect_err("nothing can be of it")), ["until_time"]);
    play.stop().await;
}

/// I-20, I-25.
#[tokio::test]
async fn a_tenant_is_one_however_it_is_written() {
    let play = Play::start().await;
    let guid = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    let tenants: [(&str, &[&str]); 3] = [
        (
            "contoso.onmicrosoft.com",
            &["CONTOSO.onmicrosoft.com.", "ｃontoso。onmicrosoft.com", " con\u{200b}toso.onmicrosoft.com "],
        ),
        ("xn--mnchen-3ya.example", &["München.example", "MU\u{308}NCHEN.example.", "XN--MNCHEN-3YA.example"]),
        (guid, &["{72F988BF-86F1-41AF-91AB-2D7CD011DB47}", "72f988bf86f141af91ab2d7cd011db47"]),
    ];
    for (form, others) in tenants {
        let open = ask!(OpenCaseRequest { customer: "Contoso", tenant: others[0] });
        let case: Case = play.ok(GATEWAY, open).await;
        assert_eq!(case.tenant, form);
        for other in others.iter().chain([&form]) {
            let open = ask!(OpenCaseRequest { customer: "Contoso", tenant: *other });
            play.refused(GATEWAY, open, Code::AlreadyExists, &["CASE_ALREADY_OPEN"]).await;
            let list = ListCasesRequest { tenant: (*other).to_owned(), ..ListCasesRequest::default() };
            let found: ListCasesResponse = play.ok(GATEWAY, list).await;
            assert_eq!(
                found.cases.iter().map(|case| &case.name).collect::<Vec<_>>(),
                [&case.name],
                "{other}"
            );
            let tenant = item(Fact::Tenant((*other).to_owned()));
            let record = ask!(RecordResearchRequest { name: case.name.clone(), items: vec![tenant] });
            let _: Case = play.ok(GATEWAY, record).await;
        }
    }
    let (short, long) = (&guid[..35], format!("{guid}0"));
    for none in [
        short,
        &long,
        "127.0.0.1",
        "the tenant",
        "https://contoso.com",
        "contoso..com",
        "-.com",
        "a@contoso.com",
    ] {
        let open = ask!(OpenCaseRequest { customer: "Contoso", tenant: none });
        let status =
            play.refused(GATEWAY, open, Code::InvalidArgument, &["INVALID_REQUEST", "FIELD_MALFORMED"]).await;
        assert_eq!(bad_fields(&status), ["tenant"]);
    }
    play.stop().await;
}

/// Writes the tenant of a row as an earlier release took it for another.
fn rewrite(state: &State, service: &str, table: &str, tenant: &str, another_way: &str) {
    let json = match Engine::here() {
        Engine::Sqlite => "text",
        Engine::Postgres => "jsonb",
    };
    let statement = format!(
        "UPDATE {table} SET state = CAST(replace(CAST(state AS text), '{tenant}', '{another_way}') AS {json}), \
         tenant = '{another_way}', live_tenant = '{another_way}' WHERE tenant = '{tenant}'"
    );
    state.execute(service, &statement);
}

/// The resources of which an operator is told that others are of the same tenant.
async fn told_twice(play: &Play, service: &str) -> Vec<String> {
    let all = play.duties(service, "", "").await.into_iter();
    let told: BTreeSet<_> =
        all.filter(|duty| duty.action == "SETTLE_TENANT").map(|duty| duty.resource).collect();
    told.into_iter().collect()
}

/// I-25: what an earlier release took for two tenants goes on, is told to an operator, and gets no third.
#[tokio::test]
async fn two_live_cases_and_engagements_of_one_tenant_that_was_written_in_two_ways_are_told_and_not_lost() {
    let play = Play::start().await;
    let mut cases = Vec::new();
    for tenant in ["contoso.example", "fabrikam.example"] {
        let case: Case =
            play.ok(GATEWAY, ask!(OpenCaseRequest { customer: "Contoso", tenant: tenant })).await;
        cases.push(case.name);
    }
    let mut engagements =
        vec![play.assigned("northwind.example").await, play.assigned("tailspin.example").await];
    let state = play.leave().await;
    rewrite(&state, "intake", "cases", "fabrikam.example", "contoso.example.");
    rewrite(&state, "engagement", "engagements", "tailspin.example", "northwind.example.");
    let play = Play::on(Product::on(state, getmodern::services()).await);

    cases.sort_unstable();
    engagements.sort_unstable();
    assert_eq!(
        (told_twice(&play, INTAKE).await, told_twice(&play, ENGAGEMENT).await),
        (cases.clone(), engagements.clone())
    );
    let list = ListCasesRequest { tenant: "CONTOSO.example".to_owned(), ..ListCasesRequest::default() };
    assert_eq!(play.ok::<_, ListCasesResponse>(GATEWAY, list).await.cases.len(), 2);
    let list = ListEngagementsRequest { tenant: "northwind.example.".to_owned(), ..Default::default() };
    assert_eq!(play.ok::<_, ListEngagementsResponse>(PROGRAM, list).await.engagements.len(), 2);

    let third = || ask!(OpenCaseRequest { customer: "Contoso", tenant: "contoso.example" });
    play.refused(GATEWAY, third(), Code::AlreadyExists, &["CASE_ALREADY_OPEN"]).await;
    for name in &cases {
        let licences = item(Fact::LicenceCount(150));
        let _: Case =
            play.ok(GATEWAY, ask!(RecordResearchRequest { name: name.clone(), items: vec![licences] })).await;
    }
    assert_eq!(told_twice(&play, INTAKE).await, cases);
    for (name, left) in cases.iter().zip([1, 0]) {
        let _: Case =
            play.ok(GATEWAY, ask!(DisengageCaseRequest { name: name.clone(), cause: "opened twice" })).await;
        assert_eq!(told_twice(&play, INTAKE).await, Vec::<String>::new());
        if left == 1 {
            play.refused(GATEWAY, third(), Code::AlreadyExists, &["CASE_ALREADY_OPEN"]).await;
        }
    }
    let _: Case = play.ok(GATEWAY, third()).await;

    let third = || {
        ask!(AssignEngagementRequest {
            customer: "Northwind",
            tenant: "northwind.example",
            aim: "off Windows 7",
            gmfta: GMFTA.person
        })
    };
    play.refused(PROGRAM, third(), Code::AlreadyExists, &["ENGAGEMENT_IN_PROGRESS"]).await;
    for name in &engagements {
        let disposition = Disposition::Closed;
        let cancel = ask!(CancelEngagementRequest {
            name: name.clone(),
            disposition: disposition,
            cause: "begun twice"
        });
        let _: Engagement = play.ok(PROGRAM, cancel).await;
        assert_eq!(told_twice(&play, ENGAGEMENT).await, Vec::<String>::new());
    }
    let _: Engagement = play.ok(PROGRAM, third()).await;
    play.stop().await;
}

#[tokio::test]
async fn a_text_is_what_somebody_can_read() {
    let play = Play::start().await;
    let mut names = 0;
    let mut open = |customer: &str| {
        names += 1;
        ask!(OpenCaseRequest { customer: customer, tenant: format!("customer-{names}.example") })
    };
    for kept in [
        "شرکت نمونه\u{200c}ها",
        "क्\u{200d}ष",
        "Team 👩\u{200d}💻 ❤\u{fe0f}",
        "שלום C#\u{200f}",
        "北京（中国）",
    ] {
        let case: Case = play.ok(GATEWAY, open(kept)).await;
        assert_eq!(case.customer, kept);
    }
    for (given, kept) in
        [("Cafe\u{301} Contoso", "Café Contoso"), ("\u{feff}Con\u{ad}to\u{200b}so", "Contoso")]
    {
        let case: Case = play.ok(GATEWAY, open(given)).await;
        assert_eq!(case.customer, kept);
    }
    for nothing in ["\u{200b}", " \u{200d}\u{2060}", "\u{3000}\u{2800}"] {
        play.refused(GATEWAY, open(nothing), Code::InvalidArgument, &["INVALID_REQUEST", "FIELD_REQUIRED"])
            .await;
    }
    let moved = play
        .refused(
            GATEWAY,
            open("Ada\u{202e}oso"),
            Code::InvalidArgument,
            &["INVALID_REQUEST", "FIELD_UNREADABLE"],
        )
        .await;
    assert!(
        moved.message().contains("U+202E") && moved.message().contains("character 4"),
        "{}",
        moved.message()
    );
    assert_eq!(bad_fields(&moved), ["customer"]);
    play.stop().await;
}

#[tokio::test]
async fn a_name_is_one_line_and_a_longer_text_may_be_several() {
    let play = Play::start().await;
    let open = |customer: &str| ask!(OpenCaseRequest { customer: customer, tenant: "contoso.example" });
    for (name, told) in [
        ("Con\ntoso", "U+000A, a line break"),
        ("Con\rtoso", "U+000D, a line break"),
        ("Con\ttoso", "U+0009, a tab"),
        ("Con\u{2028}toso", "U+2028, a line break"),
        ("Con\u{2029}toso", "U+2029, a line break"),
        ("Con\u{b}toso", "U+000B, a control character"),
        ("Con\u{85}toso", "U+0085, a control character"),
    ] {
        let reasons = ["INVALID_REQUEST", "FIELD_UNREADABLE"];
        let status = play.refused(GATEWAY, open(name), Code::InvalidArgument, &reasons).await;
        assert_eq!(bad_fields(&status), ["customer"]);
        let told = format!("{told}, at character 4");
        assert!(status.message().contains(&told), "{}", status.message());
    }
    let case: Case = play.ok(GATEWAY, open("Contoso")).await;
    let lines = "a duplicate:\r\n\tof the case before";
    let case: Case = play.ok(GATEWAY, ask!(DisengageCaseRequest { name: case.name, cause: lines })).await;
    assert_eq!(case.cause, lines);
    play.stop().await;
}

#[tokio::test]
async fn a_name_of_several_lines_that_an_earlier_release_took_is_shown_and_goes_on() {
    let play = Play::start().await;
    let case: Case =
        play.ok(GATEWAY, ask!(OpenCaseRequest { customer: "Contoso", tenant: "contoso.example" })).await;
    let source =
        DataItem { source: "account team".to_owned(), ..item(Fact::DeliveryPartner("Fabrikam".to_owned())) };
    let record = ask!(RecordResearchRequest { name: case.name.clone(), items: vec![source] });
    let _: Case = play.ok(GATEWAY, record).await;
    let state = play.leave().await;
    break_lines(&state, &["Contoso", "account team", "Fabrikam"]);
    let play = Play::on(Product::on(state, getmodern::services()).await);

    let kept: Case = play.ok(GATEWAY, GetCaseRequest { name: case.name.clone() }).await;
    assert_eq!(
        (kept.customer.as_str(), kept.items[0].source.as_str()),
        ("Contoso\nnext", "account team\nnext")
    );
    let licences = item(Fact::LicenceCount(150));
    let record = ask!(RecordResearchRequest { name: case.name.clone(), items: vec![licences] });
    let _: Case = play.ok(GATEWAY, record).await;
    let end = ask!(DisengageCaseRequest { name: case.name, cause: "the program team has them" });
    let _: Case = play.ok(GATEWAY, end).await;
    let assigned = play.assigned("contoso.example").await;
    let engagement = GetEngagementRequest { name: assigned };
    let engagement: Engagement = play.ok(LEADERSHIP, engagement).await;
    let sources: BTreeSet<_> = engagement.items.iter().map(|item| item.source.as_str()).collect();
    assert!(sources.contains("account team\nnext"), "prefilled: {sources:?}");
    play.stop().await;
}

/// Writes these texts of intake's rows as an earlier release took them, with a line break.
fn break_lines(state: &State, texts: &[&str]) {
    let json = match Engine::here() {
        Engine::Sqlite => "text",
        Engine::Postgres => "jsonb",
    };
    for text in texts {
        let statement = format!(
            r#"UPDATE cases SET state = CAST(replace(CAST(state AS text), '"{text}"', '"{text}\nnext"') AS {json})"#
        );
        state.execute("intake", &statement);
    }
}

/// I-12: distinct to whoever looks at them.
#[tokio::test]
async fn a_pilot_is_of_devices_that_can_be_told_apart() {
    let play = Play::start().await;
    let name = play.delivering("contoso").await;
    let alike = ["pc-1", "pc\u{200d}-1", "PC-1", "рс-1", "pc\u{2011}1"].map(str::to_owned);
    let doubled = ask!(PlanPilotRequest { name: name.clone(), devices: alike.to_vec() });
    play.refused(GMFTA, doubled, Code::InvalidArgument, &["PILOT_PLAN_REFUSED", "DEVICE_REPEATED"]).await;
    let start = ask!(StartPilotRequest { name: name.clone(), devices: alike.to_vec() });
    play.refused(
        GMFTA,
        start,
        Code::InvalidArgument,
        &["PILOT_NOT_READY", "DEVICE_REPEATED", "PILOT_NOT_PLANNED"],
    )
    .await;
    let capitals = ["HM-1", "НM-1", "HМ-1", "ΗM-1", "hm-1"].map(str::to_owned);
    let doubled = ask!(PlanPilotRequest { name: name.clone(), devices: capitals.to_vec() });
    play.refused(GMFTA, doubled, Code::InvalidArgument, &["PILOT_PLAN_REFUSED", "DEVICE_REPEATED"]).await;
    let apart = ["pc-1", "pc-l", "pc-i", "pc-o", "pc-0"].map(str::to_owned);
    let _: Engagement = play.ok(GMFTA, ask!(PlanPilotRequest { name: name, devices: apart.to_vec() })).await;
    play.stop().await;
}

#[tokio::test]
async fn a_name_is_erased_however_it_was_typed_and_what_is_not_found_is_told() {
    let mut world = World::new().await;
    let spellings = ["Jose\u{301} O’Brien", "JOSÉ O'BRIEN", "José\u{a0}O'Brien", "jos\u{200d}é oʼbrien"];
    for (number, spelling) in spellings.iter().enumerate() {
        let tenant = format!("customer-{number}.example");
        let open = OpenCaseRequest { customer: "Contoso".to_owned(), tenant, ..OpenCaseRequest::default() };
        let case: Case = world.act(GATEWAY, open).await;
        let note = format!("ask {spelling} first");
        let flight = DataItem { source: note, ..item(Fact::WorkInFlight("none".to_owned())) };
        let record =
            RecordResearchRequest { name: case.name.clone(), items: vec![flight], ..Default::default() };
        let _: Case = world.act(GATEWAY, record).await;
        let unfound = world.erase(INTAKE, &case.name, "Joseph O'Brien").await;
        assert_eq!((unfound.erased_texts, unfound.not_found.as_slice()), (0, &[0][..]));
        assert!(unfound.notice.contains("nothing was erased"), "{}", unfound.notice);
        let erased = world.erase(INTAKE, &case.name, "José  O'Brien\u{202e}").await;
        assert!(erased.erased_texts > 0 && erased.not_found.is_empty(), "{spelling}: {erased:?}");
        assert_eq!(erased.notice, "");
        let case: Case = world.ask(GetCaseRequest { name: case.name }).await;
        assert!(!format!("{case:?}").to_lowercase().contains("brien"), "{case:?}");
    }
    world.end().await;
}

/// A text that hides something or moves what others see, in any text there is.
#[tokio::test]
async fn what_hides_in_any_text_is_an_invalid_argument() {
    let product = Product::start().await;
    let wire = Wire::to(&product);
    let mut taken = Vec::new();
    for method in METHODS.iter() {
        let who = Actor { role: method.roles[0].clone().leak(), ..OPERATOR };
        // A search for texts to erase leaves out the characters that nobody sees.
        let ways = crate::bounds::text::texts(&method.input).into_iter();
        for way in ways.filter(|way| way.last().is_some_and(|field| field.name() != "texts")) {
            let mut request = method.example("hidden");
            put(&mut request, &way, "people/a\u{202e}b");
            let answer = wire.send_as(who, &method.path(), request.encode_to_vec()).await;
            let code = answer.err().map(|status| (status.code(), reason(&status)));
            if code.as_ref().is_none_or(|(code, _)| *code != Code::InvalidArgument) {
                let names: Vec<_> = way.iter().map(FieldDescriptor::name).collect();
                taken.push((method.path(), names.join("."), code));
            }
        }
    }
    assert!(taken.is_empty(), "{taken:#?}");
    product.stop().await;
}
