//! Checks a criterion's expression before it is published: well-formed, well-typed, and cheap to run.
//!
//! The language is CEL without absence tests, macros and regular expressions, so that more knowledge can only turn
//! "unknown" into an answer and never one answer into the other (I-2), and every node runs at most once.

use std::collections::BTreeSet;

use cel::{
    IdedExpr,
    common::ast::{CallExpr, Expr, ListExpr, LiteralValue, SelectExpr, operators as op},
    parser::Parser,
};

use crate::{
    items::{self, Type},
    senseless,
    texts::blanked,
};

/// An expression's greatest length, in characters.
const LENGTH: usize = 1_000;
/// An expression's greatest size, in words and signs: it bounds the tree, its depth and its run time.
const TOKENS: usize = 150;
/// How deep brackets may nest. The parser takes some 150 KiB of stack for each level in an unoptimised build, of the
/// 2 MiB a thread has.
const NESTING: usize = 6;
/// How deep the parser may go: the brackets, or as many conditionals.
const DEPTH: u16 = 7;
/// How deep the tree may be: running it takes some 30 KiB of the same stack for each level.
const LEVELS: usize = 20;

/// An expression ready to run.
pub(crate) struct Checked {
    /// The tree.
    pub(crate) expression: IdedExpr,
    /// The items it reads.
    pub(crate) inputs: BTreeSet<&'static str>,
}

/// Why an expression is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// A stable reason.
    pub(crate) reason: &'static str,
    /// The same in a sentence.
    pub(crate) message: String,
}

/// Reads `source` and checks that it asks a yes-or-no question about the data set.
pub(crate) fn compile(source: &str) -> Result<Checked, Problem> {
    affordable(source)?;
    let expression = Parser::new().max_recursion_depth(DEPTH).parse(source).map_err(|errors| {
        let first = errors.errors.first().map(|error| error.msg.clone()).unwrap_or_default();
        problem("EXPRESSION_MALFORMED", format!("not a CEL expression: {first}"))
    })?;
    let mut checker = Checker { inputs: BTreeSet::new(), level: 0 };
    checker.expect(&expression, Type::Bool)?;
    Ok(Checked { expression, inputs: checker.inputs })
}

/// Reads `source` for a policy that is to be published, which in addition has to be able to answer.
pub(crate) fn publishable(source: &str) -> Result<(), Problem> {
    let checked = compile(source)?;
    if senseless::has_none(&checked.expression) {
        let message =
            "a part of it has no value whatever is known, as a division by 0, so it could never be answered";
        return Err(problem("EXPRESSION_SENSELESS", message));
    }
    Ok(())
}

/// Refuses before the parser sees it: its own work grows with what it is given.
fn affordable(source: &str) -> Result<(), Problem> {
    let measures = [
        ("characters", source.chars().count(), LENGTH),
        ("words and signs", tokens(source), TOKENS),
        ("levels of brackets", nesting(&blanked(source)), NESTING),
    ];
    let over: Vec<_> = measures.iter().filter(|(_, count, most)| count > most).collect();
    if over.is_empty() {
        return Ok(());
    }
    let told: Vec<_> = over.iter().map(|(of, count, most)| format!("{count} {of}, at most {most}")).collect();
    Err(problem("EXPRESSION_TOO_COSTLY", told.join("; ")))
}

fn nesting(source: &str) -> usize {
    let level = |depth: &mut usize, c: char| {
        match c {
            '(' | '[' | '{' => *depth += 1,
            ')' | ']' | '}' => *depth = depth.saturating_sub(1),
            _ => {}
        }
        Some(*depth)
    };
    source.chars().scan(0, level).max().unwrap_or_default()
}

fn tokens(source: &str) -> usize {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut previous = ' ';
    let starts = |c: &char| {
        let continues = word(*c) && word(previous);
        previous = *c;
        !c.is_whitespace() && !continues
    };
    source.chars().filter(starts).count()
}

fn problem(reason: &'static str, message: impl Into<String>) -> Problem {
    Problem { reason, message: message.into() }
}

fn ill_typed(message: impl Into<String>) -> Problem {
    problem("EXPRESSION_ILL_TYPED", message)
}

struct Checker {
    inputs: BTreeSet<&'static str>,
    level: usize,
}

impl Checker {
    fn type_of(&mut self, expression: &IdedExpr) -> Result<Type, Problem> {
        if self.level == LEVELS {
            return Err(problem("EXPRESSION_TOO_COSTLY", format!("deeper than {LEVELS} levels")));
        }
        self.level += 1;
        let kind = self.type_at_level(expression);
        self.level -= 1;
        kind
    }

