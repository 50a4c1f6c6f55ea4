//! Tests of the layer as a whole, on a server that is scripted: no network, and time is virtual.

mod calls;
mod fake;
mod watches;
