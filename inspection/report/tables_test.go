package report_test

import (
	"slices"
	"strings"
	"testing"

	"plumbline/inspection"
	"plumbline/inspection/scoring"
)

// Where an inspection binds several editions, every list of standards names the one of each.
func TestAMixedVisitNamesTheEditionOfEachStandard(t *testing.T) {
	t.Parallel()
	doc := sample(t)
	if page := string(pageOf(t, doc, inspection.FormPublic).HTML); strings.Contains(page, `class="under"`) {
		t.Error("a visit under one edition names it of each standard")
	}
	doc.Editions = append(doc.Editions, inspection.FrozenEdition{Key: "nds-2019", Hash: "4b42"})
	doc.Standards[2].Edition, doc.Standards[1].Edition = "nds-2019", "nds-2019"
	doc.Scope.OutOfScope = []inspection.FrozenScoped{{Edition: "nds-2019", Number: "5.2", Title: "Trips", Why: inspection.NotPlanned}}
	root := rootOf(t, doc, inspection.FormPublic)
	for section, want := range map[string][]string{
		"clear":    {"4.5 Personal Hygiene (PH), under ICE NDS 2019", "5.1 Correspondence and Other Mail (COM), under ICE PBNDS 2011 (Revised 2016)"},
		"open":     {"5.1 Correspondence and Other Mail (COM), under ICE PBNDS 2011 (Revised 2016)", "5.2 Trips, under ICE NDS 2019"},
		"score":    {"4.1 Food Service, under ICE PBNDS 2011 (Revised 2016)", "4.3 Medical Care, under ICE NDS 2019"},
		"plan":     {"Food Service, under ICE PBNDS 2011 (Revised 2016)", "Medical Care, under ICE NDS 2019"},
		"findings": {"4.1 Food Service (FS), under ICE PBNDS 2011 (Revised 2016)", "4.3 Medical Care (MC), under ICE NDS 2019"},
	} {
		text := textOf(below(t, root, section))
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s lacks %q: %s", section, w, text)
			}
		}
	}
	doc.Editions[1].Key = "pbnds-2011-r2016-v2"
	doc.Standards[2].Edition = "pbnds-2011-r2016-v2"
	if text := textOf(below(t, rootOf(t, doc, inspection.FormPublic), "clear")); !strings.Contains(text, "Hygiene (PH), under ICE PBNDS 2011 (Revised 2016), catalogue version 2") {
		t.Errorf("two versions of one set look the same: %s", text)
	}
}

// Reasons that the reader may not see are not spoken of.
func TestARedactedFormSpeaksOfNoReasons(t *testing.T) {
	t.Parallel()
	for _, form := range inspection.Forms() {
		text := textOf(rootOf(t, sample(t), form))
		told := form == inspection.FormInternal
		if strings.Contains(text, scoring.ReasonNotShown) || strings.Contains(text, "Reason: ") != told || strings.Contains(text, "Not applicable: 1 (no women are held)") != told {
			t.Errorf("the %s form", form)
		}
		if !told && !strings.Contains(text, "Not reviewed: 1 requirement. 5.1") {
			t.Errorf("the %s form leaves out what was not reviewed", form)
		}
	}
}

// Definitions hold nothing to check and are in no list; a standard whose requirements nobody knows is in both,
// and not with zeros.
func TestDefinitionsAreNotAmongWhatWasNotReviewed(t *testing.T) {
	t.Parallel()
	doc := sample(t)
	for _, st := range []inspection.FrozenStandard{{Number: "7.5", Title: "Definitions"}, {Number: "7.6", Title: "Unseen"}} {
		st.ID, st.Edition, st.Part = inspection.StandardID(doc.Editions[0].ID, st.Number), doc.Editions[0].Key, 7
		doc.Standards = append(doc.Standards, st)
	}
	root := rootOf(t, doc, inspection.FormInternal)
	for _, section := range []string{"clear", "open"} {
		text := textOf(below(t, root, section))
		if strings.Contains(text, "7.5") || !strings.Contains(text, "7.6 Unseen") {
			t.Errorf("%s is %s", section, text)
		}
	}
	if got := rows(below(t, root, "clear")); !slices.Contains(got, "7.6 Unseen | Not reviewed | none known |  |  |  | ") {
		t.Errorf("got %s", strings.Join(got, "\n"))
	}
	if got := rows(below(t, root, "overview")); !slices.Contains(got, "Standards not reviewed | 3 | 1 of them with nothing to review: definitions") {
		t.Errorf("got %s", strings.Join(got, "\n"))
	}
}

