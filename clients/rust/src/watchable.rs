//! The API's watches by their requests: how each begins, resumes, and what its messages hold.

use crate::events;
use crate::v1::{
    Utilization, VmChange, WatchEventsRequest, WatchEventsResponse, WatchStart, WatchUtilizationRequest,
    WatchUtilizationResponse, WatchVmsRequest, WatchVmsResponse, watch_events_response, watch_utilization_response,
    watch_vms_response,
};
use crate::watch::{Part, Watchable};

/// Many times faster than one by one, and still within a message's limit.
const BATCH: i32 = 1000;

/// Of a request that resumes: where a position says all, `start` says nothing.
fn start_after(position: i64) -> i32 {
    if position > 0 { WatchStart::Unspecified as i32 } else { WatchStart::AfterPosition as i32 }
}

/// The oneof's parts that are the same in every watch.
macro_rules! common_parts {
    ($message:ident, $module:ident { $($pattern:pat => $items:expr),+ $(,)? }) => {{
        use $module::Message as Sent;
        match $message {
            $(Some($pattern) => Part::Items($items),)+
            Some(Sent::Checkpoint(at)) => Part::Checkpoint { position: at.position, history: at.history },
            Some(Sent::CaughtUp(_)) => Part::CaughtUp,
            Some(Sent::FellBehind(_)) => Part::FellBehind,
            None => Part::Unknown,
        }
    }};
}

impl Watchable for WatchEventsRequest {
    const PATH: &'static str = "/chronovisor.v1.HistoryService/WatchEvents";
    type Response = WatchEventsResponse;
    type Item = events::v1::Event;

    fn set_resource(&mut self, name: String) {
        self.parent = name;
    }

    fn set_position(&mut self, position: i64) {
        (self.after_position, self.from_now, self.start) = (position, false, start_after(position));
    }

    fn prepare(&mut self) {
        self.max_batch_size = if self.max_batch_size == 0 { BATCH } else { self.max_batch_size };
    }

    fn part(response: WatchEventsResponse) -> Part<Self::Item> {
        let message = response.message;
        common_parts!(message, watch_events_response {
            Sent::Event(event) => vec![(event.position, event)],
            Sent::Events(batch) => batch.events.into_iter().map(|event| (event.position, event)).collect(),
        })
    }
}

impl Watchable for WatchVmsRequest {
    const PATH: &'static str = "/chronovisor.v1.VmService/WatchVms";
    type Response = WatchVmsResponse;
    type Item = VmChange;

    fn set_resource(&mut self, name: String) {
        self.parent = name;
    }

    fn set_position(&mut self, position: i64) {
        (self.after_position, self.from_now, self.start) = (position, false, start_after(position));
    }

    fn prepare(&mut self) {
        self.max_batch_size = if self.max_batch_size == 0 { BATCH } else { self.max_batch_size };
    }

    fn part(response: WatchVmsResponse) -> Part<Self::Item> {
        let message = response.message;
        common_parts!(message, watch_vms_response {
            Sent::Change(change) => vec![(change.position, change)],
            Sent::Changes(batch) => batch.changes.into_iter().map(|change| (change.position, change)).collect(),
        })
    }
}

impl Watchable for WatchUtilizationRequest {
    const PATH: &'static str = "/chronovisor.v1.UtilizationService/WatchUtilization";
    type Response = WatchUtilizationResponse;
    type Item = Utilization;

    fn set_resource(&mut self, name: String) {
        self.scope = name;
    }

    fn set_position(&mut self, position: i64) {
        (self.after_position, self.start) = (position, start_after(position));
        (self.from_position, self.from_time) = (0, None);
    }

    fn part(response: WatchUtilizationResponse) -> Part<Self::Item> {
        let message = response.message;
        common_parts!(message, watch_utilization_response {
            Sent::Utilization(totals) => vec![(totals.position, totals)],
        })
    }
}
