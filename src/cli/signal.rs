//! Interrupts by the user.

use std::io::{self, Write};

use tokio::sync::watch;

use super::stream;

/// A listener for Ctrl-C and, on Unix, SIGTERM and SIGHUP.
pub struct Interruptions {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    /// `None` if SIGHUP is ignored.
    #[cfg(unix)]
    hang_up: Option<tokio::signal::unix::Signal>,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

impl Interruptions {
    /// Starts to listen. The signals no longer end the program, but complete
    /// [`next`](Interruptions::next).
    pub fn listen() -> io::Result<Interruptions> {
        #[cfg(unix)]
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Interruptions {
            #[cfg(unix)]
            interrupt: signal(SignalKind::interrupt())?,
            #[cfg(unix)]
            terminate: signal(SignalKind::terminate())?,
            // nohup ignores SIGHUP so that the program outlives its terminal.
            #[cfg(unix)]
            hang_up: if ignores_hang_up() { None } else { Some(signal(SignalKind::hangup())?) },
            #[cfg(windows)]
            interrupt: tokio::signal::windows::ctrl_c()?,
        })
    }

    /// Stops the run at the first interrupt, so that it cleans up; completes at the second. `left`
    /// says how to delete the resources that are left then.
    pub async fn end(mut self, stop: watch::Sender<bool>, left: String) {
        self.next().await;
        // A closed terminal can send SIGHUP twice, itself and through its shell, so the second one
        // is no second interrupt.
        #[cfg(unix)]
        let _ignored = std::mem::take(&mut self.hang_up);
        let _ =
            writeln!(stream::stderr(), "interrupted: deleting the created resources; interrupt again to end at once");
        stop.send_replace(true);
        self.next().await;
        let _ = writeln!(stream::stderr(), "ended at once{left}");
    }

    /// Completes at the next interrupt.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            () = received(&mut self.hang_up) => {}
        }
        #[cfg(windows)]
        self.interrupt.recv().await;
    }
}

/// Completes at the next signal, or never without a signal to listen for.
#[cfg(unix)]
async fn received(signal: &mut Option<tokio::signal::unix::Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Returns whether the program was started with SIGHUP ignored. Call it before anything listens for
/// SIGHUP.
#[cfg(unix)]
fn ignores_hang_up() -> bool {
    let mut now = std::mem::MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: without a new action, sigaction(2) changes nothing and only fills in the current one,
    // which is read only if the call succeeded. The standard library, tokio and rustix have no safe
    // function for this.
    unsafe {
        libc::sigaction(libc::SIGHUP, std::ptr::null(), now.as_mut_ptr()) == 0
            && now.assume_init().sa_sigaction == libc::SIG_IGN
    }
}
