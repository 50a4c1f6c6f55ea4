package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	// Their descriptors are in the registry once they are linked; those of errors are for operations that failed.
	_ "cloud.google.com/go/longrunning/autogen/longrunningpb"
	_ "google.golang.org/genproto/googleapis/rpc/errdetails"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"chronovisor.dev/go/chronovisor"
	"chronovisor.dev/go/chronovisor/proof"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// calls are a client, called by the names of methods. Requests and responses are JSON.
type calls struct {
	client *chronovisor.Client
}

func newCalls(options object) (*calls, error) {
	given := []chronovisor.Option{chronovisor.WithServer(strings.Split(textOf(options["server"]), ",")...)}
	if actor := textOf(options["actor"]); actor != "" {
		given = append(given, chronovisor.WithActor(actor))
	}
	if timeout := seconds(options["timeout_s"]); timeout > 0 {
		given = append(given, chronovisor.WithTimeout(timeout))
	}
	if attempts, ok := numberOf(options["attempts"]); ok {
		policy := chronovisor.DefaultRetry
		policy.Attempts = int(attempts)
		given = append(given, chronovisor.WithRetry(policy))
	}
	if token := textOf(options["token"]); token != "" {
		given = append(given, chronovisor.WithToken(token))
	}
	if path := textOf(options["token_file"]); path != "" {
		given = append(given, chronovisor.WithTokenSource(chronovisor.TokenFile(path)))
	}
	if path := textOf(options["ca_file"]); path != "" {
		given = append(given, chronovisor.WithCAFile(path))
	}
	if path := textOf(options["cert_file"]); path != "" {
		given = append(given, chronovisor.WithCertificate(path, textOf(options["key_file"])))
	}
	client, err := chronovisor.Connect(given...)
	return &calls{client}, err
}

func (c *calls) close() {
	c.client.Close()
}

// method is one of the API, as its descriptor and its path.
type method struct {
	protoreflect.MethodDescriptor
	path string
}

func methodOf(name string) (*method, error) {
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(strings.ReplaceAll(name, "/", ".")))
	if err != nil {
		return nil, fmt.Errorf("this client has no method %s", name)
	}
	descriptor, ok := found.(protoreflect.MethodDescriptor)
	if !ok {
		return nil, fmt.Errorf("%s is no method", name)
	}
	return &method{descriptor, "/" + name}, nil
}

func (m *method) request(given any) (proto.Message, error) {
	message := newMessage(m.Input())
	if given == nil {
		return message, nil
	}
	text, err := json.Marshal(given)
	if err != nil {
		return nil, err
	}
	return message, protojson.Unmarshal(text, message)
}

func newMessage(descriptor protoreflect.MessageDescriptor) proto.Message {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(descriptor.FullName())
	if err != nil {
		panic(err) // Methods come from the same registry.
	}
	return kind.New().Interface()
}

// jsonOf is a message as proto JSON, with all that was not set.
func jsonOf(message proto.Message) (any, error) {
	text, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(message)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	return value, decoder.Decode(&value)
}

// limits are when a call ends before its answer: a deadline, or the caller's own cancellation.
func limits(step object) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	if after := seconds(step["cancel_after_s"]); after > 0 {
		time.AfterFunc(after, cancel)
	}
	if timeout := seconds(step["timeout_s"]); timeout > 0 {
		var cancelTimeout context.CancelFunc
		ctx, cancelTimeout = context.WithTimeout(ctx, timeout)
		return ctx, func() { cancelTimeout(); cancel() }
	}
	return ctx, cancel
}

func (c *calls) unary(step object) (any, error) {
	m, err := methodOf(textOf(step["call"]))
	if err != nil {
		return nil, err
	}
	request, err := m.request(step["request"])
	if err != nil {
		return nil, err
	}
	ctx, cancel := limits(step)
	defer cancel()
	response, err := c.invoke(m)(ctx, request)
	if err != nil {
		return nil, err
	}
	return jsonOf(response)
}

// invoke is a unary method as a stub has it.
func (c *calls) invoke(m *method) func(context.Context, proto.Message, ...grpc.CallOption) (proto.Message, error) {
	return func(ctx context.Context, request proto.Message, options ...grpc.CallOption) (proto.Message, error) {
		response := newMessage(m.Output())
		return response, c.client.Conn().Invoke(ctx, m.path, request, response, options...)
	}
}

// wait is what an operation ended with, such as its VM.
func (c *calls) wait(step object) (any, error) {
	ctx, cancel := limits(step)
	defer cancel()
	ended, err := c.client.Wait(ctx, textOf(step["wait"]))
	if err != nil {
		return nil, err
	}
	result, err := ended.GetResponse().UnmarshalNew()
	if err != nil {
		return nil, err
	}
	return jsonOf(result)
}

// page is a response of any list method.
type page struct{ proto.Message }

func (p page) GetNextPageToken() string {
	return p.ProtoReflect().Get(p.ProtoReflect().Descriptor().Fields().ByName("next_page_token")).String()
}

func (c *calls) items(step object) ([]any, error) {
	m, err := methodOf(textOf(step["list"]))
	if err != nil {
		return nil, err
	}
	request, err := m.request(step["request"])
	if err != nil {
		return nil, err
	}
	ctx, cancel := limits(step)
	defer cancel()
	list := func(ctx context.Context, request proto.Message, options ...grpc.CallOption) (page, error) {
		response, err := c.invoke(m)(ctx, request, options...)
		return page{response}, err
	}
	items := []any{}
	for page, err := range chronovisor.Pages(ctx, list, request) {
		if err != nil {
			return nil, err
		}
		value, err := jsonOf(page.Message)
		if err != nil {
			return nil, err
		}
		found, ok := value.(object)[textOf(step["items"])].([]any)
		if !ok {
			return nil, fmt.Errorf("%s has no list %s", m.Output().FullName(), step["items"])
		}
		items = append(items, found...)
	}
	return items, nil
}

