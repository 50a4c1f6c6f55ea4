//! The Rust client of Chronovisor, an event-sourced control plane for virtual machines.
//!
//! [`Client::connect`] is where to begin. The messages of the API are in [`v1`], those of the ledger's events in
//! [`events::v1`].
//!
//! ```no_run
//! # async fn example() -> Result<(), chronovisor::Error> {
//! use chronovisor::{Client, v1::Vm};
//!
//! let client = Client::connect().await?;
//! let vm = Vm::sized(2, 4096, 20).image("debian-12.qcow2");
//! let vm = client.vms().create_and_start("shop/web-1", vm).await?.wait().await?;
//! println!("{} is {:?} on {}", vm.name, vm.state(), vm.host);
//! # Ok(()) }
//! ```

#![forbid(unsafe_code)]
#![warn(missing_debug_implementations, missing_docs)]

mod bodies;
mod client;
mod connecting;
mod error;
mod frames;
#[allow(clippy::all, missing_debug_implementations, missing_docs, rustdoc::all)]
#[rustfmt::skip]
mod generated;
pub mod methods;
pub mod names;
pub mod operation;
mod pager;
mod refusals;
mod resources;
mod retry;
#[cfg(test)]
mod tests;
mod token;
mod transport;
pub mod verify;
pub mod watch;
mod watchable;

pub use client::{Call, Client};
pub use connecting::{Builder, Tls};
pub use error::{Error, FieldViolation, Refusal, code_name};
pub use generated::chronovisor::{events, v1};
pub use generated::google::api;
pub use generated::google::longrunning;
pub use operation::Operation;
pub use pager::Pager;
pub use resources::{History, Hosts, Projects, Vms};
pub use retry::RetryPolicy;
pub use tonic::Code;
pub use transport::Transport;
pub use watch::{Update, Watch};
