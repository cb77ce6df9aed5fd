package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"plumbline/inspection"
	"plumbline/inspection/report"
)

// awkward texts are what people write, and what attackers do.
var awkward = []string{
	`<script>alert("x")</script><img src=x onerror=alert(1)>`, `"></style><script>1</script>`, "' onmouseover='x", "</p></main>&lt;b&gt;",
	"نص عربي with English inside and 12 of 40 files", "\u202eright to left override", "👩🏽‍⚕️ 🚨 emoji", strings.Repeat("long ", 2000), strings.Repeat("unbroken", 500),
	"two\nlines\r\nand\ttabs", `{{.Form}} {{template "overview" .}}`, "javascript:alert(1)", "HTTPS:alert(1)", `https://example.org/a"onmouseover="x`, `\3c /style>`, "",
}

// documents are snapshots of every kind: of none of the findings, of many, with awkward texts
// everywhere, without the facts that may be missing, and of the first format.
func documents(t testing.TB) map[string]inspection.Frozen {
	t.Helper()
	stored, err := os.ReadFile("../testdata/snapshot-1.json")
	if err != nil {
		t.Fatal(err)
	}
	first, err := inspection.ReadSnapshot(stored)
	if err != nil {
		t.Fatal(err)
	}
	none := marked()
	none.Findings, none.Actions, none.Disputes, none.Evidence, none.Statements = nil, nil, nil, nil, nil
	many := marked()
	for n := range 150 {
		f := many.Findings[0]
		f.ID, f.Text = inspection.NewID(), awkward[n%len(awkward)]
		f.Kind = []inspection.FindingKind{inspection.Deficiency, inspection.AreaOfConcern, inspection.Note, inspection.BestPractice}[n%4]
		f.CorrectedOnSite = inspection.Corrections()[n%4]
		if n%5 == 0 {
			f.StandardID, f.StandardText, f.RequirementID = nil, awkward[n%len(awkward)], nil
		}
		many.Findings = append(many.Findings, f)
	}
	all := map[string]inspection.Frozen{
		"marked": marked(), "no findings": none, "many": many, "first format": first,
		"empty": {Format: inspection.SnapshotFormat, TakenAt: issued},
	}
	for n, text := range awkward {
		doc := marked()
		doc.Facility.Name, doc.Facility.City, doc.Findings[0].Text, doc.Findings[0].Code, doc.Findings[0].Citation = text, text, text, text, text
		doc.Inspection.Final.Rating, doc.Inspection.Final.Reason, doc.Inspection.Source, doc.Standards[0].Title = text, text, text, text
		doc.Statements[0].Value, doc.Editions[0].Title, doc.Editions[0].Sources[0].URL, doc.Requirements[0].Text = text, text, text, text
		doc.Score.Policy.ID, doc.Standards[0].PartName, doc.Inspection.PlannedStart = text, text, text
		all[fmt.Sprint("awkward ", n)] = doc
	}
	return all
}

// everyPage runs f over the page of every document in every form.
func everyPage(t *testing.T, f func(t *testing.T, page report.Page, root *html.Node)) {
	for name, doc := range documents(t) {
		for _, form := range inspection.Forms() {
			t.Run(name+" "+string(form), func(t *testing.T) {
				t.Parallel()
				page := pageOf(t, doc, form)
				root, err := html.Parse(bytes.NewReader(page.HTML))
				if err != nil {
					t.Fatal(err)
				}
				f(t, page, root)
			})
		}
	}
}

// elements lists the elements below a node in the order of the page.
func elements(root *html.Node, names ...string) []*html.Node {
	var found []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && (len(names) == 0 || slices.Contains(names, n.Data)) {
			found = append(found, n)
		}
	}
	return found
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// A report works under a policy that allows nothing but its own style, whatever is written in it.
func TestAPageRunsNothingAndFetchesNothing(t *testing.T) {
	t.Parallel()
	everyPage(t, func(t *testing.T, page report.Page, root *html.Node) {
		allowed := []string{"html", "head", "meta", "title", "style", "body", "a", "div", "strong", "span", "header", "p", "h1", "h2", "h3", "h4", "h5", "dl", "dt", "dd",
			"nav", "ol", "ul", "li", "main", "section", "table", "caption", "thead", "tbody", "tr", "th", "td", "article", "aside", "sup", "em", "code", "details", "summary", "footer"}
		for _, e := range elements(root) {
			if !slices.Contains(allowed, e.Data) {
				t.Errorf("there is a <%s>", e.Data)
			}
			for _, a := range e.Attr {
				leads := strings.HasPrefix(a.Val, "#") || (strings.HasPrefix(a.Val, "https://") || strings.HasPrefix(a.Val, "http://")) && e.Data == "a" && attribute(e, "rel") == "noreferrer"
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" || (a.Key == "href" && !leads) {
					t.Errorf("<%s %s=%q>", e.Data, a.Key, a.Val)
				}
			}
		}
		styles := elements(root, "style")
		if len(styles) != 1 {
			t.Fatalf("%d styles", len(styles))
		}
		style := styles[0].FirstChild.Data
		sum := sha256.Sum256([]byte(style))
		if !strings.Contains(page.Policy, "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") || strings.Contains(page.Policy, "unsafe") {
			t.Errorf("the policy is %s", page.Policy)
		}
		stated := ""
		for _, meta := range elements(root, "meta") {
			if attribute(meta, "http-equiv") == "Content-Security-Policy" {
				stated = attribute(meta, "content")
			}
		}
		if stated != page.Policy {
			t.Errorf("the page states the policy %q", stated)
		}
		if strings.Contains(style, "url(") || strings.Contains(style, "@import") {
			t.Error("the style fetches something")
		}
	})
}

