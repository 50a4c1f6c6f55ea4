package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	variable = regexp.MustCompile(`\$\{(\w+)\}`)
	pathPart = regexp.MustCompile(`[^.\[\]]+`)
)

// substituted is a value with the variables that its strings name.
func substituted(value any, variables object) (any, error) {
	switch value := value.(type) {
	case string:
		var missing error
		text := variable.ReplaceAllStringFunc(value, func(found string) string {
			name := found[2 : len(found)-1]
			known, ok := variables[name]
			if !ok {
				missing = fmt.Errorf("there is no variable %s", name)
			}
			return textOf(known)
		})
		return text, missing
	case []any:
		list := make([]any, len(value))
		for i, each := range value {
			item, err := substituted(each, variables)
			if err != nil {
				return nil, err
			}
			list[i] = item
		}
		return list, nil
	case object:
		fields := object{}
		for key, each := range value {
			name, err := substituted(key, variables)
			if err != nil {
				return nil, err
			}
			if fields[name.(string)], err = substituted(each, variables); err != nil {
				return nil, err
			}
		}
		return fields, nil
	}
	return value, nil
}

// mismatch is where a value is not as a pattern; nil where it is.
func mismatch(pattern, value any, variables object, path string) error {
	switch pattern := pattern.(type) {
	case string:
		return textMismatch(pattern, value, variables, path)
	case []any:
		items, ok := value.([]any)
		if !ok {
			return fmt.Errorf("%s is %s, not a list", path, shown(value))
		}
		if len(items) != len(pattern) {
			return fmt.Errorf("%s has %d items, not %d: %s", path, len(items), len(pattern), shown(value))
		}
		for i, each := range pattern {
			if err := mismatch(each, items[i], variables, fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
		return nil
	case object:
		return objectMismatch(pattern, value, variables, path)
	}
	if !equal(pattern, value) {
		return fmt.Errorf("%s is %s, not %s", path, shown(value), shown(pattern))
	}
	return nil
}

func textMismatch(pattern string, value any, variables object, path string) error {
	var holds bool
	prefix, rest, _ := strings.Cut(pattern, ":")
	switch {
	case pattern == "$any":
		holds = !isDefault(value)
	case pattern == "$absent":
		holds = isDefault(value)
	case prefix == "$re":
		expression, err := regexp.Compile(`(?s)^(?:` + rest + `)$`)
		if err != nil {
			return err
		}
		text, isText := value.(string)
		holds = isText && expression.MatchString(text)
	case prefix == "$gt" || prefix == "$ge":
		least, _ := numberOf(rest)
		number, isNumber := numberOf(value)
		holds = isNumber && (number > least || prefix == "$ge" && number == least)
	case prefix == "$same":
		holds = equal(variables[rest], value)
	default:
		holds = equal(pattern, value)
	}
	if !holds {
		return fmt.Errorf("%s is %s, not %s", path, shown(value), pattern)
	}
	return nil
}

func objectMismatch(pattern object, value any, variables object, path string) error {
	if excluded, ok := pattern["$not"]; ok {
		if mismatch(excluded, value, variables, path) == nil {
			return fmt.Errorf("%s is %s, which is what it must not be", path, shown(value))
		}
		return nil
	}
	if length, ok := pattern["$len"]; ok {
		expected, _ := numberOf(length)
		if found := lengthOf(value); found != int(expected) {
			return fmt.Errorf("%s has %d items, not %s", path, found, shown(length))
		}
		return nil
	}
	if contained, ok := pattern["$contains"].([]any); ok {
		items, _ := value.([]any)
	next:
		for _, each := range contained {
			for _, item := range items {
				if mismatch(each, item, variables, path) == nil {
					continue next
				}
			}
			return fmt.Errorf("%s has no item as %s: %s", path, shown(each), shown(value))
		}
		return nil
	}
	fields, ok := value.(object)
	if !ok {
		return fmt.Errorf("%s is %s, not an object", path, shown(value))
	}
	for key, each := range pattern {
		if err := mismatch(each, fields[key], variables, path+"."+key); err != nil {
			return err
		}
	}
	return nil
}

// at is what is at a path such as vms[0].name.
func at(value any, path string) (any, error) {
	found := value
	for _, part := range pathPart.FindAllString(path, -1) {
		var ok bool
		switch within := found.(type) {
		case []any:
			index, err := strconv.Atoi(part)
			if ok = err == nil && index >= -len(within) && index < len(within); ok {
				found = within[(index+len(within))%len(within)]
			}
		case object:
			found, ok = within[part]
		}
		if !ok {
			return nil, fmt.Errorf("there is no %s in %s", path, shown(value))
		}
	}
	return found, nil
}

// isDefault says whether a value is what is there when nothing was set.
func isDefault(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case bool:
		return !value
	case string:
		return value == "" || value == "0" || strings.HasSuffix(value, "_UNSPECIFIED")
	case []any:
		return len(value) == 0
	case object:
		return len(value) == 0
	}
	number, ok := numberOf(value)
	return ok && number == 0
}

func equal(expected, value any) bool {
	if expectedText, isText := expected.(string); isText {
		text, ok := value.(string)
		return ok && text == expectedText
	}
	if exact, isNumber := numberOf(expected); isNumber {
		found, ok := numberOf(value)
		return ok && (found == exact || math.Abs(found-exact) <= 1e-9*max(1, math.Abs(found), math.Abs(exact)))
	}
	return expected == value
}

// numberOf is a number, also one that is written as text, as proto JSON has int64.
func numberOf(value any) (float64, bool) {
	switch value := value.(type) {
	case json.Number:
		number, err := value.Float64()
		return number, err == nil
	case float64:
		return value, true
	case int:
		return float64(value), true
	case string:
		number, err := strconv.ParseFloat(value, 64)
		return number, err == nil
	}
	return 0, false
}

func seconds(value any) time.Duration {
	number, _ := numberOf(value)
	return time.Duration(number * float64(time.Second))
}

func lengthOf(value any) int {
	switch value := value.(type) {
	case []any:
		return len(value)
	case object:
		return len(value)
	case string:
		return len([]rune(value))
	}
	return -1
}

func textOf(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

func shown(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		text = []byte(fmt.Sprint(value))
	}
	if len(text) > 300 {
		text = append(text[:300:300], "..."...)
	}
	return string(text)
}

// sameItems compares lists without regard to their order.
func sameItems(expected, found []any) error {
	left := map[string]int{}
	for _, each := range expected {
		left[textOf(each)]++
	}
	for _, each := range found {
		left[textOf(each)]--
	}
	for _, count := range left {
		if count != 0 {
			return errors.New("error.fields are " + shown(found) + ", not " + shown(expected))
		}
	}
	return nil
}
