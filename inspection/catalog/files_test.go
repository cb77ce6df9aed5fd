package catalog_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection/catalog"
)

func TestLoadRefusesFolders(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(files map[string]string)
		want   []string
	}{
		{"without an edition file", func(f map[string]string) { delete(f, editionYAML) },
			[]string{"edition.yaml:1: file edition.yaml does not exist"}},
		{"with a file nobody lists", func(f map[string]string) { f["4.4-women.yaml"] = smallMedical },
			[]string{"4.4-women.yaml:1: the file is not listed in edition.yaml"}},
		{"with an empty file", func(f map[string]string) { f[emergencyYAML] = "" },
			[]string{"1.1-emergency-plans.yaml:1: the file is empty",
				`4.3-medical-care.yaml:44: requirement 4.3-V.M-01: line "EP-2" has a code that no standard has`}},
		{"with a file of comments", func(f map[string]string) { f[editionYAML] = "# nothing yet\n" },
			[]string{"edition.yaml:1: the file is empty"}},
		{"with text that turns wrong at its end", func(f map[string]string) { f[editionYAML] = "one\ntwo\n: [\n" },
			[]string{"edition.yaml:3: not valid YAML: did not find expected <document start>"}},
		{"with a list for an edition", func(f map[string]string) { f[editionYAML] = "- key\n" },
			[]string{"edition.yaml:1: edition: must be a mapping of fields",
				"1.1-emergency-plans.yaml:1: the file is not listed in edition.yaml",
				"4.3-medical-care.yaml:1: the file is not listed in edition.yaml"}},
		{"with a huge file", func(f map[string]string) { f[editionYAML] += strings.Repeat("# more and more\n", 1<<16) },
			[]string{"edition.yaml:1: the file is larger than 1048576 bytes"}},
		{"with aliases of aliases", func(f map[string]string) { f[editionYAML] = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n" },
			[]string{
				"edition.yaml:1: YAML anchors are not allowed; write the value out",
				"edition.yaml:2: YAML anchors are not allowed; write the value out",
				"edition.yaml:3: YAML aliases are not allowed; write the value out",
				"edition.yaml:3: YAML aliases are not allowed; write the value out"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			files := small()
			c.change(files)
			_, err := catalog.Load(folder(files), "small-1")
			if err == nil {
				t.Fatal("Load accepted it")
			}
			got := strings.Split(strings.ReplaceAll(err.Error(), "catalog: ", ""), "\n")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

// A mistake in a long standard is reported on its own line, past wrapped texts before and after it.
func TestLoadFindsTheLineOfBrokenYAML(t *testing.T) {
	t.Parallel()
	wrapped := "    text: 'Charts are\n      kept\n      and\n      read'\n"
	text := strings.Replace(smallMedical, "    text: Charts are kept\n", wrapped, 1)
	for i, line := range strings.Split(text, "\n") {
		if !strings.HasPrefix(line, "    evidence:") {
			continue
		}
		lines := strings.Split(text, "\n")
		lines[i] = "    evidence: [log"
		_, err := catalog.Load(folder(with(medicalYAML, strings.Join(lines, "\n"))), "small-1")
		var fault *catalog.Fault
		if !asFault(err, &fault) || fault.Line != i+1 {
			t.Errorf("line %d is broken, the error says: %v", i+1, err)
		}
	}
}

// Files of other kinds beside the data, an editor's backup or a note, are none of Load's business.
func TestLoadLeavesOtherFilesAlone(t *testing.T) {
	t.Parallel()
	files := small()
	files["README.md"], files["1.1-emergency-plans.yaml~"] = "notes", "old"
	want := load(t, small())
	if diff := cmp.Diff(want, load(t, files)); diff != "" {
		t.Errorf("edition (-want +got):\n%s", diff)
	}
}

func TestLoadReportsAFolderThatCannotBeListed(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	for name, text := range small() {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	_, err := catalog.Load(unlistable{files}, ".")
	want := "catalog: edition.yaml:1: the edition's folder cannot be listed: open .: permission denied"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestLoadReportsAFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"edition.yaml/inside": &fstest.MapFile{}}
	_, err := catalog.Load(files, ".")
	if err == nil || !strings.HasPrefix(err.Error(), "catalog: edition.yaml:1: cannot be read: ") {
		t.Errorf("got %v", err)
	}
}

// unlistable is a folder whose files can be opened but not listed.
type unlistable struct{ files fs.FS }

func (u unlistable) Open(name string) (fs.File, error) {
	if name == "." {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return u.files.Open(name)
}
