//! The limits of files.

const MIB: u64 = 1024 * 1024;

/// The limits of the files that a simulator keeps, in bytes. Beyond them, a request with a file is
/// 413.
///
/// A file comes in a body, so the limit of bodies of a server limits it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileLimits {
    /// Maximum size of a file; 128 MiB by default, the maximum body of the platform.
    pub one: u64,
    /// Maximum size of the files of all instances together; 256 MiB by default. The platform has
    /// no such limit.
    ///
    /// A loaded world may have more.
    pub total: u64,
}

impl Default for FileLimits {
    fn default() -> FileLimits {
        FileLimits { one: 128 * MIB, total: 256 * MIB }
    }
}
