//! What a call can be refused with: statuses as values that carry the server's details. Retries nothing.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use prost::Message as _;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::longrunning;
use crate::v1::{ErrorReason, NearMiss};
use crate::verify::NotProven;

/// A field of the request, and the rule that it breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldViolation {
    /// Its path, such as `vm.spec.resources.vcpus`.
    pub field: String,
    /// The rule, for people.
    pub description: String,
}

/// Why a call was refused or failed, with all that the server sent along.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The status code.
    pub code: Code,
    /// In upper snake case, from ErrorInfo. The name of the code where the server sent none, and `UNREACHABLE` where no
    /// server answered. See [`Error::reason`].
    pub reason: String,
    /// For people. Never compare it.
    pub message: String,
    /// From BadRequest.
    pub violations: Vec<FieldViolation>,
    /// ErrorInfo's own.
    pub metadata: HashMap<String, String>,
    /// Name of the resource it is about; empty where that is not known.
    pub resource: String,
    /// What would have to be true, from PreconditionFailure and QuotaFailure, in the server's words.
    pub preconditions: Vec<String>,
    /// How long to wait before another try, from RetryInfo.
    pub retry_delay: Option<Duration>,
}

impl Refusal {
    /// How many hosts each placement rule turned down. Empty unless the reason is NO_CAPACITY.
    pub fn turned_down(&self) -> HashMap<&str, u64> {
        let rules = self.metadata.iter();
        rules.filter_map(|(key, count)| Some((key.strip_prefix("turned_down.")?, count.parse().ok()?))).collect()
    }

    /// The hosts that came nearest, the nearest first, and what each lacks. Empty unless the reason is NO_CAPACITY.
    pub fn nearest(&self) -> Vec<NearMiss> {
        let mut keys: Vec<_> = self.metadata.keys().filter(|key| key.starts_with("nearest.")).collect();
        keys.sort();
        keys.iter().filter_map(|key| near_miss(&self.metadata[*key])).collect()
    }

    /// How many hosts placement looked at. None unless the reason is NO_CAPACITY.
    pub fn hosts_considered(&self) -> Option<u64> {
        self.metadata.get("hosts_considered")?.parse().ok()
    }
}

/// Of a text such as `hosts/node-1 lacks 2 vcpus` or `hosts/node-1 breaks pinned`.
fn near_miss(text: &str) -> Option<NearMiss> {
    let (host, rest) = text.split_once(' ')?;
    let (missing, rule) = match rest.split_once(' ')? {
        ("lacks", rest) => rest.split_once(' ').and_then(|(count, class)| Some((count.parse().ok()?, class)))?,
        ("breaks", rule) => (0, rule),
        _ => return None,
    };
    Some(NearMiss { host: host.to_owned(), rule: rule.to_owned(), missing })
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({})", self.message, self.reason)
    }
}

