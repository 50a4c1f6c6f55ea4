//! The API's methods by their requests: what lets one function call any of them. The implementations are generated.

use std::collections::HashMap;
use std::sync::LazyLock;

use prost::Message;

pub(crate) use crate::generated::methods::METHODS;

/// What the transport has to know of a method.
#[derive(Debug)]
pub(crate) struct MethodRules {
    pub path: &'static str,
    pub streams: bool,
    /// The number of its request's `request_id`; 0 where it has none.
    pub request_id: u32,
    /// Whether a second arrival does no more than the first.
    pub repeatable: bool,
}

/// The rules of the method at a path; None for one that this version of the protos does not have.
pub(crate) fn rules_of(path: &str) -> Option<&'static MethodRules> {
    static BY_PATH: LazyLock<HashMap<&'static str, &'static MethodRules>> =
        LazyLock::new(|| METHODS.iter().map(|each| (each.path, each)).collect());
    BY_PATH.get(path).copied()
}

/// The request of a method with one answer.
pub trait Unary: Message + Default + Clone + 'static {
    /// Such as `/chronovisor.v1.VmService/GetVm`.
    const PATH: &'static str;
    /// What the method answers with.
    type Response: Message + Default + 'static;
}

/// The request of a method that answers with an operation.
pub trait Command: Unary<Response = crate::longrunning::Operation> {
    /// What the operation ends with.
    type Outcome: Message + Default + prost::Name + 'static;
}

/// The request of a method that lists items on pages. See AIP-158.
pub trait Listing: Unary {
    /// What is listed.
    type Item: Send + 'static;
    /// Sets the token of the page to send.
    fn set_page_token(&mut self, token: String);
    /// The items of a page, and the token of the next one, empty after the last.
    fn page(response: Self::Response) -> (Vec<Self::Item>, String);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mutating_method_has_a_request_id_and_reads_have_none() {
        assert_eq!(rules_of("/chronovisor.v1.VmService/CreateVm").unwrap().request_id, 5);
        let read = rules_of("/chronovisor.v1.VmService/GetVm").unwrap();
        assert!(read.request_id == 0 && read.repeatable && !read.streams);
        assert!(rules_of("/chronovisor.v1.VmService/WatchVms").unwrap().streams);
        assert!(!rules_of("/google.longrunning.Operations/CancelOperation").unwrap().repeatable);
        assert!(rules_of("/chronovisor.v9.Unheard/Of").is_none());
    }
}
