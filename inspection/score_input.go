package inspection

import (
	"cmp"
	"slices"
	"strconv"

	"plumbline/inspection/scoring"
)

// scoredUnder is what a score takes of an inspection's editions: their keys, and where each standard
// stands and what the score calls it.
type scoredUnder struct {
	sets   []string
	places map[ID]standardPlace
	number func(ID) string
}

// scoredUnder reads it from the document, as issuing reads it from the editions.
func (doc Frozen) scoredUnder() scoredUnder {
	numbers := map[ID]string{}
	u := scoredUnder{places: map[ID]standardPlace{}, number: func(id ID) string { return numbers[id] }}
	for _, e := range doc.Editions {
		u.sets = append(u.sets, e.Key)
	}
	for _, st := range doc.Standards {
		numbers[st.ID], u.places[st.ID] = st.Section, standardPlace{st.Edition, strconv.Itoa(st.Part)}
	}
	return u
}

// input is what the policies score, taken of a snapshot's answers and findings and of nothing else: so
// anybody who has the snapshot can compute its scores again.
func (u scoredUnder) input(answers []FrozenAnswer, findings []Finding) scoring.Input {
	in := scoring.Input{Items: make([]scoring.Item, len(answers)), Sets: u.sets}
	at := map[ID]int{}
	for n, a := range answers {
		place := u.places[a.StandardID]
		in.Items[n] = scoring.Item{Edition: place.edition, Part: place.part, Key: a.Requirement, Standard: a.Standard,
			Priority: a.SourcedPriority, Mandatory: a.Mandatory, Rating: scoring.Rating(a.Rating), Reason: a.Reason, Methods: len(a.Methods)}
		at[a.RequirementID] = n
	}
	in.Standards = u.foundOn(findings, in.Items, at)
	return in
}

// foundOn adds the standing deficiencies to the items that they rest on, and returns those that rest on
// no item, by standard.
func (u scoredUnder) foundOn(findings []Finding, items []scoring.Item, at map[ID]int) []scoring.StandardFound {
	var standards []scoring.StandardFound
	for _, f := range findings {
		if f.Kind != Deficiency || f.RemovedAt != nil {
			continue
		}
		found := scoring.Found{Deficiencies: 1, Priority: count(f.PriorityDeclared || f.PriorityDerived), Repeats: count(f.RepeatDeclared || f.RepeatDerived == RepeatCertain)}
		if f.RequirementID != nil {
			if n, ok := at[*f.RequirementID]; ok {
				items[n].Found = items[n].Found.Plus(found)
				continue
			}
		}
		standard := f.StandardText
		if f.StandardID != nil {
			standard = cmp.Or(u.number(*f.StandardID), f.StandardID.String())
		}
		n := slices.IndexFunc(standards, func(s scoring.StandardFound) bool { return s.Standard == standard })
		if n < 0 {
			n = len(standards)
			standards = append(standards, scoring.StandardFound{Standard: standard})
		}
		standards[n].Found = standards[n].Found.Plus(found)
	}
	return standards
}
