package serve_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// endless is a body that begins as an operation and goes on for ever.
type endless struct {
	head io.Reader
	fill byte
	sent atomic.Int64
}

func (e *endless) Read(p []byte) (int, error) {
	if n, _ := e.head.Read(p); n > 0 {
		return n, nil
	}
	for n := range p {
		p[n] = e.fill
	}
	e.sent.Add(int64(len(p)))
	return len(p), nil
}

const huge = 200 << 20

// Bodies of 200 MB, sixteen at once, with their length stated and without: each is refused in words with
// 413, and nothing near their size is ever held. The test runs alone: it counts what the process allocates.
func TestHugeBodiesAreRefusedUnread(t *testing.T) {
	w := start(t, nil)
	w.seed(t)
	bearer := "Bearer " + w.token(t, "lead@opr.example")
	w.query(t, "lead@opr.example", "{ viewer { id } }") // what is built once is built
	push := `{"query":"mutation($r: [AnswerInputPushRow!]) { pushAnswer(answerPushRow: $r) { id } }","variables":{"r":[{"newDocumentState":{"remarks":"`
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var all sync.WaitGroup
	for n := range 16 {
		all.Go(func() {
			body := &endless{head: strings.NewReader(push), fill: 'x'}
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/graphql", io.LimitReader(body, huge))
			if err != nil {
				t.Error(err)
				return
			}
			request.Header.Set("Content-Type", "application/json")
			request.Header.Set("Authorization", bearer)
			if n%2 == 0 {
				request.ContentLength = huge
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Error(err)
				return
			}
			defer response.Body.Close()
			text, _ := io.ReadAll(response.Body)
			if response.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(text), "LIMIT_EXCEEDED") || !strings.Contains(string(text), "over the limit of") {
				t.Errorf("answered %d: %s", response.StatusCode, text)
			}
			if body.sent.Load() > 32<<20 {
				t.Errorf("%d MB were taken in before the refusal", body.sent.Load()>>20)
			}
		})
	}
	all.Wait()
	runtime.ReadMemStats(&after)
	taken := after.TotalAlloc - before.TotalAlloc
	t.Logf("16 bodies of 200 MB: %.1f MB allocated in all, heap in use %.1f MB before and %.1f MB after",
		float64(taken)/(1<<20), float64(before.HeapInuse)/(1<<20), float64(after.HeapInuse)/(1<<20))
	// A body whose length is not stated is read up to the limit of 4 MiB into a buffer that grows.
	if taken > 16*6*4<<20 {
		t.Errorf("refusing 16 bodies allocated %d MB", taken>>20)
	}
}

// Operations that ask for too much are refused before anything runs, and in little memory: the text is
// bounded before it is parsed, and each fragment is weighed once.
func TestMonstrousOperationsAreRefused(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	w.seed(t)
	bearer := "Bearer " + w.token(t, "lead@opr.example")
	many := func(n int, f func(int) string) string {
		var b strings.Builder
		for k := range n {
			b.WriteString(f(k))
		}
		return b.String()
	}
	pull := func(alias int) string {
		return fmt.Sprintf("a%d: pullAnswer(limit: 1000) { checkpoint { seq } } ", alias)
	}
	for what, query := range map[string]string{
		"thousands of aliases":                  "{ " + many(3000, pull) + "}",
		"61 aliases":                            "{ " + many(61, pull) + "}",
		"21 pulls in one request":               "{ " + many(21, pull) + "}",
		"a selection 5,000 levels deep":         strings.Repeat("{ node ", 5000) + strings.Repeat("}", 5000),
		"a list 20,000 levels deep as argument": "{ pullAnswer(limit: " + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + ") { checkpoint { seq } } }",
		"fragments that double each other":      "{ ...f0 } " + many(40, func(k int) string { return fmt.Sprintf("fragment f%d on Query { ...f%d ...f%d } ", k, k+1, k+1) }) + "fragment f40 on Query { viewer { id } }",
		"a fragment that is its own":            "{ ...f } fragment f on Query { ...f }",
	} {
		body, err := json.Marshal(map[string]string{"query": query})
		if err != nil {
			t.Fatal(err)
		}
		response, text := w.ask(t, "POST", "/graphql", string(body), "Content-Type", "application/json", "Authorization", bearer)
		var answer struct {
			Data   map[string]any
			Errors []struct{ Message string }
		}
		if err := json.NewDecoder(bytes.NewReader([]byte(text))).Decode(&answer); err != nil {
			t.Errorf("%s: answered %d: %v", what, response.StatusCode, err)
			continue
		}
		if len(answer.Errors) == 0 || answer.Errors[0].Message == "" || answer.Data != nil || response.StatusCode >= 500 {
			t.Errorf("%s: answered %d: %.200s", what, response.StatusCode, text)
		}
	}
	// A document in variables nested beyond all measure is refused by the decoder.
	deep := `{"query":"{ viewer { id } }","variables":{"x":` + strings.Repeat("[", 200_000) + strings.Repeat("]", 200_000) + `}}`
	if response, text := w.ask(t, "POST", "/graphql", deep, "Content-Type", "application/json", "Authorization", bearer); response.StatusCode != http.StatusBadRequest {
		t.Errorf("deep variables: answered %d: %.200s", response.StatusCode, text)
	}
}
