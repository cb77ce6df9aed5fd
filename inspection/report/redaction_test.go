package report_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"plumbline/inspection"
)

// Every field of the document that a form holds stands in the golden file, and no other does. A
// field that somebody adds is in the internal form alone until it is named in inspection/form.go.
func TestWhichFieldsEachFormHolds(t *testing.T) {
	t.Parallel()
	holds := map[string]string{}
	for _, form := range inspection.Forms() {
		var document any
		if err := json.Unmarshal(formOf(t, marked(), form).Body, &document); err != nil {
			t.Fatal(err)
		}
		fields := map[string]bool{}
		collect(document, "", fields)
		for field := range fields {
			holds[field] += " " + string(form)
		}
	}
	var lines strings.Builder
	for _, field := range slices.Sorted(maps.Keys(holds)) {
		fmt.Fprintf(&lines, "%s:%s\n", field, holds[field])
	}
	golden(t, "held.golden", lines.String())
}

// collect names the fields of a document that say something.
func collect(value any, path string, fields map[string]bool) {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			collect(member, strings.TrimPrefix(path+"."+name, "."), fields)
		}
	case []any:
		for _, element := range value {
			collect(element, path, fields)
		}
	case string:
		if value != "" && value != "00000000-0000-0000-0000-000000000000" && value != "0001-01-01T00:00:00Z" {
			fields[path] = true
		}
	default:
		if value != nil && value != false && value != 0.0 {
			fields[path] = true
		}
	}
}

var marker = regexp.MustCompile(`mk-[A-Za-z0-9-]+?-km`)

// Which texts a reader of each form's page sees, and that nobody sees one that the form does not hold.
func TestWhichTextsEachPageShows(t *testing.T) {
	t.Parallel()
	shows := map[string]string{}
	for _, form := range inspection.Forms() {
		held := string(formOf(t, marked(), form).Body)
		seen := map[string]bool{}
		for _, text := range marker.FindAllString(string(pageOf(t, marked(), form).HTML), -1) {
			if !seen[text] {
				seen[text] = true
				shows[text] += " " + string(form)
			}
			if !strings.Contains(held, text) {
				t.Errorf("the %s page shows %s, which its form does not hold", form, text)
			}
		}
	}
	var lines strings.Builder
	for _, text := range slices.Sorted(maps.Keys(shows)) {
		fmt.Fprintf(&lines, "%s:%s\n", text, shows[text])
	}
	golden(t, "shown.golden", lines.String())
}

// The words that must never reach the inspected, said in one place beside the golden files.
func TestTheInspectedNeverSee(t *testing.T) {
	t.Parallel()
	for _, form := range []inspection.Form{inspection.FormFacility, inspection.FormPublic} {
		made, page := string(formOf(t, marked(), form).Body), string(pageOf(t, marked(), form).HTML)
		for _, hidden := range []string{"answers-methods", "answers-remarks", "answers-reason", "disputes", "people", "team", "leadId", "recommendedRating",
			"fieldworkNote", "milestones-note", "notice-role", "draft", "exclusions-reason", "open-reason", "evidence-sha256", "evidence-acceptedReason", "sample"} {
			if strings.Contains(made, "mk-"+hidden) || strings.Contains(made, "-"+hidden+"-km") || strings.Contains(page, hidden+"-km") {
				t.Errorf("the %s form tells %s", form, hidden)
			}
		}
		if strings.Contains(made, "DETAINEE_INTERVIEW") || strings.Contains(strings.ToLower(page), "corroboration") {
			t.Errorf("the %s form tells of methods", form)
		}
		if sees := strings.Contains(page, "mk-inspection-milestones-rolesPresent-km"); sees != (form == inspection.FormFacility) {
			t.Errorf("the %s page names the roles at a briefing: %v", form, sees)
		}
	}
}

// The number of interviews is told of the whole inspection, and only where it points at nobody.
func TestTheInterviewTotalIsToldFromFiveOn(t *testing.T) {
	t.Parallel()
	for value, told := range map[string]bool{"5": true, "12": true, "4": false, "0": false, "-7": false, "some": false, "": false} {
		doc := marked()
		doc.Statements = []inspection.Statement{{Name: "interviews", Value: value, Source: "here"}, {Name: "remark", Value: "2 of the Interviews were short", Source: "there"}}
		for _, form := range inspection.Forms() {
			page := string(pageOf(t, doc, form).HTML)
			if strings.Contains(page, "People interviewed, whole inspection") != told {
				t.Errorf("%q interviews in the %s form: told is %v", value, form, !told)
			}
			if strings.Contains(page, "were short") != (form == inspection.FormInternal) {
				t.Errorf("the %s form and a statement about interviews", form)
			}
		}
	}
}
