package chronovisor_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"chronovisor.dev/go/chronovisor"
	"chronovisor.dev/go/chronovisor/proof"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// anyServer answers every method with an empty response, and reports what was called: the method, and the request as JSON
// without its request id.
func anyServer(t *testing.T) (*chronovisor.Client, <-chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	called := make(chan string, 1)
	server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		path, _ := grpc.MethodFromServerStream(stream)
		name := strings.ReplaceAll(path[1:], "/", ".")
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
		if err != nil {
			return err
		}
		method := found.(protoreflect.MethodDescriptor)
		request, response := messageOf(method.Input()), messageOf(method.Output())
		if err := stream.RecvMsg(request); err != nil {
			return err
		}
		if field := method.Input().Fields().ByName("request_id"); field != nil {
			request.ProtoReflect().Clear(field)
		}
		text, err := protojson.Marshal(request)
		if err != nil {
			return err
		}
		// protojson puts spaces where it likes.
		called <- string(method.Name()) + " " + strings.ReplaceAll(string(text), " ", "")
		return stream.SendMsg(response)
	}))
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	client, err := chronovisor.Connect(chronovisor.WithServer(listener.Addr().String()), chronovisor.WithProject("shop"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client, called
}

func messageOf(descriptor protoreflect.MessageDescriptor) proto.Message {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(descriptor.FullName())
	if err != nil {
		panic(err)
	}
	return kind.New().Interface()
}

func TestEachShortCallIsOfItsMethodAndNamesWhatItIsAbout(t *testing.T) {
	client, called := anyServer(t)
	ctx := context.Background()
	web := `{"name":"projects/shop/vms/web"}`
	for expected, call := range map[string]func() error{
		"GetVm " + web:    func() error { _, err := client.VMs.Get(ctx, "web"); return err },
		"StartVm " + web:  func() error { _, err := client.VMs.Start(ctx, "web"); return err },
		"StopVm " + web:   func() error { _, err := client.VMs.Stop(ctx, "shop/web"); return err },
		"RebootVm " + web: func() error { _, err := client.VMs.Reboot(ctx, "projects/shop/vms/web"); return err },
		"PauseVm " + web:  func() error { _, err := client.VMs.Pause(ctx, "web"); return err },
		"ResumeVm " + web: func() error { _, err := client.VMs.Resume(ctx, "web"); return err },
		`DeleteVm {"name":"projects/shop/vms/web","reason":"x"}`: func() error {
			_, err := client.VMs.Delete(ctx, "web", func(request *chronovisorv1.DeleteVmRequest) { request.Reason = "x" })
			return err
		},
		`UpdateVm {"vm":{"name":"projects/shop/vms/web"}}`: func() error {
			_, err := client.VMs.Update(ctx, &chronovisorv1.Vm{Name: "projects/shop/vms/web"})
			return err
		},
		`CreateVm {"parent":"projects/shop","vmId":"web","vm":{"spec":{}}}`: func() error {
			_, err := client.VMs.Create(ctx, "web", &chronovisorv1.VmSpec{})
			return err
		},
		`ListVms {"parent":"projects/-","pageSize":1000}`: func() error { return drained(client.VMs.List(ctx, "-")) },
		`GetHost {"name":"hosts/a"}`:                      func() error { _, err := client.Hosts.Get(ctx, "a"); return err },
		`CordonHost {"name":"hosts/a"}`:                   func() error { _, err := client.Hosts.Cordon(ctx, "a"); return err },
		`UncordonHost {"name":"hosts/a"}`:                 func() error { _, err := client.Hosts.Uncordon(ctx, "hosts/a"); return err },
		`ListHosts {"pageSize":1000}`:                     func() error { return drained(client.Hosts.List(ctx)) },
		`CreateProject {"projectId":"shop","project":{}}`: func() error { _, err := client.Projects.Create(ctx, "shop"); return err },
		`GetProject {"name":"projects/shop"}`:             func() error { _, err := client.Projects.Get(ctx, "shop"); return err },
		`DeleteProject {"name":"projects/shop"}`:          func() error { _, err := client.Projects.Delete(ctx, "shop"); return err },
		`WhoAmI {}`:                                       func() error { _, err := client.Access.Caller(ctx); return err },
		`ExplainAccess {"resource":"/","principal":"user:anna","permission":"vms.get"}`: func() error {
			_, err := client.Access.Explain(ctx, "user:anna", "vms.get", "/")
			return err
		},
		`ListRoles {}`:                       func() error { _, err := client.Access.Roles(ctx); return err },
		`ListProjects {"pageSize":1000}`:     func() error { return drained(client.Projects.List(ctx)) },
		`GetUtilization {"scope":"hosts/a"}`: func() error { _, err := client.Utilization.Get(ctx, "hosts/a"); return err },
		`ListEvents {"parent":"projects/shop/vms/web","pageSize":1000}`: func() error {
			return drained(client.History.Events(ctx, "shop/web"))
		},
		`ReplayVm {"name":"projects/shop/vms/web","pageSize":1000}`: func() error {
			return drained(client.History.Replay(ctx, "web"))
		},
	} {
		if err := call(); err != nil {
			t.Errorf("%s: %v", expected, err)
		}
		expect(t, <-called, expected)
	}
}

func TestEachShortWatchIsOfItsMethodAndNamesWhatItIsAbout(t *testing.T) {
	for expected, begin := range map[string]func(context.Context, *chronovisor.Client) error{
		`WatchVms {"parent":"projects/shop","afterPosition":"7","maxBatchSize":1000}`: func(ctx context.Context, client *chronovisor.Client) error {
			return drained(client.VMs.Watch(ctx, "shop", chronovisor.After(7)))
		},
		`WatchEvents {"maxBatchSize":1000,"fromNow":true}`: func(ctx context.Context, client *chronovisor.Client) error {
			return drained(client.History.Watch(ctx, "", chronovisor.FromNow))
		},
		`WatchUtilization {"scope":"fleet"}`: func(ctx context.Context, client *chronovisor.Client) error {
			return drained(client.Utilization.Watch(ctx, "fleet"))
		},
	} {
		client, called := anyServer(t)
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- begin(ctx, client) }()
		expect(t, <-called, expected)
		// A watch does not end by itself.
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", expected, err)
		}
	}
}

