use chronovisor::events::v1::event::Payload;
use chronovisor::v1::{ErrorReason, Vm};
use chronovisor::{Client, Error};

#[tokio::main]
async fn main() -> Result<(), Error> {
    // CHRONOVISOR_SERVER, or 127.0.0.1:7460.
    let client = Client::connect().await?;
    match client.projects().create("shop").await {
        Ok(project) => println!("created {}", project.name),
        Err(error) if error.reason() == ErrorReason::ProjectAlreadyExists => {}
        Err(error) => return Err(error),
    }

    // It is accepted once it is durable, and done once it runs.
    let vm = Vm::sized(2, 2048, 10).image("debian-12.qcow2").label("tier", "web");
    let vm = client.vms().create_and_start("shop/web-1", vm).await?.wait().await?;
    println!("{} is {:?} on {}", vm.name, vm.state(), vm.host);

    // All that happened is in the ledger, and can be proven. A watch begins with the past, and goes on over
    // restarts of the server until it is dropped.
    let mut events = client.history().watch(&vm.name, 0);
    while let Some(event) = events.next().await {
        let event = event?;
        client.history().prove(event.position).await?;
        println!("{} by {}, proven", event.position, event.actor);
        if let Some(Payload::VmStarted(_)) = event.payload {
            break;
        }
    }

    let vm = client.vms().delete("shop/web-1").await?.wait().await?;
    println!("{} is {:?}", vm.name, vm.state());
    Ok(())
}
