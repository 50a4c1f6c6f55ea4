//! What a watch has given, collected by a task of its own until somebody looks.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chronovisor::Error;
use futures_util::stream::{BoxStream, StreamExt as _};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

#[derive(Default)]
struct State {
    items: Vec<Value>,
    taken: usize,
    error: Option<Error>,
}

/// The items of one watch. `take` gives those that came since the last time.
pub struct Collector {
    state: Arc<Mutex<State>>,
    changed: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Collector {
    pub fn new(mut watch: BoxStream<'static, Result<Value, Error>>) -> Self {
        let (state, changed) = (Arc::new(Mutex::new(State::default())), Arc::new(Notify::new()));
        let (of_task, changed_by_task) = (state.clone(), changed.clone());
        let task = tokio::spawn(async move {
            while let Some(item) = watch.next().await {
                {
                    let mut state = of_task.lock().expect("no holder panics");
                    match item {
                        Ok(item) => state.items.push(item),
                        Err(error) => state.error = Some(error),
                    }
                }
                changed_by_task.notify_one();
            }
        });
        Self { state, changed, task }
    }

    /// The new items, as many of them as `is_enough` says, which is also given the watch's error; None when they have not come
    /// within the time.
    pub async fn take(
        &self,
        is_enough: impl Fn(&[Value], Option<&Error>) -> Option<usize>,
        timeout: Duration,
    ) -> Option<Vec<Value>> {
        let deadline = Instant::now() + timeout;
        loop {
            {
                let mut state = self.state.lock().expect("no holder panics");
                let taken = state.taken;
                if let Some(count) = is_enough(&state.items[taken..], state.error.as_ref()) {
                    state.taken += count;
                    return Some(state.items[taken..state.taken].to_vec());
                }
            }
            timeout_at(deadline, self.changed.notified()).await.ok()?;
        }
    }

    /// Positions that are not above the one before them, of all items so far.
    pub fn repeats(&self) -> Vec<i64> {
        let state = self.state.lock().expect("no holder panics");
        let positions = state.items.iter().filter_map(|item| item["position"].as_str()?.parse().ok());
        let positions: Vec<i64> = positions.filter(|position| *position != 0).collect();
        positions.windows(2).filter(|pair| pair[1] <= pair[0]).map(|pair| pair[1]).collect()
    }

    pub fn error(&self) -> Option<Error> {
        self.state.lock().expect("no holder panics").error.clone()
    }

    /// What came and was not taken yet.
    pub fn waiting(&self) -> Value {
        let state = self.state.lock().expect("no holder panics");
        state.items[state.taken..].into()
    }

    /// As a user leaves a watch: it is dropped.
    pub async fn stop(self) {
        self.task.abort();
        // It ends by being cancelled.
        let _ = self.task.await;
    }
}
