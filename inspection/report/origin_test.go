package report_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"plumbline/inspection"
)

// published is the sample as a reconstruction of a published report with figures of its own.
func published(t *testing.T) inspection.Frozen {
	doc := sample(t)
	doc.Inspection.Origin, doc.Inspection.Scope = inspection.Reconstructed, inspection.ScopeFollowUp
	doc.Inspection.Source = "https://reports.example.org/2026-03.pdf"
	for _, s := range [][2]string{{"areas_of_concern", "6"}, {"corrective_actions_during_inspection", "5"}, {"priority_component_deficiencies", "4"}, {"repeat_deficiencies", "3"},
		{"standards_compliant", "11"}, {"standards_reviewed", "21"}, {"ucap_statement", "It was done."}} {
		doc.Statements = append(doc.Statements, inspection.Statement{Name: s[0], Value: s[1], Source: doc.Inspection.Source})
	}
	doc.Statements = append(doc.Statements, inspection.Statement{Name: "rating", Value: "Good", Source: "a list of ratings"})
	return doc
}

func rootOf(t *testing.T, doc inspection.Frozen, form inspection.Form) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(string(pageOf(t, doc, form).HTML)))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// rows are the rows of the tables below a node, their cells parted by bars.
func rows(root *html.Node) []string {
	var all []string
	for _, tr := range elements(root, "tr") {
		var cells []string
		for _, cell := range elements(tr, "th", "td") {
			cells = append(cells, textOf(cell))
		}
		all = append(all, strings.Join(cells, " | "))
	}
	return all
}

// below is what stands in the section under a heading.
func below(t *testing.T, root *html.Node, heading string) *html.Node {
	t.Helper()
	for _, section := range elements(root, "section") {
		if attribute(section, "aria-labelledby") == heading {
			return section
		}
	}
	t.Fatalf("there is no section %s", heading)
	return nil
}

// A source's own figure stands beside the derived one, so that nobody takes this for that.
func TestTheSourcesFigureStandsBesideTheDerivedOne(t *testing.T) {
	t.Parallel()
	doc := published(t)
	for _, form := range inspection.Forms() {
		got := rows(below(t, rootOf(t, doc, form), "overview"))
		for _, want := range []string{
			"Standards reviewed | 3 | wholly or in part, or found deficient; the source states 21",
			"Compliant standards | 1 | every applicable requirement reviewed and met; the source states 11",
			"Priority components | 1 | known from a source: 1; declared by the inspectors: 0; each counted once; the source states 4",
			"Repeat deficiencies, declared | 1 | as the inspectors declare them; the source states 3",
			"Corrected on site | 2 | wholly or in part; they still count. Judged premature: 1; the source states 5",
			"Areas of concern | 1 | the source states 6",
		} {
			if !slices.Contains(got, want) {
				t.Errorf("the %s form lacks %q in\n%s", form, want, strings.Join(got, "\n"))
			}
		}
	}
	doc.Statements = []inspection.Statement{{Name: "standards_reviewed", Value: "many", Source: "here"}}
	if text := textOf(below(t, rootOf(t, doc, inspection.FormInternal), "overview")); strings.Contains(text, "the source states") {
		t.Error("what is no number is told as a figure")
	}
}

// A reconstruction says how it counts, at its head and where a score stands; that its dates bind nobody;
// and that its people made the reconstruction. Nothing of that is said of a real inspection.
func TestAReconstructionSaysWhatItIs(t *testing.T) {
	t.Parallel()
	said := map[string][]inspection.Origin{
		"counts as met where no deficiency of it was published": {inspection.Reconstructed},
		"Nobody checked either, and unknown is not zero.":       {inspection.Reconstructed},
		"was checked by nobody":                                 {inspection.Reconstructed},
		"which is not what the inspection found":                {inspection.Reconstructed},
		"Nobody has to meet these dates":                        {inspection.Reconstructed, inspection.Exercise},
		"<dt>Reconstructed by</dt>":                             {inspection.Reconstructed},
		"<dt>Signed by, in the reconstruction</dt>":             {inspection.Reconstructed},
		"<dt>Team</dt>":                                         {inspection.Live, inspection.Exercise},
		"<dt>Rated and signed by</dt>":                          {inspection.Live, inspection.Exercise},
		"Final rating, set by the reviewer":                     {inspection.Live, inspection.Exercise},
	}
	for _, origin := range []inspection.Origin{inspection.Live, inspection.Exercise, inspection.Reconstructed} {
		doc := published(t)
		doc.Inspection.Origin = origin
		page := string(pageOf(t, doc, inspection.FormInternal).HTML)
		for text, of := range said {
			if strings.Contains(page, text) != slices.Contains(of, origin) {
				t.Errorf("of a %s inspection the page says %q: %v", origin, text, !slices.Contains(of, origin))
			}
		}
	}
}

// What a source states has words, and the source's address stands once, over all that it states.
func TestASourceIsNamedOnce(t *testing.T) {
	t.Parallel()
	section := below(t, rootOf(t, published(t), inspection.FormPublic), "statements")
	got := rows(section)
	want := []string{"About | Statement", "Source: https://reports.example.org/2026-03.pdf", "Areas of concern | 6", "Corrected on site | 5", "Priority components | 4",
		"Repeat deficiencies | 3", "Compliant standards | 11", "Standards reviewed | 21", "Corrective action plan for the previous inspection (UCAP) | It was done.",
		"Source: a list of ratings", "Rating | Good"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	links := elements(section, "a")
	if len(links) != 1 || attribute(links[0], "href") != "https://reports.example.org/2026-03.pdf" || attribute(links[0], "rel") != "noreferrer" {
		t.Errorf("%d links", len(links))
	}
}
