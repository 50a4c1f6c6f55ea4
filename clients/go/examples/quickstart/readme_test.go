package main

import (
	_ "embed"
	"os"
	"strings"
	"testing"
)

//go:embed main.go
var program string

func TestTheREADMEHasThisProgram(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "```go\n"+program+"```\n") {
		t.Error("README.md has another program than main.go")
	}
}