/// Why something could not be done. The variant says which kind of failure it is, by the status code.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A field is bad; [`Error::violations`] says which and why.
    #[error("{0}")]
    InvalidArgument(Box<Refusal>),
    /// There is no such resource.
    #[error("{0}")]
    NotFound(Box<Refusal>),
    /// The name is taken.
    #[error("{0}")]
    AlreadyExists(Box<Refusal>),
    /// FAILED_PRECONDITION: the resource's state does not allow the command.
    #[error("{0}")]
    WrongState(Box<Refusal>),
    /// ABORTED: the resource has changed since it was read, or the call lost a race. Read again, then try again.
    #[error("{0}")]
    Conflict(Box<Refusal>),
    /// No host has room, or the project's quota is used up.
    #[error("{0}")]
    Exhausted(Box<Refusal>),
    /// The caller did not say who it is, or may not do this.
    #[error("{0}")]
    NotPermitted(Box<Refusal>),
    /// The ledger does not have that position yet, or no longer.
    #[error("{0}")]
    OutOfRange(Box<Refusal>),
    /// The control plane does not answer, or is overloaded.
    #[error("{0}")]
    Unavailable(Box<Refusal>),
    /// No answer in time. A command may have been accepted or not: repeat it with the same `request_id`.
    #[error("{0}")]
    DeadlineExceeded(Box<Refusal>),
    /// Any other status, such as UNIMPLEMENTED or INTERNAL.
    #[error("{0}")]
    Other(Box<Refusal>),
    /// The command was accepted, and then its work failed. `operation` is the operation as it ended.
    #[error("{refusal}")]
    OperationFailed {
        /// As it ended.
        operation: Box<longrunning::Operation>,
        /// Why.
        refusal: Box<Refusal>,
    },
    /// The operation was not done in time. It goes on; `operation` is its last known state.
    #[error("{} is not done after {waited:?}", operation.name)]
    WaitTimeout {
        /// Its last known state.
        operation: Box<longrunning::Operation>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// An answer is not what the API promises.
    #[error("{0}")]
    BadAnswer(String),
    /// The client was given something that it cannot connect with.
    #[error("{0}")]
    Configuration(String),
    /// What was given is not a resource's name.
    #[error("{0}")]
    InvalidName(String),
    /// The proof does not prove what it claims.
    #[error(transparent)]
    NotProven(#[from] NotProven),
}

impl Error {
    /// What the server sent; None where the failure is not of a call.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::InvalidArgument(refusal)
            | Self::NotFound(refusal)
            | Self::AlreadyExists(refusal)
            | Self::WrongState(refusal)
            | Self::Conflict(refusal)
            | Self::Exhausted(refusal)
            | Self::NotPermitted(refusal)
            | Self::OutOfRange(refusal)
            | Self::Unavailable(refusal)
            | Self::DeadlineExceeded(refusal)
            | Self::Other(refusal)
            | Self::OperationFailed { refusal, .. } => Some(refusal),
            Self::WaitTimeout { .. }
            | Self::BadAnswer(_)
            | Self::Configuration(_)
            | Self::InvalidName(_)
            | Self::NotProven(_) => None,
        }
    }

    /// The status code; UNKNOWN where the failure is not of a call.
    pub fn code(&self) -> Code {
        self.refusal().map_or(Code::Unknown, |refusal| refusal.code)
    }

    /// Why, for a `match`. Unspecified where the server gave none, or one that this version does not know:
    /// [`Refusal::reason`] has its text.
    pub fn reason(&self) -> ErrorReason {
        let text = self.refusal().map_or("", |refusal| &refusal.reason);
        ErrorReason::from_str_name(&format!("ERROR_REASON_{text}")).unwrap_or_default()
    }

    /// The fields of the request that are bad, and why.
    pub fn violations(&self) -> &[FieldViolation] {
        self.refusal().map_or(&[], |refusal| &refusal.violations)
    }

    /// How long to wait before another try.
    pub fn retry_delay(&self) -> Option<Duration> {
        self.refusal()?.retry_delay
    }

    /// The error of an operation that has failed.
    pub(crate) fn of_operation(operation: longrunning::Operation, status: &tonic_types::pb::Status) -> Self {
        let refusal = Refusal::new(Code::from(status.code), &status.message, &details_of(status));
        Self::OperationFailed { operation: Box::new(operation), refusal: Box::new(refusal) }
    }
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        let refusal = Refusal::new(status.code(), status.message(), &status.get_error_details());
        let kind = match status.code() {
            Code::InvalidArgument => Self::InvalidArgument,
            Code::NotFound => Self::NotFound,
            Code::AlreadyExists => Self::AlreadyExists,
            Code::FailedPrecondition => Self::WrongState,
            Code::Aborted => Self::Conflict,
            Code::ResourceExhausted => Self::Exhausted,
            Code::Unauthenticated | Code::PermissionDenied => Self::NotPermitted,
            Code::OutOfRange => Self::OutOfRange,
            Code::Unavailable => Self::Unavailable,
            Code::DeadlineExceeded => Self::DeadlineExceeded,
            Code::Ok | Code::Cancelled | Code::Unknown | Code::Unimplemented | Code::Internal | Code::DataLoss => {
                Self::Other
            }
        };
        kind(Box::new(refusal))
    }
}

impl Refusal {
    fn new(code: Code, message: &str, details: &ErrorDetails) -> Self {
        let info = details.error_info();
        let reason = match info {
            Some(info) => info.reason.clone(),
            None if code == Code::Unavailable => "UNREACHABLE".to_owned(),
            None => code_name(code).to_owned(),
        };
        let bad = details.bad_request().map_or(&[][..], |bad| &bad.field_violations);
        let preconditions = details.precondition_failure().map_or(&[][..], |failure| &failure.violations);
        let quotas = details.quota_failure().map_or(&[][..], |failure| &failure.violations);
        Self {
            code,
            reason,
            message: message.to_owned(),
            violations: bad
                .iter()
                .map(|each| FieldViolation { field: each.field.clone(), description: each.description.clone() })
                .collect(),
            metadata: info.map(|info| info.metadata.clone()).unwrap_or_default(),
            resource: details
                .resource_info()
                .map(|about| about.resource_name.clone())
                .or_else(|| info?.metadata.get("name").cloned())
                .unwrap_or_default(),
            preconditions: preconditions
                .iter()
                .map(|each| each.description.clone())
                .chain(quotas.iter().map(|each| each.description.clone()))
                .collect(),
            retry_delay: details.retry_info().and_then(|info| info.retry_delay),
        }
    }
}

