//! Tests of the layer as a whole: on a scripted server, where time is virtual, and on sockets of this machine.

mod calls;
mod fake;
mod sockets;
mod watches;
