// Quickstart starts a VM and prints what happens to it.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"chronovisor.dev/go/chronovisor"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	// Of the server that CHRONOVISOR_SERVER names, or 127.0.0.1:7460.
	client, err := chronovisor.Connect()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	// A project for this run alone.
	project := fmt.Sprintf("shop-%x", time.Now().UnixNano())
	if _, err := client.Projects.Create(ctx, project); err != nil {
		log.Fatal(err)
	}

	// A command answers with an operation once it is recorded. Waiting gives the VM as the operation left it.
	vm := project + "/web-1"
	spec := chronovisor.ImageSpec("debian-12.qcow2", 1, 512, 1)
	if _, err := client.VMs.Create(ctx, vm, spec); err != nil {
		log.Fatal(err)
	}
	operation, err := client.VMs.Start(ctx, vm)
	if err != nil {
		log.Fatal(err)
	}
	running, err := operation.Wait(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s is %s on %s\n", running.GetName(), running.GetState(), running.GetHost())

	// A refusal is an *Error, of a kind.
	if _, err := client.VMs.Pause(ctx, project+"/web-2"); errors.Is(err, chronovisor.ErrNotFound) {
		var refused *chronovisor.Error
		errors.As(err, &refused)
		fmt.Printf("%s: %s\n", refused.Reason, refused.Message)
	} else {
		log.Fatalf("a VM that is not there was paused: %v", err)
	}

	// Events from the first on, and then as they are committed, over every interruption.
	if _, err := client.VMs.Delete(ctx, vm); err != nil {
		log.Fatal(err)
	}
	for event, err := range client.History.Watch(ctx, vm, chronovisor.FromBeginning) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%6d  %-20s %s\n", event.GetPosition(), chronovisor.EventType(event), event.GetActor())
		if event.GetVmDeleted() != nil {
			break
		}
	}
}
