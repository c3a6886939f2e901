//! Jinja2 templates, as the sandbox of the reference deployment renders them.
//!
//! The engine is `minijinja`; this folder adds what Jinja2 2.11 does otherwise: how values print,
//! which filters there are, and the texts of errors. docs/fidelity.md lists what remains.
//!
//! A template may come from anybody who can create one, so it cannot load anything, and what it
//! costs is limited: [`FUEL`] pays for each step and for each byte that it makes, and it runs on a
//! stack of its own.

mod environment;
mod failure;
mod filters;
mod printing;
mod syntax;
mod tags;
mod values;

use std::thread;

use serde_json::{Map, Value};
use tags::Part;

/// What a template may do: a step costs one, and so do 64 bytes. It bounds the time to some
/// milliseconds, and the memory to some dozens of MB.
const FUEL: u64 = 500_000;

/// Maximum length of the code in a template, in bytes. Text outside of tags does not count.
const LONGEST_CODE: usize = 64 * 1024;

/// Maximum number of operators in a tag. For each of them the engine looks at all others.
const MOST_OPERATORS: usize = 256;

/// The stack on which templates are read and rendered, in bytes. Each level of nested values and
/// expressions needs some of it, and [`FUEL`] and [`LONGEST_CODE`] bound the levels.
const STACK: usize = 256 * 1024 * 1024;

/// How often a template is rendered anew, without an internal attribute of an undefined value.
const MOST_TRIES: usize = 8;

/// Checks that a template can be rendered.
///
/// # Errors
///
/// Returns the error text of Jinja2.
pub fn check(source: &str) -> Result<(), String> {
    check_size(source)?;
    let read = || match environment::new(FUEL).template_from_str(source) {
        Ok(_) => syntax::check_names(source),
        Err(error) => Err(syntax::reason(source, &error)),
    };
    on_own_stack(read).unwrap_or_else(|| Err(NO_STACK.to_owned()))
}

/// Renders a template.
///
/// # Errors
///
/// Returns the API's error text.
pub fn render(source: &str, variables: &Map<String, Value>) -> Result<String, String> {
    check_size(source).map_err(|reason| failure::failed(&reason))?;
    let render = || {
        let variables = values::variables(variables);
        let mut source = source.to_owned();
        for _ in 1..MOST_TRIES {
            match environment::new(FUEL).render_str(&source, variables.clone()) {
                Err(error) if let Some((place, name)) = failure::internal_of_undefined(&source, &error) => {
                    source.replace_range(place, &name);
                }
                rendered => return rendered.map_err(|error| failure::reason(&error)),
            }
        }
        Err(failure::unsafe_access())
    };
    on_own_stack(render).unwrap_or_else(|| Err(failure::failed(NO_STACK)))
}

const NO_STACK: &str = "the simulator has no memory for it";

/// Checks that a template is small enough to be read.
fn check_size(source: &str) -> Result<(), String> {
    let mut length = 0;
    for tag in tags::of(source) {
        length += tag.code.len();
        if tag.parts().filter(is_operator).count() > MOST_OPERATORS {
            return Err(format!("more than {MOST_OPERATORS} operators in a tag"));
        }
    }
    if length <= LONGEST_CODE { Ok(()) } else { Err(format!("the code is longer than {LONGEST_CODE} bytes")) }
}

fn is_operator(part: &Part<'_>) -> bool {
    matches!(part, Part::Sign('+' | '-' | '*' | '/' | '%' | '~') | Part::Word("and" | "or" | "not"))
}

