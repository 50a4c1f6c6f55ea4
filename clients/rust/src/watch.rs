//! Watches: streams that go on where they broke off, without a gap or a repeat. Dropping one ends its call.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt};
use prost::Message;
use tokio::time::sleep;
use tonic::metadata::MetadataMap;
use tonic::{Code, Status, Streaming};

use crate::Error;
use crate::retry::RetryPolicy;

/// Of a stream's initial metadata: its parent or scope, with uids for ids.
const RESOURCE: &str = "chronovisor-resource";
const HISTORY: &str = "chronovisor-history";
/// Between two tries at most, so that a watch goes on within a second of the server's return.
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// What a message of a watch holds.
#[derive(Debug)]
pub enum Part<T> {
    /// Items with their positions. 0: a state to begin with, which the stream can be resumed after only when a checkpoint
    /// follows.
    Items(Vec<(i64, T)>),
    /// Everything up to this position was sent.
    Checkpoint {
        /// Of the ledger.
        position: i64,
        /// The history that the position is of.
        history: String,
    },
    /// The past has been sent.
    CaughtUp,
    /// The reader was too slow.
    FellBehind,
    /// A newer server's.
    Unknown,
}

/// What a watch reports.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Update<T> {
    /// An event, or a change.
    Item(T),
    /// Nothing more is to come from up to this position.
    Checkpoint(i64),
    /// The past has been sent; what follows is live.
    CaughtUp,
    /// The reader was too slow; nothing is lost, and `CaughtUp` comes again.
    FellBehind,
    /// The connection was lost, and is tried again until it is there.
    Interrupted,
}

/// Where a stream is to go on.
#[derive(Debug, Clone, Default)]
pub struct Resume {
    /// After this position. None: as it was requested.
    pub position: Option<i64>,
    /// What the stream is of, named by its uid: another may have its name by now. None before the first answer.
    pub resource: Option<String>,
    /// The history that the position is of: a server that was restored since refuses it, with HISTORY_FORKED.
    pub history: Option<String>,
}

impl Resume {
    /// Adds what is sent as metadata to a call that resumes.
    pub fn add_to(&self, metadata: &mut MetadataMap) {
        if let Some(history) = self.history.as_ref().and_then(|text| text.parse().ok()) {
            metadata.insert(HISTORY, history);
        }
    }
}

/// The request of a method that a [`Watch`] can be of.
pub trait Watchable: Message + Default + Clone + 'static {
    /// Such as `/chronovisor.v1.HistoryService/WatchEvents`.
    const PATH: &'static str;
    /// The stream's messages.
    type Response: Message + Default + 'static;
    /// What is watched.
    type Item: Send + 'static;
    /// What the stream is of, by the request's name for it.
    fn set_resource(&mut self, name: String);
    /// Makes it begin after a position.
    fn set_position(&mut self, position: i64);
    /// Fills in what the caller left open.
    fn prepare(&mut self) {}
    /// Takes a message apart.
    fn part(response: Self::Response) -> Part<Self::Item>;
}

/// Items of a watch, each once and in order, over every interruption.
///
/// As a stream, or by [`next`](Watch::next), it gives the items alone; [`updates`](Watch::updates) gives all that it reports.
/// After an error there is nothing more: the server refused, or was not there to begin with.
#[derive(Debug)]
pub struct Watch<T> {
    updates: Updates<T>,
}

/// All that a watch reports. See [`Update`].
pub struct Updates<T> {
    stream: Pin<Box<dyn Stream<Item = Result<Update<T>, Error>> + Send>>,
    position: Arc<AtomicI64>,
}

impl<T: Send + 'static> Watch<T> {
    /// Of any method: `begin` calls it, and `part` takes its messages apart.
    pub fn new<M, B, F>(begin: B, part: impl Fn(M) -> Part<T> + Send + 'static, retry: RetryPolicy) -> Self
    where
        M: Send + 'static,
        B: Fn(Resume) -> F + Send + 'static,
        F: Future<Output = Result<tonic::Response<Streaming<M>>, Status>> + Send,
    {
        let position = Arc::new(AtomicI64::new(0));
        let machine = Machine {
            begin,
            part,
            retry,
            call: None,
            ready: VecDeque::new(),
            held: Vec::new(),
            resume: Resume::default(),
            floor: 0,
            failures: 0,
            begun: false,
            ended: false,
            given: position.clone(),
        };
        let stream = stream::unfold(machine, |mut machine| async move { Some((machine.next().await?, machine)) });
        Self { updates: Updates { stream: Box::pin(stream), position } }
    }

    /// The next item.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        StreamExt::next(self).await
    }

    /// The watch with all that it reports besides its items.
    pub fn updates(self) -> Updates<T> {
        self.updates
    }

    /// After which position another watch goes on after what this one gave last; 0 before it gave anything with one.
    pub fn position(&self) -> i64 {
        self.updates.position()
    }
}

