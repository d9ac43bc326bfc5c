//! A meeting while it is on, for whoever follows its page: server-sent events (HTML Standard §9.2).
//!
//! One task a meeting looks for new lines, prints them once, and all viewers get the same bytes. It
//! looks into the database, so that a viewer at one node sees what another node hears.

use crate::domain::meeting::replay;
use crate::domain::minutes::{Links, document, html_part, log_lines};
use crate::store;
use crate::store::meeting::MeetingRow;
use crate::web::Pages;
use crate::web::answer::{Refusal, Shown};
use crate::web::ask::{Asked, Word};
use crate::web::meeting::row_of;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::routing::get;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

/// The most viewers of all meetings together.
const MOST_VIEWERS: usize = 1_000;
/// How often it is looked for new lines.
const LOOK: Duration = Duration::from_millis(1_000);
/// How long nothing may be said before a sign of life: proxies close what is silent.
const QUIET: Duration = Duration::from_secs(15);
/// The most lines that a viewer gets at once; who missed more loads the page again.
const MOST_LINES: usize = 500;

/// `/m/2018-11-13/live`, and with `?after=120` the lines of the log behind that one.
pub fn routes() -> Router<Pages> {
    Router::new().route("/m/{slug}/live", get(live))
}

/// The meetings that are followed.
pub struct Live {
    viewers: Arc<Semaphore>,
    scenes: Mutex<BTreeMap<i64, watch::Sender<Arc<Scene>>>>,
}

impl Default for Live {
    fn default() -> Live {
        Live { viewers: Arc::new(Semaphore::new(MOST_VIEWERS)), scenes: Mutex::default() }
    }
}

/// A meeting as it was last looked at, printed.
#[derive(Debug, Default)]
struct Scene {
    /// The last event of its log that is in it.
    last: Option<u32>,
    /// The minutes as an event.
    minutes: Bytes,
    /// Each line of the log.
    lines: Vec<Bytes>,
    is_over: bool,
}

/// What one viewer has and waits for.
struct Viewer {
    scene: watch::Receiver<Arc<Scene>>,
    follows: Follows,
    pages: Pages,
    is_over: bool,
    _place: OwnedSemaphorePermit,
}

enum Follows {
    /// The minutes; what was sent last.
    Minutes(Bytes),
    /// The log; how many lines the viewer has.
    Log(usize),
}

async fn live(
    State(pages): State<Pages>,
    Word(slug): Word,
    asked: Asked,
    headers: HeaderMap,
) -> Shown {
    let row = row_of(&pages, &slug).await?;
    let place = pages.live.viewers.clone().try_acquire_owned().map_err(|_| {
        let sentence = "Too many follow meetings just now; load the page again to see what is new.";
        Refusal::told(StatusCode::SERVICE_UNAVAILABLE, sentence)
    })?;
    // Who lost the connection says which line came last.
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let after = asked.of("after").map(|after| last.unwrap_or(after));
    let follows = match after {
        Some(after) => Follows::Log(after.parse().unwrap_or(0)),
        None => Follows::Minutes(Bytes::new()),
    };
    let scene = scene_of(&pages, row);
    let viewer = Viewer { scene, follows, pages, is_over: false, _place: place };
    let events = futures_util::stream::unfold(viewer, |mut viewer| async move {
        let event = viewer.next().await?;
        Some((Ok::<Bytes, Infallible>(event), viewer))
    });
    let mut answer = Response::new(Body::from_stream(events));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx keeps answers back until they are long enough, unless it is told not to.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(answer)
}

