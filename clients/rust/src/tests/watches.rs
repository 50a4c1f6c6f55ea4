use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use tokio::time::Instant;
use tonic::Status;

use super::fake::{Fake, Received, Reply, framed, headers};
use crate::events::v1::Event;
use crate::v1::{
    CaughtUp, Checkpoint, EventBatch, Vm, VmChange, WatchEventsRequest, WatchEventsResponse, WatchStart,
    WatchUtilizationRequest, WatchVmsRequest, WatchVmsResponse, watch_events_response, watch_vms_response,
};
use crate::watch::Watchable as _;
use crate::{Error, Update};

fn events(positions: &[i64]) -> Bytes {
    let events = positions.iter().map(|&position| Event { position, ..Default::default() }).collect();
    sent(watch_events_response::Message::Events(EventBatch { events }))
}

fn sent(message: watch_events_response::Message) -> Bytes {
    framed(&WatchEventsResponse { message: Some(message) })
}

fn checkpoint(position: i64) -> Bytes {
    let checkpoint = Checkpoint { position, history: "h-2".to_owned(), ..Default::default() };
    sent(watch_events_response::Message::Checkpoint(checkpoint))
}

fn after(received: &[Received]) -> Vec<i64> {
    received.iter().map(|each| each.message::<WatchEventsRequest>().after_position).collect()
}

fn ended() -> Reply {
    Reply::refusal(Status::not_found("gone"))
}

#[tokio::test(start_paused = true)]
async fn a_watch_goes_on_after_a_cut_without_a_gap_or_a_repeat() {
    let of = headers(&[("chronovisor-resource", "projects/u-1"), ("chronovisor-history", "h-1")]);
    let fake = Fake::default()
        .will(Reply::Cut(vec![events(&[1, 2]), events(&[3])], of))
        .will(Reply::Unreachable)
        .will(Reply::Lost)
        .will(Reply::Messages(vec![events(&[2, 3, 4])], HeaderMap::new(), Status::unavailable("shutting down")))
        .will(Reply::Messages(vec![events(&[5])], HeaderMap::new(), Status::ok("")))
        .will(ended());
    let client = fake.client(1);
    let mut watch = client.history().watch("projects/p", 0);
    for expected in 1..=5 {
        assert_eq!(watch.next().await.unwrap().unwrap().position, expected);
        assert_eq!(watch.position(), expected);
    }
    assert!(matches!(watch.next().await, Some(Err(Error::NotFound(_)))));
    assert!(watch.next().await.is_none());
    let received = fake.received();
    // What cannot be reached gets no body.
    let reached: Vec<_> =
        received.iter().enumerate().filter(|(index, _)| *index != 1).map(|(_, each)| each.clone()).collect();
    assert_eq!(after(&reached), [0, 3, 3, 4, 5]);
    assert_eq!(reached[0].message::<WatchEventsRequest>().parent, "projects/p");
    assert_eq!(reached[1].message::<WatchEventsRequest>().parent, "projects/u-1");
    assert_eq!((reached[0].header("chronovisor-history"), reached[1].header("chronovisor-history")), ("", "h-1"));
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_after_a_checkpoint_and_its_history() {
    let fake = Fake::default().will(Reply::Cut(vec![events(&[1]), checkpoint(90)], HeaderMap::new())).will(ended());
    let mut watch = fake.client(1).history().watch("", 0);
    assert_eq!(watch.next().await.unwrap().unwrap().position, 1);
    assert!(watch.next().await.unwrap().is_err());
    assert_eq!(after(&fake.received()), [0, 90]);
    assert_eq!(fake.received()[1].header("chronovisor-history"), "h-2");
}

#[tokio::test(start_paused = true)]
async fn updates_are_all_there_is() {
    let caught_up = sent(watch_events_response::Message::CaughtUp(CaughtUp { position: 7 }));
    let of_a_newer_server = framed(&WatchEventsResponse { message: None });
    let fake = Fake::default()
        .will(Reply::Cut(vec![of_a_newer_server, checkpoint(7), caught_up], HeaderMap::new()))
        .will(ended());
    let mut updates = fake.client(1).history().watch("", 0).updates();
    assert_eq!(updates.next().await.unwrap().unwrap(), Update::Checkpoint(7));
    assert_eq!(updates.next().await.unwrap().unwrap(), Update::CaughtUp);
    assert_eq!(updates.next().await.unwrap().unwrap(), Update::Interrupted);
    assert!(updates.next().await.unwrap().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_state_that_was_sent_in_part_is_not_given() {
    let vm = |name: &str, position| {
        let vm = Vm { name: name.to_owned(), ..Default::default() };
        let change = VmChange { position, vm: Some(vm), gone: false };
        framed(&WatchVmsResponse { message: Some(watch_vms_response::Message::Change(change)) })
    };
    let all = framed(&WatchVmsResponse {
        message: Some(watch_vms_response::Message::Checkpoint(Checkpoint { position: 4, ..Default::default() })),
    });
    let fake = Fake::default()
        .will(Reply::Cut(vec![vm("a", 0)], HeaderMap::new()))
        .will(Reply::Cut(vec![vm("b", 0), vm("c", 0), all, vm("b", 5)], HeaderMap::new()))
        .will(ended());
    let mut watch = fake.client(1).vms().watch("-").unwrap();
    for expected in ["b", "c", "b"] {
        assert_eq!(watch.next().await.unwrap().unwrap().vm.unwrap().name, expected);
    }
    assert!(watch.next().await.unwrap().is_err());
    let after: Vec<_> = fake.received().iter().map(|each| each.message::<WatchVmsRequest>().after_position).collect();
    assert_eq!(after, [0, 0, 5]);
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_within_a_second_of_the_servers_return() {
    let mut fake = Fake::default().will(Reply::Cut(vec![events(&[1])], HeaderMap::new()));
    for _ in 0..100 {
        fake = fake.will(Reply::Unreachable);
    }
    let fake = fake.will(Reply::Open(vec![events(&[2])], HeaderMap::new()));
    let began = Instant::now();
    let mut watch = fake.client(1).history().watch("", 0);
    assert_eq!(watch.next().await.unwrap().unwrap().position, 1);
    assert_eq!(watch.next().await.unwrap().unwrap().position, 2);
    assert!(began.elapsed() < Duration::from_millis(100 * 400), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_not_there_to_begin_with_is_an_error() {
    let fake = Fake::default()
        .will(Reply::Unreachable)
        .will(Reply::Unreachable)
        .will(Reply::Unreachable)
        .will(Reply::Unreachable);
    let mut watch = fake.client(1).history().watch("", 0);
    assert!(matches!(watch.next().await, Some(Err(Error::Unavailable(_)))));
    assert!(watch.next().await.is_none());
}

#[test]
fn a_request_that_resumes_says_so_alone() {
    let mut request = WatchUtilizationRequest { from_position: 3, ..Default::default() };
    request.set_position(9);
    assert_eq!((request.after_position, request.from_position), (9, 0));
    let mut request = WatchEventsRequest { from_now: true, start: WatchStart::Now as i32, ..Default::default() };
    request.set_position(9);
    assert_eq!((request.after_position, request.from_now, request.start()), (9, false, WatchStart::Unspecified));
    request.set_position(0);
    assert_eq!(request.start(), WatchStart::AfterPosition);
}
