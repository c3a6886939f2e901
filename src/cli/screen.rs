//! Shows a run while it is running: results on stdout, progress on stderr.

use std::env;
use std::io::{self, Write};

use console::Term;
use indicatif::{ProgressBar, ProgressStyle};
use syncano_conformance::harness::Event;
use syncano_conformance::report::{Detail, Report, Terminal};
use tracing::Level;

use super::Exit;
use super::output::is_written;
use super::report_file::ReportFile;
use super::stream::{self, Stream};

/// How much is printed.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct DetailArgs {
    /// Print only what is broken, what did not run, and the verdict
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,

    /// Print every check, each failure in full, and every disputed rule
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

/// The output of a run.
pub struct Screen {
    terminal: Terminal<Stream>,
    bar: ProgressBar,
    /// Whether the bar is drawn for a narrow terminal.
    is_narrow: Option<bool>,
    /// The first write error.
    written: io::Result<()>,
}

/// The width of the bar with its text. A line that the terminal wraps cannot be cleared reliably.
const WIDE: u16 = 72;

impl Screen {
    /// Returns the output of a run. If the run is strict, disputed rules count. `all_access` shows
    /// the whole access table. If a report goes to stdout, everything else goes to stderr.
    pub fn new(args: DetailArgs, strict: bool, all_access: bool, reports: &[ReportFile]) -> Screen {
        let to_stderr = reports.iter().any(ReportFile::is_stdout);
        let out = if to_stderr { stream::stderr() } else { stream::stdout() };
        let terminal = Terminal::new(out, strict).detail(args.detail()).all_access(all_access);
        Screen { terminal, bar: ProgressBar::hidden(), is_narrow: None, written: Ok(()) }
    }

    /// Shows a progress bar for this number of scenarios and endpoints, if stderr is a terminal and
    /// nothing else is printed there.
    pub fn with_progress(mut self, parts: usize) -> Screen {
        let is_dumb = env::var("TERM").is_ok_and(|term| term == "dumb");
        let in_ci = env::var("CI").is_ok_and(|ci| !ci.is_empty() && ci != "false");
        let logs = tracing::enabled!(Level::INFO);
        if stream::is_watched() && !is_dumb && !in_ci && !logs {
            self.bar = ProgressBar::new(parts as u64);
            self.draw();
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
        let Screen { terminal, bar, written, .. } = self;
        let shown = bar.suspend(|| terminal.show(event));
        if written.is_ok() {
            *written = shown;
        }
        self.draw();
    }

    /// Shows the end of a run.
    pub fn end(&mut self, report: &Report) {
        let shown = self.terminal.end(report);
        if self.written.is_ok() {
            self.written = shown;
        }
    }

    /// Fits the bar to the terminal, whose size may change during the run.
    fn draw(&mut self) {
        if self.bar.is_hidden() {
            return;
        }
        let is_narrow = Term::stderr().size().1 < WIDE;
        if self.is_narrow.replace(is_narrow) != Some(is_narrow) {
            // `wide_msg` is cut off at the end of the line.
            let template = if is_narrow { "{wide_msg}" } else { "{bar:30} {pos} of {len}{msg}, {elapsed}" };
            let style = ProgressStyle::with_template(template);
            self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        }
        let failed = match self.terminal.failed() {
            0 => String::new(),
            failed => format!(", {failed} failed"),
        };
        let (done, parts) = (self.bar.position(), self.bar.length().unwrap_or_default());
        self.bar.set_message(if is_narrow { format!("{done} of {parts}{failed}") } else { failed });
    }

    /// Returns the exit code of the run, or that of output that could not be written.
    pub fn finish(mut self, outcome: Exit) -> Exit {
        let written = std::mem::replace(&mut self.written, Ok(())).and_then(|()| stream::stdout().flush());
        if is_written(written) { outcome } else { outcome.unwritten() }
    }
}

impl Drop for Screen {
    /// Clears the bar of a run that ended without its last event.
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