fn details_of(status: &tonic_types::pb::Status) -> ErrorDetails {
    let as_sent = Status::with_details(Code::from(status.code), &status.message, status.encode_to_vec().into());
    as_sent.get_error_details()
}

/// A status code's name, such as `NOT_FOUND`.
pub fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_carries_every_detail() {
        let mut details = ErrorDetails::new();
        details
            .set_error_info(
                "NO_CAPACITY",
                "chronovisor.dev",
                [("hosts_considered".to_owned(), "3".to_owned()), ("turned_down.vcpus".to_owned(), "2".to_owned())],
            )
            .add_bad_request_violation("vm.spec.resources.vcpus", "must be 1 to 1024")
            .set_resource_info("chronovisor.dev/Vm", "projects/shop/vms/web-1", "", "")
            .add_quota_failure_violation("vcpus", "at most 8")
            .set_retry_info(Some(Duration::from_millis(250)));
        let error = Error::from(Status::with_error_details(Code::ResourceExhausted, "no host fits", details));
        let refusal = error.refusal().unwrap();
        assert!(matches!(error, Error::Exhausted(_)));
        assert_eq!(error.reason(), ErrorReason::NoCapacity);
        assert_eq!(error.to_string(), "no host fits (NO_CAPACITY)");
        assert_eq!((refusal.hosts_considered(), refusal.turned_down()), (Some(3), HashMap::from([("vcpus", 2)])));
        assert_eq!(error.violations()[0].field, "vm.spec.resources.vcpus");
        assert_eq!(refusal.resource, "projects/shop/vms/web-1");
        assert_eq!(refusal.preconditions, ["at most 8"]);
        assert_eq!(error.retry_delay(), Some(Duration::from_millis(250)));
    }

    #[test]
    fn a_refusal_for_want_of_room_says_what_is_missing_where() {
        let metadata = [
            ("nearest.2", "hosts/node-2 breaks pinned"),
            ("nearest.1", "hosts/node-1 lacks 2 vcpus"),
            ("nearest.3", "hosts/node-3 lacks a few"),
            ("nearest.4", "?"),
            ("turned_down.odd", "some"),
        ];
        let metadata = metadata.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let details = ErrorDetails::with_error_info("NO_CAPACITY", "chronovisor.dev", metadata);
        let error = Error::from(Status::with_error_details(Code::ResourceExhausted, "no host fits", details));
        let refusal = error.refusal().unwrap();
        let miss = |host: &str, rule: &str, missing| NearMiss { host: host.into(), rule: rule.into(), missing };
        assert_eq!(refusal.nearest(), [miss("hosts/node-1", "vcpus", 2), miss("hosts/node-2", "pinned", 0)]);
        assert!(refusal.turned_down().is_empty() && refusal.hosts_considered().is_none());
    }

    #[test]
    fn a_reason_of_a_newer_server_is_kept_as_text() {
        let details = ErrorDetails::with_error_info("BRAND_NEW", "chronovisor.dev", []);
        let error = Error::from(Status::with_error_details(Code::FailedPrecondition, "new", details));
        assert!(matches!(error, Error::WrongState(_)));
        assert_eq!(error.reason(), ErrorReason::Unspecified);
        assert_eq!(error.refusal().unwrap().reason, "BRAND_NEW");
    }

    #[test]
    fn a_status_without_details_is_named_by_its_code() {
        assert_eq!(Error::from(Status::internal("?")).refusal().unwrap().reason, "INTERNAL");
        assert_eq!(Error::from(Status::unavailable("?")).refusal().unwrap().reason, "UNREACHABLE");
    }

    #[test]
    fn an_operation_that_failed_says_why() {
        let details = ErrorDetails::with_error_info("DEADLINE_PASSED", "chronovisor.dev", []);
        let sent = Status::with_error_details(Code::DeadlineExceeded, "too late", details);
        let status = tonic_types::pb::Status::decode(sent.details()).unwrap();
        let error = Error::of_operation(longrunning::Operation::default(), &status);
        assert_eq!(error.reason(), ErrorReason::DeadlinePassed);
        assert_eq!(error.code(), Code::DeadlineExceeded);
    }
}
