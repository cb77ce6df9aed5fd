package report

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"plumbline/inspection"
	"plumbline/inspection/scoring"
)

// Build arranges a form of a snapshot as a report. The error is an Invalid problem: the form's body
// is no snapshot's.
func Build(form inspection.ReportForm) (Report, error) {
	doc, err := inspection.ReadSnapshot(form.Body)
	if err != nil {
		return Report{}, err
	}
	doc = doc.For(form.Form) // what was stored under an older list of fields shows no more than today's
	b := newBuilder(doc)
	b.findings()
	r := Report{
		Form: form.Form, Header: doc.Inspection, Place: doc.Facility, Origin: originOf(doc.Inspection),
		Parts: b.parts(), Fixed: b.fixed, Clear: b.clear(), Open: b.open(), Left: b.left(), Plan: b.plan(), Statements: doc.Statements, Originals: doc.Originals,
		Editions: b.editions(), SnapshotSHA256: hex.EncodeToString(form.SnapshotSHA256[:]), IssuedOn: date(doc.TakenAt),
	}
	r.Scores, r.Trend = b.scores(), b.trend()
	r.Facts, r.Overview, r.Conclusion = b.facts(form.Form), b.overview(), b.conclusion()
	if form.Form == inspection.FormInternal {
		r.Disputes, r.Evidence, r.Carried = b.disputes(), b.evidence(), b.carried()
		r.Samples, r.Held = len(doc.Samples), b.held()
	}
	return r, nil
}

// builder numbers things as it goes: the order of the calls in Build is the order of the page.
type builder struct {
	doc          inspection.Frozen
	standards    []*Standard // of the scope, and after them those that only a source names
	byID         map[inspection.ID]*Standard
	byText       map[string]*Standard
	sections     map[string]*Standard // by what the score calls them
	requirements map[inspection.ID]inspection.FrozenRequirement
	deficiencies []*Deficiency
	fixed        []Fixed
	inScope      int
	repeats      int
}

func newBuilder(doc inspection.Frozen) *builder {
	b := &builder{doc: doc, byID: map[inspection.ID]*Standard{}, byText: map[string]*Standard{}, sections: map[string]*Standard{},
		requirements: map[inspection.ID]inspection.FrozenRequirement{}}
	for _, r := range doc.Requirements {
		b.requirements[r.ID] = r
	}
	b.scope()
	b.inScope = len(b.standards)
	return b
}

// scope makes the standards in the order of their parts.
func (b *builder) scope() {
	listed := b.doc.Standards
	if len(listed) == 0 {
		listed = standardsOfFirstFormat(b.doc)
	}
	names := map[string]string{}
	for _, e := range b.doc.Editions {
		names[e.Key] = setName(e)
	}
	for _, s := range listed {
		st := &Standard{ID: s.ID, Number: s.Number, Title: s.Title, Code: s.Code, Edition: names[s.Edition], part: s.Part, partName: s.PartName}
		b.sections[orElse(s.Section, s.Number)] = st
		for n := range b.doc.Score.Standards {
			if b.doc.Score.Standards[n].Standard == orElse(s.Section, s.Number) {
				st.Section = &b.doc.Score.Standards[n]
			}
		}
		b.standards = append(b.standards, st)
		b.byID[s.ID] = st
	}
	slices.SortStableFunc(b.standards, func(x, y *Standard) int { return x.part - y.part })
	for n, st := range b.standards {
		st.Anchor = fmt.Sprint("standard-", n+1)
	}
}

// standardsOfFirstFormat makes what it can of a snapshot that does not list its standards: their
// numbers stand in the score, and their ids follow from edition and number.
func standardsOfFirstFormat(doc inspection.Frozen) []inspection.FrozenStandard {
	codes := map[inspection.ID]string{}
	for _, s := range doc.Tally.ByStandard {
		if s.StandardID != nil {
			codes[*s.StandardID] = s.Standard
		}
	}
	var listed []inspection.FrozenStandard
	for _, section := range doc.Score.Standards {
		for _, e := range doc.Editions {
			id := inspection.StandardID(e.ID, section.Standard)
			part, _ := strconv.Atoi(section.Standard[:max(0, slices.Index([]byte(section.Standard), '.'))]) // 0: no part is known
			listed = append(listed, inspection.FrozenStandard{ID: id, Edition: e.Key, Number: section.Standard, Code: codes[id], Part: part})
			break // such a snapshot has one edition
		}
	}
	return listed
}

