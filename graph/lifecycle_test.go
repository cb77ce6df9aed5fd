package graph_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"image"
	"image/jpeg"
	"net/http"
	"testing"

	"plumbline/inspection"
)

// One inspection from plan to close, as its people would play it.
func TestAnInspectionFromPlanToClose(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.plan("4.3", "5.8")
	w.do(lead, "recordMilestone", "RecordMilestoneInput", header, map[string]any{"inspectionId": id, "kind": "ENTRANCE_BRIEFING",
		"occurredAt": "2026-03-03T13:00:00Z", "rolesPresent": []any{"warden"}})
	w.do(lead, "assignStandards", "AssignStandardsInput", header, map[string]any{"inspectionId": id,
		"standardIds": []any{w.standard("4.3").ID}, "userId": w.users[inspector].ID})
	w.step(lead, "startInspection", "StepInput", id, nil)
	w.answerAll(inspector, id, "MEETS", "4.3", "5.8")
	requirement := w.standard("4.3").Requirements[0]

	photo := w.upload(inspector, id, map[string]any{"requirementId": requirement.ID})
	if photo["state"] != "LOCKED" || photo["versionId"] == "" || photo["sniffedType"] != "image/jpeg" {
		t.Fatalf("the photo is %v", photo)
	}

	w.recorded(inspector, id, answer(w.onLine("MC-137").ID, 1, "DOES_NOT_MEET", nil))
	finding := inspection.NewID()
	w.do(inspector, "recordFindings", "RecordFindingsInput", "findings { id code citation }", map[string]any{"inspectionId": id, "findings": []any{
		map[string]any{"id": finding, "revision": 0, "kind": "DEFICIENCY", "standardId": w.standard("4.3").ID, "code": "MC-137", "text": "Late health assessments.", "repeat": true},
		map[string]any{"id": inspection.NewID(), "revision": 0, "kind": "BEST_PRACTICE", "text": "Clear signs in six languages."}}})
	w.issue(id)

	report := w.ask(facility, `query($id: ID!) { inspection(id: $id) { state team { name } tally { deficiencies deficientStandards repeatDeclared bestPractices byStandard { standard deficiencies } }
		score { overall { result corroboration { numerator } all { arithmetic } } } finalRating { rating } findings { id code requirementId correctiveAction { state } } } }`,
		map[string]any{"id": id})["inspection"].(map[string]any)
	tally, _ := json.Marshal(report["tally"])
	if string(tally) != `{"bestPractices":1,"byStandard":[{"deficiencies":1,"standard":"MC"}],"deficiencies":1,"deficientStandards":1,"repeatDeclared":1}` {
		t.Errorf("tally: %s", tally)
	}
	overall := report["score"].(map[string]any)["overall"].(map[string]any)
	if overall["corroboration"] != nil {
		t.Error("the facility sees how many methods were used")
	}
	if team := report["team"].([]any); len(team) != 0 {
		t.Errorf("the facility sees the team: %v", team)
	}

	message := w.refused("GuardProblem", w.try(reviewer, "closeInspection", "StepInput", header, w.stepInput(id, nil)))
	if !contains(message, "corrective action") {
		t.Errorf("closing is refused with %q", message)
	}
	w.do(facility, "respondToDeficiency", "RespondToDeficiencyInput", "response { stance }", map[string]any{"inspectionId": id, "findingId": finding, "stance": "CONTESTED", "reason": "The log was misread."})
	w.do(reviewer, "ruleOnContest", "RuleOnContestInput", "response { ruling }", map[string]any{"inspectionId": id, "findingId": finding, "ruling": "WITHDRAWN", "reason": "The log was misread indeed."})
	if state := w.step(reviewer, "closeInspection", "StepInput", id, nil); state != "CLOSED" {
		t.Errorf("state is %s after closing", state)
	}
}

// The snapshot's hash is the hash of its document, and the document stays.
func TestTheSnapshotOfAnIssuedInspection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("5.8")
	w.answerAll(inspector, id, "MEETS", "5.8")
	w.issue(id)
	snapshot := w.ask(reviewer, "query($id: ID!) { inspection(id: $id) { snapshot { sha256 body } } }", map[string]any{"id": id})["inspection"].(map[string]any)["snapshot"].(map[string]any)
	sum := sha256.Sum256([]byte(snapshot["body"].(string)))
	if hex.EncodeToString(sum[:]) != snapshot["sha256"] {
		t.Error("sha256 is not the hash of body")
	}
	var document struct {
		Editions []struct{ Key, Hash string }
		Answers  []struct{ Requirement, Rating string }
		Score    struct{ Overall struct{ Result string } }
	}
	if err := json.Unmarshal([]byte(snapshot["body"].(string)), &document); err != nil {
		t.Fatal(err)
	}
	if len(document.Answers) != len(w.standard("5.8").Requirements) || document.Editions[0].Hash != w.edition.Hash || document.Score.Overall.Result != "MEETS" {
		t.Errorf("the snapshot holds %d answers, edition %v, result %s", len(document.Answers), document.Editions, document.Score.Overall.Result)
	}
}

// picture makes a small JPEG that differs by its seed.
func picture(seed int) []byte {
	canvas := image.NewGray(image.Rect(0, 0, 16, 16))
	for n := range canvas.Pix {
		canvas.Pix[n] = byte(n*7 + seed*31)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, canvas, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// shot is a picture that nobody has taken yet in this world.
func (w *world) shot() []byte { return picture(int(w.shots.Add(1)) + 10) }

const evidenceFields = "evidence { id state versionId sniffedType quarantineReason }"

// upload declares a picture, puts it by its plan and has it finalised.
func (w *world) upload(as, inspectionID string, more map[string]any) map[string]any {
	w.t.Helper()
	body := w.shot()
	id := w.declare(as, inspectionID, body, more)
	if status := w.put(as, inspectionID, id, body); status != http.StatusOK {
		w.t.Fatalf("the upload answers %d", status)
	}
	ref := map[string]any{"inspectionId": inspectionID, "evidenceId": id}
	return w.do(as, "finaliseEvidence", "EvidenceRef", evidenceFields, ref)["evidence"].(map[string]any)
}

func (w *world) declare(as, inspectionID string, body []byte, more map[string]any) string {
	w.t.Helper()
	id := inspection.NewID().String()
	w.do(as, "declareEvidence", "DeclareEvidenceInput", evidenceFields, map[string]any{"inspectionId": inspectionID, "evidence": []any{declaration(id, body, more)}})
	return id
}

func declaration(id string, body []byte, more map[string]any) map[string]any {
	sum := sha256.Sum256(body)
	entry := map[string]any{"id": id, "sha256": hex.EncodeToString(sum[:]), "size": len(body), "mediaType": "image/jpeg",
		"capturedFrom": "2026-03-04T10:00:00Z", "capturedTo": "2026-03-04T10:00:05Z"}
	for k, v := range more {
		entry[k] = v
	}
	return entry
}

// put sends the bytes by the upload plan and returns the store's status.
func (w *world) put(as, inspectionID, id string, body []byte) int {
	w.t.Helper()
	plan := w.do(as, "planUpload", "EvidenceRef", "request { method url headers { name value } }", map[string]any{"inspectionId": inspectionID, "evidenceId": id})
	request := plan["request"].(map[string]any)
	upload, err := http.NewRequestWithContext(w.t.Context(), request["method"].(string), request["url"].(string), bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, h := range request["headers"].([]any) {
		upload.Header.Set(h.(map[string]any)["name"].(string), h.(map[string]any)["value"].(string))
	}
	response, err := http.DefaultClient.Do(upload)
	if err != nil {
		w.t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}
