package report_test

import (
	"crypto/sha256"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"plumbline/inspection"
	"plumbline/inspection/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

var issued = time.Date(2026, 3, 20, 15, 4, 5, 0, time.UTC)

// marked is a snapshot in which every field has a value, and every text the name of its field.
func marked() inspection.Frozen {
	var doc inspection.Frozen
	fill(reflect.ValueOf(&doc).Elem(), "mk")
	doc.Format, doc.Form, doc.SnapshotSHA256 = inspection.SnapshotFormat, "", ""
	st, standing := &doc.Standards[0], doc.Findings[0]
	standing.RemovedAt, standing.RemovedReason = nil, ""
	standing.StandardID, standing.RequirementID = &st.ID, &doc.Requirements[0].ID
	draft := standing
	draft.ID, draft.Text, draft.RemovedAt, draft.RemovedReason = uuid.NewSHA1(standing.ID, nil), "mk-draft-text-km", &issued, "mk-draft-reason-km"
	concern := standing
	concern.ID, concern.Kind, concern.Text = uuid.NewSHA1(standing.ID, []byte{1}), inspection.AreaOfConcern, "mk-concern-text-km"
	doc.Findings = []inspection.Finding{standing, draft, concern}
	doc.Actions[0].FindingID, doc.Disputes[0].AnswerID = standing.ID, doc.Answers[0].ID
	st.Edition, st.Part = doc.Editions[0].Key, 4
	doc.Score.Standards[0].Standard = st.Section
	doc.Scores[0].Policy.ID, doc.Scores[0].Standards[0].Standard = doc.Score.Policy.ID, st.Section
	notice := doc.Inspection.Milestones[0]
	notice.Kind, notice.RolesPresent = inspection.Notice, []string{"mk-notice-role-km"}
	doc.Inspection.Milestones = append(doc.Inspection.Milestones, notice)
	return doc
}

// fill gives every field a value, deep down.
func fill(v reflect.Value, name string) {
	fixed := map[reflect.Type]any{
		reflect.TypeFor[time.Time]():                issued,
		reflect.TypeFor[inspection.ID]():            uuid.NewSHA1(uuid.Nil, []byte(name)),
		reflect.TypeFor[inspection.FindingKind]():   inspection.Deficiency,
		reflect.TypeFor[inspection.MilestoneKind](): inspection.EntranceBriefing,
		reflect.TypeFor[inspection.Origin]():        inspection.Exercise,
		reflect.TypeFor[inspection.Party]():         inspection.PartyERO,
		reflect.TypeFor[inspection.Correction]():    inspection.CorrectedFully,
		reflect.TypeFor[inspection.RepeatKind]():    inspection.RepeatCertain,
	}
	if value, known := fixed[v.Type()]; known {
		v.Set(reflect.ValueOf(value))
		return
	}
	switch v.Kind() {
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, name+"-key")
		fill(value, name)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for n := range v.NumField() {
			field := v.Type().Field(n)
			if tag, _, _ := strings.Cut(field.Tag.Get("json"), ","); tag == "-" {
				continue // it is not in the document
			} else if tag != "" {
				fill(v.Field(n), name+"-"+tag)
			} else {
				fill(v.Field(n), name+"-"+field.Name)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), name)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), name)
	case reflect.String:
		v.SetString(name + "-km")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Float64:
		v.SetFloat(7.5)
	default:
		panic(name + " is of a kind that the test does not know: " + v.Kind().String())
	}
}

// formOf takes a form from a document, as issuing does.
func formOf(t testing.TB, doc inspection.Frozen, form inspection.Form) inspection.ReportForm {
	t.Helper()
	body, err := json.Marshal(doc.For(form))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return inspection.ReportForm{InspectionID: doc.Inspection.ID, Form: form, Body: body, SHA256: sha256.Sum256(body),
		SnapshotSHA256: sha256.Sum256(whole), MadeAt: doc.TakenAt}
}

// pageOf is the page of a form.
func pageOf(t testing.TB, doc inspection.Frozen, form inspection.Form) report.Page {
	t.Helper()
	template, err := report.NewTemplate()
	if err != nil {
		t.Fatal(err)
	}
	built, err := report.Build(formOf(t, doc, form))
	if err != nil {
		t.Fatal(err)
	}
	page, err := template.Page(built)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// golden compares a text with a stored one.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is another (run with -update if that is meant):\n%s", path, diff)
	}
}
