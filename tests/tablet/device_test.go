package tablet_test

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"plumbline/inspection"
	"plumbline/tests/tablet/faultproxy"
)

// tablet is one device: a process, its user, and its link.
type tablet struct {
	name    string
	user    inspection.Actor
	link    *faultproxy.Proxy
	printed bool // it holds what RxDB prints queries for
	stdin   io.Writer
	lines   chan line

	mu     sync.Mutex
	pushed []pushed
}

// line is one line that the process wrote.
type line struct {
	Event  string
	Reply  json.RawMessage
	Failed string
	pushed
}

// pushed is a push whose answer reached the tablet.
type pushed struct {
	Collection string
	Refused    []struct{ ID, Code, Message string }
	Rows       []row
}

// document is a document of any collection.
type document map[string]any

func (d document) text(field string) string {
	s, _ := d[field].(string)
	return s
}

// settings are what a tablet is opened with.
type settings struct {
	Base        string   `json:"base"` // where the server is
	Code        string   `json:"code"` // to register under
	Name        string   `json:"name"`
	Skew        int64    `json:"skew"` // how far its clock is ahead, in milliseconds
	Storage     string   `json:"storage"`
	Printed     bool     `json:"printed"` // only queries that RxDB printed
	Batch       int      `json:"batch"`
	Retry       int      `json:"retry"` // milliseconds
	Collections []string `json:"collections"`
}

// startTablet starts a device's process behind a link of its own, and ends it with the test.
func startTablet(t *testing.T, folder, name string, user inspection.Actor, link *faultproxy.Proxy) *tablet {
	t.Helper()
	d := &tablet{name: name, user: user, link: link, lines: make(chan line, 8)}
	d.stdin = startNode(t, name, folder, d.hear, func() { close(d.lines) }, "device.mjs")
	return d
}

// hear keeps the books on pushes and hands on the replies.
func (d *tablet) hear(text []byte) {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		l = line{Failed: fmt.Sprintf("it says %s", text)}
	}
	if l.Event == "pushed" {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.pushed = append(d.pushed, l.pushed)
		return
	}
	d.lines <- l
}

// patience bounds one command on a machine that is busy with other things; a device gives up before.
const patience = 6 * time.Minute

// do has the device carry out a command and decodes its reply. One command runs at a time.
func (d *tablet) do(into any, name string, arguments any) error {
	command := document{}
	if arguments != nil {
		text, err := json.Marshal(arguments)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, &command); err != nil {
			return err
		}
	}
	command["do"] = name
	text, err := json.Marshal(command)
	if err != nil {
		return err
	}
	if _, err := d.stdin.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("%s, %s: %w", d.name, name, err)
	}
	select {
	case l, open := <-d.lines:
		switch {
		case !open:
			return fmt.Errorf("%s, %s: its process ended", d.name, name)
		case l.Failed != "":
			return fmt.Errorf("%s, %s: %s", d.name, name, l.Failed)
		case into != nil:
			return json.Unmarshal(l.Reply, into)
		}
		return nil
	case <-time.After(patience):
		return fmt.Errorf("%s, %s: no reply after %s", d.name, name, patience)
	}
}

// sync returns when the tablet has brought and fetched everything.
func (d *tablet) sync() error {
	return d.do(nil, "sync", map[string]any{"patience": (patience * 2 / 3).Milliseconds()})
}

// acknowledged is every push whose answer reached the tablet so far.
func (d *tablet) acknowledged() []pushed {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pushed
}

// documents is the tablet's replica of a collection, ordered by id.
func (d *tablet) documents(collection string) ([]document, error) {
	var reply struct{ Documents []document }
	err := d.do(&reply, "dump", map[string]any{"collection": collection})
	return reply.Documents, err
}
