//! What can go wrong with the database, in words that say what to do about it.
//!
//! "Not found" is none of these: it is an `Option`.

use std::error::Error;
use std::fmt;

/// Something went wrong with the database.
///
/// Its `Display` is one sentence for the administrator, without secrets; the driver's own words are
/// the [`source`](Error::source).
#[derive(Debug)]
pub struct StoreError {
    doing: String,
    trouble: Trouble,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The kinds of trouble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No room is left on the disk.
    Full,
    /// Somebody else holds the database.
    Locked,
    /// The database or its directory may not be written.
    ReadOnly,
    /// The disk does not do what it is told.
    Disk,
    /// The server does not answer in time, or the file cannot be opened.
    Unreachable,
    /// Another node wrote the same row at the same moment.
    Conflict,
    /// The server does not let us in.
    Refused,
    /// The schema is newer than this program.
    Newer {
        /// The schema the database has.
        found: i64,
        /// The newest schema this program knows.
        known: i64,
    },
    /// What is stored is not what we wrote, or not where we wrote it.
    Damaged,
    /// The configuration of the database cannot be used.
    Configuration,
    /// Something the program did not expect.
    Other,
}

impl Trouble {
    /// Whether the same thing may go well a little later.
    fn is_temporary(&self) -> bool {
        matches!(
            self,
            Trouble::Full
                | Trouble::Locked
                | Trouble::ReadOnly
                | Trouble::Disk
                | Trouble::Unreachable
                | Trouble::Conflict
        )
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Trouble::Full => "the disk with the database is full; make room, nothing stored is lost",
            Trouble::Locked => {
                "the database is busy; it is tried again, look for another program that holds it if this goes on"
            }
            Trouble::ReadOnly => {
                "the database cannot be written; let the service's user write the file, its directory and its file system"
            }
            Trouble::Disk => {
                "the disk with the database does not work or is full; see the system's log"
            }
            Trouble::Unreachable => {
                "the database could not be reached in time; see that it is there and running, and that [state] names it rightly"
            }
            Trouble::Conflict => {
                "another node wrote the same at the same moment; it is tried again"
            }
            Trouble::Refused => {
                "the database server does not let us in; see the user, password and database in [state]"
            }
            Trouble::Newer { found, known } => {
                return write!(
                    f,
                    "the database was written by a newer beadle (schema {found}, this program knows {known}); \
                     start the newer program, or restore the backup made before the upgrade"
                );
            }
            Trouble::Damaged => {
                "the database's tables or rows are not as beadle made them; restore a backup"
            }
            Trouble::Configuration => {
                "[state] does not name a database that can be used; write \
                 postgres://USER:PASSWORD@HOST:PORT/DATABASE, with ?sslmode=… and the like"
            }
            Trouble::Other => "the database did something unexpected; this is worth a bug report",
        })
    }
}

impl StoreError {
    /// An error that no driver reported.
    pub(super) fn new(doing: impl Into<String>, trouble: Trouble) -> StoreError {
        StoreError { doing: doing.into(), trouble, source: None }
    }

    /// An error of a driver, met while doing that.
    pub(super) fn of(doing: impl Into<String>, error: sqlx::Error) -> StoreError {
        StoreError {
            doing: doing.into(),
            trouble: trouble_of(&error),
            source: Some(Box::new(error)),
        }
    }

    /// An error of the file system.
    pub(super) fn io(doing: impl Into<String>, error: std::io::Error) -> StoreError {
        let trouble = trouble_of_io(&error);
        StoreError { doing: doing.into(), trouble, source: Some(Box::new(error)) }
    }

    /// Whether the same thing may go well a little later, with no change to what is asked.
    pub fn is_temporary(&self) -> bool {
        self.trouble.is_temporary()
    }

    /// Which kind of trouble it is.
    pub fn trouble(&self) -> &Trouble {
        &self.trouble
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.doing, self.trouble)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as &(dyn Error + 'static))
    }
}

fn trouble_of(error: &sqlx::Error) -> Trouble {
    match error {
        sqlx::Error::Database(error) => match error.code().as_deref() {
            // SQLSTATEs have five characters; SQLite's extended codes never do.
            Some(state) if state.len() == 5 => trouble_of_state(state),
            Some(code) => code.parse().map_or(Trouble::Other, trouble_of_sqlite),
            None => Trouble::Other,
        },
        sqlx::Error::Io(error) => trouble_of_io(error),
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed
        | sqlx::Error::Protocol(_)
        | sqlx::Error::Tls(_) => Trouble::Unreachable,
        sqlx::Error::Configuration(_) => Trouble::Configuration,
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Trouble::Damaged,
        _ => Trouble::Other,
    }
}

/// <https://www.sqlite.org/rescode.html>: the low byte of an extended code is the primary one.
fn trouble_of_sqlite(code: i32) -> Trouble {
    const UNIQUE: i32 = 2067;
    const PRIMARY_KEY: i32 = 1555;
    match (code & 0xff, code) {
        (5 | 6, _) => Trouble::Locked,
        (8, _) => Trouble::ReadOnly,
        (10, _) => Trouble::Disk,
        // "No such column" and the like are a mere 1.
        (1 | 11 | 26, _) => Trouble::Damaged,
        (13, _) => Trouble::Full,
        (14, _) => Trouble::Unreachable,
        (_, UNIQUE | PRIMARY_KEY) => Trouble::Conflict,
        _ => Trouble::Other,
    }
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn trouble_of_state(state: &str) -> Trouble {
    match state {
        "53100" => Trouble::Full,
        "25006" => Trouble::ReadOnly,
        // Unique violation, serialization failure, deadlock.
        "23505" | "40001" | "40P01" => Trouble::Conflict,
        // Lock not available, statement cancelled, too many connections.
        "55P03" | "57014" | "53300" => Trouble::Locked,
        // No such database, no right to use it.
        "3D000" | "42501" => Trouble::Refused,
        "58030" => Trouble::Disk,
        _ if state.starts_with("28") => Trouble::Refused,
        // Connection exceptions, operator intervention, other missing resources.
        _ if ["08", "57", "53"].iter().any(|class| state.starts_with(class)) => {
            Trouble::Unreachable
        }
        // No such table or column; corrupted data.
        _ if ["42", "XX"].iter().any(|class| state.starts_with(class)) => Trouble::Damaged,
        _ => Trouble::Other,
    }
}

fn trouble_of_io(error: &std::io::Error) -> Trouble {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Trouble::Full,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Trouble::ReadOnly,
        _ => Trouble::Unreachable,
    }
}
