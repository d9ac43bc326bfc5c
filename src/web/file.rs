//! Files under the minutes' directory, sent as they are.
//!
//! Nothing outside the directory is ever sent, whatever the path or a symbolic link says.

use crate::domain::time::Moment;
use crate::web::Pages;
use crate::web::conditional::Version;
use crate::web::format::Format;
use crate::web::format::RESTRICTED;
use crate::web::index;
use crate::web::page;
use crate::web::path;
use axum::body::Body;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::Uri;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use hyper::body::Frame;
use hyper::body::SizeHint;
use std::fs::File;
use std::io;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;
use tokio::io::AsyncRead;
use tokio::io::ReadBuf;

/// How much of a file is read and kept at once, in bytes.
const PIECE: usize = 64 * 1024;

/// `/minutes/…`: a file, or the list of a directory where the path ends in a slash.
pub async fn file_or_index(State(pages): State<Pages>, uri: Uri, asker: HeaderMap) -> Response {
    let path = uri.path().strip_prefix("/minutes/").unwrap_or_default();
    if let Some(directory) = path.strip_suffix('/') {
        return index::directory(&pages, directory).await;
    }
    let Some(parts) = path::parts(path) else { return page::missing().await };
    let name = parts.last().map(String::as_str).unwrap_or_default();
    let Some((_, format)) = Format::split(name) else {
        return index::redirect(&pages, parts, uri).await;
    };
    let root = pages.minutes_dir.clone();
    let opened = move || open(&root, &parts, &asker);
    match tokio::task::spawn_blocking(opened).await.unwrap_or_else(|lost| Err(lost.into())) {
        Ok(Found::Content(version, content)) => answer(version, format, content),
        Ok(Found::Known) => page::not_modified(),
        Ok(Found::Restricted) => page::restricted(),
        Err(error) if is_missing(&error) => page::missing().await,
        Err(error) => {
            tracing::warn!(%error, path = ?uri.path(), "cannot read a file of the minutes");
            page::unavailable()
        }
    }
}

fn is_missing(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidFilename, IsADirectory, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory | IsADirectory | InvalidFilename)
}

enum Found {
    Content(Version, Content),
    Known,
    Restricted,
}

struct Content {
    bytes: u64,
    head: Vec<u8>,
    rest: Option<File>,
}

fn open(root: &Path, parts: &[String], asker: &HeaderMap) -> io::Result<Found> {
    let path = inside(root, parts)?;
    if restricted(root, parts) {
        return Ok(Found::Restricted);
    }
    // Asked before opening: opening a pipe would wait for its writer.
    if !path.metadata()?.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let mut file = File::open(path)?;
    let about = file.metadata()?;
    let micros = about.mtime() * 1_000_000 + about.mtime_nsec() / 1000;
    let tag = format!("\"{:x}-{:x}-{micros:x}\"", about.ino(), about.len());
    let version = Version { tag, modified: Some(Moment::from_micros(micros)) };
    if version.is_known_to(asker) {
        return Ok(Found::Known);
    }
    let mut head = Vec::new();
    (&mut file).take(PIECE as u64).read_to_end(&mut head)?;
    let is_whole = head.len() as u64 >= about.len();
    head.truncate(usize::try_from(about.len()).unwrap_or(usize::MAX));
    let rest = (!is_whole).then_some(file);
    Ok(Found::Content(version, Content { bytes: about.len(), head, rest }))
}

/// The real path of a file or directory, which must be inside the real root.
pub fn inside(root: &Path, parts: &[String]) -> io::Result<PathBuf> {
    let root = root.canonicalize()?;
    let path = root.join(parts.iter().collect::<PathBuf>()).canonicalize()?;
    if path.starts_with(&root) { Ok(path) } else { Err(io::ErrorKind::NotFound.into()) }
}

/// Whether a mark beside the file says that the minutes are for members only.
fn restricted(root: &Path, parts: &[String]) -> bool {
    let Some((name, directories)) = parts.split_last() else { return false };
    let stem = Format::split(name).map_or(name.as_str(), |(stem, _)| stem);
    let directory = root.join(directories.iter().collect::<PathBuf>());
    directory.join(format!("{stem}{RESTRICTED}")).symlink_metadata().is_ok()
}

fn answer(version: Version, format: Format, content: Content) -> Response {
    let policy = page::policy(if format.is_html() { &content.head } else { b"" });
    let body = match content.rest {
        None => Body::from(content.head),
        Some(rest) => Body::new(FileBody {
            head: Some(Bytes::from(content.head)),
            rest: tokio::fs::File::from_std(rest),
            left: content.bytes,
        }),
    };
    let mut response = body.into_response();
    headers(response.headers_mut(), &version, format, &policy);
    response
}

/// The headers of minutes and logs. They may be corrected at any time, so whoever keeps a copy
/// asks again each time.
pub fn headers(headers: &mut HeaderMap, version: &Version, format: Format, policy: &str) {
    page::set(headers, header::CONTENT_TYPE, format.media_type());
    page::set(headers, header::CONTENT_SECURITY_POLICY, policy);
    page::set(headers, header::CACHE_CONTROL, "no-cache");
    page::set(headers, header::ETAG, &version.tag);
    if let Some(modified) = version.last_modified() {
        page::set(headers, header::LAST_MODIFIED, &modified);
    }
}

/// A long file, sent piece by piece: a slow reader holds one piece of it, not all.
struct FileBody {
    head: Option<Bytes>,
    rest: tokio::fs::File,
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
            // The file became shorter than its announced length; only an end in the middle is honest.
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
