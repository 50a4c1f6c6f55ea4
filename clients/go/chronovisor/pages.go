package chronovisor

import (
	"context"
	"iter"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// List is a list method of a stub, such as client.VMs.ListVms.
type List[Req, Resp proto.Message] func(context.Context, Req, ...grpc.CallOption) (Resp, error)

// Page is the response of a list method.
type Page interface {
	proto.Message
	GetNextPageToken() string
}

// Pages are the pages of a list method, each requested when the loop gets there.
//
//	for page, err := range chronovisor.Pages(ctx, client.VMs.ListVms, &chronovisorv1.ListVmsRequest{Parent: "projects/-"}) {
//
// An error is the last that is given.
func Pages[Req proto.Message, Resp Page](ctx context.Context, list List[Req, Resp], request Req) iter.Seq2[Resp, error] {
	return func(yield func(Resp, error) bool) {
		current := proto.CloneOf(request)
		token := current.ProtoReflect().Descriptor().Fields().ByName("page_token")
		for {
			page, err := list(ctx, current)
			if !yield(page, err) || err != nil || page.GetNextPageToken() == "" {
				return
			}
			current.ProtoReflect().Set(token, protoreflect.ValueOfString(page.GetNextPageToken()))
		}
	}
}

// Items are the items of all pages of a list method.
//
//	for vm, err := range chronovisor.Items(ctx, client.VMs.ListVms, request, (*chronovisorv1.ListVmsResponse).GetVms) {
func Items[Req proto.Message, Resp Page, Item any](
	ctx context.Context, list List[Req, Resp], request Req, items func(Resp) []Item,
) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for page, err := range Pages(ctx, list, request) {
			if err != nil {
				var none Item
				yield(none, err)
				return
			}
			for _, item := range items(page) {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}
