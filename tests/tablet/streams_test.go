package tablet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"plumbline/cmd/dev/issuer"
	"plumbline/tests/tablet/faultproxy"
)

const streamAnswer = `subscription { streamAnswer { documents { id remarks seq } checkpoint { seq } } }`

// What npm graphql-ws and npm graphql-sse see of the subscriptions, over real sockets to real servers.
func TestPlainClientsFollowTheStreams(t *testing.T) {
	t.Parallel()
	program, folder := build(t), scripts(t)
	f := &fleet{world: newWorld(t, program, 2)}
	f.tokens = []string{f.token(t, f.team[0]), f.token(t, f.team[1])}
	f.items = f.checklist(t)
	socket := func(n int) string { return "ws://" + f.servers[n].address + "/graphql" }
	at := func(n int) string { return "http://" + f.servers[n].address + "/graphql" }

	for _, tt := range []struct {
		name string
		does subscription
		code int
	}{
		{"a token that is none", subscription{Token: "none"}, 4403},
		{"no init in time", subscription{Token: f.tokens[1], InitAfter: 20_000}, 4408},
		{"two operations of one id", subscription{Token: f.tokens[1], SameID: true}, 4409},
		{"init said twice", subscription{Token: f.tokens[1], InitTwice: true}, 4429},
	} {
		t.Run(fmt.Sprintf("%s is told %d", tt.name, tt.code), func(t *testing.T) {
			t.Parallel()
			tt.does.Kind, tt.does.URL, tt.does.Query = "ws", socket(0), streamAnswer
			if closed := subscribe(t, folder, tt.does).await(t, "the end", event("closed")); closed.Code != tt.code || closed.Reason == "" {
				t.Errorf("it is told %d %q", closed.Code, closed.Reason)
			}
		})
	}

	t.Run("a token that runs out is told 4403", func(t *testing.T) {
		t.Parallel()
		s := subscribe(t, folder, subscription{Kind: "ws", URL: socket(0), Token: f.shortToken(t, 5*time.Second), Query: streamAnswer})
		s.await(t, "a connection", event("connected"))
		if closed := s.await(t, "the end", event("closed")); closed.Code != 4403 {
			t.Errorf("it is told %d %q", closed.Code, closed.Reason)
		}
	})

	for _, kind := range []string{"ws", "sse"} {
		url := socket(1)
		if kind == "sse" {
			url = at(1)
		}
		t.Run("a change through one server reaches a subscriber of the other by "+kind, func(t *testing.T) {
			t.Parallel()
			s := subscribe(t, folder, subscription{Kind: kind, URL: url, Token: f.tokens[1], Query: streamAnswer})
			begins(t, s)
			f.reaches(t, s, kind+" across")
		})
		t.Run("a subscriber whose connections are cut goes on by "+kind, func(t *testing.T) {
			t.Parallel()
			link, err := faultproxy.Start(1, f.servers[0].address, f.servers[1].address)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(link.Close)
			s := subscribe(t, folder, subscription{Kind: kind, URL: strings.Replace(url, f.servers[1].address, link.Address(), 1),
				Token: f.tokens[1], Query: streamAnswer, Again: true})
			begins(t, s)
			_, checkpoint := f.reaches(t, s, kind+" before the cut").bulk(t)
			link.Down(true)
			missed := f.answer(t, kind+" during the cut")
			if !f.pulls(t, checkpoint, missed) {
				t.Error("a pull from the last streamed checkpoint does not bring what was missed")
			}
			link.Down(false)
			begins(t, s)
			f.reaches(t, s, kind+" after the cut")
		})
	}
	t.Run("a token that is none is told 401 by sse", func(t *testing.T) {
		t.Parallel()
		s := subscribe(t, folder, subscription{Kind: "sse", URL: at(0), Token: "none", Query: streamAnswer})
		if told := s.await(t, "an error", event("error")); told.Status != 401 {
			t.Errorf("it is told %+v", told)
		}
	})
}

// shortToken is a token of the second person that holds for so long: one that was given long ago.
func (f *fleet) shortToken(t *testing.T, left time.Duration) string {
	t.Helper()
	given := time.Now().Add(left - issuer.Lifetime)
	f.setIssuerClock(func() time.Time { return given })
	defer f.setIssuerClock(time.Now)
	return f.token(t, f.team[1])
}

// answer has the lead's tablet push an answer through the first server and returns the answer's id.
func (f *fleet) answer(t *testing.T, remarks string) (id string) {
	t.Helper()
	var hash int
	for _, c := range remarks {
		hash = (hash*31 + int(c)) % len(f.items)
	}
	i := f.items[hash]
	row := document{"newDocumentState": document{"id": i.answer, "inspectionId": f.inspection, "requirementId": i.requirement,
		"rating": "NOT_REVIEWED", "remarks": remarks, "deviceTime": time.Now().UTC()},
		"assumedMasterState": document{"id": i.answer, "inspectionId": f.inspection, "requirementId": i.requirement, "rating": "NOT_REVIEWED", "remarks": ""}}
	var data struct{ PushAnswer []document }
	f.ask(t, f.tokens[0], `mutation($rows: [AnswerInputPushRow!]) { pushAnswer(answerPushRow: $rows) { id remarks rating } }`,
		map[string]any{"rows": []document{row}}, &data)
	if len(data.PushAnswer) > 0 {
		t.Fatalf("the push is in conflict with %v", data.PushAnswer)
	}
	return i.answer
}

// begins waits for the first event, which says that the subscription has begun: from there on nothing is missed.
func begins(t *testing.T, s *subscriber) {
	t.Helper()
	s.await(t, "the beginning", func(seen sight) bool {
		if seen.Event != "next" {
			return false
		}
		documents, checkpoint := seen.bulk(t)
		return documents == nil && checkpoint == nil
	})
}

// reaches pushes an answer through the first server and returns the event by which the subscriber sees it.
func (f *fleet) reaches(t *testing.T, s *subscriber, said string) sight {
	t.Helper()
	begun := time.Now()
	id := f.answer(t, said)
	seen := s.await(t, said, func(s sight) bool {
		if s.Event != "next" {
			return false
		}
		documents, _ := s.bulk(t)
		return slices.ContainsFunc(documents, func(d document) bool { return d.text("id") == id && d.text("remarks") == said })
	})
	t.Logf("%s: seen %s after it was sent", said, time.Since(begun).Round(time.Millisecond/10))
	return seen
}

// pulls says whether a pull from a checkpoint brings the answer.
func (f *fleet) pulls(t *testing.T, checkpoint document, id string) bool {
	t.Helper()
	var data struct {
		PullAnswer struct{ Documents []document }
	}
	f.ask(t, f.tokens[1], `query($c: AnswerInputCheckpoint) { pullAnswer(checkpoint: $c, limit: 1000) { documents { id } checkpoint { seq } } }`,
		map[string]any{"c": checkpoint}, &data)
	for _, d := range data.PullAnswer.Documents {
		if d.text("id") == id {
			return true
		}
	}
	return false
}
