//! The steps of a scenario, carried out one after the other. What each means is in clients/conformance/README.md.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::act;
use crate::calls::{Calls, Failed, refusal_of, seconds};
use crate::collector::Collector;
use crate::patterns::{Variables, at, check, is_found, number, shown, substituted, text_of};

const COLLECT: Duration = Duration::from_secs(10);

/// One scenario on its way: its variables, its watches, and the client that its steps use.
pub struct Scenario<'a> {
    server: &'a str,
    calls: Calls,
    variables: Variables,
    watches: HashMap<String, Collector>,
}

impl<'a> Scenario<'a> {
    pub fn new(server: &'a str, calls: Calls) -> Self {
        Self { server, calls, variables: Variables::new(), watches: HashMap::new() }
    }

    /// Fails with the step that did not do what the scenario expects, and how.
    pub async fn run(mut self, steps: &[Value]) -> Result<(), String> {
        let mut outcome = Ok(());
        for (number, step) in (1..).zip(steps) {
            outcome = self.step(step).await.map_err(|failed| match failed {
                Failed::Broken(why) => format!("step {number}: {why}"),
                Failed::Refused(refusal) => format!("step {number}: failed unexpectedly: {}", shown(&refusal)),
            });
            if outcome.is_err() {
                break;
            }
        }
        for (_, watch) in self.watches {
            watch.stop().await;
        }
        outcome
    }

    async fn step(&mut self, raw: &Value) -> Result<(), Failed> {
        for turn in 0..number(&raw["times"]).unwrap_or(1.0) as u64 {
            self.variables.insert("i".to_owned(), turn.to_string().into());
            let step = substituted(raw, &self.variables)?;
            self.carry_out(&step).await?;
        }
        Ok(())
    }

    async fn carry_out(&mut self, step: &Value) -> Result<(), Failed> {
        let (calls, request, time) =
            (self.calls.clone(), step.get("request").cloned().unwrap_or(json!({})), seconds(&step["timeout_s"]));
        if let Some(method) = step["call"].as_str() {
            self.checked(step, cancelled_after(step, calls.unary(method, &request, time)).await)
        } else if let Some(operation) = step["wait"].as_str() {
            self.checked(step, calls.wait(operation, time).await)
        } else if let Some(method) = step["list"].as_str() {
            let field = step["items"].as_str().unwrap_or_default();
            self.checked_items(step, calls.items(method, &request, field).await)
        } else if let Some(method) = step["watch"].as_str() {
            let watch = Collector::new(calls.watch(method, &request)?);
            if let Some(before) = self.watches.insert(text_of(&step["as"]), watch) {
                before.stop().await;
            }
            Ok(())
        } else if let Some(name) = step["collect"].as_str() {
            self.collect(step, name).await
        } else if let Some(name) = step["stop"].as_str() {
            let watch = self.watches.remove(name).ok_or_else(|| format!("there is no watch {name}"))?;
            watch.stop().await;
            Ok(())
        } else if let Some(method) = step["stream"].as_str() {
            let requests = step["requests"].as_array().cloned().unwrap_or_else(|| vec![json!({})]);
            let count = number(&step["count"]).map(|count| count as usize);
            self.checked_items(step, cancelled_after(step, calls.stream(method, &requests, count, time)).await)
        } else if let Some(position) = number(&step["prove"]) {
            let tamper = step["tamper"].as_bool().unwrap_or_default();
            let proven = calls.prove(position as i64, tamper).await;
            self.checked(step, proven.map(|verified| json!({"verified": verified})))
        } else if let Some(options) = step.get("connect") {
            self.calls = Calls::connect(self.server, options).await?;
            Ok(())
        } else if let Some(pause) = seconds(&step["sleep_s"]) {
            sleep(pause).await;
            Ok(())
        } else if let Some(action) = step.get("do") {
            let answer = act(action);
            match answer.get("failed") {
                Some(why) => Err(text_of(why).into()),
                None => self.save(step, &answer["done"]),
            }
        } else {
            Err(format!("no step that this runner knows: {step}").into())
        }
    }

