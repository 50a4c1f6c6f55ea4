// Replay audits the life of a VM: it walks its history, proves each event, and prints what changed and who did it.
//
//	replay [VM ...]    such as shop/web-1, or projects/shop/vms/UID of one that was destroyed; without any, all VMs
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"chronovisor.dev/go/chronovisor"
	"chronovisor.dev/go/chronovisor/proof"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

func main() {
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: replay [VM ...]")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, vms []string) error {
	client, err := chronovisor.Connect()
	if err != nil {
		return err
	}
	defer client.Close()
	if len(vms) == 0 {
		if vms, err = all(ctx, client); err != nil {
			return err
		}
	}
	for _, vm := range vms {
		if err := audit(ctx, out, client, vm); err != nil {
			return fmt.Errorf("%s: %w", vm, err)
		}
	}
	return nil
}

// all are the VMs that there are and were, by uid: several may have had one name.
func all(ctx context.Context, client *chronovisor.Client) ([]string, error) {
	var names []string
	withDeleted := func(request *chronovisorv1.ListVmsRequest) { request.ShowDeleted = true }
	for vm, err := range client.VMs.List(ctx, "-", withDeleted) {
		if err != nil {
			return nil, err
		}
		project, _, _ := strings.Cut(vm.GetName(), "/vms/")
		names = append(names, project+"/vms/"+vm.GetUid())
	}
	return names, nil
}

// audit prints a VM's life. An event that is not proven ends it.
func audit(ctx context.Context, out io.Writer, client *chronovisor.Client, vm string) error {
	var begin time.Time
	proven := 0
	for step, err := range client.History.Replay(ctx, vm) {
		if err != nil {
			return err
		}
		event, after := step.GetEvent(), step.GetAfter()
		if proven == 0 {
			begin = event.GetCommitTime().AsTime()
			fmt.Fprintf(out, "%s (%s)\n", after.GetName(), after.GetUid())
		}
		if err := client.History.Verify(ctx, event); err != nil {
			if errors.Is(err, proof.ErrNotProven) {
				return fmt.Errorf("THE RECORD IS NOT WHAT WAS SEALED: %w", err)
			}
			return err
		}
		proven++
		elapsed := event.GetCommitTime().AsTime().Sub(begin).Round(time.Millisecond)
		fmt.Fprintf(out, "%12s  %6d  %-18s %-9s by %s%s\n", "+"+elapsed.String(), event.GetPosition(),
			chronovisor.EventType(event), short(after.GetState()), event.GetActor(), because(event.GetReason()))
		for _, change := range step.GetChanges() {
			if field := change.GetField(); interesting(field) {
				fmt.Fprintf(out, "%22s%s: %s -> %s\n", "", field, or(change.GetBefore()), or(change.GetAfter()))
			}
		}
	}
	fmt.Fprintf(out, "%d events, each proven to be under its seal\n\n", proven)
	return nil
}