// drained takes all items, and returns the error among them.
func drained[T any](items func(func(T, error) bool)) error {
	var failure error
	for _, err := range items {
		failure = err
	}
	return failure
}

func TestAnEventIsVerifiedAsItWasGiven(t *testing.T) {
	text, err := os.ReadFile("proof/testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Name  string
		Proof []byte
	}
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	given := new(chronovisorv1.ProveEventResponse)
	for _, each := range vectors {
		if each.Name == "2 of 5" {
			if err := proto.Unmarshal(each.Proof, given); err != nil {
				t.Fatal(err)
			}
		}
	}
	row, err := proof.RowOf(given.GetLeaf())
	if err != nil {
		t.Fatal(err)
	}
	event := proto.CloneOf(row.Event)
	event.Stream, event.Version, event.Position = row.Stream, row.Version, 102

	s := newServer(t)
	s.answer("ProveEvent", ok(given))
	history, ctx := s.client(t).History, context.Background()
	if err := history.Verify(ctx, event); err != nil {
		t.Error(err)
	}
	event.Actor = "user:eve"
	if err := history.Verify(ctx, event); !errors.Is(err, proof.ErrNotProven) {
		t.Errorf("another actor: %v", err)
	}
	given.Leaf[len(given.Leaf)-1] ^= 1
	if err := history.Verify(ctx, event); !errors.Is(err, proof.ErrNotProven) {
		t.Errorf("another event: %v", err)
	}
}
