//! A stream that comes in pieces, as TCP may cut it.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, ReadBuf},
    runtime::{Builder, Runtime},
};

thread_local! {
    static RUNTIME: Runtime =
        Builder::new_current_thread().enable_time().build().expect("a runtime with a clock");
}

/// Octets that come whole, or in pieces of sizes that `seed` decides, with waits between them.
#[derive(Debug)]
pub(crate) struct Pieces<'a> {
    rest: &'a [u8],
    seed: u32,
}

impl<'a> Pieces<'a> {
    /// All octets at once.
    pub(crate) fn whole(octets: &'a [u8]) -> Self {
        Self { rest: octets, seed: 0 }
    }

    /// Cut by `seed`: 0 cuts nothing.
    pub(crate) fn cut(octets: &'a [u8], seed: u8) -> Self {
        Self { rest: octets, seed: u32::from(seed) }
    }
}

impl AsyncRead for Pieces<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut length = self.rest.len().min(buffer.remaining());
        if self.seed != 0 {
            // Knuth's linear congruential generator: the same input is cut in the same way.
            self.seed = self.seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) | 1;
            let draw = (self.seed >> 16) as usize;
            if draw.is_multiple_of(5) {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            length = length.min(1 + draw / 5 % 24);
        }
        let (piece, rest) = self.rest.split_at(length);
        buffer.put_slice(piece);
        self.rest = rest;
        Poll::Ready(Ok(()))
    }
}

/// Runs a future to its end.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    RUNTIME.with(|runtime| runtime.block_on(future))
}
