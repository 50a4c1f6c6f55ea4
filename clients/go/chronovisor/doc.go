// Package chronovisor is the Go client of Chronovisor, a control plane for virtual machines that remembers everything.
//
// Connect makes a Client; nothing is sent before the first call. Its fields are the services of the API: each has all
// methods of the generated stub, and shorter calls for what is done most.
//
//	client, err := chronovisor.Connect()
//	...
//	operation, err := client.VMs.Start(ctx, "shop/web-1")
//	...
//	vm, err := operation.Wait(ctx)
//
// Every call, also one on a stub, says who calls, has a deadline, is repeated while the server is unavailable, and is
// refused with an *Error. Messages are those of the packages chronovisor/v1 and chronovisor/events/v1.
package chronovisor
