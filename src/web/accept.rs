//! The accept loop: connections are few enough, headers come soon enough, and the door closes.
//!
//! `axum::serve` has no time limit for headers, so a handful of clients that send a byte now and
//! then could hold it for ever.

use crate::web::Pages;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The most connections at once; further ones wait in the kernel's queue.
const MOST_CONNECTIONS: usize = 512;
/// How long the headers of a request may take, and how long a connection may be idle.
const HEADERS: Duration = Duration::from_secs(10);
/// How long one connection may last at all: a slow reader holds its place no longer.
const CONNECTION: Duration = Duration::from_secs(120);
/// The most bytes of one request's head.
const MOST_HEAD_BYTES: usize = 16 * 1024;
/// How long the last answers may take when the door closes.
const CLOSING: Duration = Duration::from_secs(3);

/// Serves the pages until the stop.
pub async fn serve(listener: TcpListener, pages: Pages, stop: CancellationToken) {
    serve_within(listener, pages, stop, HEADERS).await;
}

/// Like [`serve`], with another time for headers.
pub(super) async fn serve_within(
    listener: TcpListener,
    pages: Pages,
    stop: CancellationToken,
    headers: Duration,
) {
    let router = pages.router();
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, place)) = accepted else { continue };
        let (router, stop) = (router.clone(), stop.clone());
        connections.spawn(async move {
            let _place = place;
            let service = TowerToHyperService::new(router);
            let mut connection = std::pin::pin!(
                http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(headers)
                    .max_buf_size(MOST_HEAD_BYTES)
                    .serve_connection(TokioIo::new(stream), service)
            );
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = tokio::time::sleep(CONNECTION) => return,
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection to the pages ended badly");
            }
        });
    }
    connections.close();
    let _ = tokio::time::timeout(CLOSING, connections.wait()).await;
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, place)),
        Err(error) => {
            // Out of file descriptors, or a connection that was gone already.
            tracing::warn!(%error, "a connection to the pages was not accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}
