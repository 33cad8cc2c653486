//! Finds the part of an expression that has no value whatever is known, such as `1 / 0`. It could only ever make a criterion
//! unknown, so it is refused where a policy is published; what was published before stays as it is.

use cel::{
    Context, IdedExpr, Value,
    common::ast::{CallExpr, Expr, operators as op},
};

/// Whether a part of it can have no value.
pub(crate) fn has_none(expression: &IdedExpr) -> bool {
    let divides_by_nothing = match &expression.expr {
        Expr::Call(call) => divisor(call).is_some_and(|by| matches!(constant(by), Some(Ok(Value::Int(0))))),
        _ => false,
    };
    divides_by_nothing || matches!(constant(expression), Some(Err(_))) || parts(expression).any(has_none)
}

fn divisor(call: &CallExpr) -> Option<&IdedExpr> {
    match (call.func_name.as_str(), call.args.as_slice()) {
        (op::DIVIDE | op::MODULO, [_, by]) => Some(by),
        _ => None,
    }
}

/// The value of what reads no item, or that it has none.
fn constant(expression: &IdedExpr) -> Option<Result<Value, cel::ExecutionError>> {
    (!reads(expression)).then(|| Value::resolve(expression, &Context::default()))
}

/// Whether it reads an item.
fn reads(expression: &IdedExpr) -> bool {
    matches!(expression.expr, Expr::Ident(_)) || parts(expression).any(reads)
}

fn parts(expression: &IdedExpr) -> Box<dyn Iterator<Item = &IdedExpr> + '_> {
    match &expression.expr {
        Expr::Call(call) => Box::new(call.target.iter().map(AsRef::as_ref).chain(&call.args)),
        Expr::Select(select) => Box::new(std::iter::once(&*select.operand)),
        Expr::List(list) => Box::new(list.elements.iter()),
        _ => Box::new(std::iter::empty()),
    }
}
