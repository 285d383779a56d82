package main

// The weather chapter of the contract: cache, single flight, problems.

import (
	"bytes"
	"container/list"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"sync"
	"time"
)

var (
	fresh    = seconds("TANDEM_WEATHER_FRESH_SECONDS", 300)
	stale    = seconds("TANDEM_WEATHER_STALE_SECONDS", 3600)
	unknown  = seconds("TANDEM_WEATHER_UNKNOWN_SECONDS", 300)
	mostKept = int(seconds("TANDEM_WEATHER_CACHE_CITIES", 1000) / time.Second)
)

type key struct{ city, country string }

type encoded struct {
	body []byte
	etag string
}

// What a key was looked up to: a report, or that it is unknown.
type entry struct {
	key          key
	unknown      bool
	fresh, stale encoded
	at           time.Time
}

type flight struct {
	done chan struct{}
	kept *entry
	err  error
}

type answer struct {
	encoded
	age, maxAge int
}

type cache struct {
	lock    sync.Mutex
	order   *list.List
	kept    map[key]*list.Element
	flights map[key]*flight
}

func newCache() *cache {
	return &cache{order: list.New(), kept: map[key]*list.Element{}, flights: map[key]*flight{}}
}

func unknownCity() *failure {
	return &failure{status: 404, slug: "unknown-city", detail: "No such city is known."}
}

func (c *cache) answer(k key, name string) (answer, error) {
	c.lock.Lock()
	var old *entry
	if element, there := c.kept[k]; there {
		old = element.Value.(*entry)
		c.order.MoveToFront(element)
		age := time.Since(old.at)
		if old.unknown && age < unknown {
			c.lock.Unlock()
			return answer{}, unknownCity()
		}
		if !old.unknown && age < fresh {
			c.lock.Unlock()
			return answer{old.fresh, int(age / time.Second), int(fresh / time.Second)}, nil
		}
	}
	running, there := c.flights[k]
	if !there {
		running = &flight{done: make(chan struct{})}
		c.flights[k] = running
		go c.fly(running, k, name)
	}
	c.lock.Unlock()
	<-running.done
	if running.err == nil {
		return answer{running.kept.fresh, 0, int(fresh / time.Second)}, nil
	}
	var failed *failure
	isUnknown := errors.As(running.err, &failed) && failed.status == 404
	if old != nil && !old.unknown && !isUnknown && time.Since(old.at) < fresh+stale {
		return answer{old.stale, int(time.Since(old.at) / time.Second), 0}, nil
	}
	return answer{}, running.err
}

func (c *cache) fly(running *flight, k key, name string) {
	made, err := lookUp(name, k.country)
	var failed *failure
	isUnknown := errors.As(err, &failed) && failed.status == 404
	running.err = err
	c.lock.Lock()
	if err == nil || isUnknown {
		running.kept = &entry{key: k, unknown: isUnknown, at: time.Now()}
		if err == nil {
			running.kept.fresh = encode(made)
			old := *made
			old.Stale = true
			running.kept.stale = encode(&old)
		}
		c.keep(running.kept)
	}
	delete(c.flights, k)
	c.lock.Unlock()
	close(running.done)
}

func (c *cache) keep(made *entry) {
	if element, there := c.kept[made.key]; there {
		c.order.Remove(element)
	}
	c.kept[made.key] = c.order.PushFront(made)
	if c.order.Len() > mostKept {
		last := c.order.Back()
		c.order.Remove(last)
		delete(c.kept, last.Value.(*entry).key)
	}
}

func encode(value any) encoded {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err) // our own types can be encoded
	}
	trimmed := bytes.TrimRight(body.Bytes(), "\n")
	sum := md5.Sum(trimmed)
	return encoded{trimmed, `"` + hex.EncodeToString(sum[:]) + `"`}
}
