//! Interrupts by the user.

use std::io::{self, Write};

use tokio::sync::watch;

use super::stream;

/// Ctrl-C and, where there are such things, SIGTERM and SIGHUP.
pub struct Interruptions {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    /// `None` where SIGHUP is ignored.
    #[cfg(unix)]
    hang_up: Option<tokio::signal::unix::Signal>,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

impl Interruptions {
    /// Listens from now on. What would have ended the program then only completes [`next`](Interruptions::next).
    pub fn listen() -> io::Result<Interruptions> {
        #[cfg(unix)]
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Interruptions {
            #[cfg(unix)]
            interrupt: signal(SignalKind::interrupt())?,
            #[cfg(unix)]
            terminate: signal(SignalKind::terminate())?,
            // nohup starts programs so that they outlive their terminal.
            #[cfg(unix)]
            hang_up: if ignores_hang_up() { None } else { Some(signal(SignalKind::hangup())?) },
            #[cfg(windows)]
            interrupt: tokio::signal::windows::ctrl_c()?,
        })
    }

    /// Ends what goes on at the first interruption, in good order; completes at the second. `left` says what is to be done
    /// about what is left then.
    pub async fn end(mut self, stop: watch::Sender<bool>, left: String) {
        self.next().await;
        // A terminal that is closed can send SIGHUP twice, itself and through its shell. Nobody asks for haste by that.
        #[cfg(unix)]
        let _ignored = std::mem::take(&mut self.hang_up);
        let _ = writeln!(stream::stderr(), "interrupted: what was made is being removed; once more ends at once");
        stop.send_replace(true);
        self.next().await;
        let _ = writeln!(stream::stderr(), "ended at once{left}");
    }

    /// Completes with the next interruption.
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

/// Completes with the next signal, or never where there is none to listen for.
#[cfg(unix)]
async fn received(signal: &mut Option<tokio::signal::unix::Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Whether the program was started with SIGHUP ignored. To be asked before anything listens for it.
#[cfg(unix)]
fn ignores_hang_up() -> bool {
    let mut now = std::mem::MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: without a new action sigaction(2) changes nothing; it only fills in the present one, and that is read only where
    // it has succeeded. No safe function of the standard library, tokio or rustix can ask this.
    unsafe {
        libc::sigaction(libc::SIGHUP, std::ptr::null(), now.as_mut_ptr()) == 0
            && now.assume_init().sa_sigaction == libc::SIG_IGN
    }
}
