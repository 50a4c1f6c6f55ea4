use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::HeaderMap;
use tokio::time::Instant;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::fake::{Fake, Reply, framed, headers};
use crate::longrunning::{CancelOperationRequest, Operation};
use crate::token::Token;
use crate::v1::{GetVmRequest, ListVmsRequest, ListVmsResponse, StartVmRequest, Vm, WatchEventsRequest};
use crate::{Error, longrunning};

fn busy(delay: Option<Duration>) -> Reply {
    let details = delay.map_or_else(ErrorDetails::new, |delay| ErrorDetails::with_retry_info(Some(delay)));
    Reply::refusal(Status::with_error_details(Code::Unavailable, "busy", details))
}

fn get() -> GetVmRequest {
    GetVmRequest { name: "projects/p/vms/v".to_owned(), ..Default::default() }
}

#[tokio::test(start_paused = true)]
async fn a_command_is_repeated_with_the_same_request_id_until_the_server_is_there() {
    let fake = Fake::default().will(busy(None)).will(Reply::Lost).will(Reply::message(&Operation::default()));
    fake.client(1).vms().start("p/v").await.unwrap();
    let ids: Vec<_> = fake.received().iter().map(|each| each.message::<StartVmRequest>().request_id).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(ids[0].len(), 36);
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(fake.received()[2].message::<StartVmRequest>().name, "projects/p/vms/v");
}

#[tokio::test(start_paused = true)]
async fn the_callers_own_request_id_stays() {
    let fake = Fake::default().will(Reply::message(&Operation::default()));
    let request = StartVmRequest { request_id: "mine".to_owned(), ..Default::default() };
    fake.client(1).run(request).await.unwrap();
    assert_eq!(fake.received()[0].message::<StartVmRequest>().request_id, "mine");
}

