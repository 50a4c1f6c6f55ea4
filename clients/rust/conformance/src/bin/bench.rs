//! What the layer costs a call beside a bare stub, as JSON: `dev.sh bench`, against `$CHRONOVISOR_SERVER`.

use std::time::{Duration, Instant};

use chronovisor::v1::GetUtilizationRequest;
use chronovisor::v1::utilization_service_client::UtilizationServiceClient;
use chronovisor::{Client, Error};
use tonic::transport::Endpoint;

const CALLS: u32 = 2000;
/// Turn by turn, so that both meet the same machine.
const ROUND: u32 = 50;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let began = Instant::now();
    let client = Client::connect().await?;
    client.utilization("fleet").await?;
    let first_call = began.elapsed();

    let server = std::env::var("CHRONOVISOR_SERVER").unwrap_or_else(|_| "127.0.0.1:7460".to_owned());
    let endpoint = Endpoint::from_shared(format!("http://{server}")).expect("CHRONOVISOR_SERVER is one address");
    let mut stub = UtilizationServiceClient::new(endpoint.tcp_nodelay(true).connect_lazy());
    let request = || GetUtilizationRequest { scope: "fleet".to_owned(), ..Default::default() };
    stub.get_utilization(request()).await?;
    let (mut by_layer, mut by_stub) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..CALLS / ROUND {
        let began = Instant::now();
        for _ in 0..ROUND {
            client.call(request()).await?;
        }
        by_layer += began.elapsed();
        let began = Instant::now();
        for _ in 0..ROUND {
            stub.get_utilization(request()).await?;
        }
        by_stub += began.elapsed();
    }
    let per_call = |all: Duration| all.as_secs_f64() * 1e6 / f64::from(CALLS);
    println!(
        r#"{{"first_call_ms": {:.2}, "layer_us_per_call": {:.1}, "stub_us_per_call": {:.1}}}"#,
        first_call.as_secs_f64() * 1e3,
        per_call(by_layer),
        per_call(by_stub)
    );
    Ok(())
}
