//! Bodies on their way through the balancer: every frame is passed on as it comes, but for small bodies of requests that
//! may have to be sent again.

use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};

use super::backend::{Lease, Sender};

/// The body of a request to an instance.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// All of it, perhaps nothing: the request can be sent again.
    Whole(Bytes),
    /// What the client sends.
    Streamed(Incoming),
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut *self {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Streamed(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Streamed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Streamed(body) => body.size_hint(),
        }
    }
}

/// The body of an answer to a client.
#[derive(Debug)]
pub(super) enum Answering {
    /// What the instance sends, with what it holds until the end.
    Passed(Passed),
    /// A text of the balancer's own.
    Own(Bytes),
}

/// An answer that is being passed on.
#[derive(Debug)]
pub(super) struct Passed {
    body: Incoming,
    ended: bool,
    /// Goes back among the idle connections if the body is read to its end, and is closed if not.
    sender: Option<Sender>,
    lease: Lease,
}

impl Passed {
    pub(super) fn new(body: Incoming, sender: Sender, lease: Lease) -> Self {
        Self {
            body,
            ended: false,
            sender: Some(sender),
            lease,
        }
    }
}

impl Drop for Passed {
    fn drop(&mut self) {
        if (self.ended || self.body.is_end_stream())
            && let Some(sender) = self.sender.take()
        {
            self.lease.backend.give_back(sender);
        }
    }
}

impl Body for Answering {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut *self {
            Self::Passed(passed) => {
                let frame = Pin::new(&mut passed.body).poll_frame(context);
                if matches!(frame, Poll::Ready(None)) {
                    passed.ended = true;
                }
                frame
            }
            Self::Own(text) if text.is_empty() => Poll::Ready(None),
            Self::Own(text) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(text))))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Passed(passed) => passed.body.is_end_stream(),
            Self::Own(text) => text.is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Passed(passed) => passed.body.size_hint(),
            Self::Own(text) => SizeHint::with_exact(text.len() as u64),
        }
    }
}
