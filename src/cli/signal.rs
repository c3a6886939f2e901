//! The user wants an end.

use std::io::{self, Write};

use tokio::sync::watch;

/// Ctrl-C and, where there is such a thing, SIGTERM.
pub struct Interruptions {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
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
            #[cfg(windows)]
            interrupt: tokio::signal::windows::ctrl_c()?,
        })
    }

    /// Ends what goes on at the first interruption, in good order; completes at the second. `left` says what is to be done
    /// about what is left then.
    pub async fn end(mut self, stop: watch::Sender<bool>, left: String) {
        self.next().await;
        let _ = writeln!(io::stderr(), "interrupted: what was made is being removed; once more ends at once");
        stop.send_replace(true);
        self.next().await;
        let _ = writeln!(io::stderr(), "ended at once{left}");
    }

    /// Completes with the next interruption.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(windows)]
        self.interrupt.recv().await;
    }
}
