//! Long-running operations: what a command answers with, and waiting for its end.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use prost::{Message, Name};
use tokio::time::{Instant, sleep};

use crate::longrunning::{self, WaitOperationRequest, operation::Result as Outcome};
use crate::v1::OperationMetadata;
use crate::{Client, Error};

/// How long the server holds one call of a wait.
const STEP: Duration = Duration::from_secs(30);
/// The server answers a wait when its time is up; this much later it is not going to.
const ANSWER_GRACE: Duration = Duration::from_secs(5);
/// A server may answer a wait early (AIP-151): it is never called more often than this.
const SHORTEST_STEP: Duration = Duration::from_millis(100);
/// How long the control plane may be away (a restart) before waiting gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Work that was accepted, and ends with a `T`.
#[derive(Clone)]
pub struct Operation<T> {
    client: Client,
    state: longrunning::Operation,
    outcome: PhantomData<fn() -> T>,
}

impl<T> Operation<T> {
    pub(crate) fn new(client: Client, state: longrunning::Operation) -> Self {
        Self { client, state, outcome: PhantomData }
    }

    /// `operations/{operation}`. Empty for a command that was only validated.
    pub fn name(&self) -> &str {
        &self.state.name
    }

    /// Whether it had ended when it was last heard of.
    pub fn is_done(&self) -> bool {
        self.state.done
    }

    /// As the server sent it last.
    pub fn state(&self) -> &longrunning::Operation {
        &self.state
    }

    /// Target, verb, actor, positions and times. None where the server sent none.
    pub fn metadata(&self) -> Option<OperationMetadata> {
        unpack(self.state.metadata.as_ref()?)
    }
}

impl<T: Message + Default + Name> Operation<T> {
    /// What the operation ended with, over restarts of the server; the control plane ends every operation by its own deadline.
    ///
    /// Fails with [`Error::OperationFailed`] where its work failed. Dropping the future only ends the waiting.
    pub async fn wait(self) -> Result<T, Error> {
        self.wait_until(None).await
    }

    /// As [`wait`](Self::wait), for at most so long: then [`Error::WaitTimeout`], and the operation goes on.
    pub async fn wait_for(self, timeout: Duration) -> Result<T, Error> {
        self.wait_until(Some(timeout)).await
    }

    async fn wait_until(self, timeout: Option<Duration>) -> Result<T, Error> {
        let ended = wait(&self.client, self.state, timeout).await?;
        let Some(Outcome::Response(response)) = &ended.result else {
            return Err(Error::BadAnswer(format!("{} is done without an outcome", ended.name)));
        };
        unpack(response).ok_or_else(|| {
            Error::BadAnswer(format!("{} ended with {}, not {}", ended.name, response.type_url, T::full_name()))
        })
    }
}

impl<T> fmt::Debug for Operation<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Operation").field(&self.state).finish()
    }
}

/// The operation as it ended. A control plane that is away for less than 30 s is waited for.
pub async fn wait(
    client: &Client,
    operation: longrunning::Operation,
    timeout: Option<Duration>,
) -> Result<longrunning::Operation, Error> {
    let mut current = operation;
    let began = Instant::now();
    let mut last_answer = began;
    while !current.done {
        let began_step = Instant::now();
        let waited = began_step - began;
        let step = timeout.map_or(STEP, |timeout| STEP.min(timeout.saturating_sub(waited)));
        if step.is_zero() {
            return Err(Error::WaitTimeout { operation: Box::new(current), waited });
        }
        match wait_once(client, &current.name, step).await {
            Ok(answer) => (current, last_answer) = (answer, Instant::now()),
            Err(Error::DeadlineExceeded(_)) => last_answer = Instant::now(),
            Err(Error::Unavailable(_)) if last_answer.elapsed() < PATIENCE => {}
            Err(error) => return Err(error),
        }
        if !current.done {
            sleep(SHORTEST_STEP.saturating_sub(began_step.elapsed())).await;
        }
    }
    match &current.result {
        Some(Outcome::Error(status)) => Err(Error::of_operation(current.clone(), status)),
        _ => Ok(current),
    }
}

async fn wait_once(client: &Client, name: &str, step: Duration) -> Result<longrunning::Operation, Error> {
    let held_for = prost_types::Duration::try_from(step).expect("a step is of seconds");
    let request = WaitOperationRequest { name: name.to_owned(), timeout: Some(held_for) };
    client.call(request).timeout(step + ANSWER_GRACE).await
}

fn unpack<T: Message + Default + Name>(any: &prost_types::Any) -> Option<T> {
    any.to_msg().ok()
}
