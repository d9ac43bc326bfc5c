//! The published files at their addresses, and nothing else of the disk.
//!
//! Nothing outside the folder is ever sent, whatever the path or a symbolic link says. A long file
//! is sent piece by piece: a slow reader holds one piece of it, not all.

use crate::domain::minutes::Format;
use crate::domain::time::Moment;
use crate::web::Pages;
use crate::web::answer::{self, Refusal, Shown, Version};
use crate::web::old;
use axum::Router;
use axum::body::Body;
use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::State;
use axum::extract::rejection::PathRejection;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::routing::get;
use hyper::body::Frame;
use hyper::body::SizeHint;
use std::fs::File;
use std::io;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;
use tokio::io::AsyncRead;
use tokio::io::ReadBuf;

/// How much of a file is read and kept at once, in bytes.
const PIECE: usize = 64 * 1024;

/// `/minutes/…`
pub fn routes() -> Router<Pages> {
    Router::new().route("/minutes/{*path}", get(published))
}

/// `/minutes/2018/virt-sig.2018-11-13-15.00.html`.
async fn published(
    State(pages): State<Pages>,
    path: Result<Path<String>, PathRejection>,
    asked: HeaderMap,
) -> Shown {
    let Ok(Path(path)) = path else { return Err(Refusal::NotFound) };
    let format = format_of(&path).ok_or(Refusal::NotFound)?;
    let (folder, name) = (pages.folder(), format!("/{path}"));
    let opening = tokio::task::spawn_blocking(move || open_inside(&folder, &path, &asked));
    match opening.await.unwrap_or_else(|lost| Err(lost.into())) {
        Ok(Found::Content(version, body)) => Ok(answer::file(&version, format, body)),
        Ok(Found::Known(version)) => Ok(answer::not_modified(&version)),
        Ok(Found::Restricted) => {
            let sentence = "These minutes are for members only.";
            Err(Refusal::told(StatusCode::FORBIDDEN, sentence))
        }
        // What MeetBot published under that name may be ours under another.
        Err(error) if is_missing(&error) => {
            let meant = old::meetbot(&pages, &name).await.ok().flatten();
            meant.map(|to| answer::moved(&to)).ok_or(Refusal::NotFound)
        }
        Err(error) => {
            tracing::warn!(%error, "a published file was not read");
            let sentence = "This file cannot be read now.";
            Err(Refusal::told(StatusCode::SERVICE_UNAVAILABLE, sentence))
        }
    }
}

fn is_missing(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidFilename, IsADirectory, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory | IsADirectory | InvalidFilename)
}

/// The longest extension that fits: `log.html` before `html`.
fn format_of(path: &str) -> Option<Format> {
    let fits = |format: &Format| path.ends_with(&format!(".{}", format.extension()));
    Format::ALL.into_iter().filter(fits).max_by_key(|format| format.extension().len())
}

enum Found {
    Content(Version, Body),
    Known(Version),
    Restricted,
}

/// The parts of a path must be plain names: no `..`, no empty part, no hidden file.
fn is_plain(path: &str) -> bool {
    path.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
        && !path.contains(['\0', '\\'])
}

fn open_inside(folder: &std::path::Path, path: &str, asked: &HeaderMap) -> io::Result<Found> {
    let missing = || io::Error::from(io::ErrorKind::NotFound);
    if !is_plain(path) {
        return Err(missing());
    }
    let folder = folder.canonicalize()?;
    let path = folder.join(path).canonicalize()?;
    // Asked before opening: opening a pipe would wait for its writer.
    if !path.starts_with(&folder) || !path.is_file() {
        return Err(missing());
    }
    let mut file = File::open(path)?;
    let about = file.metadata()?;
    if about.mode() & 0o004 == 0 {
        return Ok(Found::Restricted); // `#restrictlogs`: not readable by others.
    }
    let micros = about.mtime() * 1_000_000 + about.mtime_nsec() / 1000;
    let tag = format!("\"{:x}-{:x}-{micros:x}\"", about.ino(), about.len());
    let version = Version { tag, modified: Some(Moment::from_micros(micros)) };
    if version.is_known_to(asked) {
        return Ok(Found::Known(version));
    }
    let mut head = Vec::new();
    (&mut file).take(PIECE as u64).read_to_end(&mut head)?;
    if head.len() < PIECE {
        return Ok(Found::Content(version, Body::from(head)));
    }
    let head_bytes = head.len() as u64;
    let left = about.len().max(head_bytes);
    let rest = tokio::fs::File::from_std(file);
    let body = FileBody { head: Some(Bytes::from(head)), rest, left };
    Ok(Found::Content(version, Body::new(body)))
}

/// A long file on its way: what was read first, then the rest.
struct FileBody {
    head: Option<Bytes>,
    rest: tokio::fs::File,
    /// The bytes still to be sent, those of `head` among them.
    left: u64,
}

impl hyper::body::Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(head) = self.head.take() {
            self.left -= head.len() as u64;
            return Poll::Ready(Some(Ok(Frame::data(head))));
        }
        let most = usize::try_from(self.left).unwrap_or(PIECE).min(PIECE);
        if most == 0 {
            return Poll::Ready(None);
        }
        let mut piece = vec![0; most];
        let mut buffer = ReadBuf::new(&mut piece);
        if Pin::new(&mut self.rest).poll_read(cx, &mut buffer)?.is_pending() {
            return Poll::Pending;
        }
        let read = buffer.filled().len();
        if read == 0 {
            // The file became shorter than its announced length: only to break off is honest.
            return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
        }
        piece.truncate(read);
        self.left -= read as u64;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(piece)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
