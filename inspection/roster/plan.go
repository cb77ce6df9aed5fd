package roster

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"plumbline/inspection"
)

// Change is what a workbook would do to the roster.
type Change struct {
	inspection.RosterChange
	// Notes says in sentences what was decided about the workbook as a whole.
	Notes []string
	// NotUnderstood is in the order of the sheet.
	NotUnderstood []NotUnderstood
	Counts        Counts
}

// NotUnderstood is one thing of a workbook that has no single reading. It changed nothing.
type NotUnderstood struct {
	Sheet string
	// Row is the row's number in the sheet, from 1.
	Row    int
	Name   string
	Reason string
	// Candidates are the known facilities that the row could be; none if the reason is a cell's.
	Candidates []string
}

// Counts are the figures of an import.
type Counts struct {
	// Facilities are the rows with a name and a city: the new, the updated, the same, and those
	// that could not be told to be any facility.
	Facilities, New, Updated, Same int
	// Ratings are the inspections that these rows state by a date or a rating.
	Ratings, NewRatings int
	// NotUnderstood is the number of things reported: rows, inspections and single cells.
	NotUnderstood int
	// NoLongerListed are the facilities that ICE's newest list so far named and this one, newer,
	// does not.
	NoLongerListed int
}

// Plan compares a workbook with the known roster. It changes none of its arguments.
func Plan(facilities []inspection.Facility, ratings []inspection.ExternalRating, wb *Workbook) Change {
	p := &plan{wb: wb, index: newIndex(facilities, ratings), ratings: newRatingBook(ratings)}
	p.change.Notes = slices.Clone(wb.Notes)
	verdicts := p.recognise()
	for i := range wb.Rows {
		p.take(&wb.Rows[i], verdicts[i])
	}
	p.setListed()
	p.collect()
	return p.change
}

type plan struct {
	wb      *Workbook
	index   *index
	ratings *ratingBook
	change  Change
}

// recognise finds the rows that code or name decide, before any row is decided by its address: a
// facility that the workbook itself names elsewhere is not a nameless row's.
func (p *plan) recognise() []*verdict {
	verdicts := make([]*verdict, len(p.wb.Rows))
	for i := range p.wb.Rows {
		row := &p.wb.Rows[i]
		if found, ok := p.index.byCodeOrName(row); ok {
			p.claim(row, &found)
			verdicts[i] = &found
		}
	}
	return verdicts
}

// claim gives the row its facility, unless another row of another name has it: then one of the two
// is not what it seems.
func (p *plan) claim(row *Row, found *verdict) {
	if found.place == nil {
		return
	}
	first := found.place.claim
	if first == nil {
		found.place.claim = row
		return
	}
	if first.name.key != row.name.key || cityKey(first.City) != cityKey(row.City) {
		*found = unclear([]*place{found.place}, "row %d (%s) is this facility already", first.Number, first.Name)
	}
}

// take applies one row. A row that no name decided is looked up again, as a row above may have
// brought its facility, and then by its address.
func (p *plan) take(row *Row, found *verdict) {
	p.change.Counts.Facilities++
	p.change.Counts.Ratings += len(row.Statements)
	if found == nil {
		again, ok := p.index.byCodeOrName(row)
		if !ok {
			again = p.index.byAddress(row)
		}
		p.claim(row, &again)
		found = &again
	}
	switch {
	case found.reason != "":
		p.report(row, found.reason, labels(found.candidates)...)
		return
	case found.isNew:
		p.add(row)
	default:
		p.update(found.place, row)
	}
	for _, fault := range row.Faults {
		p.report(row, fault)
	}
}

func (p *plan) add(row *Row) {
	added := newPlace(newFacility(row, p.wb))
	added.claim, added.isNew, added.changed = row, true, true
	p.index.add(added)
	p.change.Counts.New++
	p.takeStatements(added, row)
}

// update merges the row into the facility. The same facility's second row in one workbook is a
// duplicate: the first one's facts stand, its inspections are taken.
func (p *plan) update(known *place, row *Row) {
	defer p.takeStatements(known, row)
	if known.claim != row {
		p.change.Counts.Same++
		return
	}
	merged := mergeFacts(known.facility, row, p.wb)
	if sameFacility(merged, known.facility) {
		p.change.Counts.Same++
	} else {
		known.facility, known.changed = merged, true
		p.change.Counts.Updated++
	}
	p.index.learn(row.name.key, known)
}

func (p *plan) takeStatements(known *place, row *Row) {
	for _, st := range row.Statements {
		if st.Fault != "" {
			p.report(row, st.Heading+" inspection: "+st.Fault)
		}
		if st.Usable && p.ratings.take(known.facility.ID, st, p.wb) {
			p.change.Counts.NewRatings++
		}
	}
}

func (p *plan) report(row *Row, reason string, candidates ...string) {
	p.change.Counts.NotUnderstood++
	p.change.NotUnderstood = append(p.change.NotUnderstood, NotUnderstood{
		Sheet: strings.TrimSpace(p.wb.Sheet), Row: row.Number, Name: row.Name, Reason: reason, Candidates: candidates})
}

// setListed marks the facilities of the newest list that is known now: this one, if it is newer
// than all before.
func (p *plan) setListed() {
	var newest time.Time
	for _, known := range p.index.places {
		if known.facility.ListedOn.After(newest) {
			newest = known.facility.ListedOn
		}
	}
	for _, known := range p.index.places {
		f := &known.facility
		listed := !newest.IsZero() && f.ListedOn.Equal(newest)
		if f.Listed == listed {
			continue
		}
		if f.Listed {
			p.change.Counts.NoLongerListed++
		}
		f.Listed, known.changed = listed, true
	}
	if n := p.change.Counts.NoLongerListed; n > 0 {
		p.change.Notes = append(p.change.Notes, fmt.Sprintf("this list is newer than all before; on the last one and not on this: %d", n))
	}
}

func (p *plan) collect() {
	for _, known := range p.index.places {
		switch {
		case known.isNew:
			p.change.NewFacilities = append(p.change.NewFacilities, known.facility)
		case known.changed:
			p.change.UpdatedFacilities = append(p.change.UpdatedFacilities, known.facility)
		}
	}
	p.change.NewRatings, p.change.UpdatedRatings = p.ratings.changes()
}
