package graph_test

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"
	"image/png"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"plumbline/graph"
	"plumbline/graph/auth"
	"plumbline/graph/edge"
	"plumbline/graph/generated"
	"plumbline/inspection"
	"plumbline/storage/blob"
)

func (w *world) finalise(as, inspectionID, id string) map[string]any {
	w.t.Helper()
	return w.try(as, "finaliseEvidence", "EvidenceRef", evidenceFields, map[string]any{"inspectionId": inspectionID, "evidenceId": id})
}

// otherKinds are pictures that are not what they are declared as.
func otherKinds(t *testing.T) (asPNG, asGIF []byte) {
	t.Helper()
	var p, g bytes.Buffer
	if err := png.Encode(&p, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	if err := gif.Encode(&g, image.NewGray(image.Rect(0, 0, 4, 4)), nil); err != nil {
		t.Fatal(err)
	}
	return p.Bytes(), g.Bytes()
}

// The store takes the declared bytes, once, and nothing else.
func TestAnUploadIsTheDeclaredOriginalOrNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8")
	body := picture(1)
	evidence := w.declare(inspector, id, body, nil)
	if message := w.refused("GuardProblem", w.finalise(inspector, id, evidence)); !contains(message, "has not arrived in the object store") {
		t.Errorf("finalising before the upload: %q", message)
	}
	for what, other := range map[string][]byte{"other bytes": picture(2), "more bytes": append(slices.Clone(body), 0), "fewer bytes": body[:len(body)-1], "no bytes": nil} {
		if status := w.put(inspector, id, evidence, other); status/100 != 4 {
			t.Errorf("%s: the store answers %d", what, status)
		}
	}
	if message := w.refused("GuardProblem", w.finalise(inspector, id, evidence)); message == "" {
		t.Error("a refused upload can be finalised")
	}
	if status := w.put(inspector, id, evidence, body); status != http.StatusOK {
		t.Fatalf("the declared bytes: %d", status)
	}
	if status := w.put(inspector, id, evidence, body); status != http.StatusPreconditionFailed {
		t.Errorf("the second put answers %d, want 412", status)
	}
	final := w.finalise(inspector, id, evidence)["evidence"]
	if fields(final, "state") != "LOCKED" {
		t.Fatalf("finalised: %v", final)
	}
	db := w.behind()
	w.untouched(db, "finalising and declaring again", func() {
		again := w.finalise(inspector, id, evidence)
		if fields(again, "evidence", "state") != "LOCKED" || fields(again, "evidence", "versionId") != fields(final, "versionId") {
			t.Errorf("finalised again: %v", again)
		}
		w.do(inspector, "declareEvidence", "DeclareEvidenceInput", evidenceFields, map[string]any{"inspectionId": id, "evidence": []any{declaration(evidence, body, nil)}})
	})
	plan := w.do(inspector, "planUpload", "EvidenceRef", "request { url }", map[string]any{"inspectionId": id, "evidenceId": evidence})
	if plan["request"] != nil {
		t.Error("there is an upload plan for what is stored already")
	}
}

// What arrived under a false name is quarantined, and fieldwork waits for the lead's word on it.
func TestAFalseKindIsQuarantined(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8")
	w.answerAll(inspector, id, "MEETS", "5.8")
	asPNG, asGIF := otherKinds(t)
	for want, body := range map[string][]byte{"declared as image/jpeg; the bytes are image/png": asPNG, "declared as image/jpeg; the bytes are of no accepted kind": asGIF} {
		evidence := w.declare(inspector, id, body, nil)
		if status := w.put(inspector, id, evidence, body); status != http.StatusOK {
			t.Fatalf("the upload answers %d", status)
		}
		final := w.finalise(inspector, id, evidence)["evidence"]
		if fields(final, "state") != "QUARANTINED" || fields(final, "quarantineReason") != want {
			t.Errorf("finalised: %v, want %q", final, want)
		}
		if again := w.finalise(inspector, id, evidence)["evidence"]; fields(again, "state") != "QUARANTINED" {
			t.Errorf("again: %v", again)
		}
		ref := map[string]any{"inspectionId": id, "evidenceId": evidence}
		w.refused("GuardProblem", w.try(inspector, "viewOriginal", "EvidenceRef", "request { url }", ref))
		if texts := messages(w.try(lead, "finishFieldwork", "FinishFieldworkInput", header, w.stepInput(id, nil))); len(texts) != 1 || !contains(texts[0], "evidence "+evidence+" is quarantined") {
			t.Errorf("finishing: %q", texts)
		}
		ref["reason"] = "a screenshot, not needed"
		w.do(lead, "acceptEvidence", "AcceptEvidenceInput", evidenceFields, ref)
	}
	if state := w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil); state != "FIELDWORK_DONE" {
		t.Errorf("state is %s", state)
	}
}

