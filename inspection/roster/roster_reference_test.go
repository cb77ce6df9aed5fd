//go:build reference

package roster_test

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"plumbline/inspection"
	"plumbline/inspection/roster"
)

// reference returns the path of a file of the reference folder.
func reference(t testing.TB, name string) string {
	t.Helper()
	folder := os.Getenv("PLUMBLINE_REFERENCE")
	if folder == "" {
		t.Fatal("PLUMBLINE_REFERENCE must name the reference folder")
	}
	return filepath.Join(folder, name)
}

// workbooks reads ICE's own files, oldest first.
func workbooks(t testing.TB) []*roster.Workbook {
	t.Helper()
	paths, err := filepath.Glob(reference(t, "workbooks/*.xlsx"))
	must(t, err)
	var books []*roster.Workbook
	for _, path := range paths {
		file, err := os.Open(path)
		must(t, err)
		wb, err := roster.ReadWorkbook(file, filepath.Base(path))
		must(t, err)
		must(t, file.Close())
		books = append(books, wb)
	}
	if len(books) != 5 {
		t.Fatalf("%d workbooks, want 5", len(books))
	}
	slices.SortFunc(books, func(a, b *roster.Workbook) int { return a.AsOf.Compare(b.AsOf) })
	return books
}

func seedState(t testing.TB) *state {
	seed := seeded(t)
	return &state{facilities: seed.Facilities, ratings: seed.Ratings}
}

// sorted is a state's content in an order of its own.
func sorted(s *state) *state {
	copied := &state{slices.Clone(s.facilities), slices.Clone(s.ratings)}
	slices.SortFunc(copied.facilities, func(a, b inspection.Facility) int { return cmp.Compare(a.ID.String(), b.ID.String()) })
	slices.SortFunc(copied.ratings, func(a, b inspection.ExternalRating) int { return cmp.Compare(a.ID.String(), b.ID.String()) })
	return copied
}

// TestRealWorkbooks pins what an import of each real file reports: into the seed, and one after the
// other into an empty roster.
func TestRealWorkbooks(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	for _, wb := range workbooks(t) {
		fmt.Fprintf(&got, "== %s into the seed\n", wb.Name)
		must(t, roster.Report(&got, seedState(t).take(t, wb)))
	}
	empty := &state{}
	for _, wb := range workbooks(t) {
		fmt.Fprintf(&got, "== %s into what the older ones left\n", wb.Name)
		must(t, roster.Report(&got, empty.take(t, wb)))
	}
	golden := filepath.Join("testdata", "real_workbooks.golden")
	if update := flag.Lookup("update"); update != nil && update.Value.String() == "true" {
		must(t, os.MkdirAll("testdata", 0o755))
		must(t, os.WriteFile(golden, got.Bytes(), 0o644))
	}
	want, err := os.ReadFile(golden)
	must(t, err)
	if diff := gocmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
}

// TestRealWorkbooksInEveryOrder imports the five files into the seed in ten orders, and old and new
// ones alternately: the end is the same, and a second time changes nothing.
func TestRealWorkbooksInEveryOrder(t *testing.T) {
	t.Parallel()
	books := workbooks(t)
	var want *state
	for shift := range books {
		order := append(slices.Clone(books[shift:]), books[:shift]...)
		for range 2 {
			s := seedState(t)
			for _, wb := range order {
				s.take(t, wb)
			}
			for _, wb := range []*roster.Workbook{books[4], books[0], books[3], books[1], books[2], books[4], books[0]} {
				if change := s.take(t, wb); !change.Empty() || change.Counts.Facilities != len(wb.Rows) {
					t.Errorf("%s again: %s", wb.Name, change.Counts)
				}
			}
			if want == nil {
				want = sorted(s)
			}
			if diff := gocmp.Diff(want, sorted(s), gocmp.AllowUnexported(state{})); diff != "" {
				t.Errorf("another order ends differently:\n%s", diff)
			}
			slices.Reverse(order)
		}
	}
}

// TestEveryRowOfTheRealWorkbooksIsAccountedFor: read is new, updated, same or reported.
func TestEveryRowOfTheRealWorkbooksIsAccountedFor(t *testing.T) {
	t.Parallel()
	for _, wb := range workbooks(t) {
		change := roster.Plan(seeded(t).Facilities, seeded(t).Ratings, wb)
		counts := change.Counts
		unknown := map[int]bool{}
		for _, n := range change.NotUnderstood {
			if len(n.Candidates) > 0 {
				unknown[n.Row] = true
			}
		}
		if counts.New+counts.Updated+counts.Same+len(unknown) != counts.Facilities || counts.NotUnderstood != len(change.NotUnderstood) {
			t.Errorf("%s: %s", wb.Name, counts)
		}
	}
}

