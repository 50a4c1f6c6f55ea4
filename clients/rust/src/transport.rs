//! The path of every call, whichever stub begins it: actor, token, deadline, request id, retries, the next address.
//!
//! It is a service of HTTP requests below tonic's stubs, since tonic's interceptors see no answers and cannot retry.

use std::error::Error as StdError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body_util::BodyExt as _;
use tokio::time::{Instant, sleep, timeout_at};
use tonic::body::Body;
use tonic::transport::Channel;
use tonic::{Code, ConnectError, Status, TimeoutExpired};
use tonic_types::StatusExt as _;
use tower_service::Service;

use crate::bodies::{Lent, Unbroken, Whole, causes, chain, too_late};
use crate::frames::with_request_id;
use crate::methods::{MethodRules, rules_of};
use crate::refusals::explained;
use crate::retry::RetryPolicy;
use crate::token::Token;

pub(crate) const HISTORY: HeaderName = HeaderName::from_static("chronovisor-history");
const ACTOR: HeaderName = HeaderName::from_static("chronovisor-actor");
const TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
/// Of a longer one neither a clock nor the header can say when it ends.
pub(crate) const LONGEST_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 3600);

type BoxError = Box<dyn StdError + Send + Sync>;
type Answer = Result<Response<Body>, BoxError>;

/// A connection to one address, made when it is needed, and again when it is lost.
pub(crate) trait Route: Send + Sync {
    fn send(&self, request: Request<Body>) -> BoxFuture<'static, Answer>;
}

impl Route for Channel {
    fn send(&self, request: Request<Body>) -> BoxFuture<'static, Answer> {
        let mut channel = self.clone();
        Box::pin(async move {
            std::future::poll_fn(|context| channel.poll_ready(context)).await?;
            Ok(channel.call(request).await?)
        })
    }
}

/// What a client says and keeps to in every call.
pub(crate) struct Manners {
    pub actor: HeaderValue,
    pub token: Option<Token>,
    /// Whether connections are by TLS.
    pub secure: bool,
    /// For a unary call with all its attempts. Streams have no deadline of their own.
    pub timeout: Duration,
    pub retry: RetryPolicy,
}

/// The service that generated stubs send their calls to. Cheap to clone; clones share the connections.
///
/// Every unary call has a deadline, gets a `request_id` where it changes something and has none, and is tried again while
/// the server is UNAVAILABLE. A connection that breaks is UNAVAILABLE, too, in unary calls and in streams.
#[derive(Clone)]
pub struct Transport {
    shared: Arc<Shared>,
}

struct Shared {
    /// In the order in which they are tried, with their addresses.
    routes: Vec<(String, Box<dyn Route>)>,
    /// The one that worked last.
    current: AtomicUsize,
    manners: Manners,
    /// The ledger's history as the server sent it last.
    history: RwLock<Option<HeaderValue>>,
}

/// An attempt that got no good answer.
struct Failure {
    status: Status,
    /// Whether the server may have taken the request.
    may_have_arrived: bool,
}

impl Transport {
    pub(crate) fn new(routes: Vec<(String, Box<dyn Route>)>, manners: Manners) -> Self {
        let shared = Shared { routes, current: AtomicUsize::new(0), manners, history: RwLock::new(None) };
        Self { shared: Arc::new(shared) }
    }

    pub(crate) fn retry(&self) -> &RetryPolicy {
        &self.shared.manners.retry
    }
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let addresses: Vec<_> = self.shared.routes.iter().map(|(address, _)| address).collect();
        out.debug_struct("Transport").field("addresses", &addresses).finish_non_exhaustive()
    }
}

impl Service<Request<Body>> for Transport {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let shared = self.shared.clone();
        match rules_of(request.uri().path()) {
            Some(rules) if !rules.streams => Box::pin(async move { shared.unary(request, rules).await }),
            // A method that is not known may stream.
            _ => Box::pin(async move { shared.streaming(request).await }),
        }
    }
}

impl Shared {
    async fn unary(&self, request: Request<Body>, rules: &MethodRules) -> Result<Response<Body>, Status> {
        let (mut head, body) = request.into_parts();
        let timeout = timeout_of(&head.headers).unwrap_or(self.manners.timeout).min(LONGEST_TIMEOUT);
        let deadline = Instant::now() + timeout;
        let work = async {
            self.address(&mut head.headers).await?;
            let message = with_request_id(body.collect().await?.to_bytes(), rules.request_id);
            self.attempts(head, message, rules, deadline).await
        };
        timeout_at(deadline, work).await.unwrap_or_else(|_| Err(too_late(timeout)))
    }

