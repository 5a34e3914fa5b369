//! What goes into the log: as much of our own as `RUST_LOG` asks for, and of the libraries below us never what people say.
//!
//! The XMPP library prints every stanza at level `trace`: app-passwords, codes, cards and talk with them. OPERATIONS.md says
//! that the log has none of these, so no filter of the operator's opens that; only [`SHOW_STANZAS`] does, which says so.

use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;
use tracing::{Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// For developers: with this variable set to [`SHOWN`], the log may have everything that passes, secrets included.
pub const SHOW_STANZAS: &str = "REFEREE_LOG_STANZAS_AND_SECRETS";
/// What it has to be set to.
pub const SHOWN: &str = "yes";
/// Our own crate, whose lines name no secret at any level.
const OURS: &str = env!("CARGO_CRATE_NAME");
/// The most that is logged of everything else.
const OTHERS: LevelFilter = LevelFilter::INFO;

/// Logs to the standard error from now on. `level` is what is logged unless `RUST_LOG` says otherwise.
pub fn start(level: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let shown = std::env::var(SHOW_STANZAS).is_ok_and(|value| value == SHOWN);
    subscriber(filter, shown, io::stderr, io::stderr().is_terminal()).init();
    if shown {
        tracing::warn!(
            "{SHOW_STANZAS} is set: whatever people write, passwords, codes and hidden cards included, may stand in this log"
        );
    }
}

/// What [`start`] installs, over any filter and writer.
fn subscriber<W>(
    filter: EnvFilter,
    shown: bool,
    writer: W,
    colours: bool,
) -> impl Subscriber + for<'span> LookupSpan<'span>
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let cap = match shown {
        true => Targets::new().with_default(Level::TRACE),
        false => Targets::new()
            .with_default(OTHERS)
            .with_target(OURS, Level::TRACE),
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(colours)
        .with_writer(writer);
    tracing_subscriber::registry()
        .with(filter)
        .with(cap)
        .with(lines)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged of a few lines, whatever the operator asks for.
    fn logged(filter: &str, shown: bool) -> String {
        let page = Page::default();
        let held = page.clone();
        let over = subscriber(EnvFilter::new(filter), shown, move || held.clone(), false);
        tracing::subscriber::with_default(over, || {
            tracing::trace!(target: "tokio_xmpp::xmlstream", "SEND <body>hunter2</body>");
            tracing::debug!(target: "minidom", "hunter2");
            tracing::info!(target: "tokio_xmpp", "a connection");
            tracing::trace!(target: "xmpp_referee::xmpp", "our own");
        });
        String::from_utf8(page.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn no_filter_opens_what_the_libraries_print() {
        assert_eq!(OURS, "xmpp_referee");
        for filter in [
            "trace",
            "tokio_xmpp=trace,xmpp_referee=trace,minidom=debug,info",
            "xmpp_referee=trace,tokio_xmpp::xmlstream[{}]=trace,minidom=trace,tokio_xmpp=info",
        ] {
            let log = logged(filter, false);
            assert!(!log.contains("hunter2"), "{filter}: {log}");
            assert!(
                log.contains("our own") && log.contains("a connection"),
                "{filter}: {log}"
            );
        }
        assert_eq!(logged("off", false), "");
        assert!(logged("trace", true).contains("SEND <body>hunter2"));
    }
}
