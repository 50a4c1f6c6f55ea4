package chronovisor

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Of a stream's initial metadata: its parent or scope, with uids for ids.
const resourceKey = "chronovisor-resource"

// How a stream is resumed: at once, then after growing pauses, of which the longest still lets it go on within a second
// after the server is back.
var resumption = RetryPolicy{Attempts: 4, FirstPause: 50 * time.Millisecond, LongestPause: 400 * time.Millisecond}

// Ends that another attempt would only repeat.
var finalCodes = map[codes.Code]bool{
	codes.InvalidArgument:    true,
	codes.NotFound:           true,
	codes.OutOfRange:         true,
	codes.PermissionDenied:   true,
	codes.Unauthenticated:    true,
	codes.FailedPrecondition: true,
	codes.Unimplemented:      true,
}

// WatchMethod is a watch method of a stub, such as client.History.WatchEvents.
type WatchMethod[Req, Stream any] func(context.Context, Req, ...grpc.CallOption) (Stream, error)

// WatchStream is what a watch method answers with.
type WatchStream[Resp any] interface {
	Recv() (Resp, error)
	grpc.ClientStream
}

// WatchOption is something to say of a watch.
type WatchOption func(*watchSettings)

type watchSettings struct {
	onInterruption func(error)
}

// OnInterruption is called when the connection is lost, with the reason, before the watch is resumed.
func OnInterruption(call func(error)) WatchOption {
	return func(s *watchSettings) { s.onInterruption = call }
}

// Watch is all that a watch method sends, over every interruption: each change once and in order, and the checkpoints and
// states of the stream between them. It ends with the loop, with the context, or with an error, which is given last: the
// server refuses to go on, or could never be reached, or the client was closed.
//
//	for message, err := range chronovisor.Watch(ctx, client.VMs.WatchVms, &chronovisorv1.WatchVmsRequest{Parent: "projects/-"}) {
//
// After a program's own restart, go on after the greatest position of a change or of a checkpoint that was seen.
func Watch[Req, Resp proto.Message, Stream WatchStream[Resp]](
	ctx context.Context, method WatchMethod[Req, Stream], request Req, options ...WatchOption,
) iter.Seq2[Resp, error] {
	var settings watchSettings
	for _, option := range options {
		option(&settings)
	}
	return func(yield func(Resp, error) bool) {
		place := place{first: request}
		failures := 0
		for {
			// Ends the call when the loop is left, too.
			callCtx, cancel := context.WithCancel(ctx)
			progressed, left, err := once(callCtx, &place, method, yield)
			cancel()
			if left {
				return
			}
			if progressed {
				failures = 0
			}
			failures++
			var none Resp
			failure := refusal(err)
			// The token that it began with has ended: a fresh one is sent with the next try.
			tokenEnded := failure.Code == codes.Unauthenticated && place.begun && failures == 1
			switch {
			case ctx.Err() != nil:
				yield(none, refusal(ctx.Err()))
				return
			case finalCodes[failure.Code] && !tokenEnded, failure.closed, !place.begun && failures >= resumption.Attempts:
				yield(none, failure)
				return
			}
			if failures == 1 && settings.onInterruption != nil {
				settings.onInterruption(failure)
			}
			pause := failure.RetryAfter
			if failures > 1 || !place.begun {
				pause = resumption.pause(failures, failure)
			}
			if !sleep(ctx, pause) {
				yield(none, refusal(ctx.Err()))
				return
			}
		}
	}
}

// once carries out one call, until it ends. It is `left` where the loop does not take more, and has progressed where any
// message came.
func once[Req, Resp proto.Message, Stream WatchStream[Resp]](
	ctx context.Context, place *place, method WatchMethod[Req, Stream], yield func(Resp, error) bool,
) (progressed, left bool, err error) {
	var callOptions []grpc.CallOption
	if place.begun {
		// The server is known to be there, or to be about to: the call is sent as soon as there is a connection.
		callOptions = append(callOptions, grpc.WaitForReady(true))
	}
	if place.history != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, historyKey, place.history)
	}
	stream, err := method(ctx, place.request().(Req), callOptions...)
	if err != nil {
		return false, false, err
	}
	resumedAfter := place.position
	var held []Resp
	for {
		message, err := stream.Recv()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = status.Error(codes.Unavailable, "the server ended the stream")
			}
			return progressed, false, err
		}
		if !progressed {
			progressed, place.begun = true, true
			if header, err := stream.Header(); err == nil {
				place.learn(header)
			}
		}
		kind, position := place.look(message, resumedAfter)
		if kind == repeated {
			continue
		}
		if kind == unplaced {
			// Those that a stream begins with are given when all are there: it cannot be resumed among them.
			held = append(held, message)
			continue
		}
		for _, each := range held {
			if !yield(each, nil) {
				return true, true, nil
			}
		}
		held = nil
		place.position = max(place.position, position)
		if !yield(message, nil) {
			return true, true, nil
		}
	}
}