// stream is any streaming call. It implements chronovisor.WatchStream.
type stream struct {
	grpc.ClientStream
	of *method
}

func (s stream) Recv() (proto.Message, error) {
	response := newMessage(s.of.Output())
	return response, s.RecvMsg(response)
}

func (c *calls) open(
	ctx context.Context, m *method, requests []proto.Message, options ...grpc.CallOption,
) (stream, error) {
	description := &grpc.StreamDesc{ServerStreams: m.IsStreamingServer(), ClientStreams: m.IsStreamingClient()}
	opened, err := c.client.Conn().NewStream(ctx, description, m.path, options...)
	if err != nil {
		return stream{}, err
	}
	for _, request := range requests {
		// io.EOF: the call has ended, and Recv says why.
		if err := opened.SendMsg(request); err != nil && err != io.EOF {
			return stream{}, err
		}
	}
	if !m.IsStreamingClient() {
		if err := opened.CloseSend(); err != nil {
			return stream{}, err
		}
	}
	return stream{opened, m}, nil
}

// streamed are the responses of a streaming call, up to its end or the first `count` of them.
func (c *calls) streamed(step object) ([]any, error) {
	m, err := methodOf(textOf(step["stream"]))
	if err != nil {
		return nil, err
	}
	given, ok := step["requests"].([]any)
	if !ok {
		given = []any{object{}}
	}
	requests := make([]proto.Message, len(given))
	for i, each := range given {
		if requests[i], err = m.request(each); err != nil {
			return nil, err
		}
	}
	count, bounded := numberOf(step["count"])
	ctx, cancel := limits(step)
	defer cancel()
	opened, err := c.open(ctx, m, requests)
	if err != nil {
		return nil, err
	}
	if m.IsStreamingClient() && !bounded {
		if err := opened.CloseSend(); err != nil {
			return nil, err
		}
	}
	responses := []any{}
	for !bounded || len(responses) < int(count) {
		response, err := opened.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		value, err := jsonOf(response)
		if err != nil {
			return nil, err
		}
		responses = append(responses, value)
	}
	return responses, nil
}

// watch are the changes that the client's own watch of a method gives: it resumes by itself.
func (c *calls) watch(ctx context.Context, name string, given any) (iter.Seq2[any, error], error) {
	m, err := methodOf(name)
	if err != nil {
		return nil, err
	}
	request, err := m.request(given)
	if err != nil {
		return nil, err
	}
	open := func(ctx context.Context, request proto.Message, options ...grpc.CallOption) (stream, error) {
		return c.open(ctx, m, []proto.Message{request}, options...)
	}
	return func(yield func(any, error) bool) {
		for message, err := range chronovisor.Watch(ctx, open, request) {
			if err != nil {
				yield(nil, err)
				return
			}
			for _, change := range changesOf(message) {
				if value, err := jsonOf(change); !yield(value, err) || err != nil {
					return
				}
			}
		}
	}, nil
}

// changesOf are the changes in a message of a watch; none of one about the stream itself.
func changesOf(message proto.Message) []proto.Message {
	reflection := message.ProtoReflect()
	field := reflection.WhichOneof(reflection.Descriptor().Oneofs().ByName("message"))
	if field == nil || field.Name() == "checkpoint" || field.Name() == "caught_up" || field.Name() == "fell_behind" {
		return nil
	}
	item := reflection.Get(field).Message()
	fields := item.Descriptor().Fields()
	if fields.Len() != 1 || !fields.Get(0).IsList() {
		return []proto.Message{item.Interface()}
	}
	list := item.Get(fields.Get(0)).List()
	found := make([]proto.Message, list.Len())
	for i := range found {
		found[i] = list.Get(i).Message().Interface()
	}
	return found
}

// prove says whether the ledger proves the event at a position. With `tamper`, a bit of it is changed before.
func (c *calls) prove(step object) (any, error) {
	position, _ := numberOf(step["prove"])
	request := &chronovisorv1.ProveEventRequest{Position: int64(position)}
	given, err := c.client.History.ProveEvent(context.Background(), request)
	if err != nil {
		return nil, err
	}
	if step["tamper"] == true {
		given.Leaf[len(given.Leaf)-1] ^= 1
	}
	_, err = proof.CheckInclusion(given)
	if err != nil && !errors.Is(err, proof.ErrNotProven) {
		return nil, err
	}
	return object{"verified": err == nil}, nil
}

// refusalOf is what a scenario can expect of an error; false where it is none of the client's.
func refusalOf(err error) (object, bool) {
	var refused *chronovisor.Error
	if !errors.As(err, &refused) {
		return nil, false
	}
	fields := make([]any, len(refused.Fields))
	for i, each := range refused.Fields {
		fields[i] = each.Field
	}
	metadata := object{}
	for key, value := range refused.Metadata {
		metadata[key] = value
	}
	return object{
		"code":          code.Code(refused.Code).String(),
		"reason":        refused.Reason,
		"message":       refused.Message,
		"fields":        fields,
		"metadata":      metadata,
		"retry_delay_s": refused.RetryAfter.Seconds(),
	}, true
}
