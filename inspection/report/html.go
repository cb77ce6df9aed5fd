package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html/template"
	"strings"

	"plumbline/inspection"
	"plumbline/inspection/scoring"
)

//go:embed page
var embedded embed.FS

// Page is a report as one HTML document that needs nothing else: no script, no picture, no font.
type Page struct {
	HTML []byte
	// Policy is the content security policy that the page works under; the page states it too.
	Policy string
}

// Template writes reports as pages. It is safe for concurrent use.
type Template struct {
	page  *template.Template
	style string
	// Version names the embedded template's content: another version may write another page.
	Version string
}

// NewTemplate reads the embedded template.
func NewTemplate() (*Template, error) {
	page, err := template.New("").Funcs(functions).ParseFS(embedded, "page/*.html")
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	style, err := embedded.ReadFile("page/report.css")
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	version, err := contentHash()
	if err != nil {
		return nil, err
	}
	return &Template{page: page, style: string(style), Version: version}, nil
}

// contentHash is a hash over every embedded file, shortened.
func contentHash() (string, error) {
	files, err := embedded.ReadDir("page")
	if err != nil {
		return "", fmt.Errorf("report: %w", err)
	}
	all := sha256.New()
	for _, f := range files {
		content, err := embedded.ReadFile("page/" + f.Name())
		if err != nil {
			return "", fmt.Errorf("report: %w", err)
		}
		fmt.Fprintf(all, "%s %d\n", f.Name(), len(content))
		all.Write(content)
	}
	return hex.EncodeToString(all.Sum(nil)[:6]), nil
}

// Page writes a report. The same report gives the same bytes.
func (t *Template) Page(r Report) (Page, error) {
	style := t.style + printed(r) // ours; what varies in it is written by quoted
	sum := sha256.Sum256([]byte(style))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
	var b bytes.Buffer
	err := t.page.ExecuteTemplate(&b, "report.html", struct {
		Report
		Style   template.CSS
		Policy  string
		Version string
	}{r, template.CSS(style), policy, t.Version})
	if err != nil {
		return Page{}, fmt.Errorf("report: %w", err)
	}
	return Page{HTML: b.Bytes(), Policy: policy}, nil
}

// printed is the style of printed pages' margins: what the document is, on every sheet.
func printed(r Report) string {
	right := quoted(formName(r.Form))
	if r.Origin != nil {
		right = quoted(r.Origin.Word+" - not an inspection by ICE") + `; font-weight: 700`
	}
	return "\n@page {\n  @top-left { content: " + quoted(clip(r.Place.Name, 60)) + "; }\n  @top-right { content: " + right + "; }\n" +
		"  @bottom-left { content: " + quoted("Issued "+r.IssuedOn+". Snapshot "+clip(r.SnapshotSHA256, 16)) + "; }\n}\n"
}

// quoted writes a text as a CSS string. Whatever could end it is written as a number.
func quoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range text {
		plain := c == ' ' || c == '.' || c == ',' || c == '-' || c == ':' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		if plain {
			b.WriteRune(c)
			continue
		}
		fmt.Fprintf(&b, `\%x `, c)
	}
	b.WriteByte('"')
	return b.String()
}

func clip(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// percent is a share in tenths of a percent; a share of nothing has none.
func percent(s scoring.Share) string {
	if s.PerMille == nil {
		return "none"
	}
	return fmt.Sprintf("%d.%d %%", *s.PerMille/10, *s.PerMille%10)
}

// decimal writes thousandths.
func decimal(thousandths *int) string {
	if thousandths == nil {
		return ""
	}
	return fmt.Sprintf("%d.%03d", *thousandths/1000, *thousandths%1000)
}

// remarks are findings of one kind that are no deficiencies.
type remarks struct {
	Kind    string
	Remarks []Remark
}

var functions = template.FuncMap{
	"date":     date,
	"days":     days,
	"plural":   plural,
	"formName": formName,
	"result":   resultWord,
	"rating":   func(r scoring.Rating) string { return word(inspection.Rating(r)) },
	"percent":  percent,
	"decimal":  decimal,
	"folded":   folded,
	"link":     webAddress,
	"reason":   func(text string) string { return strings.TrimPrefix(text, scoring.ReasonNotShown) },
	"model":    func(uri string) string { return strings.TrimPrefix(uri, "urn:xccdf:scoring:") },
	"internal": func(f inspection.Form) bool { return f == inspection.FormInternal },
	"title":    titleOf,
	"remarks":  func(kind string, all []Remark) remarks { return remarks{kind, all} },
}