    async fn attempts(
        &self,
        mut head: Parts,
        message: Bytes,
        rules: &MethodRules,
        deadline: Instant,
    ) -> Result<Response<Body>, Status> {
        let retry = &self.manners.retry;
        let mut attempt = 1;
        let mut renewed = false;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            head.headers.insert(TIMEOUT, timeout_value(left));
            let failure = match self.attempt(&head, &message).await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            if failure.status.code() == Code::Unauthenticated && !renewed {
                renewed = true;
                // What is no longer taken may have a successor by now.
                if self.renew(&mut head.headers).await? {
                    continue;
                }
            }
            let requested = failure.status.get_details_retry_info().and_then(|info| info.retry_delay);
            let pause = retry.pause(attempt, requested);
            let may_repeat = rules.repeatable || !failure.may_have_arrived;
            if failure.status.code() != Code::Unavailable
                || attempt >= retry.attempts
                || !may_repeat
                || Instant::now() + pause >= deadline
            {
                return Err(failure.status);
            }
            sleep(pause).await;
            attempt += 1;
        }
    }

    /// Whether the headers have another token now.
    async fn renew(&self, headers: &mut HeaderMap) -> Result<bool, Status> {
        let Some(token) = &self.manners.token else { return Ok(false) };
        let fresh = token.header().await?;
        let is_another = headers.get(AUTHORIZATION) != Some(&fresh);
        headers.insert(AUTHORIZATION, fresh);
        Ok(is_another)
    }

    /// One attempt: at the current address, or the next one that can be connected to.
    async fn attempt(&self, head: &Parts, message: &Bytes) -> Result<Response<Body>, Failure> {
        let response = self
            .through_routes(|| Request::from_parts(head.clone(), Body::new(http_body_util::Full::new(message.clone()))))
            .await?;
        let whole = Whole::read(response).await.map_err(|status| Failure { status, may_have_arrived: true })?;
        self.learn(&whole.parts.headers);
        if let Some(trailers) = &whole.trailers {
            self.learn(trailers);
        }
        match whole.status() {
            Some(status) if status.code() == Code::Unavailable => {
                self.turn_from(self.current.load(Ordering::Relaxed));
                // The server's own refusal: it did nothing.
                Err(Failure { status, may_have_arrived: false })
            }
            Some(status) => Err(Failure { status, may_have_arrived: true }),
            None => Ok(whole.response()),
        }
    }

    async fn streaming(&self, request: Request<Body>) -> Result<Response<Body>, Status> {
        let (mut head, body) = request.into_parts();
        let deadline = timeout_of(&head.headers).map(|timeout| (Instant::now() + timeout, timeout));
        self.address(&mut head.headers).await?;
        let lent = Lent::new(body);
        let work = self.through_routes(|| Request::from_parts(head.clone(), Body::new(lent.clone())));
        let answer = match deadline {
            Some((at, timeout)) => timeout_at(at, work).await.map_err(|_| too_late(timeout))?,
            None => work.await,
        };
        let response = answer.map_err(|failure| failure.status)?;
        self.learn(response.headers());
        Ok(response.map(|body| Body::new(Unbroken::new(body, deadline))))
    }

    /// The answer of the first address that can be connected to, from the current one on. `request` makes it anew.
    async fn through_routes(&self, request: impl Fn() -> Request<Body>) -> Result<Response<Body>, Failure> {
        let (first, count) = (self.current.load(Ordering::Relaxed), self.routes.len());
        let mut refused = Vec::new();
        for index in (0..count).map(|step| (first + step) % count) {
            let (address, route) = &self.routes[index];
            match route.send(request()).await {
                Ok(response) => {
                    self.current.store(index, Ordering::Relaxed);
                    return Ok(response);
                }
                Err(error) if is::<ConnectError>(&*error) => {
                    let text = chain(&*error);
                    let text = explained(&text, self.manners.secure).unwrap_or(&text);
                    refused.push(format!("{address}: {text}"));
                }
                Err(error) if is::<TimeoutExpired>(&*error) => {
                    let status = Status::deadline_exceeded("no answer within the call's timeout");
                    return Err(Failure { status, may_have_arrived: true });
                }
                Err(error) => {
                    self.turn_from(index);
                    let text = chain(&*error);
                    let text = match explained(&text, self.manners.secure) {
                        Some(meaning) => format!("{address}: {meaning}"),
                        None => format!("the connection to {address} was lost: {text}"),
                    };
                    return Err(Failure { status: Status::unavailable(text), may_have_arrived: true });
                }
            }
        }
        let text = format!("no server can be reached: {}", refused.join("; "));
        Err(Failure { status: Status::unavailable(text), may_have_arrived: false })
    }

    /// Lets the next attempt begin with the address after this one.
    fn turn_from(&self, index: usize) {
        let next = (index + 1) % self.routes.len();
        // Another call may have turned already.
        let _ = self.current.compare_exchange(index, next, Ordering::Relaxed, Ordering::Relaxed);
    }

    async fn address(&self, headers: &mut HeaderMap) -> Result<(), Status> {
        headers.entry(ACTOR).or_insert_with(|| self.manners.actor.clone());
        // A stream that is resumed says itself of which history it is.
        if let Some(history) = &*self.history.read().expect("no holder panics") {
            headers.entry(HISTORY).or_insert_with(|| history.clone());
        }
        if let Some(token) = &self.manners.token {
            headers.insert(AUTHORIZATION, token.header().await?);
        }
        Ok(())
    }

    fn learn(&self, headers: &HeaderMap) {
        if let Some(sent) = headers.get(&HISTORY) {
            let known = self.history.read().expect("no holder panics").as_ref() == Some(sent);
            if !known {
                *self.history.write().expect("no holder panics") = Some(sent.clone());
            }
        }
    }
}

fn is<E: StdError + 'static>(error: &(dyn StdError + 'static)) -> bool {
    causes(error).any(|each| each.is::<E>())
}

/// The timeout that a caller has set on its request, as gRPC sends it.
fn timeout_of(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(TIMEOUT)?.to_str().ok()?;
    let (digits, unit) = text.split_at(text.len().checked_sub(1)?);
    let count: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(count * 3600),
        "M" => Duration::from_secs(count * 60),
        "S" => Duration::from_secs(count),
        "m" => Duration::from_millis(count),
        "u" => Duration::from_micros(count),
        "n" => Duration::from_nanos(count),
        _ => return None,
    })
}

/// At most eight digits, as gRPC demands.
fn timeout_value(left: Duration) -> HeaderValue {
    let text = match left.as_micros() {
        micros @ 0..100_000_000 => format!("{micros}u"),
        micros @ 100_000_000..100_000_000_000 => format!("{}m", micros / 1000),
        micros => format!("{}S", (micros / 1_000_000).min(99_999_999)),
    };
    HeaderValue::from_str(&text).expect("digits and a letter are a header's value")
}