// place is where a watch is: what it takes to resume it.
type place struct {
	first proto.Message
	// The greatest of the changes and checkpoints that were given.
	position int64
	// What the position is of: a server that was restored since refuses to go on, with HISTORY_FORKED.
	history string
	// What the stream is of, by uid: it stays the same when another resource takes the name.
	resource string
	begun    bool
}

func (p *place) learn(header metadata.MD) {
	if found := header.Get(resourceKey); len(found) > 0 && p.resource == "" {
		p.resource = found[0]
	}
	if found := header.Get(historyKey); len(found) > 0 && p.history == "" {
		p.history = found[0]
	}
}

// request is the first one, or one that goes on.
func (p *place) request() proto.Message {
	if !p.begun {
		return p.first
	}
	next := proto.Clone(p.first)
	reflection := next.ProtoReflect()
	fields := reflection.Descriptor().Fields()
	if p.resource != "" {
		for _, name := range []protoreflect.Name{"parent", "scope"} {
			if field := fields.ByName(name); field != nil {
				reflection.Set(field, protoreflect.ValueOfString(p.resource))
			}
		}
	}
	if p.position > 0 {
		for _, name := range []protoreflect.Name{"start", "from_now", "from_position", "from_time"} {
			if field := fields.ByName(name); field != nil {
				reflection.Clear(field)
			}
		}
		if field := fields.ByName("after_position"); field != nil {
			reflection.Set(field, protoreflect.ValueOfInt64(p.position))
		}
	}
	return next
}

type messageKind int

const (
	// A change or a checkpoint, after which a stream can be resumed, or a state of the stream (position 0).
	placed messageKind = iota
	// A change without a position.
	unplaced
	// Nothing that was not given before.
	repeated
)

// look says what a message is, and its position. Of a batch, it takes out what was given before.
func (p *place) look(message proto.Message, resumedAfter int64) (messageKind, int64) {
	reflection := message.ProtoReflect()
	oneof := reflection.Descriptor().Oneofs().ByName("message")
	if oneof == nil {
		return placed, 0
	}
	field := reflection.WhichOneof(oneof)
	if field == nil || field.Message() == nil {
		// Of a newer server.
		return placed, 0
	}
	item := reflection.Get(field).Message()
	switch field.Name() {
	case "checkpoint":
		if history := item.Get(item.Descriptor().Fields().ByName("history")).String(); history != "" {
			p.history = history
		}
		return placed, positionOf(item)
	case "caught_up", "fell_behind":
		return placed, 0
	}
	batch := batchOf(item)
	if batch == nil {
		return kindOf(positionOf(item), resumedAfter)
	}
	given := 0
	for given < batch.Len() {
		if kind, _ := kindOf(positionOf(batch.Get(given).Message()), resumedAfter); kind != repeated {
			break
		}
		given++
	}
	if given == batch.Len() {
		return repeated, 0
	}
	for i := given; given > 0 && i < batch.Len(); i++ {
		batch.Set(i-given, batch.Get(i))
	}
	batch.Truncate(batch.Len() - given)
	return kindOf(positionOf(batch.Get(batch.Len()-1).Message()), resumedAfter)
}

func kindOf(position, resumedAfter int64) (messageKind, int64) {
	switch {
	case position == 0:
		return unplaced, 0
	case position <= resumedAfter:
		return repeated, position
	default:
		return placed, position
	}
}

func positionOf(item protoreflect.Message) int64 {
	field := item.Descriptor().Fields().ByName("position")
	if field == nil {
		return 0
	}
	return item.Get(field).Int()
}

// batchOf is the list that a batch of changes is, such as that of VmChanges. Nil where the item is no batch.
func batchOf(item protoreflect.Message) protoreflect.List {
	fields := item.Descriptor().Fields()
	if fields.Len() != 1 || !fields.Get(0).IsList() || fields.Get(0).Message() == nil {
		return nil
	}
	return item.Mutable(fields.Get(0)).List()
}
