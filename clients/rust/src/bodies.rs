//! Bodies of calls: answers that are read to their end, streams that break, requests that are taken back.

use std::error::Error as StdError;
use std::future::Future as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::time::{Instant, Sleep, sleep_until};
use tonic::Status;
use tonic::body::Body;

/// The largest message that is received.
pub(crate) const MOST_BYTES: usize = 64 * 1024 * 1024;

/// A unary answer that has come to its end.
pub(crate) struct Whole {
    pub parts: http::response::Parts,
    frames: Vec<Bytes>,
    pub trailers: Option<HeaderMap>,
}

impl Whole {
    pub async fn read(response: Response<Body>) -> Result<Self, Status> {
        let (parts, mut body) = response.into_parts();
        let mut whole = Self { parts, frames: Vec::new(), trailers: None };
        let mut size = 0;
        while let Some(frame) = body.frame().await {
            match frame.map_err(|status| broken(&status))?.into_data() {
                Ok(data) => {
                    size += data.len();
                    if size > MOST_BYTES {
                        return Err(Status::resource_exhausted(format!("the answer exceeds {MOST_BYTES} bytes")));
                    }
                    whole.frames.push(data);
                }
                Err(frame) => whole.trailers = frame.into_trailers().ok(),
            }
        }
        Ok(whole)
    }

    /// The status that it fails with. None: it is good, or tonic infers its status from HTTP's.
    pub fn status(&self) -> Option<Status> {
        let mut sent = [Some(&self.parts.headers), self.trailers.as_ref()].into_iter().flatten();
        let found = sent.find(|headers| headers.contains_key(Status::GRPC_STATUS));
        if found.is_some_and(|headers| headers[Status::GRPC_STATUS] == "0") {
            return None;
        }
        let found = found.and_then(Status::from_header_map);
        match (found, self.parts.status.as_u16()) {
            (Some(status), _) => Some(status),
            (None, 200) => Some(Status::unavailable("the connection was lost before the answer's end")),
            // As proxies answer, see gRPC's http-grpc-status-mapping.
            (None, 429 | 502 | 503 | 504) => {
                Some(Status::unavailable(format!("HTTP status {} instead of an answer", self.parts.status)))
            }
            (None, _) => None,
        }
    }

    pub fn response(self) -> Response<Body> {
        let mut frames: Vec<_> = self.frames.into_iter().map(Frame::data).collect();
        frames.extend(self.trailers.map(Frame::trailers));
        frames.reverse();
        Response::from_parts(self.parts, Body::new(Replayed(frames)))
    }
}

/// Frames that are there already, the last first.
struct Replayed(Vec<Frame<Bytes>>);

impl http_body::Body for Replayed {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Poll::Ready(self.0.pop().map(Ok))
    }
}

/// A stream's answer, where a broken connection is UNAVAILABLE, and a deadline is kept.
pub(crate) struct Unbroken {
    body: Body,
    deadline: Option<(Pin<Box<Sleep>>, Duration)>,
    ended: bool,
}

impl Unbroken {
    /// `deadline` is the call's, with the timeout that it came from.
    pub fn new(body: Body, deadline: Option<(Instant, Duration)>) -> Self {
        let deadline = deadline.map(|(at, timeout)| (Box::pin(sleep_until(at)), timeout));
        Self { body, deadline, ended: false }
    }
}

impl http_body::Body for Unbroken {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            let frame = frame.map(|frame| frame.map_err(|status| broken(&status)));
            self.ended = !matches!(frame, Some(Ok(_)));
            return Poll::Ready(frame);
        }
        if let Some((sleep, timeout)) = &mut self.deadline
            && sleep.as_mut().poll(context).is_ready()
        {
            let status = too_late(*timeout);
            self.ended = true;
            return Poll::Ready(Some(Err(status)));
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.body.is_end_stream()
    }
}

/// A request's body that is taken back where it was never read: the address could not be connected to.
#[derive(Clone)]
pub(crate) struct Lent(Arc<Mutex<Body>>);

impl Lent {
    pub fn new(body: Body) -> Self {
        Self(Arc::new(Mutex::new(body)))
    }
}

impl http_body::Body for Lent {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Pin::new(&mut *self.0.lock().expect("no holder panics")).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().expect("no holder panics").is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().expect("no holder panics").size_hint()
    }
}

/// tonic reports what a killed server leaves as UNKNOWN, INTERNAL or CANCELLED.
fn broken(status: &Status) -> Status {
    Status::unavailable(format!("the connection was lost: {}", chain(status)))
}

pub(crate) fn too_late(timeout: Duration) -> Status {
    Status::deadline_exceeded(format!("no answer within {timeout:?}"))
}

pub(crate) fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |each: &&'a (dyn StdError + 'static)| (*each).source())
}

/// An error and its causes in one line, each once.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    for each in causes(error) {
        let text = each.downcast_ref::<Status>().map_or_else(|| each.to_string(), |status| status.message().to_owned());
        if !texts.iter().any(|known| known.contains(&text)) {
            texts.push(text);
        }
    }
    texts.join(": ")
}