impl<T: Send + 'static> Updates<T> {
    /// The next update.
    pub async fn next(&mut self) -> Option<Result<Update<T>, Error>> {
        StreamExt::next(self).await
    }

    /// As of [`Watch::position`].
    pub fn position(&self) -> i64 {
        self.position.load(Ordering::Relaxed)
    }
}

impl<T> fmt::Debug for Updates<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Updates").field("position", &self.position).finish_non_exhaustive()
    }
}

impl<T> Stream for Updates<T> {
    type Item = Result<Update<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.stream.as_mut().poll_next(context)
    }
}

impl<T> Stream for Watch<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match std::task::ready!(self.updates.stream.as_mut().poll_next(context)) {
                Some(Ok(Update::Item(item))) => return Poll::Ready(Some(Ok(item))),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

/// How a watch goes on.
struct Machine<M, T, B, P> {
    begin: B,
    part: P,
    retry: RetryPolicy,
    call: Option<Streaming<M>>,
    /// What is to be given, with the position that it brings the reader to.
    ready: VecDeque<(i64, Update<T>)>,
    /// Items without a position: given when all of them are there, since they cannot be resumed in between.
    held: Vec<T>,
    resume: Resume,
    /// What the call began after: what is at or before it was given already.
    floor: i64,
    /// In a row.
    failures: u32,
    /// Whether the server has answered ever.
    begun: bool,
    ended: bool,
    given: Arc<AtomicI64>,
}

impl<M, T, B, P, F> Machine<M, T, B, P>
where
    B: Fn(Resume) -> F,
    P: Fn(M) -> Part<T>,
    F: Future<Output = Result<tonic::Response<Streaming<M>>, Status>>,
{
    async fn next(&mut self) -> Option<Result<Update<T>, Error>> {
        loop {
            if let Some((position, update)) = self.ready.pop_front() {
                if position > 0 {
                    self.resume.position = Some(position);
                    self.given.store(position, Ordering::Relaxed);
                }
                return Some(Ok(update));
            }
            if self.ended {
                return None;
            }
            let failed = match self.receive().await {
                Ok(Some(message)) => {
                    (self.begun, self.failures) = (true, 0);
                    self.take(message);
                    continue;
                }
                Ok(None) => Status::unavailable("the stream ended"),
                Err(status) => status,
            };
            self.call = None;
            if let Some(error) = self.pause_after(failed.into()).await {
                self.ended = true;
                return Some(Err(error));
            }
        }
    }

    async fn receive(&mut self) -> Result<Option<M>, Status> {
        let call = match &mut self.call {
            Some(call) => call,
            None => {
                self.held.clear();
                self.floor = self.resume.position.unwrap_or_default();
                let response = (self.begin)(self.resume.clone()).await?;
                let sent = |key| response.metadata().get(key)?.to_str().ok().map(str::to_owned);
                let (resource, history) = (sent(RESOURCE), sent(HISTORY));
                self.resume.resource = self.resume.resource.take().or(resource);
                self.resume.history = self.resume.history.take().or(history);
                self.call.insert(response.into_inner())
            }
        };
        call.message().await
    }

    fn take(&mut self, message: M) {
        match (self.part)(message) {
            Part::Items(items) => {
                for (position, item) in items {
                    if position == 0 {
                        self.held.push(item);
                    } else if position > self.floor {
                        self.ready.push_back((position, Update::Item(item)));
                    }
                }
            }
            Part::Checkpoint { position, history } => {
                self.ready.extend(self.held.drain(..).map(|item| (0, Update::Item(item))));
                self.ready.push_back((position, Update::Checkpoint(position)));
                if !history.is_empty() {
                    self.resume.history = Some(history);
                }
            }
            Part::CaughtUp => self.ready.push_back((0, Update::CaughtUp)),
            Part::FellBehind => self.ready.push_back((0, Update::FellBehind)),
            Part::Unknown => {}
        }
    }

    /// Waits until the stream can be begun again. The error, where that is without hope.
    async fn pause_after(&mut self, error: Error) -> Option<Error> {
        self.failures += 1;
        // The token that it began with has ended: a fresh one is sent with the next try.
        let token_ended = error.code() == Code::Unauthenticated && self.begun && self.failures == 1;
        let is_final = !token_ended
            && matches!(
                error.code(),
                Code::InvalidArgument
                    | Code::NotFound
                    | Code::OutOfRange
                    | Code::PermissionDenied
                    | Code::Unauthenticated
                    | Code::FailedPrecondition
                    | Code::Unimplemented
            );
        if is_final || (!self.begun && self.failures >= self.retry.attempts) {
            return Some(error);
        }
        if self.failures == 1 && self.begun {
            self.ready.push_back((0, Update::Interrupted));
        }
        let requested = error.retry_delay().unwrap_or_default();
        // At once, the first time: what was cut may be there.
        let pause = if self.failures == 1 && self.begun {
            requested
        } else {
            self.retry.pause(self.failures, None).min(LONGEST_PAUSE).max(requested)
        };
        sleep(pause).await;
        None
    }
}