// What people who read with a screen reader, a keyboard or a magnifier need of the page.
func TestAPageIsBuiltForEveryReader(t *testing.T) {
	t.Parallel()
	everyPage(t, func(t *testing.T, _ report.Page, root *html.Node) {
		if lang := attribute(elements(root, "html")[0], "lang"); lang != "en" {
			t.Errorf("the language is %q", lang)
		}
		for name, want := range map[string]int{"h1": 1, "main": 1, "nav": 1, "title": 1} {
			if n := len(elements(root, name)); n != want {
				t.Errorf("%d of <%s>", n, name)
			}
		}
		first := elements(elements(root, "body")[0])[0]
		if first.Data != "a" || attribute(first, "href") != "#main" {
			t.Error("the first element is no link to the report")
		}
		level := 0
		for _, h := range elements(root, "h1", "h2", "h3", "h4", "h5", "h6") {
			next := int(h.Data[1] - '0')
			if next > level+1 {
				t.Errorf("after a heading of level %d comes <%s>%s", level, h.Data, textOf(h))
			}
			level = next
		}
		ids := map[string]bool{}
		for _, e := range elements(root) {
			if id := attribute(e, "id"); id != "" {
				if ids[id] {
					t.Errorf("two elements have the id %s", id)
				}
				ids[id] = true
			}
		}
		for _, e := range elements(root) {
			refs := strings.Fields(attribute(e, "aria-labelledby"))
			if id, within := strings.CutPrefix(attribute(e, "href"), "#"); within {
				refs = append(refs, id)
			}
			for _, ref := range refs {
				if ref != "" && !ids[ref] {
					t.Errorf("<%s> names %s, which is not there", e.Data, ref)
				}
			}
			if e.Data == "th" && attribute(e, "scope") == "" {
				t.Errorf("a header cell without a scope: %s", textOf(e))
			}
			if e.Data == "table" && len(elements(e, "caption")) != 1 {
				t.Error("a table without a caption")
			}
			if e.Data == "a" && textOf(e) == "" && attribute(e, "aria-label") == "" {
				t.Errorf("a link to %s without a name", attribute(e, "href"))
			}
		}
	})
}

// Each deficiency leads to its footnote and back, and both bear the same number.
func TestFootnotesLeadThereAndBack(t *testing.T) {
	t.Parallel()
	everyPage(t, func(t *testing.T, _ report.Page, root *html.Node) {
		notes := map[string]*html.Node{}
		for _, li := range elements(root, "li") {
			if id := attribute(li, "id"); strings.HasPrefix(id, "footnote-") {
				notes[id] = li
			}
		}
		marks := 0
		for _, a := range elements(root, "a") {
			if attribute(a, "class") != "note" {
				continue
			}
			marks++
			id := strings.TrimPrefix(attribute(a, "href"), "#")
			note := notes[id]
			if note == nil || textOf(a) != attribute(note, "value") {
				t.Fatalf("the mark %s leads to %s", textOf(a), id)
			}
			back := slices.ContainsFunc(elements(note, "a"), func(b *html.Node) bool { return attribute(b, "href") == "#"+attribute(a, "id") })
			if !back {
				t.Errorf("%s does not lead back", id)
			}
		}
		deficiencies := slices.DeleteFunc(elements(root, "article"), func(a *html.Node) bool { return !strings.HasPrefix(attribute(a, "id"), "deficiency-") })
		if marks != len(notes) || marks != len(deficiencies) {
			t.Errorf("%d deficiencies, %d marks, %d footnotes", len(deficiencies), marks, len(notes))
		}
	})
}

// Nobody takes an exercise or a reconstruction for an inspection, on the screen or on any sheet.
func TestAPageSaysWhatIsNoInspection(t *testing.T) {
	t.Parallel()
	for origin, word := range map[inspection.Origin]string{inspection.Live: "", inspection.Exercise: "EXERCISE", inspection.Reconstructed: "RECONSTRUCTED"} {
		for _, form := range inspection.Forms() {
			doc := marked()
			doc.Inspection.Origin = origin
			page := string(pageOf(t, doc, form).HTML)
			if word == "" {
				if strings.Contains(page, `class="origin"`) || strings.Contains(page, `class="watermark"`) {
					t.Errorf("the %s form of a real inspection has a notice", form)
				}
				continue
			}
			for _, part := range []string{"<title>" + word, `<strong>` + word + `</strong>`, `aria-hidden="true">` + word, `@top-right { content: "` + word} {
				if !strings.Contains(page, part) {
					t.Errorf("the %s form lacks %s", form, part)
				}
			}
		}
	}
}

// The same form gives the same page, to the byte.
func TestAPageIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	for name, doc := range documents(t) {
		if a, b := pageOf(t, doc, inspection.FormInternal), pageOf(t, doc, inspection.FormInternal); !bytes.Equal(a.HTML, b.HTML) {
			t.Errorf("%s differs", name)
		}
	}
}
