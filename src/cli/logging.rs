//! The program's own log, on standard error: one event a line.
//!
//! What strangers typed can reach the log, so whatever a terminal or a reader of lines would act on
//! is escaped at the last step, whoever wrote the event.

use crate::domain::text;
use std::io;
use std::io::Write;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Begins to log to standard error, as text or as JSON. `BEADLE_LOG` says how much: a level
/// (`debug`) or levels by part (`warn,beadle::irc=trace`); without it, `usual` does.
pub fn start(is_json: bool, usual: &str) -> anyhow::Result<()> {
    let wanted = std::env::var("BEADLE_LOG").ok().filter(|wanted| !wanted.is_empty());
    let filter = EnvFilter::try_new(wanted.as_deref().unwrap_or(usual));
    let filter = filter.map_err(|error| {
        anyhow::anyhow!("BEADLE_LOG: {error}; write for example debug or warn,beadle=debug")
    })?;
    // No colours: their escape sequences could not be told from those of strangers.
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Escaping(io::stderr));
    // The journal has the time already.
    let is_in_journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let started = match is_json {
        true => log.json().flatten_event(true).try_init(),
        false if is_in_journal => log.without_time().try_init(),
        false => log.try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("cannot begin to log: {error}"))
}

/// A writer of whole events that escapes what is in them.
struct Escaping<M>(M);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Escaping<M> {
    type Writer = EscapingWriter<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        EscapingWriter(self.0.make_writer())
    }
}

struct EscapingWriter<W>(W);

impl<W: Write> Write for EscapingWriter<W> {
    /// Takes one event with the line break at its end, as the subscriber writes them.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.write_all(escaped(&String::from_utf8_lossy(event)).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The event on one line; the escapes are those of JSON, so that JSON stays JSON.
fn escaped(event: &str) -> String {
    let body = event.strip_suffix('\n').unwrap_or(event);
    let mut out = String::with_capacity(event.len());
    for c in body.chars() {
        if text::is_unprintable(c) {
            out += &format!("\\u{:04x}", c as u32);
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::Mutex;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const HOSTILE: &str = "a\n2026-01-01 FORGED\r\u{1b}[31m\u{202e}\u{85}\u{2028}\t\0\u{7f}";

    fn logged(json: bool) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let log = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(Escaping(move || writer.clone()));
        let hostile = || tracing::info!(display = %HOSTILE, debug = ?HOSTILE, "{HOSTILE}");
        match json {
            true => tracing::subscriber::with_default(log.json().finish(), hostile),
            false => tracing::subscriber::with_default(log.finish(), hostile),
        }
        String::from_utf8(kept.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn an_event_is_one_line_without_anything_to_act_on() {
        for json in [false, true] {
            let log = logged(json);
            assert!(log.contains("FORGED"), "{log:?}");
            let line = log.strip_suffix('\n').unwrap();
            assert!(!line.chars().any(text::is_unprintable), "{log:?}");
            if json {
                serde_json::from_str::<serde_json::Value>(line).unwrap();
            }
        }
    }
}