// standardOf finds the standard that a finding rests on, and makes one for what only a source names.
func (b *builder) standardOf(f inspection.Finding) *Standard {
	if f.StandardID != nil {
		if st := b.byID[*f.StandardID]; st != nil {
			return st
		}
	}
	st := b.byText[f.StandardText]
	if st == nil {
		st = &Standard{Anchor: fmt.Sprint("standard-", len(b.standards)+1), Title: f.StandardText}
		if f.StandardText == "" {
			st.Title = "The facility as a whole"
		}
		b.byText[f.StandardText] = st
		b.standards = append(b.standards, st)
	}
	return st
}

// parts groups the standards that have findings.
func (b *builder) parts() []Part {
	var parts []Part
	for _, st := range b.standards {
		if st.Findings() == 0 {
			continue
		}
		if n := len(parts); n == 0 || parts[n-1].Number != st.part {
			parts = append(parts, Part{Number: st.part, Name: partName(st)})
		}
		last := &parts[len(parts)-1]
		last.Standards = append(last.Standards, st)
	}
	return parts
}

func partName(st *Standard) string {
	switch {
	case st.partName != "":
		return fmt.Sprintf("Part %d: %s", st.part, st.partName)
	case st.part != 0:
		return fmt.Sprint("Part ", st.part)
	}
	return "Not assigned to a part"
}

// clear lists the standards of the scope without a deficiency.
func (b *builder) clear() []*Standard {
	var clear []*Standard
	for _, st := range b.standards[:b.inScope] {
		if st.Status != Deficient {
			clear = append(clear, st)
		}
	}
	return clear
}

// statusOf says of a standard no more than is known of it.
func statusOf(st *Standard) Status {
	s := st.Section
	switch {
	case len(st.Deficiencies) > 0:
		return Deficient
	case s == nil || s.All.Total == 0:
		return Unreviewed
	case s.All.Applicable() == 0:
		return Inapplicable
	case s.All.NotReviewed == s.All.Applicable():
		return Unreviewed
	case s.All.Meets == s.All.Applicable():
		return Compliant
	}
	return Unsettled
}

// open groups what is not known by outcome and reason, in the order in which the standards show it.
func (b *builder) open() []OpenItems {
	var open []OpenItems
	add := func(st *Standard, rating scoring.Rating, reason string, count int) {
		outcome := word(inspection.Rating(rating))
		n := slices.IndexFunc(open, func(o OpenItems) bool { return o.Outcome == outcome && o.Reason == reason })
		if n < 0 {
			n = len(open)
			open = append(open, OpenItems{Outcome: outcome, Reason: reason})
		}
		open[n].Count += count
		open[n].Standards = append(open[n].Standards, OpenStandard{st, count})
	}
	for _, st := range b.standards[:b.inScope] {
		if st.Section == nil {
			add(st, scoring.NotReviewed, "the edition knows no requirement of it", 0)
			continue
		}
		for _, group := range st.Section.Open {
			add(st, group.Rating, group.Reason, group.Count)
		}
	}
	return open
}

// left groups the standards out of scope by why they are.
func (b *builder) left() []Left {
	var left []Left
	for _, s := range b.doc.Scope.OutOfScope {
		why := word(s.Why)
		n := slices.IndexFunc(left, func(l Left) bool { return l.Why == why })
		if n < 0 {
			n = len(left)
			left = append(left, Left{Why: why})
		}
		left[n].Standards = append(left[n].Standards, &Standard{Number: s.Number, Title: s.Title, Code: s.Code})
	}
	return left
}

func (b *builder) editions() []Edition {
	editions := make([]Edition, len(b.doc.Editions))
	for n, e := range b.doc.Editions {
		editions[n] = Edition{FrozenEdition: e, Name: editionName(e)}
		for _, s := range b.doc.Standards {
			if s.Edition == e.Key {
				editions[n].Quoted += s.Quoted
				editions[n].Cited += s.Cited
				editions[n].Recalled += s.Recalled
			}
		}
	}
	return editions
}
