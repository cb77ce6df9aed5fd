package catalog_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plumbline/inspection"
	"plumbline/inspection/catalog"
)

// The same facts in another layout are the same edition: other order of fields, files, sources and
// requirements, other quotes, comments and line breaks.
func TestHashIgnoresLayout(t *testing.T) {
	t.Parallel()
	files := small()
	edition := strings.Replace(smallEdition, "key: small-1\ntitle: A small edition\n", "title: \"A small\n  edition\"\nkey: 'small-1' # a comment\n", 1)
	first := "  - part: 1\n    name: Safety\n    standards:\n      - 1.1-emergency-plans.yaml\n"
	edition = strings.Replace(edition, first, "", 1)
	edition = strings.Replace(edition, "sources:\n", strings.Replace(first, "\n      - 1.1-emergency-plans.yaml", " [1.1-plans.yaml]", 1)+"sources:\n", 1)
	toc := "  TOC:\n    kind: toc\n    what: a table of contents\n"
	files[editionYAML] = strings.Replace(edition, toc, "", 1) + toc
	files["1.1-plans.yaml"] = strings.Replace(smallEmergency, "[E&P, EMP]", "[EMP, E&P]", 1)
	delete(files, emergencyYAML)
	head, tail, _ := strings.Cut(smallMedical, "  - id: 4.3-V.M-01")
	examined, charts, _ := strings.Cut(tail, "  - id: 4.3-V.B-02")
	files[medicalYAML] = strings.Replace(head+"\n  - id: 4.3-V.B-02"+charts+"\n  - id: 4.3-V.M-01"+examined,
		"[file_sample, interview]", "\n      - interview\n      - file_sample", 1)

	if got, want := load(t, files).Hash, load(t, small()).Hash; got != want {
		t.Errorf("hash %s in another layout, want %s", got, want)
	}
}

// Whatever order storage returns an edition in, its hash is the same, and hashing disturbs nothing.
func TestHashIgnoresOrderInMemory(t *testing.T) {
	t.Parallel()
	e := embedded(t)
	want := e.Hash
	rapid.Check(t, func(t *rapid.T) {
		shuffle(t, "sources", e.Sources)
		shuffle(t, "parts", e.Parts)
		p := &e.Parts[rapid.IntRange(0, len(e.Parts)-1).Draw(t, "part")]
		shuffle(t, "standards", p.Standards)
		s := &p.Standards[rapid.IntRange(0, len(p.Standards)-1).Draw(t, "standard")]
		shuffle(t, "requirements", s.Requirements)
		shuffle(t, "seen sections", s.SectionsSeen)
		shuffle(t, "variants", s.CodeVariants)
		for i := range s.Requirements {
			shuffle(t, "evidence", s.Requirements[i].Evidence)
			shuffle(t, "lines", s.Requirements[i].Lines)
		}
		before := fmt.Sprint(e)
		if got := catalog.Hash(e); got != want {
			t.Fatalf("hash %s, want %s", got, want)
		}
		if fmt.Sprint(e) != before {
			t.Fatal("hashing changed the edition")
		}
	})
}

func shuffle[T any](t *rapid.T, label string, list []T) {
	if len(list) > 1 {
		copy(list, rapid.Permutation(slices.Clone(list)).Draw(t, label))
	}
}

// No content escapes the hash: a change of any field of any type of the edition changes it. Ids and
// the hash itself are derived.
func TestHashCoversEveryField(t *testing.T) {
	t.Parallel()
	e := load(t, small())
	want := e.Hash
	changed := 0
	everyField(t, reflect.ValueOf(e).Elem(), "Edition", func(path string, derived bool) {
		changed++
		if same := catalog.Hash(e) == want; same != derived {
			t.Errorf("after a change of %s: hash the same is %t, want %t", path, same, derived)
		}
	})
	if catalog.Hash(e) != want || changed < 60 {
		t.Fatalf("the test itself is wrong: it changed %d fields and did not restore them all", changed)
	}
}

// everyField changes each field of v in turn, calls check and restores the field.
func everyField(t *testing.T, v reflect.Value, path string, check func(path string, derived bool)) {
	t.Helper()
	derived := strings.HasSuffix(path, ".ID") || path == "Edition.Hash"
	original := reflect.New(v.Type()).Elem()
	original.Set(v)
	switch {
	case derived && v.Kind() != reflect.String:
		v.Set(reflect.ValueOf(inspection.NewID()))
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(original.Interface().(time.Time).AddDate(0, 0, 1)))
	case v.Kind() == reflect.String:
		v.SetString(original.String() + "x")
	case v.Kind() == reflect.Bool:
		v.SetBool(!original.Bool())
	case v.Kind() == reflect.Int:
		v.SetInt(original.Int() + 1)
	case v.Kind() == reflect.Float64:
		v.SetFloat(original.Float() + 0.5)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			everyField(t, v.Field(i), path+"."+v.Type().Field(i).Name, check)
		}
		return
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			everyField(t, v.Index(i), fmt.Sprintf("%s[%d]", path, i), check)
		}
		v.Set(reflect.Append(v.Slice3(0, v.Len(), v.Len()), reflect.Zero(v.Type().Elem())))
	default:
		t.Fatalf("%s is of kind %s, which this test does not know", path, v.Kind())
	}
	check(path, derived)
	v.Set(original)
}

// Two different editions never share a canonical form by running together.
func TestHashKeepsFactsApart(t *testing.T) {
	t.Parallel()
	a := &inspection.Edition{Key: "x\"\ntitle \"y", Title: "z"}
	b := &inspection.Edition{Key: "x", Title: "y\"\ntitle \"z"}
	if catalog.Hash(a) == catalog.Hash(b) {
		t.Error("different editions have the same hash")
	}
	c := &inspection.Edition{HowToRead: []string{"a", "b"}}
	d := &inspection.Edition{HowToRead: []string{"b", "a"}}
	if catalog.Hash(c) == catalog.Hash(d) {
		t.Error("the order of the reading notes does not count")
	}
}
