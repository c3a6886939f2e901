//! The engine, with the settings of the reference deployment.

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment};
use minijinja_contrib::{globals, pycompat};

use super::{filters, printing};

/// How deep macros, blocks and recursive loops may call one another.
const DEEPEST: usize = 100;

/// Returns the engine. What a template does costs fuel; without fuel it fails.
pub fn new<'s>(fuel: u64) -> Environment<'s> {
    let mut environment = Environment::new();
    // The default syntax is always valid.
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.unwrap_or_default());
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(printing::print);
    environment.set_unknown_method_callback(pycompat::unknown_method_callback);
    environment.set_recursion_limit(DEEPEST);
    environment.set_fuel(Some(fuel));
    // An error names the undefined variable.
    environment.set_debug(true);
    environment.remove_global("debug");
    environment.add_function("cycler", globals::cycler);
    environment.add_function("joiner", globals::joiner);
    filters::add(&mut environment);
    environment
}
