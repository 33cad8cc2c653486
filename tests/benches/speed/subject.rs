//! A product that is measured in every round: one process, and cases that callers change and read.

use std::sync::Arc;

use futures::{StreamExt, stream};
use prost::Message;
use proto::{
    common::v1::{Intent, data_item::Fact},
    intake::v1::{Case, GetCaseRequest, OpenCaseRequest, RecordResearchRequest},
};

use crate::{
    lines::Ask,
    load::{Load, Turn, turn},
    people::{People, key},
    product::{Product, Storage},
    story::{item, research},
    tokens::Issuer,
    world::{GATEWAY, LEADERSHIP, World},
};

/// The number of cases: as many as there are callers at most.
pub(crate) const CASES: usize = 256;
/// How many are opened at once.
const ABREAST: usize = 32;

/// A product that is measured in every round.
pub(crate) struct Subject {
    pub(crate) storage: Storage,
    pub(crate) product: Product,
    pub(crate) people: People,
    pub(crate) cases: Cases,
}

/// Cases, by name. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Cases {
    people: People,
    names: Arc<Vec<String>>,
}

impl Subject {
    pub(crate) async fn start(storage: Storage, issuer: &Issuer) -> Self {
        let people = People::of(issuer);
        let product = Product::start(&storage, issuer, &people).await;
        let cases = Cases::open(&product, &people, CASES).await;
        Self { storage, product, people, cases }
    }

    /// Transitions by so many callers, each on a case of their own.
    pub(crate) async fn transitions(&self, load: Load) -> Turn {
        let cases = self.cases.clone();
        turn(&self.product.lines, load, move |caller| cases.change(caller)).await
    }

    /// Somebody who tells customers' stories on it.
    pub(crate) fn world(&self, number: usize) -> World {
        World::new(self.product.lines.of(number), self.people.clone())
    }
}

impl Cases {
    /// Opens so many, each with all that research finds.
    pub(crate) async fn open(product: &Product, people: &People, count: usize) -> Self {
        let opened = stream::iter(0..count).map(|number| {
            let mut world = World::new(product.lines.of(number), people.clone());
            async move {
                let customer = key();
                let tenant = format!("{customer}.example");
                let open = OpenCaseRequest { customer, tenant, ..OpenCaseRequest::default() };
                let Case { name, .. } = world.act(GATEWAY, open).await;
                let items = research(Intent::Yes);
                let record = RecordResearchRequest { name, items, ..RecordResearchRequest::default() };
                let case: Case = world.act(GATEWAY, record).await;
                case.name
            }
        });
        let names = Arc::new(opened.buffer_unordered(ABREAST).collect().await);
        Self { people: people.clone(), names }
    }

    /// A transition of one of them: a fact that is recorded again, so that the case stays as large as it is.
    pub(crate) fn change(&self, which: usize) -> Ask {
        let name = self.names[which % self.names.len()].clone();
        let items = vec![item(Fact::LicenceCount(150))];
        let record =
            RecordResearchRequest { name, request_id: key(), items, ..RecordResearchRequest::default() };
        self.people.ask(GATEWAY, &record)
    }

    /// A read of one of them.
    pub(crate) fn read(&self, which: usize) -> Ask {
        let name = self.names[which % self.names.len()].clone();
        self.people.ask(LEADERSHIP, &GetCaseRequest { name })
    }

    /// One of them, as it is sent.
    pub(crate) async fn message(&self, product: &Product) -> Vec<u8> {
        let answer = product.lines.of(0).call(self.read(0)).await.expect("it is read");
        Case::decode(answer).expect("a case").encode_to_vec()
    }
}
