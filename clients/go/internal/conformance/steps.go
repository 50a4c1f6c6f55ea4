package main

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"time"
)

const collectTime = 10 * time.Second

// scenario is one on its way: its variables, its watches, and the client that its steps use.
type scenario struct {
	server    string
	calls     *calls
	talk      *lines
	variables object
	watches   map[string]*collector
	own       []*calls
}

func newScenario(server string, shared *calls, talk *lines) *scenario {
	return &scenario{server, shared, talk, object{}, map[string]*collector{}, nil}
}

var kinds = map[string]func(*scenario, object) error{
	"call":    (*scenario).call,
	"wait":    (*scenario).wait,
	"list":    (*scenario).list,
	"watch":   (*scenario).watch,
	"collect": (*scenario).collect,
	"stop":    (*scenario).stop,
	"stream":  (*scenario).stream,
	"prove":   (*scenario).prove,
	"connect": (*scenario).connect,
	"do":      (*scenario).act,
	"sleep_s": (*scenario).sleep,
}

func (s *scenario) run(steps []any) error {
	defer func() {
		for _, watch := range s.watches {
			watch.stop()
		}
		for _, each := range s.own {
			each.close()
		}
	}()
	for i, step := range steps {
		if err := s.step(step); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return nil
}

func (s *scenario) step(raw any) error {
	fields, _ := raw.(object)
	times, repeated := numberOf(fields["times"])
	if !repeated {
		times = 1
	}
	for turn := range int(times) {
		variables := maps.Clone(s.variables)
		variables["i"] = turn
		value, err := substituted(raw, variables)
		if err != nil {
			return err
		}
		step, _ := value.(object)
		var carryOut func(*scenario, object) error
		for name := range step {
			if kind, ok := kinds[name]; ok {
				carryOut = kind
			}
		}
		if carryOut == nil {
			return fmt.Errorf("this runner does not know %s", shown(raw))
		}
		if err := carryOut(s, step); err != nil {
			return err
		}
	}
	return nil
}

func (s *scenario) call(step object) error {
	result, err := s.calls.unary(step)
	return s.checked(step, result, err)
}

func (s *scenario) wait(step object) error {
	result, err := s.calls.wait(step)
	return s.checked(step, result, err)
}

func (s *scenario) prove(step object) error {
	result, err := s.calls.prove(step)
	return s.checked(step, result, err)
}

func (s *scenario) list(step object) error {
	items, err := s.calls.items(step)
	return s.checkedItems(step, items, err)
}

func (s *scenario) stream(step object) error {
	responses, err := s.calls.streamed(step)
	return s.checkedItems(step, responses, err)
}

func (s *scenario) connect(step object) error {
	options, _ := step["connect"].(object)
	if _, given := options["server"]; !given {
		options["server"] = s.server
	}
	calls, err := newCalls(options)
	if err != nil {
		return err
	}
	s.calls, s.own = calls, append(s.own, calls)
	return nil
}

func (s *scenario) act(step object) error {
	answer, err := s.talk.do(step["do"])
	if err != nil {
		return err
	}
	return s.save(step, answer)
}

func (s *scenario) sleep(step object) error {
	time.Sleep(seconds(step["sleep_s"]))
	return nil
}

func (s *scenario) watch(step object) error {
	ctx, cancel := context.WithCancel(context.Background())
	changes, err := s.calls.watch(ctx, textOf(step["watch"]), step["request"])
	if err != nil {
		cancel()
		return err
	}
	s.watches[textOf(step["as"])] = collecting(changes, cancel)
	return nil
}

func (s *scenario) stop(step object) error {
	s.watches[textOf(step["stop"])].stop()
	return nil
}

func (s *scenario) collect(step object) error {
	watch, ok := s.watches[textOf(step["collect"])]
	if !ok {
		return fmt.Errorf("there is no watch %s", step["collect"])
	}
	timeout := collectTime
	if _, given := step["timeout_s"]; given {
		timeout = seconds(step["timeout_s"])
	}
	items, ended, enough := watch.take(timeout, func(items []any, ended error) (int, bool) {
		return s.enough(step, items, ended)
	})
	if !enough {
		return fmt.Errorf("what it waits for did not come; it has %s, and ended with %v", shown(items), ended)
	}
	if expected, given := step["error"]; given {
		if err := s.checkError(expected, ended); err != nil {
			return err
		}
	}
	if repeats := watch.repeats(); step["no_repeats"] == true && len(repeats) > 0 {
		return fmt.Errorf("positions that came again, or late: %v", repeats)
	}
	if pattern, given := step["response"]; given {
		if err := mismatch(pattern, items, s.variables, "response"); err != nil {
			return err
		}
	}
	return s.save(step, object{"items": items})
}

// enough says how many of the new items a step takes; false while there are too few.
func (s *scenario) enough(step object, items []any, ended error) (int, bool) {
	if until, given := step["until"]; given {
		for i, item := range items {
			if mismatch(until, item, s.variables, "") == nil {
				return i + 1, true
			}
		}
		return 0, false
	}
	if count, given := numberOf(step["count"]); given {
		return int(count), len(items) >= int(count)
	}
	_, fails := step["error"]
	return len(items), !fails || ended != nil
}

// checked compares what came of a step with what it expects.
func (s *scenario) checked(step object, result any, err error) error {
	if expected, given := step["error"]; given {
		if err == nil {
			return fmt.Errorf("was to be refused with %s, and was not: %s", shown(expected), shown(result))
		}
		return s.checkError(expected, err)
	}
	if err != nil {
		return fmt.Errorf("failed unexpectedly: %w", err)
	}
	if pattern, given := step["response"]; given {
		if err := mismatch(pattern, result, s.variables, "response"); err != nil {
			return err
		}
	}
	return s.save(step, result)
}

func (s *scenario) checkedItems(step object, items []any, err error) error {
	without := maps.Clone(step)
	delete(without, "response")
	if err := s.checked(without, object{"items": items}, err); err != nil || step["error"] != nil {
		return err
	}
	if count, given := numberOf(step["count"]); given && len(items) != int(count) {
		return fmt.Errorf("there are %d items, not %s", len(items), shown(step["count"]))
	}
	if pattern, given := step["response"]; given {
		return mismatch(pattern, items, s.variables, "response")
	}
	return nil
}

func (s *scenario) checkError(expected any, err error) error {
	refused, ok := refusalOf(err)
	if !ok {
		return fmt.Errorf("failed with an error that is none of the client's: %w", err)
	}
	pattern := maps.Clone(expected.(object))
	if fields, given := pattern["fields"].([]any); given {
		if err := sameItems(fields, refused["fields"].([]any)); err != nil {
			return fmt.Errorf("%w: %s", err, shown(refused))
		}
	}
	if message, given := pattern["message"]; given {
		expression, err := regexp.Compile(textOf(message))
		if err != nil {
			return err
		}
		if !expression.MatchString(textOf(refused["message"])) {
			return fmt.Errorf("the message is %s, in which there is no %s", shown(refused["message"]), shown(message))
		}
	}
	delete(pattern, "fields")
	delete(pattern, "message")
	if err := mismatch(pattern, refused, s.variables, "error"); err != nil {
		return fmt.Errorf("%w; error: %s", err, shown(refused))
	}
	return nil
}

func (s *scenario) save(step object, result any) error {
	names, _ := step["save"].(object)
	for name, path := range names {
		found, err := at(result, textOf(path))
		if err != nil {
			return err
		}
		s.variables[name] = found
	}
	return nil
}
