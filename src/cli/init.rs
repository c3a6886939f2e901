//! `init`: writes a configuration file.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use syncano_conformance::config::{FILE, TEMPLATE};

use super::Exit;
use super::output::print;
use super::output_file::{OutputFile, Readers};
use super::print_error::print_error;

/// Write a commented conformance.toml for your deployments
#[derive(clap::Args, Debug)]
pub struct InitArgs {
    /// Path of the file
    #[arg(long, value_name = "FILE", default_value = FILE)]
    path: PathBuf,

    /// Replace an existing file
    #[arg(long)]
    force: bool,
}

/// The next steps with the new file.
const NEXT: &str = "  \
  1. Set its `url`.
  2. See what a run would do; nothing is sent:
       syncano-conformance plan --target staging --allow-writes
  3. Run, with an administrator's account key in the environment:
       export SYNCANO_ACCOUNT_KEY=...
       syncano-conformance run --target staging --allow-writes
";

/// Runs the command.
pub fn run(args: &InitArgs) -> Exit {
    let name = args.path.display();
    let (message, hint) = match write(&args.path, args.force) {
        Ok(()) => return print(&format!("wrote {name}, with the target `staging`. Next:\n{NEXT}")),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            (format!("{name} already exists"), "--force replaces it, --path names another file")
        }
        Err(error) => (format!("{name} cannot be written: {error}"), "name a file in an existing folder with --path"),
    };
    print_error(format_args!("{message}\n  hint: {hint}"));
    Exit::Usage
}

/// Writes the whole file, or nothing.
fn write(path: &Path, force: bool) -> io::Result<()> {
    if force {
        return OutputFile::open(path, Readers::Usual)?.write(TEMPLATE.as_bytes());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut beside = builder.tempfile_in(folder)?;
    beside.write_all(TEMPLATE.as_bytes())?;
    beside.persist_noclobber(path).map(drop).map_err(|error| error.error)
}
