// Bench measures the client against the server that CHRONOVISOR_SERVER names, and prints JSON: how long the first call takes
// with the connection that it makes, and a call of the layer beside one of the bare stub (medians of alternating calls).
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"chronovisor.dev/go/chronovisor"
	chronovisorv1 "chronovisor.dev/go/chronovisor/v1"
)

const (
	warmUps = 200
	rounds  = 2000
)

func main() {
	ctx := context.Background()
	request := &chronovisorv1.GetProjectRequest{Name: "projects/default"}

	began := time.Now()
	client, err := chronovisor.Connect()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Projects.GetProject(ctx, request); err != nil {
		log.Fatal(err)
	}
	first := time.Since(began)

	server := os.Getenv(chronovisor.EnvServer)
	if server == "" {
		server = "127.0.0.1:7460"
	}
	connection, err := grpc.NewClient("passthrough:///"+server, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()
	stub := chronovisorv1.NewProjectServiceClient(connection)

	var layer, bare []time.Duration
	for round := range warmUps + rounds {
		ofLayer := timed(func() error { _, err := client.Projects.GetProject(ctx, request); return err })
		ofStub := timed(func() error { _, err := stub.GetProject(ctx, request); return err })
		if round >= warmUps {
			layer, bare = append(layer, ofLayer), append(bare, ofStub)
		}
	}
	result := map[string]float64{
		"first_call_ms":     float64(first.Microseconds()) / 1000,
		"layer_us_per_call": microseconds(layer),
		"stub_us_per_call":  microseconds(bare),
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		log.Fatal(err)
	}
}

func timed(call func() error) time.Duration {
	began := time.Now()
	if err := call(); err != nil {
		log.Fatal(err)
	}
	return time.Since(began)
}

func microseconds(of []time.Duration) float64 {
	slices.Sort(of)
	return float64(of[len(of)/2].Nanoseconds()) / 1000
}
