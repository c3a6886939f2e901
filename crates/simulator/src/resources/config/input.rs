//! What a body says of the configuration.

use serde_json::{Map, Value};

use super::storage::LIMITS;
use crate::answer::Failure;
use crate::call::Call;
use crate::input::Input;

/// The longest text of a configuration, in characters. One that is sent as an object has no limit.
const LONGEST_TEXT: usize = 262_144;

/// Reads the configuration; `None` keeps the present one. PUT without one empties it.
pub fn read(call: &Call<'_>) -> Result<Option<Map<String, Value>>, Failure> {
    let mut input = Input::of(call)?;
    let text = call.data()?.member("config").and_then(Value::as_str);
    let is_too_long = text.is_some_and(|text| text.chars().nth(LONGEST_TEXT).is_some());
    let config = match is_too_long {
        true => {
            input.refuse("config", format!("Too big object defined (exceeds {LONGEST_TEXT})."));
            None
        }
        false => input.dictionary("config", &LIMITS),
    };
    let otherwise = if input.is_partial() { None } else { Some(Map::new()) };
    input.finish()?;
    Ok(config.or(otherwise))
}