#[tokio::test(start_paused = true)]
async fn a_time_without_end_is_long() {
    let fake = Fake::default().will(Reply::message(&Vm::default()));
    fake.client(1).call(get()).timeout(Duration::MAX).await.unwrap();
    assert_eq!(fake.received().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn attempts_are_counted() {
    let fake = Fake::default().will(busy(None)).will(busy(None)).will(busy(None)).will(busy(None));
    let error = fake.client(1).call(get()).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)));
    assert_eq!(fake.received().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_no_longer_taken_is_followed_by_a_fresh_one_once() {
    for (is_fresh, refusals, calls) in [(true, 1, 2), (true, 3, 2), (false, 1, 1)] {
        let mut fake = Fake::default();
        for _ in 0..refusals {
            fake = fake.will(Reply::refusal(Status::unauthenticated("the token ended")));
        }
        let fake = fake.will(Reply::message(&Vm::default()));
        let given = AtomicUsize::new(0);
        let provider = move || {
            let number = if is_fresh { given.fetch_add(1, Ordering::Relaxed) } else { 0 };
            Box::pin(async move { Ok(format!("number-{number}")) }) as BoxFuture<'static, _>
        };
        let answer = fake.client_with(1, Some(Token::Provided(Arc::new(provider)))).call(get()).await;
        assert_eq!(answer.is_ok(), calls > refusals, "{answer:?}");
        assert_eq!(fake.received().len(), calls);
    }
}

#[tokio::test(start_paused = true)]
async fn other_refusals_are_not_repeated() {
    let fake = Fake::default().will(Reply::refusal(Status::not_found("no such VM")));
    assert!(matches!(fake.client(1).call(get()).await, Err(Error::NotFound(_))));
    assert_eq!(fake.received().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_servers_delay_is_kept_to_and_not_begun_where_it_passes_the_deadline() {
    let began = Instant::now();
    let fake = Fake::default().will(busy(Some(Duration::from_secs(3)))).will(Reply::message(&Vm::default()));
    fake.client(1).call(get()).await.unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(3));

    let began = Instant::now();
    let fake = Fake::default().will(busy(Some(Duration::from_secs(30))));
    let error = fake.client(1).call(get()).await.unwrap_err();
    assert_eq!(error.retry_delay(), Some(Duration::from_secs(30)));
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn what_may_have_arrived_and_has_no_request_id_is_not_repeated() {
    let cancel = CancelOperationRequest { name: "operations/1".to_owned() };
    let fake = Fake::default().will(Reply::Lost);
    assert!(matches!(fake.client(1).call(cancel.clone()).await, Err(Error::Unavailable(_))));
    let fake = Fake::default().will(Reply::Unreachable).will(busy(None)).will(Reply::message(&()));
    fake.client(1).call(cancel).await.unwrap();
    assert_eq!(fake.received().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_breaks_off_is_requested_again() {
    let message = framed(&Vm::default());
    let fake = Fake::default().will(Reply::Cut(vec![message.clone()], HeaderMap::new())).will(Reply::Messages(
        vec![message],
        HeaderMap::new(),
        Status::ok(""),
    ));
    fake.client(1).call(get()).await.unwrap();
    assert_eq!(fake.received().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_with_its_own_deadline_or_the_clients() {
    for (timeout, expected) in [(None, 10), (Some(Duration::from_secs(2)), 2)] {
        let (began, fake) = (Instant::now(), Fake::default().will(Reply::Silent));
        let call = fake.client(1).call(get());
        let call = if let Some(timeout) = timeout { call.timeout(timeout) } else { call };
        assert!(matches!(call.await, Err(Error::DeadlineExceeded(_))));
        assert_eq!(began.elapsed().as_secs(), expected);
        assert_eq!(fake.received()[0].header("grpc-timeout"), format!("{}u", expected * 1_000_000));
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_of_all_attempts() {
    let fake = Fake::default().will(busy(Some(Duration::from_secs(6)))).will(Reply::Silent);
    let began = Instant::now();
    assert!(matches!(fake.client(1).call(get()).await, Err(Error::DeadlineExceeded(_))));
    assert_eq!(began.elapsed().as_secs(), 10);
    assert_eq!(fake.received()[1].header("grpc-timeout"), "4000000u");
}

#[tokio::test(start_paused = true)]
async fn the_next_address_has_its_turn_and_keeps_it() {
    let fake = Fake::default()
        .will(Reply::Unreachable)
        .will(Reply::message(&Vm::default()))
        .will(Reply::message(&Vm::default()))
        .will(busy(None))
        .will(Reply::message(&Vm::default()));
    let client = fake.client(3);
    for _ in 0..3 {
        client.call(get()).await.unwrap();
    }
    assert_eq!(fake.received().iter().map(|each| each.route).collect::<Vec<_>>(), [0, 1, 1, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn where_no_address_answers_each_is_named() {
    let mut fake = Fake::default();
    for _ in 0..8 {
        fake = fake.will(Reply::Unreachable);
    }
    let error = fake.client(2).call(get()).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().reason, "UNREACHABLE");
    assert!(error.to_string().contains("server-0: ") && error.to_string().contains("server-1: "), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_actor_and_the_history_that_was_learned_are_sent() {
    let learned = headers(&[("chronovisor-history", "h-1")]);
    let fake = Fake::default()
        .will(Reply::Messages(vec![framed(&Vm::default())], learned, Status::ok("")))
        .will(Reply::message(&Vm::default()));
    let client = fake.client(1);
    client.call(get()).await.unwrap();
    client.call(get()).await.unwrap();
    let received = fake.received();
    assert_eq!(received[0].header("chronovisor-actor"), "user:tester");
    assert_eq!((received[0].header("chronovisor-history"), received[1].header("chronovisor-history")), ("", "h-1"));
    assert_eq!(received[0].path, "/chronovisor.v1.VmService/GetVm");
}

#[tokio::test(start_paused = true)]
async fn a_raw_stub_goes_the_same_way() {
    let fake = Fake::default().will(Reply::Lost).will(Reply::message(&Operation::default()));
    fake.client(1).vm_service().start_vm(StartVmRequest::default()).await.unwrap();
    let ids: Vec<_> = fake.received().iter().map(|each| each.message::<StartVmRequest>().request_id).collect();
    assert!(ids.len() == 2 && ids[0] == ids[1] && !ids[0].is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_is_unavailable_and_one_with_a_deadline_ends() {
    let fake = Fake::default().will(Reply::Cut(Vec::new(), HeaderMap::new()));
    let mut history = fake.client(1).history_service();
    let mut stream = history.watch_events(WatchEventsRequest::default()).await.unwrap().into_inner();
    assert_eq!(stream.message().await.unwrap_err().code(), Code::Unavailable);

    let fake = Fake::default().will(Reply::Open(Vec::new(), HeaderMap::new()));
    let mut history = fake.client(1).history_service();
    let mut request = tonic::Request::new(WatchEventsRequest::default());
    request.set_timeout(Duration::from_secs(2));
    let mut stream = history.watch_events(request).await.unwrap().into_inner();
    assert_eq!(stream.message().await.unwrap_err().code(), Code::DeadlineExceeded);
}

#[tokio::test(start_paused = true)]
async fn pages_are_requested_with_their_tokens() {
    let page = |name: &str, next: &str| {
        let vm = Vm { name: name.to_owned(), ..Default::default() };
        Reply::message(&ListVmsResponse { vms: vec![vm], next_page_token: next.to_owned(), ..Default::default() })
    };
    let fake = Fake::default().will(page("a", "t")).will(page("b", ""));
    let vms = fake.client(1).vms().list("-").all().await.unwrap();
    assert_eq!(vms.iter().map(|vm| vm.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let tokens: Vec<_> = fake.received().iter().map(|each| each.message::<ListVmsRequest>().page_token).collect();
    assert_eq!(tokens, ["", "t"]);
}

fn running(name: &str) -> Operation {
    Operation { name: name.to_owned(), ..Default::default() }
}

#[tokio::test(start_paused = true)]
async fn a_wait_goes_on_over_a_restart_and_ends_with_the_vm() {
    let vm = Vm { name: "projects/p/vms/v".to_owned(), ..Default::default() };
    let response = longrunning::operation::Result::Response(prost_types::Any::from_msg(&vm).unwrap());
    let done = Operation { done: true, result: Some(response), ..running("operations/1") };
    let mut fake = Fake::default().will(Reply::message(&running("operations/1")));
    for _ in 0..8 {
        fake = fake.will(Reply::Unreachable);
    }
    let fake = fake.will(Reply::message(&running("operations/1"))).will(Reply::message(&done));
    let operation = fake.client(1).vms().start("p/v").await.unwrap();
    assert_eq!(operation.wait().await.unwrap(), vm);
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_with_the_failure_of_the_work_or_its_own_time() {
    let sent =
        Status::with_error_details(Code::Unknown, "crashed", ErrorDetails::with_error_info("VM_FAILED", "d", []));
    let status = prost::Message::decode(sent.details()).unwrap();
    let result = Some(longrunning::operation::Result::Error(status));
    let failed = Operation { done: true, result, ..running("operations/1") };
    let fake = Fake::default().will(Reply::message(&running("operations/1"))).will(Reply::message(&failed));
    let error = fake.client(1).vms().start("p/v").await.unwrap().wait().await.unwrap_err();
    assert!(matches!(&error, Error::OperationFailed { operation, .. } if operation.done), "{error:?}");
    assert_eq!(error.reason(), crate::v1::ErrorReason::VmFailed);

    let fake = Fake::default().will(Reply::message(&running("operations/1"))).will(Reply::Silent);
    let waiting = fake.client(1).vms().start("p/v").await.unwrap().wait_for(Duration::from_secs(2));
    assert!(matches!(waiting.await, Err(Error::WaitTimeout { operation, .. }) if operation.name == "operations/1"));
}