// The page puts the standards of a part of which nothing is met in one line; the score keeps them all.
func TestThePageFoldsArithmeticThatComesToNothing(t *testing.T) {
	t.Parallel()
	doc := sample(t)
	score := scoring.Score{Policy: scoring.Identity{ID: "xccdf"}, Models: []scoring.ModelScore{{Model: "urn:xccdf:scoring:default", Arithmetic: []string{
		"standard 1.1: (100 × 0) / 2 = 0", "standard 1.2: (100 × 1) / 2 = 50", "standard 1.3: (100 × 0) / 1.5 = 0", "part 1: (1 × 0 + 1 × 50 + 1 × 0) / 3 = 50/3",
		"standard 2.1: (100 × 0) / 9 = 0", "part 2: (1 × 0) / 1 = 0", "whole: (1 × 50/3 + 1 × 0) / 2 = 25/3"}}}}
	doc.Scores = []scoring.Score{doc.Score, score}
	var got []string
	for _, li := range elements(below(t, rootOf(t, doc, inspection.FormPublic), "score"), "li") {
		if line, of := strings.CutPrefix(textOf(li), "default: "); of {
			got = append(got, line)
		}
	}
	want := []string{"standard 1.2: (100 × 1) / 2 = 50", "standards 1.1, 1.3: 0", "part 1: (1 × 0 + 1 × 50 + 1 × 0) / 3 = 50/3",
		"standard 2.1: (100 × 0) / 9 = 0", "part 2: (1 × 0) / 1 = 0", "whole: (1 × 50/3 + 1 × 0) / 2 = 25/3"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

// A printed page breaks where nothing is torn apart, and bears no link that paper cannot follow.
func TestAPrintedPageTearsNothingApart(t *testing.T) {
	t.Parallel()
	page := string(pageOf(t, sample(t), inspection.FormPublic).HTML)
	_, print, _ := strings.Cut(page, "@media print")
	for _, rule := range []string{"thead { display: table-header-group; break-inside: avoid; break-after: avoid; }", "tbody > tr:first-child { break-before: avoid; break-after: avoid; }",
		".footnotes li, .deficiency, .remark, .short, h4 + .facts { break-inside: avoid; }", ".footnotes { break-before: avoid; }", ".skip, nav, .back, .origin a { display: none; }"} {
		if !strings.Contains(print, rule) {
			t.Errorf("the style lacks %s", rule)
		}
	}
	root := rootOf(t, sample(t), inspection.FormPublic)
	if back := classed(root, "back"); len(back) != 4 || textOf(back[0]) != "\u21a9\ufe0e" {
		t.Errorf("%d links back", len(back))
	}
	long := sample(t)
	long.Findings[0].Text = strings.Repeat("long ", 1000)
	if whole, torn := len(classed(root, "short")), len(classed(rootOf(t, long, inspection.FormPublic), "short")); whole != 4 || torn != 3 {
		t.Errorf("%d standards are kept whole, and %d of them beside a long one", whole, torn)
	}
}

// The score's table says in its style that it fits a tablet held upright, and scrolls below that.
func TestTheScoreTableFitsATablet(t *testing.T) {
	t.Parallel()
	root := rootOf(t, sample(t), inspection.FormInternal)
	table := classed(root, "scores")[0]
	if parent := table.Parent; attribute(parent, "class") != "scroll" || attribute(parent, "tabindex") != "0" || attribute(parent, "role") != "region" {
		t.Errorf("the table stands in %v", parent.Attr)
	}
	style := elements(root, "style")[0].FirstChild.Data
	if !strings.Contains(style, ".scores { min-width: 42rem; font-size: 0.875rem; }") { // 672 of a tablet's 780 pixels
		t.Error("the style says nothing of its width")
	}
	for _, cell := range elements(table, "td") {
		if attribute(cell, "class") == "word" {
			t.Error("a result that cannot be broken widens the table")
		}
	}
}

// A share of nothing is none, and not a share of what nobody reviewed.
func TestAShareOfNothingIsNone(t *testing.T) {
	t.Parallel()
	doc := sample(t)
	doc.Score.Overall.Coverage, doc.Score.Overall.Corroboration = scoring.Share{}, &scoring.Share{}
	text := textOf(below(t, rootOf(t, doc, inspection.FormInternal), "score"))
	for _, want := range []string{"none: no component is applicable", "none: no component was reviewed"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q: %s", want, text)
		}
	}
}
