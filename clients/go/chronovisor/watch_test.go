package chronovisor_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"chronovisor.dev/go/chronovisor"
	eventsv1 "chronovisor.dev/go/chronovisor/events/v1"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

func events(positions ...int64) proto.Message {
	batch := new(chronovisorv1.EventBatch)
	for _, each := range positions {
		batch.Events = append(batch.Events, &eventsv1.Event{Position: each})
	}
	return &chronovisorv1.WatchEventsResponse{Message: &chronovisorv1.WatchEventsResponse_Events{Events: batch}}
}

func event(position int64) proto.Message {
	return &chronovisorv1.WatchEventsResponse{
		Message: &chronovisorv1.WatchEventsResponse_Event{Event: &eventsv1.Event{Position: position}},
	}
}

func checkpoint(position int64) proto.Message {
	return &chronovisorv1.WatchEventsResponse{
		Message: &chronovisorv1.WatchEventsResponse_Checkpoint{
			Checkpoint: &chronovisorv1.Checkpoint{Position: position, History: "of the checkpoint"},
		},
	}
}

func vmChange(position int64, name string) proto.Message {
	return &chronovisorv1.WatchVmsResponse{
		Message: &chronovisorv1.WatchVmsResponse_Change{
			Change: &chronovisorv1.VmChange{Position: position, Vm: &chronovisorv1.Vm{Name: name}},
		},
	}
}

func vmCheckpoint(position int64) proto.Message {
	return &chronovisorv1.WatchVmsResponse{
		Message: &chronovisorv1.WatchVmsResponse_Checkpoint{Checkpoint: &chronovisorv1.Checkpoint{Position: position}},
	}
}

// open is an answer whose stream stays open after its messages.
func open(messages ...proto.Message) answer {
	return answer{messages: messages, stays: true}
}

// seen are the positions of the first `count` events.
func seen(t *testing.T, client *chronovisor.Client, start chronovisor.Start, count int) []int64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var positions []int64
	for each, err := range client.History.Watch(ctx, "", start) {
		if err != nil {
			t.Fatalf("after %v: %v", positions, err)
		}
		if positions = append(positions, each.GetPosition()); len(positions) == count {
			break
		}
	}
	return positions
}

func requestsOfWatch(s *server) []*chronovisorv1.WatchEventsRequest {
	var requests []*chronovisorv1.WatchEventsRequest
	for _, each := range s.calls() {
		requests = append(requests, each.request.(*chronovisorv1.WatchEventsRequest))
	}
	return requests
}

func expect(t *testing.T, found, expected any) {
	t.Helper()
	if !reflect.DeepEqual(found, expected) {
		t.Errorf("%v, not %v", found, expected)
	}
}

func TestAWatchGoesOnAfterTheGreatestPositionWithoutGapOrRepeat(t *testing.T) {
	s := newServer(t)
	s.answer("WatchEvents",
		failing(shuttingDown, events(1, 2)),
		// A server that repeats itself.
		failing(shuttingDown, events(1, 2), events(2, 3), checkpoint(9)),
		failing(shuttingDown),
		// It ends the stream without a word.
		ok(event(12)),
		open(event(13)))
	expect(t, seen(t, s.client(t), chronovisor.FromBeginning, 5), []int64{1, 2, 3, 12, 13})
	var after []int64
	for _, request := range requestsOfWatch(s) {
		after = append(after, request.GetAfterPosition())
	}
	expect(t, after, []int64{0, 2, 9, 9, 12})
}

func TestAWatchFromNowIsResumedAfterWhatNowWas(t *testing.T) {
	s := newServer(t)
	s.answer("WatchEvents", failing(shuttingDown, checkpoint(7)), open(event(8)))
	expect(t, seen(t, s.client(t), chronovisor.FromNow, 1), []int64{8})
	requests := requestsOfWatch(s)
	expect(t, []bool{requests[0].GetFromNow(), requests[1].GetFromNow()}, []bool{true, false})
	expect(t, requests[1].GetAfterPosition(), int64(7))
}

func TestAWatchStaysWithItsResourceAndItsHistory(t *testing.T) {
	s := newServer(t)
	header := metadata.Pairs("chronovisor-resource", "projects/uid", "chronovisor-history", "of the stream")
	s.answer("WatchEvents",
		answer{messages: []proto.Message{event(3)}, err: shuttingDown, header: header},
		failing(shuttingDown, checkpoint(4)),
		open(event(5)))
	client := s.client(t)
	for event, err := range client.History.Watch(context.Background(), "shop", chronovisor.After(2)) {
		if err != nil {
			t.Fatal(err)
		}
		if event.GetPosition() == 5 {
			break
		}
	}
	var parents, histories []string
	for i, request := range requestsOfWatch(s) {
		parents = append(parents, request.GetParent())
		histories = append(histories, s.calls()[i].header("chronovisor-history"))
	}
	expect(t, parents, []string{"projects/shop", "projects/uid", "projects/uid"})
	expect(t, histories, []string{"", "of the stream", "of the checkpoint"})
}