/// Does some work on a thread with a large stack. Returns `None` if there is no such thread, or if
/// the work panics.
fn on_own_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).ok()?;
        thread.join().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    fn rendered(source: &str, variables: Value) -> Result<String, String> {
        let Value::Object(variables) = variables else { panic!("variables") };
        render(source, &variables)
    }

    #[rstest]
    #[case("{{ none }} {{ true }} {{ 1.0 }} {{ 1e20 }} {{ 3 }}", "None True 1.0 1e+20 3")]
    #[case("{{ {'a': [1, none, 'é']} }} {{ [] }}", r#"{"a":[1,null,"\u00E9"]} []"#)]
    #[case("{{ nope }}|{{ x.nope }}|{% for o in nope %}{% else %}none{% endfor %}|{{ nope|length }}", "||none|0")]
    #[case("{{ nope.__class__ }}{{ x.__class__ }}", "")]
    #[case("{% if x %}\n  yes\n  {% endif %}\nend\n", "  yes\nend")]
    #[case("{{ '<a href=\"/\">' }}{{ '<a href=\"/\">'|e }}", "<a href=\"/\">&lt;a href=&#34;/&#34;&gt;")]
    #[case("{{ x.items()|list|length }} {{ x.get('a') }} {{ 'ab'.upper() }} {{ ','.join(['a', 'b']) }}", "1 1 AB a,b")]
    #[case("{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 / 2 }} {{ 6 / 2 }} {{ 7 % 4 }} {{ 2 ** 8 }}", "3 -4 3.5 3.0 3 256")]
    #[case("{{ 'abc'[1:] }} {{ 'abc'[-1] }} {{ [3, 4][1] }} {{ 'a' ~ true ~ none ~ 1.5 }}", "bc c 4 aTrueNone1.5")]
    #[case("{% macro hi(n='x') %}hi {{ n }}{% endmacro %}{{ hi() }} {{ hi('y') }}", "hi x hi y")]
    #[case("{% set ns = namespace(n=0) %}{% for i in range(5) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}", "10")]
    #[case(
        "{% autoescape true %}{{ '<b>' }}{% endautoescape %}{% raw %}{{ x }}{% endraw %}{# no #}",
        "&lt;b&gt;{{ x }}"
    )]
    fn a_template_prints_like_jinja2(#[case] source: &str, #[case] text: &str) {
        assert_eq!(rendered(source, json!({"x": {"a": 1}})), Ok(text.to_owned()), "{source}");
        assert_eq!(check(source), Ok(()));
    }

    #[rstest]
    #[case("{{ nope.a }}", "'nope' is undefined")]
    #[case("{{ nope() }}", "'nope' is undefined")]
    #[case("{{ nope + 1 }}", "'nope' is undefined")]
    #[case("{{ x.b.c }}", "'dict object' has no attribute 'b'")]
    #[case("{{ x['b'].c }}", "'dict object' has no attribute 'b'")]
    #[case("{{ [1][5].c }}", "list object has no element 5")]
    #[case("{{ 'a'.nope() }}", "'str object' has no attribute 'nope'")]
    #[case("{{ 1 / 0 }}", "division by zero")]
    #[case("{{ 1 // 0 }}", "integer division or modulo by zero")]
    #[case("{{ 1 + 'a' }}", "unsupported operand type(s) for +: 'int' and 'str'")]
    #[case("{{ true() }}", "'bool' object is not callable")]
    #[case("{% for a in 5 %}{% endfor %}", "'int' object is not iterable")]
    #[case("{% include 'x' %}", "no loader for this environment specified")]
    #[case("{% extends 'x' %}", "no loader for this environment specified")]
    #[case("{% import 'x' as x %}", "no loader for this environment specified")]
    fn a_template_fails_like_jinja2(#[case] source: &str, #[case] reason: &str) {
        let failed = format!("Template rendering failed: {reason}");
        assert_eq!(rendered(source, json!({"x": {"a": 1}})), Err(failed), "{source}");
        assert_eq!(check(source), Ok(()));
    }

    #[rstest]
    #[case("{{ x.__class__.__mro__ }}")]
    #[case("{{ nope.__class__.__mro__ }}")]
    #[case("{{ ''.__class__() }}")]
    #[case("{{ x._y.z }}")]
    fn the_internals_of_python_are_out_of_reach(#[case] source: &str) {
        let forbidden = "Access unsafe properties in a template is forbidden.";
        assert_eq!(rendered(source, json!({"x": {"a": 1}})), Err(forbidden.to_owned()), "{source}");
    }

    #[rstest]
    #[case("{% zz %}", "Encountered unknown tag 'zz'.")]
    #[case("{% do x %}", "Encountered unknown tag 'do'.")]
    #[case("{% endif %}", "Encountered unknown tag 'endif'.")]
    #[case(
        "{% for a in b %}{% zz %}",
        "Encountered unknown tag 'zz'. Jinja was looking for the following tags: 'endfor' or 'else'. The innermost block that needs to be closed is 'for'."
    )]
    #[case(
        "{% if a %}{% for a in b %}{% endif %}",
        "Encountered unknown tag 'endif'. You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for 'endfor' or 'else'. The innermost block that needs to be closed is 'for'."
    )]
    #[case(
        "{% for a in b %}",
        "Unexpected end of template. Jinja was looking for the following tags: 'endfor' or 'else'. The innermost block that needs to be closed is 'for'."
    )]
    #[case(
        "{% if a %}b{% else %}",
        "Unexpected end of template. Jinja was looking for the following tags: 'endif'. The innermost block that needs to be closed is 'if'."
    )]
    #[case("{{ x", "unexpected end of template, expected 'end of print statement'.")]
    #[case("{{", "unexpected 'end of template'")]
    #[case("{{ }}", "Expected an expression, got 'end of print statement'")]
    #[case("{% if %}", "Expected an expression, got 'end of statement block'")]
    #[case("{{ a b }}", "expected token 'end of print statement', got 'b'")]
    #[case("{{ (a }}", "expected token ')', got '}'")]
    #[case("{{ a|nofilter }}", "no filter named 'nofilter'")]
    #[case("{{ a|split }}", "no filter named 'split'")]
    #[case("{% filter nofilter %}{% endfilter %}", "no filter named 'nofilter'")]
    #[case("{{ a is notest }}", "no test named 'notest'")]
    #[case("{# a", "Missing end of comment tag")]
    fn a_syntax_error_is_worded_like_jinja2(#[case] source: &str, #[case] reason: &str) {
        assert_eq!(check(source), Err(reason.to_owned()), "{source}");
    }

    #[rstest]
    #[case::endless("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}")]
    #[case::long(
        "{% set ns = namespace(a='a') %}{% for i in range(99) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}{{ ns.a }}"
    )]
    #[case::repeated("{{ [0] * 99999999 }}")]
    #[case::repeated_text("{{ 'a' * 99999999 }}")]
    #[case::recursive("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    #[case::nested(
        "{% set ns = namespace(a=[]) %}{% for i in range(99999) %}{% set ns.a = [[[[[[[[[[ns.a]]]]]]]]]] %}{% endfor %}{{ ns.a }}"
    )]
    #[case::nested_text(
        "{% set ns = namespace(a=[]) %}{% for i in range(50000) %}{% set ns.a = [[[ns.a]]] %}{% endfor %}{{ ns.a ~ '' }}"
    )]
    #[case::nested_objects(
        "{% set ns = namespace(a={}) %}{% for i in range(99999) %}{% set ns.a = {'a': {'a': {'a': ns.a}}} %}{% endfor %}{{ ns.a|tojson }}"
    )]
    #[case::compared(
        "{% set ns = namespace(a=[], b=[]) %}{% for i in range(40000) %}{% set ns.a = [ns.a] %}{% set ns.b = [ns.b] %}{% endfor %}{{ ns.a == ns.b }}{{ 1/0 }}"
    )]
    #[case::padded("{{ 'a'|center(999999999) }}")]
    #[case::formatted("{{ '%999999999d'|format(1) }}")]
    #[case::indented("{{ 'a'|indent(999999999, true) }}")]
    fn a_template_that_wants_too_much_fails(#[case] source: &str) {
        let failed = rendered(source, json!({})).expect_err("too much");
        assert!(failed.starts_with("Template rendering "), "{failed}");
    }

    #[rstest]
    #[case::sum("{{ 1", "+1", "}}")]
    #[case::sum_of_names("{{ a", "+a", "}}")]
    #[case::texts("{{ a", "~a", "}}")]
    #[case::comparisons("{{ a", "<a", "}}")]
    #[case::conditions("{{ a", " and a", "}}")]
    #[case::alternatives("{{ a", " if b else a", "}}")]
    #[case::tests("{{ a", " is none", "}}")]
    #[case::calls("{{ a", "()", "}}")]
    #[case::parts("{{ a", "[:1]", "}}")]
    #[case::items("{{ a", "[a", "}}")]
    #[case::brackets("{{ ", "(", "}}")]
    #[case::objects("{{ ", "{a:", "}}")]
    #[case::tuple("{{ a", ",a", "}}")]
    #[case::signed("{{ a", "- -a", "}}")]
    #[case::loops("", "{%for a in a%}", "")]
    #[case::macros("", "{%macro a()%}", "")]
    #[case::macro_after_macro("", "{%macro a()%}{%endmacro%}", "")]
    #[case::sets("", "{%set a=[a]%}", "{{a}}")]
    #[case::nested_sets("", "{%set a=[[[[[[[[[[a]]]]]]]]]]%}", "{{a}}")]
    #[case::blocks_after_blocks("", "{%block a%}{%endblock%}", "")]
    #[case::otherwise("{%if a%}", "{%elif a%}", "{%endif%}")]
    #[case::prints("", "{{a}}", "")]
    #[case::members("{{ a", ".a", "}}")]
    #[case::filters("{{ a", "|e", "}}")]
    #[case::lists("{{ ", "[", "")]
    #[case::choices("{{ a", " if a", "}}")]
    #[case::negations("{{ ", "not ", "a }}")]
    #[case::minuses("{{ ", "-", "a }}")]
    #[case::blocks("", "{% if a %}", "")]
    #[case::powers("{{ 2", "**1", "}}")]
    fn a_deep_expression_does_no_harm(#[case] start: &str, #[case] part: &str, #[case] end: &str) {
        let source = format!("{start}{}{end}", part.repeat((LONGEST_CODE - 20) / part.len()));
        let _ = (check(&source), rendered(&source, json!({"a": {}})));
        let longer = format!("{{{{ {} }}}}", "a".repeat(LONGEST_CODE));
        assert_eq!(check(&longer), Err(format!("the code is longer than {LONGEST_CODE} bytes")));
    }

    /// Pieces of templates, in any order.
    const PIECES: [&str; 48] = [
        "{{ ",
        " }}",
        "{% ",
        " %}",
        "{#",
        "#}",
        "{{-",
        "-%}",
        "x",
        "x.a",
        "x['a']",
        "[1, 2]",
        "{'a': x}",
        "(",
        ")",
        "[",
        "]",
        "|",
        "e",
        "length",
        "tojson",
        "join(',')",
        "for a in x",
        "endfor",
        "if x",
        "else",
        "endif",
        "set y = x",
        "namespace(a=x)",
        "macro m(a)",
        "endmacro",
        "m(x)",
        "loop.index",
        "is defined",
        "not",
        " + ",
        " * 99",
        "~",
        " / 0",
        ".__class__",
        ".items()",
        "range(9)",
        "\n",
        "'a'",
        "raw",
        "endraw",
        "é",
        " ",
    ];

    proptest! {
        #[test]
        fn no_template_does_harm(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40), text in ".{0,60}") {
            for source in [pieces.concat(), text.clone(), format!("{{{{ {text} }}}}"), format!("{{% {text} %}}")] {
                let read = check(&source);
                let made = rendered(&source, json!({"x": {"a": [1, {"b": null}]}, "y": text}));
                for error in [read.err(), made.err()].into_iter().flatten() {
                    prop_assert!(!error.contains(NO_STACK), "{source}: {error}");
                }
            }
        }
    }
}