// One id is one original: anything else under it is refused, within a request, later, and from
// another inspection.
func TestAnIDIsDeclaredOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id, other := w.started("5.8"), w.started("7.1")
	evidence := inspection.NewID().String()
	requirement := w.standard("5.8").Requirements[0].ID
	finding := w.deficiency(inspector, id, "5.8", nil)
	declare := func(at string, entries ...any) map[string]any {
		return w.try(inspector, "declareEvidence", "DeclareEvidenceInput", evidenceFields, map[string]any{"inspectionId": at, "evidence": entries})
	}
	entry := func(more map[string]any) any {
		all := map[string]any{"requirementId": requirement, "caption": "door", "capturedFrom": "2026-03-04T10:00:00.123456789Z"}
		for k, v := range more {
			all[k] = v
		}
		return declaration(evidence, picture(1), all)
	}
	w.untouched(db, "twice in a request, differently", func() {
		w.refused("ConflictProblem", declare(id, entry(nil), entry(map[string]any{"class": "MEDICAL"})))
	})
	if problems := messages(declare(id, entry(nil), entry(nil))); len(problems) > 0 {
		t.Fatalf("twice in a request, the same: %v", problems)
	}
	w.untouched(db, "the same again", func() {
		if problems := messages(declare(id, entry(nil))); len(problems) > 0 {
			t.Errorf("the same again: %v", problems)
		}
	})
	for what, more := range map[string]map[string]any{"other bytes": {"sha256": strings.Repeat("0", 64)}, "another size": {"size": 1}, "another kind": {"mediaType": "image/png"},
		"another class": {"class": "LEGAL"}, "another time": {"capturedTo": "2026-03-04T10:00:06Z"}, "another caption": {"caption": "window"},
		"another item": {"requirementId": w.standard("5.8").Requirements[1].ID}, "a finding": {"findingId": finding}} {
		w.untouched(db, what, func() { w.refusedAs("ConflictProblem", inspector, what, declare(id, entry(more))) })
	}
	w.untouched(db, "an item of another scope", func() { w.refused("NotFoundProblem", declare(other, entry(nil))) })
	w.untouched(db, "another inspection's finding", func() {
		w.refused("NotFoundProblem", declare(other, declaration(inspection.NewID().String(), picture(1), map[string]any{"findingId": finding})))
	})
	for what, taken := range map[string]any{"evidence": evidence, "a finding": finding, "an inspection": other, "a person": w.users[lead].ID, "an item": requirement} {
		w.untouched(db, "the id of "+what+" for evidence elsewhere", func() {
			w.refusedAs("ConflictProblem", inspector, what, declare(other, declaration(fmt.Sprint(taken), picture(1), nil)))
		})
		w.untouched(db, "the id of "+what+" for a finding elsewhere", func() {
			w.refusedAs("ConflictProblem", inspector, what, w.try(inspector, "recordFindings", "RecordFindingsInput", "__typename", map[string]any{"inspectionId": other,
				"findings": []any{map[string]any{"id": taken, "revision": 0, "kind": "NOTE", "text": "x"}}}))
		})
	}
	for mutation, input := range map[string]string{"planUpload": "EvidenceRef", "finaliseEvidence": "EvidenceRef", "viewOriginal": "EvidenceRef"} {
		w.untouched(db, mutation, func() {
			w.refusedAs("NotFoundProblem", inspector, mutation, w.try(inspector, mutation, input, "__typename", map[string]any{"inspectionId": other, "evidenceId": evidence}))
		})
	}
	w.untouched(db, "accepting another inspection's evidence", func() {
		w.refused("NotFoundProblem", w.try(lead, "acceptEvidence", "AcceptEvidenceInput", evidenceFields, map[string]any{"inspectionId": other, "evidenceId": evidence, "reason": "x"}))
	})
}

// s3 is the bucket with the store's own keys.
func (w *world) s3() *minio.Client {
	w.t.Helper()
	client, err := minio.New(w.bucket.Host, &minio.Options{Creds: credentials.NewStaticV4(w.bucket.AccessKey, w.bucket.SecretKey, ""), Region: w.bucket.Region})
	if err != nil {
		w.t.Fatal(err)
	}
	return client
}

// A locked original stays, even for who holds the keys; the issue keeps it for the whole schedule.
func TestALockedOriginalStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8")
	w.answerAll(inspector, id, "MEETS", "5.8")
	photo := w.upload(inspector, id, nil)
	version := photo["versionId"].(string)
	key := "inspections/" + id + "/originals/" + photo["id"].(string)
	s3 := w.s3()
	retained := func() time.Duration {
		object, err := s3.StatObject(t.Context(), w.bucket.Name, key, minio.StatObjectOptions{VersionID: version})
		if err != nil {
			t.Fatal(err)
		}
		until, err := time.Parse(time.RFC3339, object.Metadata.Get("X-Amz-Object-Lock-Retain-Until-Date"))
		if err != nil {
			t.Fatalf("%v: %v", err, object.Metadata)
		}
		return time.Until(until)
	}
	if d := retained(); d < 29*24*time.Hour || d > 31*24*time.Hour {
		t.Errorf("locked for %s at first", d)
	}
	if err := s3.RemoveObject(t.Context(), w.bucket.Name, key, minio.RemoveObjectOptions{VersionID: version}); err == nil {
		t.Error("the locked version could be deleted")
	}
	w.issue(id)
	if d := retained(); d < 6*365*24*time.Hour {
		t.Errorf("locked for %s after the issue", d)
	}
	// A delete without a version only hides the newest one; the pinned version is read all the same.
	if err := s3.RemoveObject(t.Context(), w.bucket.Name, key, minio.RemoveObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	view := w.do(auditor, "viewOriginal", "EvidenceRef", "request { method url }", map[string]any{"inspectionId": id, "evidenceId": photo["id"]})["request"].(map[string]any)
	response, err := http.Get(view["url"].(string))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err != nil || !bytes.Equal(body, picture(len(w.users))) {
		t.Errorf("the original reads %d bytes, %v", len(body), err)
	}
}

