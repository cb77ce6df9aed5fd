package inspection

import (
	"slices"
	"strconv"
	"strings"

	"plumbline/inspection/sync"
)

// argument is a dispute with what each person stands by in it.
type argument struct {
	dispute Dispute
	// versions are the answer's up to the end of the dispute, by revision; first is the one that stands.
	versions map[int]Answer
	first    Answer
	// stands are, by field, what each person stands by; none of a field that is not in dispute.
	stands []sync.Standings
}

// argumentOver folds the versions of the disputed answer, in order of revision. all are the inspection's disputes:
// what earlier ones settled counts no more.
func argumentOver(d Dispute, all []Dispute, versions []Answer) argument {
	a := argument{dispute: d, versions: map[int]Answer{}, stands: make([]sync.Standings, len(answerRules))}
	until := versions[:0:0]
	for _, v := range versions {
		if d.Open() || v.Revision <= d.lastRevision() {
			until = append(until, v)
			a.versions[v.Revision] = v
		}
	}
	a.first = a.versions[d.FirstRevision]
	before := slices.DeleteFunc(slices.Clone(all), func(e Dispute) bool { return e.lastRevision() >= d.SecondRevision })
	_, settled := disputeOver(before, d.AnswerID)
	for n, f := range answerRules {
		if d.over().Has(n) {
			q := sync.Question{Field: f, Master: a.first.content()[n], Settled: settled[n], Since: d.SecondRevision}
			a.stands[n] = q.Standings(n, versionsOf(until))
		}
	}
	return a
}

// parties are who stands by anything in it, also by what stands.
func (a argument) parties() []ID {
	var parties []ID
	for _, stands := range a.stands {
		for _, s := range stands {
			if !slices.Contains(parties, s.By) {
				parties = append(parties, s.By)
			}
		}
	}
	return parties
}

// waiting are the fields in which a person stands by something else than what stands, and the newest
// revision in which they say so.
func (a argument) waiting(person ID) (fields sync.Fields, revision int) {
	for n, stands := range a.stands {
		if s, ok := stands.By(person); ok && s.Value != a.first.content()[n] {
			fields, revision = fields.With(n), max(revision, s.Revision)
		}
	}
	return fields, revision
}

// says returns the answer with the n-th field as a person stands by it.
func (a argument) says(answer Answer, n int, person ID) Answer {
	s, _ := a.stands[n].By(person)
	var only sync.Fields
	return answer.withFields(a.versions[s.Revision], only.With(n))
}

// over reports whether nobody says otherwise any more.
func (a argument) over() bool {
	return !slices.ContainsFunc(a.parties(), func(person ID) bool {
		fields, _ := a.waiting(person)
		return fields != 0
	})
}

// choices are what a ruling may let stand: first the version that stands, then of each party that says
// otherwise the newest, in order of revision. Each says what would stand then.
func (a argument) choices() []Answer {
	choices := []Answer{a.choice(a.first)}
	for _, person := range a.parties() {
		if fields, revision := a.waiting(person); fields != 0 {
			choices = append(choices, a.choice(a.versions[revision]))
		}
	}
	slices.SortFunc(choices[1:], func(x, y Answer) int { return x.Revision - y.Revision })
	return choices
}

// choice is a version with what would stand if it were ruled for.
func (a argument) choice(version Answer) Answer {
	return version.withFields(a.ruled(version, a.first), answerRules.All())
}

// pick returns the choice of the revision, if the actor may rule: the lead who is no party, or where the
// lead is one a reviewer who is none.
func (a argument) pick(revision int, actor Actor, lead ID) (Answer, error) {
	parties := a.parties()
	switch {
	case slices.Contains(parties, actor.ID):
		return Answer{}, Refuse(Forbidden, "", "a party to the dispute does not rule on it; the reviewer does")
	case actor.ID != lead && !slices.Contains(parties, lead):
		return Answer{}, Refuse(Forbidden, "", "the lead is no party to this dispute and rules on it")
	}
	var possible []string
	for _, choice := range a.choices() {
		if choice.Revision == revision {
			return choice, nil
		}
		possible = append(possible, strconv.Itoa(choice.Revision))
	}
	return Answer{}, Refuse(Invalid, "input.revision", "choose revision %s", strings.Join(possible, " or "))
}

// ruled is the answer as it stands when the ruling is for the choice: with what that says in the disputed
// fields, and in those of which it says nothing with what nobody contradicts. What is not in dispute stays
// as it is.
func (a argument) ruled(choice, master Answer) Answer {
	ruled := master
	ruled.AuthorID, ruled.DeviceID, ruled.DeviceTime, ruled.ClockOffset = choice.AuthorID, choice.DeviceID, choice.DeviceTime, choice.ClockOffset
	ruled.WrittenBy = master.writtenBy(sync.Hand{}, 0)
	for n, stands := range a.stands {
		s, ok := stands.By(choice.AuthorID)
		if choice.Revision == a.first.Revision {
			ok = false
			if a.first.hands()[n].By == a.first.AuthorID {
				continue
			}
		}
		if !ok {
			s, ok = uncontradicted(stands)
		}
		if ok && s.Value != a.first.content()[n] {
			ruled = a.says(ruled, n, s.By)
			ruled.WrittenBy[answerRules[n].Name] = sync.Hand{By: s.By, At: s.At}
		}
	}
	return ruled
}

// uncontradicted is what all say who say anything.
func uncontradicted(stands sync.Standings) (sync.Standing, bool) {
	for _, s := range stands {
		if s.Value != stands[0].Value {
			return sync.Standing{}, false
		}
	}
	if len(stands) == 0 {
		return sync.Standing{}, false
	}
	return stands[0], true
}
