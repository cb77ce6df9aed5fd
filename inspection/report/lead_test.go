package report_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"plumbline/inspection"
	"plumbline/inspection/scoring"
)

func classed(root *html.Node, class string) []*html.Node {
	return slices.DeleteFunc(elements(root), func(e *html.Node) bool { return !slices.Contains(strings.Fields(attribute(e, "class")), class) })
}

// A report is headed by what kind of inspection it is of.
func TestAReportIsHeadedByItsKind(t *testing.T) {
	t.Parallel()
	for scope, want := range map[inspection.Scope]string{
		inspection.ScopeFull: "Compliance inspection report", inspection.ScopeCoreSet: "Compliance inspection report: core standards",
		inspection.ScopeFollowUp: "Follow-up inspection report", inspection.ScopeSpecialReview: "Special review report",
		inspection.ScopePreOccupancy: "Pre-occupancy inspection report", "": "Inspection report"} {
		doc := sample(t)
		doc.Inspection.Scope = scope
		if got := textOf(classed(rootOf(t, doc, inspection.FormPublic), "kind")[0]); got != want {
			t.Errorf("%s: %s", scope, got)
		}
	}
}

// Two lines under the title say what was found and how it stands.
func TestTwoLinesUnderTheTitleSumUp(t *testing.T) {
	t.Parallel()
	empty := sample(t)
	empty.Findings, empty.Tally, empty.Inspection.Final, empty.Score = nil, inspection.Tally{}, nil, scoring.Score{Policy: empty.Score.Policy}
	for _, test := range []struct {
		name  string
		doc   inspection.Frozen
		found string
		stand string
	}{
		{"as inspected", sample(t), "4 deficiencies in 3 standards: 1 priority component, 1 declared repeat; 1 of 4 standards in scope not reviewed.",
			"Score by policy g324a: incomplete; 1/4 = 25.0 % of the components met. Final rating: Acceptable."},
		{"as published", published(t), "4 deficiencies in 3 standards: 1 priority component, 1 declared repeat; by the source's count 21 standards reviewed.",
			"Score by policy g324a: incomplete; 1/4 = 25.0 % of the components met. Final rating: Acceptable."},
		{"nothing", empty, "No deficiency was found; 4 of 4 standards in scope not reviewed.",
			"Score by policy g324a: ; no component is applicable. No final rating is recorded."},
	} {
		header := elements(rootOf(t, test.doc, inspection.FormPublic), "header")[0]
		var got []string
		for _, p := range elements(classed(header, "lead")[0], "p") {
			got = append(got, textOf(p))
		}
		if !slices.Equal(got, []string{test.found, test.stand}) {
			t.Errorf("%s: %s", test.name, strings.Join(got, "\n"))
		}
		order := elements(header, "h1", "p", "dl")
		if attribute(order[1], "class") != "" && order[1].Data != "h1" || textOf(order[2]) != test.found {
			t.Errorf("%s: the summary does not follow the title", test.name)
		}
	}
}

// Only an address on the web is a link, and it tells nobody where the reader came from.
func TestOnlyAWebAddressIsALink(t *testing.T) {
	t.Parallel()
	for source, link := range map[string]bool{"https://reports.example.org/1.pdf": true, "http://reports.example.org/1.pdf": true, "javascript:alert(1)": false,
		"data:text/html,x": false, "//reports.example.org": false, "https:alert(1)": false, "ftp://reports.example.org": false, "a report": false} {
		doc := sample(t)
		doc.Inspection.Source = source
		header := elements(rootOf(t, doc, inspection.FormPublic), "header")[0]
		links := elements(header, "a")
		if (len(links) == 1) != link || !strings.Contains(textOf(header), source) {
			t.Errorf("%s: %d links", source, len(links))
		}
		if link && (attribute(links[0], "href") != source || attribute(links[0], "rel") != "noreferrer") {
			t.Errorf("%s: %v", source, links[0].Attr)
		}
	}
}

// What is required stands with the deficiency, and how well it is known in the footnote.
func TestWhatIsRequiredStandsWithTheDeficiency(t *testing.T) {
	t.Parallel()
	root := rootOf(t, sample(t), inspection.FormPublic)
	for _, article := range classed(root, "deficiency") {
		known := strings.Contains(textOf(article), "MC-137")
		duties := classed(article, "duty")
		if (len(duties) == 1) != known {
			t.Errorf("%s: %d requirements", textOf(article), len(duties))
		}
		if known && textOf(duties[0]) != "Required, in the catalogue's words: Each newly admitted person has a health assessment within 14 days" {
			t.Errorf("%s", textOf(duties[0]))
		}
	}
	if notes := textOf(classed(root, "footnotes")[1]); strings.Contains(notes, "Each newly") || !strings.Contains(notes, "How the requirement is known: Shown by a published finding") {
		t.Errorf("the footnotes are %s", notes)
	}
}
