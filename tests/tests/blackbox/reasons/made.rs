//! The reasons that the sources give to refusals: followed from where a refusal or its `ErrorInfo` is made to where the text stands.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use syn::{Expr, Lit, Pat, Stmt};

use super::scopes::{Source, named};
use crate::pages::files;

/// The functions that make a refusal, with the place of the reason among their arguments.
const SINKS: [(&str, usize); 3] = [(".set_error_info", 0), ("Refusal {}", 0), ("Refusal::new", 2)];

/// One crate, and the functions that make refusals there.
struct Crate {
    sources: Vec<Source>,
    makers: BTreeMap<String, usize>,
    made: BTreeSet<String>,
    unknown: BTreeSet<String>,
}

/// The place from which a value is followed.
#[derive(Clone, Copy)]
struct At<'a> {
    source: &'a Source,
    scope: usize,
    /// The part of a tuple.
    part: Option<usize>,
    /// Steps that are left, since a name may be given anew by itself.
    left: usize,
}

/// The reasons that all services can give.
pub(super) fn reasons() -> BTreeSet<String> {
    let services = Path::new(env!("CARGO_MANIFEST_DIR")).join("../services");
    let manifests = files(&services, "Cargo.toml");
    let folders = manifests.iter().map(|manifest| manifest.with_file_name("src"));
    let crates = folders.filter(|folder| !folder.to_string_lossy().contains("all-in-one"));
    let mut all = BTreeSet::new();
    for folder in crates {
        let found = Crate::read(&folder).reasons();
        all.extend(found);
    }
    all
}

impl Crate {
    fn read(folder: &Path) -> Self {
        let files = files(folder, ".rs").into_iter().filter(|file| !file.ends_with("tests.rs"));
        let makers = SINKS.into_iter().chain([("Refusal::if_any", 2)]);
        Self {
            sources: files.map(Source::read).collect(),
            makers: makers.map(|(name, at)| (name.to_owned(), at)).collect(),
            made: BTreeSet::new(),
            unknown: BTreeSet::new(),
        }
    }

    /// Follows until no further function is found that passes a reason on.
    fn reasons(mut self) -> BTreeSet<String> {
        let sources = std::mem::take(&mut self.sources);
        let mut before = 0;
        while before != self.makers.len() {
            before = self.makers.len();
            for source in &sources {
                (0..source.scopes.len()).for_each(|scope| self.look(&sources, source, scope));
            }
        }
        assert!(self.unknown.is_empty(), "where do these come from? {:#?}", self.unknown);
        self.made
    }

    fn look(&mut self, sources: &[Source], source: &Source, scope: usize) {
        for (what, with) in &source.scopes[scope].uses {
            let maker = self.makers.get(&inside(source, Some(scope), what)).or_else(|| self.makers.get(what));
            let reason = maker.and_then(|at| with.get(*at));
            if let Some(reason) = reason {
                self.follow(sources, reason, At { source, scope, part: None, left: 8 });
            }
        }
    }

    fn follow(&mut self, sources: &[Source], value: &Expr, at: At<'_>) {
        if at.left == 0 {
            return;
        }
        match value {
            Expr::Lit(text) => self.text(&text.lit),
            Expr::Tuple(tuple) => {
                let part = at.part.and_then(|part| tuple.elems.get(part));
                if let Some(part) = part {
                    self.follow(sources, part, At { part: None, ..at });
                }
            }
            Expr::Path(path) => self.name(sources, &path.path, at),
            Expr::MethodCall(call) => self.value_of(sources, &format!("::{}", call.method), at),
            // A refusal that is made elsewhere had its reason there, and what returns gives no value here.
            Expr::Field(_) | Expr::Return(_) => {}
            other => {
                let inner = inner(other);
                if inner.is_empty() {
                    self.unknown(at);
                }
                for inner in inner {
                    self.follow(sources, inner, at);
                }
            }
        }
    }

    fn unknown(&mut self, at: At<'_>) {
        let function = &at.source.scopes[at.scope].name;
        self.unknown.insert(format!("{}: {function}", at.source.path.display()));
    }

    fn text(&mut self, lit: &Lit) {
        if let Lit::Str(text) = lit {
            self.made.insert(text.value());
        }
    }

    /// Follows the values of the functions of this name in the same file.
    fn value_of(&mut self, sources: &[Source], name: &str, at: At<'_>) {
        let all = at.source.scopes.iter().enumerate();
        let found: Vec<_> = all.filter(|(_, scope)| scope.name.ends_with(name)).collect();
        if found.is_empty() {
            self.unknown(at);
        }
        for (scope, found) in found {
            let at = At { scope, left: at.left - 1, ..at };
            found.value.iter().for_each(|value| self.follow(sources, value, at));
        }
    }

    fn name(&mut self, sources: &[Source], path: &syn::Path, at: At<'_>) {
        let name = path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        let next = At { left: at.left - 1, ..at };
        if name == name.to_uppercase() {
            let own = constant(at.source, &name);
            let value = own.or_else(|| sources.iter().find_map(|source| constant(source, &name)));
            return value.into_iter().for_each(|value| self.follow(sources, value, next));
        }
        let scope = &at.source.scopes[at.scope];
        let passed = scope.parameters.iter().position(|parameter| *parameter == name);
        if let Some(passed) = passed {
            self.makers.entry(inside(at.source, scope.parent, &scope.name)).or_insert(passed);
        }
        let given: Vec<_> =
            scope.lets.iter().filter_map(|(pat, value)| Some((part(pat, &name)?, value))).collect();
        for (given, value) in &given {
            let part = if let Given::Part(part) = given { Some(*part) } else { at.part };
            self.follow(sources, value, At { part, ..next });
        }
        if let (None, true, Some(parent)) = (passed, given.is_empty(), scope.parent) {
            self.name(sources, path, At { scope: parent, ..next });
        }
    }
}

/// The name of a function; a closure is known in its function alone.
fn inside(source: &Source, parent: Option<usize>, name: &str) -> String {
    parent.map_or_else(|| name.to_owned(), |parent| format!("{}:{parent}:{name}", source.path.display()))
}

/// The part of a value that a pattern binds to a name.
enum Given {
    Whole,
    Part(usize),
}

fn part(pat: &Pat, name: &str) -> Option<Given> {
    if named(pat).as_deref() == Some(name) {
        return Some(Given::Whole);
    }
    let Pat::Tuple(tuple) = pat else { return None };
    tuple.elems.iter().position(|part| named(part).as_deref() == Some(name)).map(Given::Part)
}

fn constant<'a>(source: &'a Source, name: &str) -> Option<&'a Expr> {
    source.consts.iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// The expressions whose value it may have.
fn inner(value: &Expr) -> Vec<&Expr> {
    match value {
        Expr::If(either) => {
            let other = either.else_branch.iter().map(|(_, other)| &**other);
            last(&either.then_branch.stmts).into_iter().chain(other).collect()
        }
        Expr::Match(choice) => choice.arms.iter().map(|arm| &*arm.body).collect(),
        Expr::Block(block) => last(&block.block.stmts).into_iter().collect(),
        Expr::Paren(inner) => vec![&inner.expr],
        Expr::Reference(inner) => vec![&inner.expr],
        Expr::Unary(inner) => vec![&inner.expr],
        _ => Vec::new(),
    }
}

fn last(statements: &[Stmt]) -> Option<&Expr> {
    match statements.last() {
        Some(Stmt::Expr(value, _)) => Some(value),
        _ => None,
    }
}
