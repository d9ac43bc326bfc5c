//! The published files at their addresses, and nothing else of the disk.

use crate::domain::minutes::Format;
use crate::web::Pages;
use crate::web::answer;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response, StatusCode};
use std::path::{Component, PathBuf};

/// `/minutes/2018/virt-sig.2018-11-13-15.00.html`.
pub async fn published(
    State(pages): State<Pages>,
    path: Result<Path<String>, axum::extract::rejection::PathRejection>,
    asked: HeaderMap,
) -> Response<Body> {
    let Ok(Path(path)) = path else { return answer::not_found().await };
    let Some(format) = format_of(&path) else { return answer::not_found().await };
    let folder = pages.folder();
    let read = tokio::task::spawn_blocking(move || read_inside(&folder, &path)).await;
    match read {
        Ok(Ok(Content::File(content))) => answer::page(&asked, answer::media_type(format), content),
        Ok(Ok(Content::Restricted)) => {
            answer::refusal(StatusCode::FORBIDDEN, "These minutes are for members only.")
        }
        _ => answer::not_found().await,
    }
}

enum Content {
    File(Vec<u8>),
    Restricted,
}

/// The longest extension that fits: `log.html` before `html`.
fn format_of(path: &str) -> Option<Format> {
    let fits = |format: &Format| path.ends_with(&format!(".{}", format.extension()));
    Format::ALL.into_iter().filter(fits).max_by_key(|format| format.extension().len())
}

/// Reads a file that really lies in the folder: no `..`, no absolute path, no link out of it.
fn read_inside(folder: &std::path::Path, path: &str) -> std::io::Result<Content> {
    let refused = || std::io::Error::from(std::io::ErrorKind::NotFound);
    let relative = PathBuf::from(path);
    let is_plain = relative.components().all(|part| match part {
        Component::Normal(name) => name.to_str().is_some_and(|name| !name.starts_with('.')),
        _ => false,
    });
    if !is_plain || path.contains(['\0', '\\']) {
        return Err(refused());
    }
    let folder = folder.canonicalize()?;
    let file = folder.join(relative).canonicalize()?;
    if !file.starts_with(&folder) || !file.is_file() {
        return Err(refused());
    }
    use std::os::unix::fs::PermissionsExt;
    if file.metadata()?.permissions().mode() & 0o004 == 0 {
        return Ok(Content::Restricted); // `#restrictlogs`: not readable by others.
    }
    Ok(Content::File(std::fs::read(file)?))
}
