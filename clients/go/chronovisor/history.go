package chronovisor

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"google.golang.org/protobuf/proto"

	eventsv1 "chronovisor.dev/go/chronovisor/events/v1"
	"chronovisor.dev/go/chronovisor/proof"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// History is the service of what happened. In the shorter calls, a scope is a VM as shop/web-1, a project as shop,
// hosts/{host}, or empty for everything.
type History struct {
	chronovisorv1.HistoryServiceClient
	client *Client
}

// Events gives what happened in a scope until now, the oldest first.
func (h *History) Events(
	ctx context.Context, scope string, edit ...func(*chronovisorv1.ListEventsRequest),
) iter.Seq2[*eventsv1.Event, error] {
	request := &chronovisorv1.ListEventsRequest{Parent: ScopeName(scope), PageSize: 1000}
	return Items(ctx, h.ListEvents, edited(request, edit), (*chronovisorv1.ListEventsResponse).GetEvents)
}

// Watch gives what happens in a scope, as it is committed. See the function Watch for how it ends.
func (h *History) Watch(
	ctx context.Context, scope string, start Start, edit ...func(*chronovisorv1.WatchEventsRequest),
) iter.Seq2[*eventsv1.Event, error] {
	request := &chronovisorv1.WatchEventsRequest{
		Parent:        ScopeName(scope),
		AfterPosition: start.after,
		FromNow:       start.now,
		MaxBatchSize:  watchBatch,
	}
	return changes(Watch(ctx, h.WatchEvents, edited(request, edit)),
		func(message *chronovisorv1.WatchEventsResponse) []*eventsv1.Event {
			if event := message.GetEvent(); event != nil {
				return []*eventsv1.Event{event}
			}
			return message.GetEvents().GetEvents()
		})
}

// Replay gives the life of a VM step by step, with the VM before and after each. A destroyed VM's, too.
func (h *History) Replay(
	ctx context.Context, vm string, edit ...func(*chronovisorv1.ReplayVmRequest),
) iter.Seq2[*chronovisorv1.ReplayStep, error] {
	request := &chronovisorv1.ReplayVmRequest{Name: VMName(vm, h.client.project), PageSize: 1000}
	return Items(ctx, h.ReplayVm, edited(request, edit), (*chronovisorv1.ReplayVmResponse).GetSteps)
}

// Prove returns the event at a position as it is stored, once it is proven that it is under its seal. An error that
// is proof.ErrNotProven means that the server could not prove it.
func (h *History) Prove(ctx context.Context, position int64) (*proof.Row, error) {
	given, err := h.ProveEvent(ctx, &chronovisorv1.ProveEventRequest{Position: position})
	if err != nil {
		return nil, err
	}
	return proof.CheckInclusion(given)
}

// Verify proves that an event, as some other call gave it, is stored so and is under its seal.
func (h *History) Verify(ctx context.Context, event *eventsv1.Event) error {
	row, err := h.Prove(ctx, event.GetPosition())
	if err != nil {
		return err
	}
	stored := proto.CloneOf(row.Event)
	stored.Stream, stored.Version, stored.Position = row.Stream, row.Version, event.GetPosition()
	if strings.HasPrefix(stored.GetActor(), "user:~") {
		// People are pseudonyms in the ledger: lists have their names, for as long as the server knows them.
		stored.Actor, stored.Proof = event.GetActor(), event.GetProof()
	}
	if !proto.Equal(stored, event) {
		return fmt.Errorf("%w: the event at position %d is stored otherwise", proof.ErrNotProven, event.GetPosition())
	}
	return nil
}

// EventType is the type of an event, such as VmStarted, as ListEvents and WatchEvents filter by it.
func EventType(event *eventsv1.Event) string {
	reflection := event.ProtoReflect()
	field := reflection.WhichOneof(reflection.Descriptor().Oneofs().ByName("payload"))
	if field == nil {
		// Of a newer server.
		return ""
	}
	return string(field.Message().Name())
}
