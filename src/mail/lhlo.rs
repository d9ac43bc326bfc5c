//! A stream on which a client of SMTP speaks LMTP: the first command it sends is `EHLO`, and `LHLO`
//! is what goes over the wire. With one recipient nothing else differs (RFC 2033 §4).

use lettre::transport::smtp::client::AsyncTokioStream;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The stream below.
pub trait Below: AsyncRead + AsyncWrite + Send + Sync + Unpin + fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin + fmt::Debug> Below for T {}

/// A stream that says LHLO.
#[derive(Debug)]
pub struct Lhlo<S> {
    below: S,
    has_greeted: bool,
}

impl<S: Below> Lhlo<S> {
    /// Nothing is said yet.
    pub fn new(below: S) -> Lhlo<S> {
        Lhlo { below, has_greeted: false }
    }
}

impl<S: Below> AsyncTokioStream for Lhlo<S> {
    /// Only told in error messages; a unix socket has none.
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok((Ipv4Addr::LOCALHOST, 0).into())
    }
}

impl<S: Below> AsyncRead for Lhlo<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.below).poll_read(context, buffer)
    }
}

impl<S: Below> AsyncWrite for Lhlo<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.has_greeted || !bytes.starts_with(b"EHLO") {
            return Pin::new(&mut self.below).poll_write(context, bytes);
        }
        // Only the first letter differs, so what remains of a partial write is right as it is.
        let mut greeting = bytes.to_vec();
        greeting[0] = b'L';
        let written = Pin::new(&mut self.below).poll_write(context, &greeting);
        self.has_greeted = matches!(written, Poll::Ready(Ok(count)) if count > 0);
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.below).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.below).poll_shutdown(context)
    }
}
