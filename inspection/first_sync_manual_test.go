package inspection

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// The manual names every field of the files that a tablet loads first.
func TestTheManualNamesEveryFieldOfTheFirstSync(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("../docs/sync.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(manual), "## The first sync\n")
	if !found {
		t.Fatal("docs/sync.md has no section on the first sync")
	}
	names := map[string]bool{}
	jsonNames(reflect.TypeFor[editionDocument](), names)
	jsonNames(reflect.TypeFor[visitDocument](), names)
	for name := range names {
		if !strings.Contains(section, "`"+name+"`") {
			t.Errorf("docs/sync.md does not say what %s is", name)
		}
	}
	if len(names) < 100 {
		t.Errorf("only %d fields were looked for", len(names))
	}
}

// jsonNames collects the names of a type's fields in JSON, and of what it holds.
func jsonNames(of reflect.Type, into map[string]bool) {
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice:
		jsonNames(of.Elem(), into)
	case reflect.Struct:
		if of == reflect.TypeFor[time.Time]() {
			return
		}
		for field := range of.Fields() {
			if name := field.Tag.Get("json"); name != "-" {
				into[name] = true
				jsonNames(field.Type, into)
			}
		}
	}
}
