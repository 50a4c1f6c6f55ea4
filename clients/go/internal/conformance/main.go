// The runner of the conformance scenarios on the Go client: scenarios from standard input, one JSON object a line, results
// on standard output. See clients/conformance/README.md.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// object is a JSON object.
type object = map[string]any

// lines are the conversation with the conductor.
type lines struct {
	reader *bufio.Reader
	writer io.Writer
}

func main() {
	talk := &lines{bufio.NewReader(os.Stdin), os.Stdout}
	if err := serve(talk); err != nil && !errors.Is(err, io.EOF) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve carries out scenarios until the conductor has none.
func serve(talk *lines) error {
	first, err := talk.read()
	if err != nil {
		return err
	}
	hello, _ := first["hello"].(object)
	server := textOf(hello["server"])
	shared, err := newCalls(object{"server": server})
	if err != nil {
		return err
	}
	defer shared.close()
	for {
		line, err := talk.read()
		if err != nil {
			return err
		}
		scenario, ok := line["scenario"].(object)
		if !ok {
			return nil
		}
		steps, _ := scenario["steps"].([]any)
		result := object{"scenario": scenario["name"], "ok": true}
		if err := newScenario(server, shared, talk).run(steps); err != nil {
			result["ok"], result["why"] = false, err.Error()
		}
		if err := talk.write(object{"result": result}); err != nil {
			return err
		}
	}
}

func (l *lines) read() (object, error) {
	line, err := l.reader.ReadString('\n')
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(strings.NewReader(line))
	// Numbers stay as they are written.
	decoder.UseNumber()
	var message object
	return message, decoder.Decode(&message)
}

func (l *lines) write(message object) error {
	line, err := json.Marshal(message)
	if err != nil {
		return err
	}
	_, err = l.writer.Write(append(line, '\n'))
	return err
}

// do has the conductor carry out an action.
func (l *lines) do(action any) (any, error) {
	if err := l.write(object{"do": action}); err != nil {
		return nil, err
	}
	answer, err := l.read()
	if err != nil {
		return nil, err
	}
	if why, failed := answer["failed"]; failed {
		return nil, errors.New(textOf(why))
	}
	return answer["done"], nil
}