    async fn collect(&mut self, step: &Value, name: &str) -> Result<(), Failed> {
        let watch = self.watches.get(name).ok_or_else(|| format!("there is no watch {name}"))?;
        let is_enough = |new: &[Value], error: Option<&chronovisor::Error>| {
            if let Some(until) = step.get("until") {
                let mut items = new.iter();
                return items.position(|item| check(until, item, &self.variables, "").is_ok()).map(|place| place + 1);
            }
            if let Some(count) = number(&step["count"]) {
                return (new.len() >= count as usize).then_some(count as usize);
            }
            (step.get("error").is_none() || error.is_some()).then_some(new.len())
        };
        let Some(items) = watch.take(is_enough, seconds(&step["timeout_s"]).unwrap_or(COLLECT)).await else {
            let ended = watch.error().map(|error| format!("; it ended with {error}")).unwrap_or_default();
            return Err(format!("what it waits for did not come{ended}; it has {}", shown(&watch.waiting())).into());
        };
        if let (Some(expected), Some(error)) = (step.get("error"), watch.error()) {
            self.check_error(expected, &refusal_of(&error))?;
        }
        if step["no_repeats"] == true {
            let repeats = watch.repeats();
            if !repeats.is_empty() {
                return Err(format!("positions that came again, or late: {repeats:?}").into());
            }
        }
        let items = Value::Array(items);
        if let Some(pattern) = step.get("response") {
            check(pattern, &items, &self.variables, "response")?;
        }
        self.save(step, &json!({"items": items}))
    }

    /// Checks what a step gave, or that it was refused as expected.
    fn checked(&mut self, step: &Value, result: Result<Value, Failed>) -> Result<(), Failed> {
        match (result, step.get("error")) {
            (Err(Failed::Refused(refusal)), Some(expected)) => Ok(self.check_error(expected, &refusal)?),
            (Err(failed), _) => Err(failed),
            (Ok(result), Some(expected)) => {
                Err(format!("was to be refused with {expected}, and was not: {}", shown(&result)).into())
            }
            (Ok(result), None) => {
                if let Some(pattern) = step.get("response") {
                    check(pattern, &result, &self.variables, "response")?;
                }
                self.save(step, &result)
            }
        }
    }

    fn checked_items(&mut self, step: &Value, result: Result<Vec<Value>, Failed>) -> Result<(), Failed> {
        if let Ok(items) = &result
            && step.get("error").is_none()
            && let Some(count) = number(&step["count"])
            && items.len() != count as usize
        {
            return Err(format!("there are {} items, not {count}", items.len()).into());
        }
        // The pattern is of the items alone; what is saved is of an object.
        let mut of_object = step.clone();
        if let Some(pattern) = step.get("response") {
            of_object["response"] = json!({"items": pattern});
        }
        self.checked(&of_object, result.map(|items| json!({"items": items})))
    }

    fn check_error(&self, expected: &Value, refusal: &Value) -> Result<(), String> {
        let mut pattern = expected.clone();
        let fields = pattern.as_object_mut().ok_or("error is to be an object")?;
        if let Some(names) = fields.remove("fields")
            && sorted(&names) != sorted(&refusal["fields"])
        {
            return Err(format!("error.fields are {}, not {names}: {}", refusal["fields"], shown(refusal)));
        }
        if let Some(message) = fields.remove("message")
            && !is_found(&text_of(&message), &text_of(&refusal["message"]))
        {
            return Err(format!("the message is {}, in which there is no {message}", refusal["message"]));
        }
        check(&pattern, refusal, &self.variables, "error").map_err(|why| format!("{why}; error: {}", shown(refusal)))
    }

    fn save(&mut self, step: &Value, result: &Value) -> Result<(), Failed> {
        for (name, path) in step["save"].as_object().into_iter().flatten() {
            self.variables.insert(name.clone(), at(result, &text_of(path))?.clone());
        }
        Ok(())
    }
}

/// The work, dropped after the step's `cancel_after_s`.
async fn cancelled_after<T>(step: &Value, work: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
    let Some(pause) = seconds(&step["cancel_after_s"]) else { return work.await };
    let cancelled = || Failed::Refused(json!({"code": "CANCELLED", "message": "dropped by its caller", "fields": []}));
    timeout(pause, work).await.unwrap_or_else(|_| Err(cancelled()))
}

fn sorted(names: &Value) -> Vec<String> {
    let mut texts: Vec<String> = names.as_array().into_iter().flatten().map(text_of).collect();
    texts.sort();
    texts
}