func TestVMsOfABeginningThatWasInterruptedAreGivenOnce(t *testing.T) {
	s := newServer(t)
	s.answer("WatchVms",
		failing(shuttingDown, vmChange(0, "a")),
		failing(shuttingDown, vmChange(0, "b"), vmChange(0, "c"), vmCheckpoint(5), vmChange(6, "d")),
		open(vmChange(7, "e")))
	var names []string
	for change, err := range s.client(t).VMs.Watch(context.Background(), "-", chronovisor.FromBeginning) {
		if err != nil {
			t.Fatal(err)
		}
		if names = append(names, change.GetVm().GetName()); len(names) == 4 {
			break
		}
	}
	expect(t, names, []string{"b", "c", "d", "e"})
	var after []int64
	for _, each := range s.calls() {
		after = append(after, each.request.(*chronovisorv1.WatchVmsRequest).GetAfterPosition())
	}
	expect(t, after, []int64{0, 0, 6})
}

func TestARefusalEndsAWatchAndWhatSaysNothingOfTheRequestDoesNot(t *testing.T) {
	final := []codes.Code{
		codes.InvalidArgument, codes.NotFound, codes.OutOfRange, codes.PermissionDenied,
		codes.FailedPrecondition, codes.Unimplemented,
	}
	for _, code := range final {
		s := newServer(t)
		s.answer("WatchEvents", failing(status.Error(code, "no"), event(1)), open(event(2)))
		var last error
		for _, err := range s.client(t).History.Watch(context.Background(), "", chronovisor.FromBeginning) {
			last = err
		}
		if status.Code(last) != code {
			t.Errorf("%s ended it with %v", code, last)
		}
	}
	for _, code := range []codes.Code{codes.Unavailable, codes.Canceled, codes.Unknown, codes.Internal, codes.Aborted} {
		s := newServer(t)
		s.answer("WatchEvents", failing(status.Error(code, "cut"), event(1)), open(event(2)))
		expect(t, seen(t, s.client(t), chronovisor.FromBeginning, 2), []int64{1, 2})
	}
}

func TestAWatchGoesOnOnceWhereItsTokenIsNoLongerTaken(t *testing.T) {
	ended := status.Error(codes.Unauthenticated, "the token ended")
	s := newServer(t)
	s.answer("WatchEvents", failing(ended, event(1)), failing(ended, event(2)), failing(ended), open(event(3)))
	tokens := 0
	client := s.client(t, chronovisor.WithTokenSource(func(context.Context) (string, error) {
		tokens++
		return fmt.Sprint("number-", tokens), nil
	}))
	var last error
	count := 0
	for _, err := range client.History.Watch(context.Background(), "", chronovisor.FromBeginning) {
		last = err
		count++
	}
	if status.Code(last) != codes.Unauthenticated || count != 3 || len(s.calls()) != 3 {
		t.Errorf("%d events and calls, and %v", count, last)
	}
	if found := s.calls()[1].header("authorization"); found != "Bearer number-2" {
		t.Errorf("it was resumed with %s", found)
	}
}

func TestAServerThatNeverAnsweredIsGivenUp(t *testing.T) {
	s := newServer(t)
	s.answer("WatchEvents", failing(shuttingDown))
	var last error
	for _, err := range s.client(t).History.Watch(context.Background(), "", chronovisor.FromBeginning) {
		last = err
	}
	if !errors.Is(last, chronovisor.ErrUnavailable) || len(s.calls()) != 4 {
		t.Errorf("%d calls, and %v", len(s.calls()), last)
	}
}

func TestLeavingTheLoopEndsTheCallOnTheServer(t *testing.T) {
	s := newServer(t)
	s.answer("WatchEvents", open(event(1)))
	seen(t, s.client(t), chronovisor.FromBeginning, 1)
	select {
	case <-s.calls()[0].context.Done():
	case <-time.After(30 * time.Second):
		t.Error("it goes on")
	}
}

func TestTheContextEndsAWatch(t *testing.T) {
	s := newServer(t)
	s.answer("WatchEvents", open(event(1)))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var last error
	for _, err := range s.client(t).History.Watch(ctx, "", chronovisor.FromBeginning) {
		cancel()
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("%v", last)
	}
}

func TestAWatchGoesOnWithinASecondAfterTheServerIsBack(t *testing.T) {
	s := newServer(t)
	s.answer("WatchEvents", open(event(1)), open(event(2)))
	client := s.client(t)
	interrupted := make(chan error, 10)
	back := make(chan time.Time, 1)
	go func() {
		<-interrupted
		// Long enough for several attempts.
		time.Sleep(1500 * time.Millisecond)
		listener, err := net.Listen("tcp", s.address)
		if err != nil {
			t.Error(err)
			return
		}
		s.serve(listener)
		back <- time.Now()
	}()
	request := &chronovisorv1.WatchEventsRequest{}
	onInterruption := chronovisor.OnInterruption(func(err error) { interrupted <- err })
	for message, err := range chronovisor.Watch(context.Background(), client.History.WatchEvents, request, onInterruption) {
		if err != nil {
			t.Fatal(err)
		}
		if message.GetEvent().GetPosition() == 2 {
			break
		}
		s.grpc.Stop()
	}
	if took := time.Since(<-back); took > time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestAWatchEndsWithItsClient(t *testing.T) {
	server := newServer(t)
	server.answer("WatchEvents", open(event(1)))
	client := server.client(t)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var ended error
	for _, err := range client.History.Watch(ctx, "", chronovisor.FromBeginning) {
		if ended = err; err == nil {
			client.Close()
		}
	}
	var refused *chronovisor.Error
	if !errors.As(ended, &refused) || refused.Code != codes.Canceled || ctx.Err() != nil {
		t.Errorf("the watch ended with %v", ended)
	}
}
