//! The body of a request on the configuration.

use serde_json::{Map, Value};

use super::storage::LIMITS;
use crate::answer::Failure;
use crate::call::Call;
use crate::input::Input;

/// Maximum length of a configuration sent as text, in characters. One sent as an object is not
/// limited.
const LONGEST_TEXT: usize = 262_144;

/// Reads the configuration; `None` leaves it unchanged. PUT without one empties it.
pub fn read(call: &Call<'_>) -> Result<Option<Map<String, Value>>, Failure> {
    let mut input = Input::from_call(call)?;
    let text = call.data()?.member("config").and_then(Value::as_str);
    let is_too_long = text.is_some_and(|text| text.chars().nth(LONGEST_TEXT).is_some());
    let config = match is_too_long {
        true => {
            input.reject("config", format!("Too big object defined (exceeds {LONGEST_TEXT})."));
            None
        }
        false => input.dictionary("config", &LIMITS),
    };
    let otherwise = if input.is_partial() { None } else { Some(Map::new()) };
    input.finish()?;
    Ok(config.or(otherwise))
}
