//! How long each text of a request may be, whether it is one line, and how many there may be of what there are several: at the
//! bound it is taken, one past it is refused.

use expect_test::expect_file;
use futures::{StreamExt, stream};
use getmodern::client::Actor;
use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, Value};
use tests::Product;
use tonic::Status;
use tonic_types::StatusExt;

use crate::{
    bounds::{
        text::{put, texts},
        violations::{fill, repeated},
    },
    catalogue::{METHODS, Method, example},
    hostile::OPERATOR,
    wire::Wire,
};

/// Longer than any text, and more than of anything there may be; the message is still one that is read.
const FAR: usize = 100_000;
/// The unit of a text.
const CHARACTERS: &str = "characters";
/// Fields that are tried at once.
const AT_ONCE: usize = 8;

/// How to make a request too long.
type Stretch = fn(&mut DynamicMessage, &[FieldDescriptor], usize);

fn long(request: &mut DynamicMessage, way: &[FieldDescriptor], length: usize) {
    put(request, way, &"a".repeat(length));
}

/// Two lines, and a tab.
fn lines(request: &mut DynamicMessage, way: &[FieldDescriptor], _: usize) {
    put(request, way, "one\ttwo\nthree");
}

/// Puts one where a list of messages is empty, so that nothing is missing but what is stretched.
fn furnish(request: &mut DynamicMessage, field: &FieldDescriptor) {
    if let (Kind::Message(kind), true, false) = (field.kind(), field.is_list(), request.has_field(field)) {
        request.set_field(field, Value::List(vec![Value::Message(example(&kind))]));
    }
}

/// What is wrong with the form of a request, if anything: the reason for each field, and which.
fn faults(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let faults = details.bad_request().into_iter().flat_map(|bad| &bad.field_violations);
    let unmet = details.precondition_failure().into_iter().flat_map(|failure| &failure.violations);
    let unmet = unmet.map(|one| format!("{}: {}", one.r#type, one.subject));
    faults.map(|fault| format!("{}: {}", fault.description, fault.field)).chain(unmet).collect()
}

/// The bound that a refusal names: `customer may have 200 characters at most`.
fn bound(status: &Status) -> Option<usize> {
    faults(status).iter().find(|fault| fault.starts_with("FIELD_TOO_LONG"))?;
    let told = status.message().split_once(" may have ")?.1;
    told.split(' ').next()?.parse().ok()
}

struct Asked {
    wire: Wire,
    method: &'static Method,
    way: Vec<FieldDescriptor>,
    stretch: Stretch,
    unit: &'static str,
}

impl Asked {
    /// What comes of it when it is this long.
    async fn at(&self, stretch: Stretch, length: usize) -> Result<Vec<u8>, Status> {
        let who = Actor { role: self.method.roles[0].clone().leak(), ..OPERATOR };
        let mut request = self.method.example(&format!("{}-{length}", self.way[0].name()));
        furnish(&mut request, &self.way[0]);
        stretch(&mut request, &self.way, length);
        self.wire.send_as(who, &self.method.path(), request.encode_to_vec()).await
    }

    async fn bound(&self, length: usize) -> Option<usize> {
        bound(&self.at(self.stretch, length).await.err()?)
    }

    /// Its bound, which holds to the one; or how it is refused by its form.
    async fn told(&self) -> String {
        let Some(most) = self.bound(FAR).await else { return self.otherwise().await };
        assert_eq!(self.bound(most).await, None, "{} {most} are taken", self.name());
        assert_eq!(self.bound(most + 1).await, Some(most), "{} one more is not", self.name());
        let of_lines = if self.unit == CHARACTERS && self.is_line().await { " in one line" } else { "" };
        format!("{most} {}{of_lines}", self.unit)
    }

    /// Whether a text of several lines is refused for that.
    async fn is_line(&self) -> bool {
        let status = self.at(lines, 0).await.err();
        let field = self.way.last().map(FieldDescriptor::name).unwrap_or_default();
        let is_its = |fault: &String| fault.starts_with("FIELD_UNREADABLE") && fault.contains(field);
        status.is_some_and(|status| faults(&status).iter().any(is_its))
    }

    async fn otherwise(&self) -> String {
        let status = self.at(self.stretch, FAR).await.expect_err(&self.name());
        let faults = faults(&status);
        let field = self.way.last().map(FieldDescriptor::name).unwrap_or_default();
        let its = faults.iter().find(|fault| fault.contains(field));
        let first = its.and_then(|fault| fault.split(':').next()).unwrap_or_default();
        assert!(!first.is_empty(), "{} may be as long as it likes: {status:?}", self.name());
        format!("by its form ({first})")
    }

    fn name(&self) -> String {
        let names: Vec<_> = self.way.iter().map(FieldDescriptor::name).collect();
        format!("{} {}", self.method.name, names.join("."))
    }
}

/// A line of the page.
enum Line {
    Method(&'static Method),
    Field(Asked),
}

impl Line {
    async fn told(self) -> String {
        match self {
            Self::Method(method) => format!("{}\n", method.path()),
            Self::Field(asked) => {
                let names: Vec<_> = asked.way.iter().map(FieldDescriptor::name).collect();
                format!("    {}: {}\n", names.join("."), asked.told().await)
            }
        }
    }
}

#[tokio::test]
async fn every_text_and_every_list_of_a_request_has_a_bound_that_holds_to_the_one() {
    let product = Product::with(|settings| settings.limits.rate_per_person = 1_000_000).await;
    let wire = Wire::to(&product);
    let lines = METHODS.iter().flat_map(|method| {
        let texts = texts(&method.input).into_iter().map(|way| (way, long as Stretch, CHARACTERS));
        let lists = repeated(&method.input).into_iter().map(|way| (way, fill as Stretch, "of them"));
        let wire = wire.clone();
        let asked = move |(way, stretch, unit)| Asked { wire: wire.clone(), method, way, stretch, unit };
        std::iter::once(Line::Method(method)).chain(texts.chain(lists).map(asked).map(Line::Field))
    });
    let page: Vec<String> = stream::iter(lines).map(Line::told).buffered(AT_ONCE).collect().await;
    expect_file!["lengths.txt"].assert_eq(&page.concat());
    product.stop().await;
}
