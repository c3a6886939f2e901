//! Path parameters, for handlers.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::call::Call;
use crate::python;

/// Returns the id in a path parameter; `None` if it cannot be an id.
pub fn id_in_path(call: &Call<'_>, name: &str) -> Option<u32> {
    python::int(call.route.param(name)).and_then(|id| u32::try_from(id).ok())
}

/// Returns a path parameter as written in the path, for links that repeat it.
pub fn spelled_in_path(call: &Call<'_>, name: &str) -> String {
    encoded(call.route.param(name))
}

/// Returns a text as a segment of a path.
pub fn encoded(text: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'+');
    utf8_percent_encode(text, KEPT).to_string()
}
