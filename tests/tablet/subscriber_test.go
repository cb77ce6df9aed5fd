package tablet_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
)

// subscription is what a subscriber asks for, and what it does wrong.
type subscription struct {
	Kind      string   `json:"kind"` // ws or sse
	URL       string   `json:"url"`
	Token     string   `json:"token"`
	Query     string   `json:"query"`
	Variables document `json:"variables,omitempty"`
	Again     bool     `json:"again"`               // subscribe again after a broken connection
	InitAfter int      `json:"initAfter,omitempty"` // milliseconds of silence
	InitTwice bool     `json:"initTwice,omitempty"`
	SameID    bool     `json:"sameID,omitempty"` // two operations of one id
}

// sight is something that a subscriber saw.
type sight struct {
	Event, Reason, Message string
	Code, Status           int
	Data                   map[string]json.RawMessage
	Errors                 []struct{ Message string }
}

// bulk is the page of documents in a sight; none if the word RESYNC stands there.
func (s sight) bulk(t *testing.T) (documents []document, checkpoint document) {
	t.Helper()
	for _, field := range s.Data {
		if bytes.Equal(field, []byte(`"RESYNC"`)) {
			return nil, nil
		}
		var page struct {
			Documents  []document
			Checkpoint document
		}
		if err := json.Unmarshal(field, &page); err != nil {
			t.Fatalf("a streamed event is %s: %v", field, err)
		}
		return page.Documents, page.Checkpoint
	}
	t.Fatalf("an event without data: %+v", s)
	return nil, nil
}

// subscriber is a running client.
type subscriber struct {
	sights chan sight
}

// subscribe starts a client and ends it with the test.
func subscribe(t *testing.T, folder string, s subscription) *subscriber {
	t.Helper()
	argument, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	out := &subscriber{sights: make(chan sight, 1000)}
	startNode(t, "the subscriber", folder, func(text []byte) {
		var seen sight
		if err := json.Unmarshal(text, &seen); err != nil {
			seen = sight{Event: "nonsense", Message: string(text)}
		}
		out.sights <- seen
	}, func() {}, "subscriber.mjs", string(argument))
	return out
}

// await returns the first sight that is wanted, and fails the test if none comes.
func (s *subscriber) await(t *testing.T, what string, wanted func(sight) bool) sight {
	t.Helper()
	seen, came := s.within(time.Minute, wanted)
	if !came {
		t.Fatalf("the subscriber never sees %s", what)
	}
	return seen
}

// within returns the first sight that is wanted, if it comes in time; others are passed over.
func (s *subscriber) within(limit time.Duration, wanted func(sight) bool) (seen sight, came bool) {
	for late := time.After(limit); ; {
		select {
		case seen := <-s.sights:
			if wanted(seen) {
				return seen, true
			}
		case <-late:
			return sight{}, false
		}
	}
}

// event wants a sight by its name.
func event(name string) func(sight) bool { return func(s sight) bool { return s.Event == name } }
