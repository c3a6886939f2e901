//! The folder in which the program keeps files from one run to the next.

use std::path::PathBuf;

use etcetera::{BaseStrategy, HomeDirError};

/// The name of the folder below the one for the state of programs.
const FOLDER: &str = "syncano-conformance";

/// Returns the folder, which may not exist yet: `$XDG_STATE_HOME/syncano-conformance`, or the one
/// that is usual on the platform.
pub fn path() -> Result<PathBuf, HomeDirError> {
    let folders = etcetera::choose_base_strategy()?;
    Ok(folders.state_dir().unwrap_or_else(|| folders.cache_dir()).join(FOLDER))
}