// Every look at an original is in the log, with who looked.
func TestEveryLookIsLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	id := w.started("5.8")
	photo := w.upload(inspector, id, nil)["id"]
	for _, as := range []string{inspector, lead, reviewer, auditor, auditor} {
		w.do(as, "viewOriginal", "EvidenceRef", "request { url }", map[string]any{"inspectionId": id, "evidenceId": photo})
	}
	looks := w.rows(db, "select actor_role || ' ' || target_id from audit_event where action = 'VIEW_ORIGINAL' order by n")
	want := []string{"INSPECTOR", "LEAD_INSPECTOR", "REVIEWER", "AUDITOR", "AUDITOR"}
	for n := range want {
		want[n] += " " + photo.(string)
	}
	if !slices.Equal(looks, want) {
		t.Errorf("the log has %q, want %q", looks, want)
	}
	w.verifyChains(db)
}

// withoutStore is the same world whose object store is down.
func (w *world) withoutStore() *world {
	w.t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	closed := "http://" + free.Addr().String()
	free.Close()
	blobs, err := blob.New(blob.Config{Endpoint: closed, Bucket: w.bucket.Name, Region: w.bucket.Region,
		AccessKey: w.bucket.AccessKey, SecretKey: w.bucket.SecretKey, Retention: blob.Governance, Timeout: 2 * time.Second})
	if err != nil {
		w.t.Fatal(err)
	}
	down := *w
	down.blobs = blobs
	down.service = inspection.NewService(w.store, blobs, time.Now, inspection.Settings{})
	handler := edge.NewHandler(generated.NewExecutableSchema(generated.Config{Resolvers: &graph.Resolver{Service: down.service}}), edge.Options{})
	down.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		actor, err := w.store.ActorByEmail(r.Context(), r.Header.Get("X-Test-User"))
		if err != nil {
			http.Error(rw, err.Error(), http.StatusForbidden)
			return
		}
		handler.ServeHTTP(rw, r.WithContext(auth.WithActor(r.Context(), actor)))
	}))
	w.t.Cleanup(down.server.Close)
	return &down
}

// While the object store is down the checklist goes on, and what needs the store says so.
func TestTheChecklistGoesOnWithoutTheObjectStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8")
	w.answerAll(inspector, id, "MEETS", "5.8")
	w.upload(inspector, id, nil)
	down := w.withoutStore()
	db := w.behind()
	evidence := down.declare(inspector, id, picture(3), nil)
	down.recorded(inspector, id, answer(w.standard("5.8").Requirements[0].ID, 1, "DOES_NOT_MEET", nil))
	down.deficiency(inspector, id, "5.8", map[string]any{"requirementId": w.standard("5.8").Requirements[0].ID})
	down.do(inspector, "planUpload", "EvidenceRef", "request { url }", map[string]any{"inspectionId": id, "evidenceId": evidence})
	w.untouched(db, "finalising without a store", func() {
		if message := w.refused("UnavailableProblem", down.finalise(inspector, id, evidence)); !contains(message, "the declaration is safe, try again later") {
			t.Error(message)
		}
	})
	down.do(lead, "acceptEvidence", "AcceptEvidenceInput", evidenceFields, map[string]any{"inspectionId": id, "evidenceId": evidence, "reason": "The store was down."})
	down.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil)
	down.step(lead, "recommendRating", "RatingInput", id, map[string]any{"rating": "Pass", "reason": "x"})
	down.step(lead, "submitForReview", "StepInput", id, nil)
	down.step(reviewer, "approveInspection", "StepInput", id, nil)
	down.step(reviewer, "setFinalRating", "RatingInput", id, map[string]any{"rating": "Pass", "reason": "x"})
	w.untouched(db, "issuing without a store", func() {
		message := w.refused("UnavailableProblem", down.try(reviewer, "issueInspection", "StepInput", header, w.stepInput(id, nil)))
		if !contains(message, "nothing was issued") {
			t.Error(message)
		}
	})
	w.step(reviewer, "issueInspection", "StepInput", id, nil)
}
