//! Sources as their functions: what each calls, what it names by `let`, and which parameters it has.

use std::{fs, path::PathBuf};

use syn::{
    Attribute, Block, Expr, ExprCall, ExprMethodCall, ExprStruct, File, FnArg, ImplItemConst, ImplItemFn,
    ItemConst, ItemFn, ItemImpl, ItemMod, Local, Pat, Signature, Type,
    visit::{self, Visit},
};

/// A function, or a closure with a name.
pub(super) struct Scope {
    /// Its name, behind its type where it has one.
    pub(super) name: String,
    pub(super) parameters: Vec<String>,
    /// The function that a closure stands in.
    pub(super) parent: Option<usize>,
    pub(super) lets: Vec<(Pat, Expr)>,
    /// Its calls and the structs that it makes, with their arguments.
    pub(super) uses: Vec<(String, Vec<Expr>)>,
    pub(super) value: Option<Expr>,
}

/// A source.
#[derive(Default)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) scopes: Vec<Scope>,
    pub(super) consts: Vec<(String, Expr)>,
    /// The type whose functions are read.
    of: Option<String>,
    within: Option<usize>,
}

impl Source {
    pub(super) fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).expect("a source");
        let file: File = syn::parse_file(&text).expect("it parses");
        let mut source = Self { path, ..Self::default() };
        source.visit_file(&file);
        source
    }

    fn scope(&mut self, name: String, parameters: Vec<String>, value: Option<Expr>) -> usize {
        let parent = self.within;
        self.scopes.push(Scope { name, parameters, parent, lets: Vec::new(), uses: Vec::new(), value });
        self.scopes.len() - 1
    }

    fn function(&mut self, signature: &Signature, block: &Block) {
        let name = self
            .of
            .as_ref()
            .map_or_else(|| signature.ident.to_string(), |of| format!("{of}::{}", signature.ident));
        let parameters = signature.inputs.iter().map(|input| match input {
            FnArg::Receiver(_) => "self".to_owned(),
            FnArg::Typed(typed) => named(&typed.pat).unwrap_or_default(),
        });
        let value = block.stmts.last().and_then(|last| match last {
            syn::Stmt::Expr(value, None) => Some(value.clone()),
            _ => None,
        });
        let scope = self.scope(name, parameters.collect(), value);
        self.inside(scope, |source| visit::visit_block(source, block));
    }

    fn inside(&mut self, scope: usize, visit: impl FnOnce(&mut Self)) {
        let outer = self.within.replace(scope);
        visit(self);
        self.within = outer;
    }

    fn uses(&mut self, what: String, with: Vec<Expr>) {
        if let Some(within) = self.within {
            self.scopes[within].uses.push((what, with));
        }
    }

    /// The name of a path: its last word, with the type before it where there is one.
    fn called(&self, path: &syn::Path) -> String {
        let words: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let own = |word: &String| match &self.of {
            Some(of) if word == "Self" => of.clone(),
            _ => word.clone(),
        };
        let is_type = |word: &&String| word.starts_with(|first: char| first.is_ascii_uppercase());
        match words.as_slice() {
            [.., of, last] if is_type(&of) => format!("{}::{last}", own(of)),
            [.., last] => own(last),
            [] => String::new(),
        }
    }
}

/// The name that a pattern gives, where it is one.
pub(super) fn named(pat: &Pat) -> Option<String> {
    match pat {
        Pat::Ident(named) => Some(named.ident.to_string()),
        Pat::Type(typed) => self::named(&typed.pat),
        _ => None,
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    let is_test =
        |attribute: &Attribute| attribute.parse_args::<syn::Ident>().is_ok_and(|word| word == "test");
    attributes.iter().any(|attribute| attribute.path().is_ident("cfg") && is_test(attribute))
}

impl<'a> Visit<'a> for Source {
    fn visit_item_mod(&mut self, item: &'a ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'a ItemImpl) {
        if let Type::Path(of) = &*item.self_ty {
            self.of = of.path.segments.last().map(|last| last.ident.to_string());
        }
        visit::visit_item_impl(self, item);
        self.of = None;
    }

    fn visit_item_const(&mut self, item: &'a ItemConst) {
        self.consts.push((item.ident.to_string(), (*item.expr).clone()));
    }

    fn visit_impl_item_const(&mut self, item: &'a ImplItemConst) {
        self.consts.push((item.ident.to_string(), item.expr.clone()));
    }

    fn visit_item_fn(&mut self, item: &'a ItemFn) {
        self.function(&item.sig, &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'a ImplItemFn) {
        self.function(&item.sig, &item.block);
    }

    fn visit_local(&mut self, local: &'a Local) {
        let Some(init) = &local.init else { return };
        if let (Expr::Closure(closure), Some(name)) = (&*init.expr, named(&local.pat)) {
            let parameters = closure.inputs.iter().map(|input| named(input).unwrap_or_default()).collect();
            let scope = self.scope(name, parameters, None);
            self.inside(scope, |source| visit::visit_expr(source, &closure.body));
            return;
        }
        if let Some(within) = self.within {
            self.scopes[within].lets.push((local.pat.clone(), (*init.expr).clone()));
        }
        visit::visit_local(self, local);
    }

    fn visit_expr_call(&mut self, call: &'a ExprCall) {
        if let Expr::Path(path) = &*call.func {
            self.uses(self.called(&path.path), call.args.iter().cloned().collect());
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'a ExprMethodCall) {
        self.uses(format!(".{}", call.method), call.args.iter().cloned().collect());
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_struct(&mut self, made: &'a ExprStruct) {
        let is_reason =
            |field: &&syn::FieldValue| matches!(&field.member, syn::Member::Named(name) if name == "reason");
        let reason = made.fields.iter().find(is_reason).map(|field| field.expr.clone());
        self.uses(format!("{} {{}}", self.called(&made.path)), reason.into_iter().collect());
        visit::visit_expr_struct(self, made);
    }
}
