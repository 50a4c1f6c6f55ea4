package main

import (
	"context"
	"iter"
	"sync"
	"time"
)

// collector has what a watch gave, until a step takes it.
type collector struct {
	cancel context.CancelFunc
	done   chan struct{}

	mutex   sync.Mutex
	changed chan struct{}
	items   []any
	taken   int
	ended   error
}

func collecting(changes iter.Seq2[any, error], cancel context.CancelFunc) *collector {
	c := &collector{cancel: cancel, done: make(chan struct{}), changed: make(chan struct{})}
	go func() {
		defer close(c.done)
		for item, err := range changes {
			c.mutex.Lock()
			if err == nil {
				c.items = append(c.items, item)
			} else {
				c.ended = err
			}
			close(c.changed)
			c.changed = make(chan struct{})
			c.mutex.Unlock()
		}
	}()
	return c
}

// take waits until `enough` says how many of the new items there are to be taken. It is false where the time was up first.
func (c *collector) take(
	timeout time.Duration, enough func(items []any, ended error) (int, bool),
) (items []any, ended error, ok bool) {
	deadline := time.After(timeout)
	for {
		c.mutex.Lock()
		fresh, changed := c.items[c.taken:], c.changed
		ended = c.ended
		count, ok := enough(fresh, ended)
		if ok {
			c.taken += count
		}
		c.mutex.Unlock()
		if ok {
			return fresh[:count:count], ended, true
		}
		select {
		case <-changed:
		case <-deadline:
			return fresh, ended, false
		}
	}
}

// repeats are positions that are not above the one before them, of all items so far.
func (c *collector) repeats() []float64 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var repeats []float64
	last := 0.0
	for _, item := range c.items {
		fields, _ := item.(object)
		position, _ := numberOf(fields["position"])
		if position == 0 {
			continue
		}
		if position <= last {
			repeats = append(repeats, position)
		}
		last = position
	}
	return repeats
}

// stop ends the watch as one who leaves it.
func (c *collector) stop() {
	c.cancel()
	<-c.done
}