impl Viewer {
    /// What is sent next; nothing when it is over.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.is_over {
                return None;
            }
            let scene = self.scene.borrow_and_update().clone();
            if let Some(event) = self.news(&scene) {
                return Some(event);
            }
            if scene.is_over {
                self.is_over = true;
                return Some(Bytes::from_static(b"event: end\ndata: end\n\n"));
            }
            let stop = self.pages.stop.clone();
            let changed = timeout(QUIET, self.scene.changed());
            match stop.run_until_cancelled(changed).await {
                None | Some(Ok(Err(_))) => return None,
                Some(Err(_)) => return Some(Bytes::from_static(b": here\n\n")),
                Some(Ok(Ok(()))) => {}
            }
        }
    }

    fn news(&mut self, scene: &Scene) -> Option<Bytes> {
        match &mut self.follows {
            Follows::Minutes(sent) => {
                let is_new = !scene.minutes.is_empty() && *sent != scene.minutes;
                is_new.then(|| {
                    *sent = scene.minutes.clone();
                    scene.minutes.clone()
                })
            }
            Follows::Log(known) => {
                let fresh = scene.lines.get(*known..).filter(|fresh| !fresh.is_empty())?;
                let fresh = &fresh[fresh.len().saturating_sub(MOST_LINES)..];
                *known = scene.lines.len();
                let mut event = format!("event: lines\nid: {known}\n").into_bytes();
                for line in fresh {
                    event.extend_from_slice(b"data: ");
                    event.extend_from_slice(line);
                    event.push(b'\n');
                }
                event.push(b'\n');
                Some(event.into())
            }
        }
    }
}

/// The meeting as it is followed; whoever comes first begins to look.
fn scene_of(pages: &Pages, row: MeetingRow) -> watch::Receiver<Arc<Scene>> {
    let mut scenes = pages.live.scenes.lock().unwrap_or_else(PoisonError::into_inner);
    let number = row.id.number();
    if let Some(sender) = scenes.get(&number) {
        return sender.subscribe();
    }
    let (sender, receiver) = watch::channel(Arc::default());
    scenes.insert(number, sender);
    tokio::spawn(follow(pages.clone(), row));
    receiver
}

/// Looks for new lines until nobody follows any more, or the meeting is over.
async fn follow(pages: Pages, row: MeetingRow) {
    let number = row.id.number();
    let mut last = None;
    loop {
        match look(&pages, &row, last).await {
            Ok(Some(scene)) => {
                last = scene.last;
                let is_over = scene.is_over;
                let mut scenes = pages.live.scenes.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(sender) = scenes.get(&number) {
                    sender.send_replace(Arc::new(scene));
                }
                if is_over {
                    scenes.remove(&number);
                    return;
                }
            }
            Ok(None) => {}
            Err(refusal) => tracing::debug!(?refusal, "a meeting that is followed was not read"),
        }
        if pages.stop.run_until_cancelled(sleep(LOOK)).await.is_none() {
            return;
        }
        let mut scenes = pages.live.scenes.lock().unwrap_or_else(PoisonError::into_inner);
        if scenes.get(&number).is_none_or(|sender| sender.receiver_count() == 0) {
            scenes.remove(&number);
            return;
        }
    }
}

/// The meeting, if anything was added to it.
async fn look(
    pages: &Pages,
    row: &MeetingRow,
    last: Option<u32>,
) -> Result<Option<Scene>, Refusal> {
    let now = store::meeting::by_slug(&pages.db, &row.slug).await?;
    // A meeting that was restricted or aborted is over for whoever follows it.
    let is_over = now.is_none_or(|now| !now.is_open() || now.restricted_at.is_some());
    let seq = store::log::last_seq(&pages.db, row.id).await?;
    if seq == last && !is_over {
        return Ok(None);
    }
    let log = store::log::read(&pages.db, row.id).await?;
    let seq = log.last().map(|(seq, _)| *seq);
    let links = Links::of_page(&row.slug);
    let printed = tokio::task::spawn_blocking(move || {
        let meeting = replay::stored(log.into_iter().map(|(_, event)| event))?;
        let minutes = html_part(&document::of(&meeting, &links), &links);
        let lines = log_lines(&meeting, &links, 1..=meeting.log.len());
        Some((event("minutes", &minutes), lines))
    });
    let Some((minutes, lines)) = printed.await.ok().flatten() else { return Ok(None) };
    // A printed line has no break in it.
    let lines = Bytes::from(lines);
    let mut cut = Vec::new();
    let mut from = 0;
    for (at, byte) in lines.iter().enumerate() {
        if *byte == b'\n' {
            cut.push(lines.slice(from..at));
            from = at + 1;
        }
    }
    Ok(Some(Scene { last: seq, minutes, lines: cut, is_over }))
}

/// An event with what stands in several lines.
fn event(name: &str, html: &str) -> Bytes {
    let mut out = format!("event: {name}\n");
    for line in html.lines() {
        out.push_str("data: ");
        out.push_str(line);
        out.push('\n');
    }
    out.push('\n');
    out.into()
}
