package chronovisor

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const (
	actorKey   = "chronovisor-actor"
	historyKey = "chronovisor-history"
	tokenKey   = "authorization"
)

// sender is what all calls have in common: the actor, the token, a deadline, a request id, retries, and typed errors.
type sender struct {
	actor   string
	timeout time.Duration
	retry   RetryPolicy
	token   TokenSource
	// Whether connections are by TLS.
	secure bool
	// The history of the ledger as the server sent it last.
	history atomic.Pointer[string]
}

func (s *sender) unary(
	ctx context.Context, method string, request, reply any, connection *grpc.ClientConn,
	invoke grpc.UnaryInvoker, options ...grpc.CallOption,
) error {
	deadline, bounded := ctx.Deadline()
	if !bounded {
		deadline = time.Now().Add(s.timeout)
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline)
		defer cancel()
	}
	request, repeatable := withRequestID(method, request)
	// Every attempt is of the history that was known when the call began.
	history := s.history.Load()
	renewed := false
	for attempt := 1; ; attempt++ {
		var header, trailer metadata.MD
		attemptOptions := append(options[:len(options):len(options)], grpc.Header(&header), grpc.Trailer(&trailer))
		called, token, err := s.addressed(ctx, history)
		if err == nil {
			err = invoke(called, method, request, reply, connection, attemptOptions...)
		}
		s.learn(header, trailer)
		if err == nil {
			return nil
		}
		failure := s.explained(refusal(err))
		if failure.Code == codes.Unauthenticated && token != "" && !renewed {
			// What is no longer taken may have a successor by now.
			if fresh, err := s.token(ctx); err == nil && fresh != token {
				renewed = true
				attempt--
				continue
			}
		}
		pause, again := s.retry.pauseAfter(attempt, failure)
		if !again || !repeatable || time.Until(deadline) <= pause {
			return failure
		}
		if !sleep(ctx, pause) {
			return refusal(ctx.Err())
		}
	}
}

func (s *sender) stream(
	ctx context.Context, description *grpc.StreamDesc, connection *grpc.ClientConn, method string,
	open grpc.Streamer, options ...grpc.CallOption,
) (grpc.ClientStream, error) {
	called, _, err := s.addressed(ctx, s.history.Load())
	if err != nil {
		return nil, refusal(err)
	}
	stream, err := open(called, description, connection, method, options...)
	if err != nil {
		failure := s.explained(refusal(err))
		failure.closed = connection.GetState() == connectivity.Shutdown
		return nil, failure
	}
	return &learningStream{ClientStream: stream, sender: s}, nil
}

// addressed adds who calls, with what token, which it returns, too, and what history of the ledger is known.
func (s *sender) addressed(ctx context.Context, history *string) (context.Context, string, error) {
	token := ""
	pairs := make([]string, 0, 6)
	pairs = append(pairs, actorKey, s.actor)
	if history != nil {
		// A stream that is resumed says itself of which history it is.
		if given, _ := metadata.FromOutgoingContext(ctx); len(given.Get(historyKey)) == 0 {
			pairs = append(pairs, historyKey, *history)
		}
	}
	if s.token != nil {
		var err error
		if token, err = s.token(ctx); err != nil {
			return nil, "", status.Error(codes.Unauthenticated, fmt.Sprintf("there is no token for the call: %v", err))
		}
		pairs = append(pairs, tokenKey, "Bearer "+token)
	}
	return metadata.AppendToOutgoingContext(ctx, pairs...), token, nil
}

func (s *sender) learn(sources ...metadata.MD) {
	for _, source := range sources {
		if found := source.Get(historyKey); len(found) > 0 {
			if known := s.history.Load(); known == nil || *known != found[0] {
				s.history.Store(&found[0])
			}
		}
	}
}

// learningStream is a stream whose errors are ours, and whose history is learned.
type learningStream struct {
	grpc.ClientStream
	sender *sender
	begun  bool
}

func (s *learningStream) RecvMsg(message any) error {
	err := s.ClientStream.RecvMsg(message)
	if err == nil && !s.begun {
		s.begun = true
		// Once there is a message, its metadata is there, and nothing is waited for.
		if header, headerErr := s.ClientStream.Header(); headerErr == nil {
			s.sender.learn(header)
		}
	}
	if err == nil || err == io.EOF {
		return err
	}
	s.sender.learn(s.ClientStream.Trailer())
	return s.sender.explained(refusal(err))
}

func (s *learningStream) SendMsg(message any) error {
	err := s.ClientStream.SendMsg(message)
	if err == nil || err == io.EOF {
		return err
	}
	return refusal(err)
}

func (s *learningStream) Header() (metadata.MD, error) {
	header, err := s.ClientStream.Header()
	if err != nil {
		return nil, refusal(err)
	}
	return header, nil
}

// withRequestID is the request itself, or a copy with a new UUID where it has an empty request_id, and whether it can be
// sent again without doing its work twice. The caller's message stays as it was: sending it again is a new command.
func withRequestID(method string, request any) (any, bool) {
	message, ok := request.(proto.Message)
	if !ok {
		return request, false
	}
	reflection := message.ProtoReflect()
	field := reflection.Descriptor().Fields().ByName("request_id")
	if field == nil || field.Kind() != protoreflect.StringKind || field.IsList() {
		return request, isRead(method)
	}
	if reflection.Get(field).String() != "" {
		return request, true
	}
	copied := proto.Clone(message)
	copied.ProtoReflect().Set(field, protoreflect.ValueOfString(newUUID()))
	return copied, true
}

// Verbs of methods that change nothing, or do so once however often they are called.
var readingVerbs = []string{"Get", "List", "Wait", "Check", "Explain", "Replay", "Diff", "Verify", "Prove", "Plan", "Cancel"}

func isRead(method string) bool {
	name := method[strings.LastIndexByte(method, '/')+1:]
	for _, verb := range readingVerbs {
		if strings.HasPrefix(name, verb) {
			return true
		}
	}
	return false
}

// newUUID is a random one, of version 4.
func newUUID() string {
	var random [16]byte
	// It does not fail: see crypto/rand.
	_, _ = rand.Read(random[:])
	random[6] = random[6]&0x0f | 0x40
	random[8] = random[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", random[:4], random[4:6], random[6:8], random[8:10], random[10:])
}

// sleep is false where the context ended before the pause did.
func sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
