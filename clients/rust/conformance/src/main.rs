//! Carries out scenarios with the client: JSON lines on standard input and output. See clients/conformance/README.md.

mod calls;
mod collector;
mod patterns;
mod steps;

use std::io::{self, BufRead as _, Write as _};

use serde_json::{Value, json};

use calls::Calls;
use steps::Scenario;

/// Watches go on in other threads while this one waits for the conductor.
#[tokio::main(worker_threads = 2)]
async fn main() {
    let server = read()["hello"]["server"].as_str().expect("the first line is a hello").to_owned();
    let calls = Calls::connect(&server, &json!({})).await.expect("the conductor's address is one");
    loop {
        let line = read();
        if line.get("bye").is_some() {
            return;
        }
        let scenario = &line["scenario"];
        let steps = scenario["steps"].as_array().cloned().unwrap_or_default();
        let mut result = json!({"scenario": scenario["name"], "ok": true});
        if let Err(why) = Scenario::new(&server, calls.clone()).run(&steps).await {
            result["ok"] = false.into();
            result["why"] = why.into();
        }
        write(&json!({"result": result}));
    }
}

/// Has the conductor do something to the server; its answer.
fn act(action: &Value) -> Value {
    write(&json!({"do": action}));
    read()
}

fn read() -> Value {
    let mut line = String::new();
    let length = io::stdin().lock().read_line(&mut line).expect("standard input can be read");
    // At its end, the conductor is gone.
    if length == 0 { json!({"bye": {}}) } else { serde_json::from_str(&line).expect("each line is JSON") }
}

fn write(message: &Value) {
    let mut out = io::stdout().lock();
    writeln!(out, "{message}").and_then(|()| out.flush()).expect("standard output can be written");
}
