//! The API's error texts for templates that fail.

use std::ops::Range;
use std::sync::LazyLock;

use minijinja::{Error, ErrorKind};
use regex::Regex;

use crate::pattern;

const TIMEOUT: &str = "Template rendering timeout";
const IS_UNDEFINED: &str = "` is undefined";
const UNSAFE: &str = "Access unsafe properties in a template is forbidden.";

/// Returns the text for an error of the engine.
pub fn reason(error: &Error) -> String {
    let detail = error.detail().unwrap_or_default();
    match error.kind() {
        ErrorKind::OutOfFuel => TIMEOUT.to_owned(),
        ErrorKind::TemplateNotFound => failed("no loader for this environment specified"),
        ErrorKind::UndefinedError | ErrorKind::UnknownFunction => of_undefined(detail),
        ErrorKind::UnknownMethod => of_method(detail),
        ErrorKind::UnknownFilter => failed(&format!("no filter named '{}'", second_word(detail))),
        ErrorKind::UnknownTest => failed(&format!("no test named '{}'", second_word(detail))),
        _ => {
            of_operation(detail).unwrap_or_else(|| failed(if detail.is_empty() { "invalid operation" } else { detail }))
        }
    }
}

/// Returns the text for the use of an attribute that is internal to Python.
pub fn unsafe_access() -> String {
    UNSAFE.to_owned()
}

/// Returns an expression that asks an undefined value for an attribute that is internal to Python:
/// its place, and the name of the attribute. To Jinja2 such an attribute is itself undefined, and to
/// the engine it is an error.
pub fn internal_of_undefined(source: &str, error: &Error) -> Option<(Range<usize>, String)> {
    static INTERNAL: LazyLock<Regex> = LazyLock::new(|| pattern::constant(r"\.(_\w*)$"));
    let place = error.range().filter(|_| error.kind() == ErrorKind::UndefinedError)?;
    let [name] = parts_of(&INTERNAL, source.get(place.clone())?)?;
    let owner = undefined_in(error.detail()?);
    let is_internal = owner.rsplit('.').next().is_some_and(|name| name.starts_with('_'));
    (!is_internal).then(|| (place, name.to_owned()))
}

/// Returns the text for a template that fails for a reason.
pub fn failed(reason: &str) -> String {
    format!("Template rendering failed: {reason}")
}

/// Returns the text for an operation that is not possible; `None` if Jinja2 words it as the engine.
fn of_operation(detail: &str) -> Option<String> {
    static DIVISION: LazyLock<Regex> =
        LazyLock::new(|| pattern::constant(r"^unable to calculate (\S+) (//|/|%) (-?0(?:\.0)?)$"));
    static TYPES: LazyLock<Regex> =
        LazyLock::new(|| pattern::constant(r"^tried to use (\S+) operator on unsupported types (.+) and (.+)$"));
    static CALL: LazyLock<Regex> = LazyLock::new(|| pattern::constant(r"^value of type (.+) is not callable$"));
    static LOOP: LazyLock<Regex> = LazyLock::new(|| pattern::constant(r"^(.+) is not iterable$"));
    if detail.contains(IS_UNDEFINED) {
        return Some(of_undefined(detail));
    }
    if let Some([dividend, operator, divisor]) = parts_of(&DIVISION, detail) {
        let of_floats = dividend.contains('.') || divisor.contains('.');
        return Some(failed(match (operator, of_floats) {
            ("/", false) => "division by zero",
            ("/", true) => "float division by zero",
            ("//", true) => "float divmod()",
            (_, true) => "float modulo",
            (_, false) => "integer division or modulo by zero",
        }));
    }
    if let Some([operator, left, right]) = parts_of(&TYPES, detail) {
        let (left, right) = (type_name(left), type_name(right));
        return Some(failed(&format!("unsupported operand type(s) for {operator}: '{left}' and '{right}'")));
    }
    if let Some([kind]) = parts_of(&CALL, detail) {
        return Some(failed(&format!("'{}' object is not callable", type_name(kind))));
    }
    if let Some([kind]) = parts_of(&LOOP, detail) {
        return Some(failed(&format!("'{}' object is not iterable", type_name(kind))));
    }
    (detail == "recursion limit exceeded").then(|| failed("maximum recursion depth exceeded"))
}

/// Returns the text for the use of an undefined value, which the engine names: `user.name` or
/// `users[3]`.
fn of_undefined(detail: &str) -> String {
    static MEMBER: LazyLock<Regex> = LazyLock::new(|| pattern::constant(r#"^.*(?:\.|\[["'])(\w+)(?:["']\])?$"#));
    static ITEM: LazyLock<Regex> = LazyLock::new(|| pattern::constant(r"^.*\[(-?\d+)\]$"));
    let expression = undefined_in(detail);
    if let Some([name]) = parts_of(&MEMBER, expression) {
        return of_attribute("dict object", name, expression.ends_with(']'));
    }
    match parts_of(&ITEM, expression) {
        Some([index]) => failed(&format!("list object has no element {index}")),
        // The name of an internal attribute stands for the attribute.
        None if expression.starts_with('_') => UNSAFE.to_owned(),
        None => failed(&format!("'{expression}' is undefined")),
    }
}

/// Returns the expression that is undefined, according to the engine.
fn undefined_in(detail: &str) -> &str {
    static NAMED: LazyLock<Regex> = LazyLock::new(|| pattern::constant(r"`(.+?)` is undefined"));
    match parts_of(&NAMED, detail) {
        Some([expression]) => expression,
        // The engine calls a function that is undefined unknown.
        None => detail.split(' ').next().unwrap_or_default(),
    }
}

/// Returns the text for a method that a value lacks.
fn of_method(detail: &str) -> String {
    static METHOD: LazyLock<Regex> = LazyLock::new(|| pattern::constant(r"^(.+) has no method named (\w+)$"));
    match parts_of(&METHOD, detail) {
        Some(["none", name]) => of_attribute("None", name, false),
        Some([kind, name]) => of_attribute(&format!("{} object", type_name(kind)), name, false),
        None => of_operation(detail).unwrap_or_else(|| failed(detail)),
    }
}

/// Returns the text for a member that a value lacks. A name with an underscore at its beginning is
/// internal to Python; only items may have it.
fn of_attribute(owner: &str, name: &str, is_item: bool) -> String {
    if name.starts_with('_') && !is_item {
        return UNSAFE.to_owned();
    }
    failed(&format!("'{owner}' has no attribute '{name}'"))
}

/// Returns the name that Python has for a type of the engine.
fn type_name(kind: &str) -> &str {
    match kind {
        "none" => "NoneType",
        "number" => "int",
        "string" => "str",
        "sequence" => "list",
        "map" => "dict",
        kind => kind,
    }
}

fn second_word(text: &str) -> &str {
    text.split(' ').nth(1).unwrap_or_default()
}

/// Returns the groups of a pattern in a text.
fn parts_of<'t, const N: usize>(pattern: &Regex, text: &'t str) -> Option<[&'t str; N]> {
    pattern.captures(text).map(|found| found.extract().1)
}
