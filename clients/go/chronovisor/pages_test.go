package chronovisor_test

import (
	"context"
	"errors"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"chronovisor.dev/go/chronovisor"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

func pageOf(next string, names ...string) *chronovisorv1.ListVmsResponse {
	page := &chronovisorv1.ListVmsResponse{NextPageToken: next}
	for _, name := range names {
		page.Vms = append(page.Vms, &chronovisorv1.Vm{Name: name})
	}
	return page
}

func TestItemsAreThoseOfAllPagesAndAnEmptyPageIsNotTheLast(t *testing.T) {
	s := newServer(t)
	s.answer("ListVms", ok(pageOf("1", "a", "b")), ok(pageOf("2")), ok(pageOf("", "c")))
	var names []string
	request := func(request *chronovisorv1.ListVmsRequest) { request.Filter = `state = "RUNNING"` }
	for vm, err := range s.client(t).VMs.List(context.Background(), "shop", request) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, vm.GetName())
	}
	expect(t, names, []string{"a", "b", "c"})
	var tokens []string
	for _, each := range s.calls() {
		request := each.request.(*chronovisorv1.ListVmsRequest)
		tokens = append(tokens, request.GetPageToken())
		expect(t, request.GetParent()+request.GetFilter(), `projects/shopstate = "RUNNING"`)
	}
	expect(t, tokens, []string{"", "1", "2"})
}

func TestNoPageIsReadBeforeItIsNeeded(t *testing.T) {
	s := newServer(t)
	s.answer("ListVms", ok(pageOf("1", "a", "b")))
	request := &chronovisorv1.ListVmsRequest{}
	client := s.client(t)
	for range chronovisor.Items(context.Background(), client.VMs.ListVms, request, (*chronovisorv1.ListVmsResponse).GetVms) {
		break
	}
	expect(t, len(s.calls()), 1)
	expect(t, request.GetPageToken(), "")
}

func TestAPageThatFailsIsTheLast(t *testing.T) {
	s := newServer(t)
	s.answer("ListVms", ok(pageOf("1", "a")), failing(status.Error(codes.OutOfRange, "no")))
	var found []string
	for vm, err := range s.client(t).VMs.List(context.Background(), "-") {
		if err != nil {
			if !errors.Is(err, chronovisor.ErrOutOfRange) {
				t.Error(err)
			}
			found = append(found, "an error")
			continue
		}
		found = append(found, vm.GetName())
	}
	expect(t, found, []string{"a", "an error"})
}