// TestTheSeedIsTheReference compares the seed with the table it was made from, cell by cell.
func TestTheSeedIsTheReference(t *testing.T) {
	t.Parallel()
	file, err := os.Open(reference(t, "facilities.csv"))
	must(t, err)
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	must(t, err)
	byKey, rated := map[string]inspection.Facility{}, map[inspection.ID]map[string]string{}
	seed := seeded(t)
	for _, f := range seed.Facilities {
		byKey[f.Detloc+"|"+f.Name+"|"+f.State+"|"+f.Street] = f
	}
	for _, r := range seed.Ratings {
		if rated[r.FacilityID] == nil {
			rated[r.FacilityID] = map[string]string{}
		}
		rated[r.FacilityID][r.EndedOn.Format(time.DateOnly)] = strings.Join([]string{r.TypeRaw, r.EditionRaw, r.RatingRaw, r.Source}, "|")
	}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, head := range lines[0] {
			row[head] = line[i]
		}
		f, ok := byKey[row["detloc"]+"|"+row["name"]+"|"+row["state"]+"|"+row["street"]]
		if !ok {
			t.Errorf("%s %s is not in the seed", row["detloc"], row["name"])
			continue
		}
		if diff := gocmp.Diff(wantedCells(row), seededCells(f)); diff != "" {
			t.Errorf("%s %s (-reference +seed):\n%s", row["detloc"], row["name"], diff)
		}
		if row["ice_name"] != "" && !slices.ContainsFunc(append([]string{f.Name}, f.Aliases...), func(name string) bool {
			a, _, _ := roster.NameKey(name)
			b, _, _ := roster.NameKey(row["ice_name"])
			return a == b
		}) {
			t.Errorf("%s: ICE's name %q is neither name nor alias", row["name"], row["ice_name"])
		}
		if diff := gocmp.Diff(wantedRatings(t, row["inspection_history"]), rated[f.ID], cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("ratings of %s (-reference +seed):\n%s", row["name"], diff)
		}
	}
	if len(lines)-1 != len(seed.Facilities) {
		t.Errorf("%d rows, %d facilities", len(lines)-1, len(seed.Facilities))
	}
}

// wantedCells are the reference's cells in the seed's notation.
func wantedCells(row map[string]string) map[string]string {
	cells := map[string]string{}
	for _, column := range []string{"city", "zip", "county", "latitude", "longitude", "field_office_code", "type", "operator", "owner",
		"gender", "guaranteed_minimum", "capacity", "adp", "adp_period", "over_72", "standard", "standard_raw"} {
		cells[column] = trimNumber(row[column])
	}
	cells["listed"] = fmt.Sprint(row["last_listed_in_ice_stats"] == "2026-07-20")
	cells["last_listed_in_ice_stats"] = row["last_listed_in_ice_stats"]
	return cells
}

func seededCells(f inspection.Facility) map[string]string {
	return map[string]string{
		"city": f.City, "zip": f.Zip, "county": f.County, "latitude": text(f.Latitude), "longitude": text(f.Longitude),
		"field_office_code": f.FieldOffice, "type": f.TypeRaw, "operator": f.Operator, "owner": f.Owner, "gender": f.Sex,
		"guaranteed_minimum": text(f.GuaranteedMinimum), "capacity": text(f.Capacity), "adp": text(f.Population),
		"adp_period": f.PopulationPeriod, "over_72": text(f.Over72), "standard": f.Standard, "standard_raw": f.StandardRaw,
		"listed": fmt.Sprint(f.Listed), "last_listed_in_ice_stats": date(f.ListedOn),
	}
}

func date(on time.Time) string {
	if on.IsZero() {
		return ""
	}
	return on.Format(time.DateOnly)
}

func text[T any](value *T) string {
	if value == nil {
		return ""
	}
	return trimNumber(fmt.Sprint(*value))
}

// trimNumber writes a number in its shortest form; any other text stays.
func trimNumber(cell string) string {
	number, err := strconv.ParseFloat(cell, 64)
	if err != nil || strings.HasPrefix(cell, "0") && !strings.HasPrefix(cell, "0.") {
		return cell
	}
	return strconv.FormatFloat(number, 'f', -1, 64)
}

func wantedRatings(t *testing.T, history string) map[string]string {
	t.Helper()
	var entries []struct {
		EndDate string `json:"end_date"`
		Type    string `json:"type"`
		Edition string `json:"standard"`
		Rating  string `json:"rating"`
		Source  string `json:"source"`
	}
	if history != "" {
		must(t, json.Unmarshal([]byte(history), &entries))
	}
	wanted := map[string]string{}
	for _, e := range entries {
		source, _, _ := strings.Cut(e.Source, " (values via")
		wanted[e.EndDate] = strings.Join([]string{e.Type, e.Edition, e.Rating, source}, "|")
	}
	return wanted
}