    fn type_at_level(&mut self, expression: &IdedExpr) -> Result<Type, Problem> {
        match &expression.expr {
            Expr::Ident(name) => self.item(name),
            Expr::Literal(literal) => literal_type(literal),
            Expr::Select(select) => self.field(select),
            Expr::Call(call) => self.call(call),
            Expr::Comprehension(_) => {
                Err(problem("EXPRESSION_TOO_COSTLY", "an expression does not loop over lists"))
            }
            Expr::List(_) => Err(ill_typed("a list stands only on the right of `in`")),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                Err(ill_typed("an expression does not build maps or messages"))
            }
        }
    }

    fn item(&mut self, name: &str) -> Result<Type, Problem> {
        let unknown = || problem("EXPRESSION_UNKNOWN_NAME", format!("{name} is not an item of the data set"));
        let (name, kind) = items::lookup(name).ok_or_else(unknown)?;
        self.inputs.insert(name);
        Ok(kind)
    }

    fn field(&mut self, select: &SelectExpr) -> Result<Type, Problem> {
        let field = &select.field;
        if select.test {
            let message = "what is missing makes the outcome unknown by itself; `has` is not for criteria";
            return Err(problem("EXPRESSION_UNKNOWN_NAME", message));
        }
        let Type::Object(fields) = self.type_of(&select.operand)? else {
            return Err(ill_typed(format!("only an object has a field {field}")));
        };
        let found = fields.iter().find(|(name, _)| name == field);
        let unknown = || problem("EXPRESSION_UNKNOWN_NAME", format!("there is no field {field}"));
        found.map(|(_, kind)| *kind).ok_or_else(unknown)
    }

    fn call(&mut self, call: &CallExpr) -> Result<Type, Problem> {
        match (&call.target, call.func_name.as_str(), call.args.as_slice()) {
            (None, op::LOGICAL_AND | op::LOGICAL_OR, [a, b]) => self.all(&[a, b], Type::Bool, Type::Bool),
            (None, op::LOGICAL_NOT, [a]) => self.all(&[a], Type::Bool, Type::Bool),
            (None, op::CONDITIONAL, [condition, a, b]) => {
                self.expect(condition, Type::Bool)?;
                self.alike(a, b)
            }
            (None, op::EQUALS | op::NOT_EQUALS, [a, b]) => self.alike(a, b).map(|_| Type::Bool),
            (None, op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS, [a, b]) => self.order(a, b),
            (None, op::ADD | op::SUBSTRACT | op::MULTIPLY | op::DIVIDE | op::MODULO, [a, b]) => {
                self.all(&[a, b], Type::Int, Type::Int)
            }
            (None, op::NEGATE, [a]) => self.all(&[a], Type::Int, Type::Int),
            (None, op::IN, [a, list]) => self.membership(a, list),
            (None, "size", [of]) => self.size(of),
            (Some(of), "size", []) => self.size(of),
            (Some(text), "contains" | "startsWith" | "endsWith", [part]) => {
                self.all(&[text, part], Type::Text, Type::Bool)
            }
            (_, name, _) => Err(problem("EXPRESSION_UNKNOWN_NAME", format!("{name} is not available here"))),
        }
    }

    fn expect(&mut self, expression: &IdedExpr, wanted: Type) -> Result<(), Problem> {
        let found = self.type_of(expression)?;
        if found == wanted {
            return Ok(());
        }
        Err(ill_typed(format!("{} stands where {} is needed", named(found), named(wanted))))
    }

    fn all(&mut self, arguments: &[&IdedExpr], wanted: Type, result: Type) -> Result<Type, Problem> {
        arguments.iter().try_for_each(|argument| self.expect(argument, wanted))?;
        Ok(result)
    }

    fn order(&mut self, a: &IdedExpr, b: &IdedExpr) -> Result<Type, Problem> {
        match self.alike(a, b)? {
            Type::Int | Type::Text => Ok(Type::Bool),
            other => Err(ill_typed(format!("{} has no order", named(other)))),
        }
    }

    fn membership(&mut self, a: &IdedExpr, list: &IdedExpr) -> Result<Type, Problem> {
        let Expr::List(ListExpr { elements, optional_indices }) = &list.expr else {
            return Err(ill_typed("`in` needs a list of values on its right"));
        };
        if elements.is_empty() || !optional_indices.is_empty() {
            return Err(ill_typed("`in` needs a list of plain values"));
        }
        let kind = self.type_of(a)?;
        for element in elements {
            let other = self.type_of(element)?;
            alike((a, kind), (element, other))?;
        }
        Ok(Type::Bool)
    }

    fn size(&mut self, of: &IdedExpr) -> Result<Type, Problem> {
        match self.type_of(of)? {
            Type::Text | Type::List(_) => Ok(Type::Int),
            other => Err(ill_typed(format!("{} has no size", named(other)))),
        }
    }

    fn alike(&mut self, a: &IdedExpr, b: &IdedExpr) -> Result<Type, Problem> {
        let kinds = (self.type_of(a)?, self.type_of(b)?);
        alike((a, kinds.0), (b, kinds.1))
    }
}

/// The type two plain values share; a choice shares its type with the texts that are its names.
fn alike((a, kind): (&IdedExpr, Type), (b, other): (&IdedExpr, Type)) -> Result<Type, Problem> {
    match (kind, other) {
        (Type::Choice(names), Type::Text) => one_of(names, b),
        (Type::Text, Type::Choice(names)) => one_of(names, a),
        (Type::Object(_) | Type::List(_), _) => Err(ill_typed("only plain values are compared")),
        _ if kind == other => Ok(kind),
        _ => Err(ill_typed(format!("{} does not compare with {}", named(kind), named(other)))),
    }
}

fn one_of(names: &'static [&'static str], text: &IdedExpr) -> Result<Type, Problem> {
    match &text.expr {
        Expr::Literal(LiteralValue::String(name)) if names.contains(&name.inner()) => Ok(Type::Choice(names)),
        _ => Err(ill_typed(format!("it is compared with one of {}", names.join(", ")))),
    }
}

fn literal_type(literal: &LiteralValue) -> Result<Type, Problem> {
    match literal {
        LiteralValue::Boolean(_) => Ok(Type::Bool),
        LiteralValue::Int(_) => Ok(Type::Int),
        LiteralValue::String(_) => Ok(Type::Text),
        _ => Err(ill_typed("values are true or false, whole numbers and texts")),
    }
}

fn named(kind: Type) -> &'static str {
    match kind {
        Type::Bool => "true or false",
        Type::Int => "a whole number",
        Type::Text => "a text",
        Type::Choice(_) => "a choice",
        Type::Object(_) => "an object",
        Type::List(_) => "a list",
    }
}
