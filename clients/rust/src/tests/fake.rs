//! A scripted server in place of a connection, and a record of what it received.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::BodyExt as _;
use prost::Message;
use tonic::body::Body;
use tonic::{ConnectError, Status};

use crate::retry::RetryPolicy;
use crate::token::Token;
use crate::transport::{Route, Transport};
use crate::{Client, connecting};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What the server does with one request.
pub enum Reply {
    /// Messages, then a status. `Status::ok` ends it well.
    Messages(Vec<Bytes>, HeaderMap, Status),
    /// Messages, and then the connection breaks.
    Cut(Vec<Bytes>, HeaderMap),
    /// Messages, and then nothing more.
    Open(Vec<Bytes>, HeaderMap),
    /// The connection breaks before the answer.
    Lost,
    /// There is nobody to connect to.
    Unreachable,
    /// There is a connection, and no answer.
    Silent,
}

impl Reply {
    pub fn message(message: &impl Message) -> Self {
        Self::Messages(vec![framed(message)], HeaderMap::new(), Status::ok(""))
    }

    pub fn refusal(status: Status) -> Self {
        Self::Messages(Vec::new(), HeaderMap::new(), status)
    }
}

/// A request as the server got it.
#[derive(Clone)]
pub struct Received {
    pub route: usize,
    pub path: String,
    pub headers: HeaderMap,
    body: Bytes,
}

impl Received {
    pub fn message<M: Message + Default>(&self) -> M {
        M::decode(&self.body[5..]).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

#[derive(Clone, Default)]
pub struct Fake {
    replies: Arc<Mutex<VecDeque<Reply>>>,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Fake {
    /// A client of `addresses` servers that share the script.
    pub fn client(&self, addresses: usize) -> Client {
        self.client_with(addresses, None)
    }

    pub fn client_with(&self, addresses: usize, token: Option<Token>) -> Client {
        let routes = (0..addresses).map(|index| {
            let route: Box<dyn Route> = Box::new(FakeRoute { index, fake: self.clone() });
            (format!("server-{index}"), route)
        });
        let manners =
            connecting::manners(Some("user:tester".to_owned()), token, None, Some(RetryPolicy::default())).unwrap();
        Client::new(Transport::new(routes.collect(), manners))
    }

    pub fn will(self, reply: Reply) -> Self {
        self.replies.lock().unwrap().push_back(reply);
        self
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

struct FakeRoute {
    index: usize,
    fake: Fake,
}

impl Route for FakeRoute {
    fn send(&self, request: Request<Body>) -> BoxFuture<'static, Result<Response<Body>, BoxError>> {
        let (fake, route) = (self.fake.clone(), self.index);
        Box::pin(async move {
            let reply = fake.replies.lock().unwrap().pop_front().expect("more calls than the script has replies");
            let (parts, body) = request.into_parts();
            let reached = !matches!(reply, Reply::Unreachable);
            let body = if reached { body.collect().await?.to_bytes() } else { Bytes::new() };
            let received = Received { route, path: parts.uri.path().to_owned(), headers: parts.headers, body };
            fake.received.lock().unwrap().push(received);
            answer(reply).await
        })
    }
}

async fn answer(reply: Reply) -> Result<Response<Body>, BoxError> {
    let (messages, headers, end) = match reply {
        Reply::Messages(messages, headers, status) => {
            let mut trailers = HeaderMap::new();
            status.add_header(&mut trailers).unwrap();
            (messages, headers, Some(Ok(Frame::trailers(trailers))))
        }
        Reply::Cut(messages, headers) => {
            // As tonic reports it.
            (messages, headers, Some(Err(Status::unknown("h2 protocol error: error reading a body from connection"))))
        }
        Reply::Open(messages, headers) => (messages, headers, None),
        Reply::Lost => return Err(io::Error::from(io::ErrorKind::ConnectionReset).into()),
        Reply::Unreachable => {
            return Err(ConnectError(io::Error::from(io::ErrorKind::ConnectionRefused).into()).into());
        }
        Reply::Silent => std::future::pending().await,
    };
    let stays_open = end.is_none();
    let mut frames: VecDeque<_> = messages.into_iter().map(|data| Ok(Frame::data(data))).collect();
    frames.extend(end);
    let mut response = Response::new(Body::new(Scripted { frames, stays_open }));
    *response.headers_mut() = headers;
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    Ok(response)
}

struct Scripted {
    frames: VecDeque<Result<Frame<Bytes>, Status>>,
    stays_open: bool,
}

impl http_body::Body for Scripted {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        match self.frames.pop_front() {
            None if self.stays_open => Poll::Pending,
            frame => Poll::Ready(frame),
        }
    }
}

pub fn framed(message: &impl Message) -> Bytes {
    let mut out = BytesMut::new();
    out.put_u8(0);
    out.put_u32(message.encoded_len() as u32);
    message.encode(&mut out).unwrap();
    out.freeze()
}

pub fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs.iter().map(|(key, value)| (key.parse().unwrap(), HeaderValue::from_static(value))).collect()
}
