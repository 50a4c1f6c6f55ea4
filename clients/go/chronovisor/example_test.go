package chronovisor_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"chronovisor.dev/go/chronovisor"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

// What README.md shows beside its program is here, so that it compiles.
func ExampleVMs_Stop() {
	ctx, client := context.Background(), connected()
	operation, err := client.VMs.Stop(ctx, "shop/web-1", func(request *chronovisorv1.StopVmRequest) {
		request.Reason = "closing time"
		request.GracePeriod = durationpb.New(5 * time.Second)
	})
	fmt.Println(operation, err)
}

func ExampleError() {
	_, err := connected().VMs.Start(context.Background(), "shop/web-1")

	var refused *chronovisor.Error
	switch {
	case errors.Is(err, chronovisor.ErrExhausted): // a kind
	case chronovisor.HasReason(err, chronovisorv1.ErrorReason_ERROR_REASON_VM_NOT_FOUND):
	case errors.As(err, &refused):
		log.Println(refused.Reason, refused.Fields)
	}
}

func ExampleWatch() {
	ctx, client := context.Background(), connected()
	request := &chronovisorv1.WatchEventsRequest{AfterPosition: position()}
	for message, err := range chronovisor.Watch(ctx, client.History.WatchEvents, request) {
		if err != nil {
			log.Fatal(err)
		}
		if checkpoint := message.GetCheckpoint(); checkpoint != nil {
			keep(checkpoint.GetPosition())
		}
		if event := message.GetEvent(); event != nil {
			keep(event.GetPosition())
		}
	}
}

func connected() *chronovisor.Client {
	client, err := chronovisor.Connect()
	if err != nil {
		log.Fatal(err)
	}
	return client
}

func position() int64 { return 0 }
func keep(int64)      {}

func TestTheREADMEsFragmentsAreOnesThatCompile(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	fragments := 0
	for _, block := range strings.Split(string(readme), "```go\n")[1:] {
		fragment, _, _ := strings.Cut(block, "```")
		if strings.HasPrefix(fragment, "// Quickstart") {
			continue
		}
		fragments++
		// It is indented there as the body of a function is.
		indented := "\t" + strings.ReplaceAll(strings.TrimSuffix(fragment, "\n"), "\n", "\n\t") + "\n"
		if !strings.Contains(string(compiled), indented) {
			t.Errorf("example_test.go does not have:\n%s", indented)
		}
	}
	expect(t, fragments, 3)
}
