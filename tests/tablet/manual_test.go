package tablet_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plumbline/storage/storagetest"
)

// The manual's page on RxDB shows the whole program that is tested here.
func TestTheManualQuotesItsExample(t *testing.T) {
	t.Parallel()
	program, err := os.ReadFile("../../docs/rxdb.mjs")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/rxdb.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(page, fmt.Appendf(nil, "```js\n%s```\n", program)) {
		t.Error("docs/rxdb.md does not quote docs/rxdb.mjs as it is")
	}
}

// The manual's example brings what its user rates, tells what was refused and what is in dispute, brings back
// what a database restored from a backup has lost, and still pushes when it was revoked.
func TestTheExampleOfTheManualReplicates(t *testing.T) {
	t.Parallel()
	program, folder := build(t), scripts(t)
	f := &fleet{world: newWorld(t, program, 2)}
	f.tokens = []string{f.token(t, f.team[0]), f.token(t, f.team[1])}
	f.items = f.checklist(t)
	code, err := f.code(t, f.tokens[1])
	if err != nil {
		t.Fatal(err)
	}
	copyFile(t, "../../docs/rxdb.mjs", filepath.Join(folder, "rxdb.mjs"))
	e := startExample(t, folder, "http://"+f.servers[0].address, code)
	e.await(t, fmt.Sprintf("holds %d answers", len(f.items)))

	e.rate(t, f.items[0].answer, "MEETS Four telephones for 92 people.")
	e.await(t, "waiting 0")
	if got := f.remarks(t, f.items[0].answer); got != "Four telephones for 92 people." {
		t.Errorf("the server has %q", got)
	}
	e.rate(t, f.items[1].answer, "SPLENDID")
	e.await(t, "refused "+f.items[1].answer+" INVALID")
	e.await(t, "waiting 0")

	f.leadRates(t, f.items[4], "DOES_NOT_MEET")
	e.await(t, "changed "+f.items[4].answer)
	e.rate(t, f.items[4].answer, "MEETS")
	e.await(t, "disputed "+f.items[4].answer+": rating")
	e.await(t, "waiting 0")

	backup := storagetest.Copy(t, f.database)
	e.rate(t, f.items[5].answer, "MEETS after the backup")
	e.awaitUntil(t, "the answer after the backup", func() bool { return f.remarks(t, f.items[5].answer) == "after the backup" })
	e.await(t, "waiting 0")
	f.restore(t, backup)
	if got := f.remarks(t, f.items[5].answer); got != "" {
		t.Fatalf("the backup has %q", got)
	}
	e.await(t, "EPOCH_CHANGED")
	e.awaitUntil(t, "back what the database lost", func() bool { return f.remarks(t, f.items[5].answer) == "after the backup" })
	e.rate(t, f.items[2].answer, "MEETS after the restore")
	e.awaitUntil(t, "the answer at the server", func() bool { return f.remarks(t, f.items[2].answer) == "after the restore" })

	f.revoke(t)
	e.await(t, "DEVICE_REVOKED")
	e.rate(t, f.items[3].answer, "MEETS after the revocation")
	e.say(t, "sign-in "+f.token(t, f.team[1]))
	e.await(t, "refused "+f.items[3].answer+" LATE_REVOKED")
	e.say(t, "quit")
}

// leadRates pushes a rating of the lead's.
func (f *fleet) leadRates(t *testing.T, i item, rating string) {
	t.Helper()
	row := document{"newDocumentState": document{"id": i.answer, "inspectionId": f.inspection, "requirementId": i.requirement,
		"rating": rating, "methods": []string{"OBSERVATION"}, "deviceTime": time.Now().UTC()}}
	var data struct{ PushAnswer []document }
	f.ask(t, f.tokens[0], `mutation($rows: [AnswerInputPushRow!]) { pushAnswer(answerPushRow: $rows) { id } }`, map[string]any{"rows": []document{row}}, &data)
	if len(data.PushAnswer) > 0 {
		t.Fatalf("the push is in conflict with %v", data.PushAnswer)
	}
}

// remarks are those of an answer at the server.
func (f *fleet) remarks(t *testing.T, answer string) string {
	t.Helper()
	var data struct {
		PullAnswer struct{ Documents []document }
	}
	f.ask(t, f.tokens[0], `{ pullAnswer(limit: 1000) { documents { id remarks } } }`, nil, &data)
	for _, d := range data.PullAnswer.Documents {
		if d.text("id") == answer {
			return d.text("remarks")
		}
	}
	return ""
}

// revoke takes the second person's only device out of use.
func (f *fleet) revoke(t *testing.T) {
	t.Helper()
	var listed struct {
		Devices struct {
			Edges []struct{ Node struct{ ID string } }
		}
	}
	f.ask(t, f.tokens[1], `{ devices { edges { node { id } } } }`, nil, &listed)
	if len(listed.Devices.Edges) != 1 {
		t.Fatalf("the devices are %v", listed)
	}
	var revoked struct {
		RevokeDevice struct{ Problems []struct{ Message string } }
	}
	f.ask(t, f.tokens[1], `mutation($input: RevokeDeviceInput!) { revokeDevice(input: $input) { problems { message } } }`,
		map[string]any{"input": map[string]any{"deviceId": listed.Devices.Edges[0].Node.ID, "reason": "lost"}}, &revoked)
	if len(revoked.RevokeDevice.Problems) > 0 {
		t.Fatalf("not revoked: %v", revoked.RevokeDevice.Problems)
	}
}

// example is the manual's program while it runs.
type example struct {
	stdin io.Writer
	lines chan string
}

// startExample starts the program and ends it with the test.
func startExample(t *testing.T, folder, server, code string) *example {
	t.Helper()
	e := &example{lines: make(chan string, 1000)}
	e.stdin = startNode(t, "the example", folder, func(line []byte) { e.lines <- strings.TrimSpace(string(line)) },
		func() { close(e.lines) }, "--import", "./node18.mjs", "rxdb.mjs", server, code)
	return e
}

func (e *example) rate(t *testing.T, answer, words string) {
	t.Helper()
	e.say(t, "rate "+answer+" "+words)
}

func (e *example) say(t *testing.T, line string) {
	t.Helper()
	if _, err := io.WriteString(e.stdin, line+"\n"); err != nil {
		t.Fatal(err)
	}
}

// await passes over lines until one begins with the words.
func (e *example) await(t *testing.T, words string) {
	t.Helper()
	for late := time.After(patience / 3); ; {
		select {
		case line, open := <-e.lines:
			if !open {
				t.Fatalf("it ended before it said %q", words)
			}
			t.Log(line)
			if strings.HasPrefix(line, words) {
				return
			}
		case <-late:
			t.Fatalf("it never said %q", words)
		}
	}
}

// awaitUntil waits for what the program does.
func (e *example) awaitUntil(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience / 3); !done(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never brought %s", what)
		}
	}
}
