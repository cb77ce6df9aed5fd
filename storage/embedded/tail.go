package embedded

import (
	"bytes"
	"strings"
	"sync"
)

// tail keeps the last lines that a child wrote, for the error message if it fails.
type tail struct {
	mu      sync.Mutex
	limit   int
	lines   []string
	partial []byte
}

func newTail(limit int) *tail { return &tail{limit: limit} }

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.partial = append(t.partial, p...)
	for {
		line, rest, found := bytes.Cut(t.partial, []byte("\n"))
		if !found {
			return len(p), nil
		}
		t.add(string(line))
		t.partial = rest
	}
}

func (t *tail) add(line string) {
	if line = strings.TrimSpace(line); line == "" {
		return
	}
	t.lines = append(t.lines, line)
	if len(t.lines) > t.limit {
		t.lines = t.lines[len(t.lines)-t.limit:]
	}
}

// suffix is ": " and the last lines on one line, or nothing if nothing was written.
func (t *tail) suffix() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.add(string(t.partial))
	t.partial = nil
	if len(t.lines) == 0 {
		return ""
	}
	return ": " + strings.Join(t.lines, " | ")
}

// contains says whether one of the last lines holds the text.
func (t *tail) contains(text string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, line := range t.lines {
		if strings.Contains(line, text) {
			return true
		}
	}
	return false
}
