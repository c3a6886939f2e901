//! What a person sees while a run goes on: what it comes to, on stdout, and how far it is, on stderr.

use std::env;

use indicatif::{ProgressBar, ProgressStyle};
use syncano_conformance::harness::Event;
use syncano_conformance::report::{Detail, Terminal};
use tracing::Level;

use super::stream::{self, Stream};

/// How much is written.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct DetailArgs {
    /// Print only what counts against the target, and the last line [default: what is skipped, known and disputed, and each area
    /// too]
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,

    /// Print every check
    #[arg(short, long)]
    verbose: bool,
}

impl DetailArgs {
    fn detail(self) -> Detail {
        match self {
            DetailArgs { quiet: true, .. } => Detail::Little,
            DetailArgs { verbose: true, .. } => Detail::Much,
            _ => Detail::Usual,
        }
    }
}

/// Where a run is shown.
pub struct Screen {
    terminal: Terminal<Stream>,
    bar: ProgressBar,
    failed: usize,
}

impl Screen {
    /// For a run; when it is strict, disputed rules count. `all_cells` shows the whole access table.
    pub fn new(args: DetailArgs, strict: bool, all_cells: bool) -> Screen {
        let terminal = Terminal::new(stream::stdout(), strict).detail(args.detail()).all_cells(all_cells);
        Screen { terminal, bar: ProgressBar::hidden(), failed: 0 }
    }

    /// Shows how far the run is, of so many scenarios and endpoints: where somebody is looking, and nothing else is said on
    /// stderr.
    pub fn of(mut self, parts: usize) -> Screen {
        let is_dumb = env::var("TERM").is_ok_and(|term| term == "dumb");
        let in_ci = env::var("CI").is_ok_and(|ci| !ci.is_empty() && ci != "false");
        let logs = tracing::enabled!(Level::INFO);
        if stream::is_watched() && !is_dumb && !in_ci && !logs {
            let style = ProgressStyle::with_template("{bar:30} {pos} of {len}{msg}, {elapsed}");
            self.bar =
                ProgressBar::new(parts as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            self.bar.enable_steady_tick(std::time::Duration::from_millis(200));
        }
        self
    }

    /// Shows one more event.
    pub fn show(&mut self, event: &Event) {
        match event {
            Event::Started(_) => {}
            Event::Scenario(_) => self.bar.inc(1),
            Event::Finished(_) => self.bar.finish_and_clear(),
        }
        let Screen { terminal, bar, .. } = self;
        // A reader that has seen enough is not an error.
        let _ = bar.suspend(|| terminal.show(event));
        let failed = self.terminal.failed();
        if failed != self.failed {
            self.failed = failed;
            self.bar.set_message(format!(", {failed} failed"));
        }
    }
}

impl Drop for Screen {
    /// A run may end before it says so.
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
