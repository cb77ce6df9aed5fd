package inspection

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"plumbline/inspection/sync"
)

// What becomes of an item on which people differ, step by step.
func TestWhereTwoPeopleDiffer(t *testing.T) {
	t.Parallel()
	meets, fails, unsure := said{rating: Meets}, said{rating: DoesNotMeet}, said{rating: Undetermined}
	one, other := said{rating: NotReviewed, remarks: "one"}, said{rating: NotReviewed, remarks: "other"}
	plus := func(s said, change func(*said)) said {
		change(&s)
		return s
	}
	for _, c := range []struct {
		what    string
		play    func(i *item) error
		stands  said
		choices string // of the open dispute; none is open if empty
	}{
		{"an older row of one's own ends no dispute", func(i *item) error {
			i.edit(row{anna, 11, 10, silent, meets})
			i.edit(row{bert, 21, 11, silent, fails})
			i.edit(row{anna, 12, 5, silent, fails})
			return nil
		}, meets, "1 MEETS, 2 DOES_NOT_MEET"},
		{"an older row of one's own seconds nothing", func(i *item) error {
			i.edit(row{anna, 11, 0, silent, meets})
			i.edit(row{bert, 21, 10, silent, fails})
			i.edit(row{bert, 22, 5, silent, meets})
			return nil
		}, meets, "1 MEETS, 2 DOES_NOT_MEET"},
		{"an older row of one's own hides none", func(i *item) error {
			i.edit(row{anna, 11, 0, silent, meets})
			i.edit(row{bert, 21, 10, silent, fails})
			i.edit(row{bert, 22, 5, silent, unsure})
			return nil
		}, meets, "1 MEETS, 2 DOES_NOT_MEET"},
		{"what one gave up on another device is no dispute", func(i *item) error {
			i.edit(row{anna, 11, 0, silent, meets})
			i.edit(row{bert, 21, 10, silent, meets})
			i.edit(row{bert, 22, 5, silent, fails})
			return nil
		}, meets, ""},
		{"one's later remark outlasts one's earlier agreement", func(i *item) error {
			i.edit(row{anna, 11, 10, silent, plus(silent, func(s *said) { s.remarks = "later" })})
			i.edit(row{anna, 12, 4, silent, meets})
			i.edit(row{bert, 21, 5, silent, fails})
			i.edit(row{anna, 13, 6, silent, plus(fails, func(s *said) { s.remarks = "earlier" })})
			return nil
		}, said{rating: Meets, remarks: "later"}, "1 MEETS later, 2 DOES_NOT_MEET later, 1 DOES_NOT_MEET later"},
		{"a ruling for what two said is not overwritten", func(i *item) error {
			i.edit(row{anna, 11, 0, silent, meets})
			i.edit(row{bert, 21, 1, silent, meets})
			i.edit(row{anna, 11, 2, meets, plus(meets, func(s *said) { s.methods = "OBSERVATION" })})
			i.edit(row{cleo, 31, 3, silent, fails})
			if err := i.rule(i.open().FirstRevision); err != nil {
				return err
			}
			i.edit(row{cleo, 31, 9, i.stands(), plus(i.stands(), func(s *said) { s.rating = DoesNotMeet })})
			return nil
		}, said{rating: Meets, methods: "OBSERVATION"}, "1 MEETS, 3 DOES_NOT_MEET"},
		{"a ruling for what its author went on from is not taken back by a reason", func(i *item) error {
			i.edit(row{anna, 11, 0, silent, fails})
			i.edit(row{bert, 21, 1, silent, unsure})
			goesOn := row{bert, 21, 2, fails, plus(fails, func(s *said) { s.reason = "no keys" })}
			if err := i.rule(2); err != nil {
				return err
			}
			i.edit(goesOn)
			return nil
		}, said{rating: Undetermined, reason: "no keys"}, ""},
		{"a ruling that began over remarks is not overwritten", func(i *item) error {
			i.edit(row{anna, 11, 0, silent, one})
			i.edit(row{bert, 21, 1, silent, other})
			i.edit(row{cleo, 31, 2, one, said{rating: Meets, remarks: "one"}})
			i.edit(row{bert, 21, 3, i.stands(), said{rating: DoesNotMeet, remarks: "one"}})
			if err := i.rule(i.open().FirstRevision); err != nil {
				return err
			}
			i.edit(row{bert, 21, 9, i.stands(), plus(i.stands(), func(s *said) { s.rating = DoesNotMeet })})
			return nil
		}, said{rating: Meets, remarks: "one"}, "3 MEETS one, 2 DOES_NOT_MEET one"},
		{"a ruling for a third's remark leaves the rating protected", func(i *item) error {
			i.edit(row{anna, 11, 0, silent, meets})
			i.edit(row{bert, 21, 1, silent, fails})
			i.edit(row{cleo, 31, 2, meets, said{rating: Meets, remarks: "look"}})
			if err := i.rule(3); err != nil {
				return err
			}
			i.edit(row{bert, 21, 9, i.stands(), plus(i.stands(), func(s *said) { s.rating = DoesNotMeet })})
			return nil
		}, said{rating: Meets, remarks: "look"}, "3 MEETS look, 2 DOES_NOT_MEET look"},
		{"a ruling for a remark un-rates nothing", func(i *item) error {
			i.edit(row{anna, 11, 0, silent, one})
			i.edit(row{bert, 21, 1, silent, other})
			i.edit(row{bert, 21, 2, one, said{rating: Meets, remarks: "one"}})
			i.edit(row{anna, 11, 3, i.stands(), said{rating: DoesNotMeet, remarks: "one"}})
			return i.rule(i.argument().choices()[1].Revision)
		}, said{rating: Meets, remarks: "other"}, ""},
		{"what nobody contradicts is taken with a ruling", func(i *item) error {
			i.edit(row{anna, 11, 0, silent, meets})
			i.edit(row{bert, 21, 1, silent, fails})
			i.edit(row{cleo, 31, 2, meets, said{rating: Meets, methods: "OBSERVATION"}})
			return i.rule(2)
		}, said{rating: DoesNotMeet, methods: "OBSERVATION"}, ""},
		{"a replay of a row that was superseded in part says nothing", func(i *item) error {
			i.edit(row{anna, 11, 10, silent, plus(silent, func(s *said) { s.remarks = "new" })})
			old := row{anna, 12, 5, silent, said{rating: NotReviewed, remarks: "old", methods: "OBSERVATION"}}
			i.edit(old)
			i.edit(row{bert, 21, 11, i.stands(), plus(i.stands(), func(s *said) { s.methods = "DOCUMENT" })})
			if j := i.edit(old); j.Outcome != sync.Unchanged {
				return fmt.Errorf("the replay is judged %+v", j)
			}
			return nil
		}, said{rating: NotReviewed, remarks: "new", methods: "DOCUMENT"}, ""},
		{"a remark that waits outlasts an agreement over the rating", func(i *item) error {
			i.edit(row{anna, 11, 0, silent, one})
			i.edit(row{bert, 21, 1, silent, other})
			i.edit(row{bert, 21, 2, one, said{rating: Meets, remarks: "one"}})
			i.edit(row{anna, 11, 3, i.stands(), said{rating: DoesNotMeet, remarks: "one"}})
			i.edit(row{bert, 21, 4, i.stands(), said{rating: DoesNotMeet, remarks: "one"}})
			return nil
		}, said{rating: Meets, remarks: "one"}, "2 MEETS one, 1 DOES_NOT_MEET one, 2 DOES_NOT_MEET other"},
		{"who goes back to what stands has not agreed to what they left", func(i *item) error {
			i.edit(row{anna, 11, 0, silent, meets})
			i.edit(row{bert, 21, 1, silent, fails})
			i.edit(row{anna, 11, 2, meets, unsure})
			i.edit(row{anna, 12, 3, silent, meets})
			i.edit(row{bert, 21, 4, meets, unsure})
			return nil
		}, meets, "1 MEETS, 2 UNDETERMINED"},
		{"who comes over to what stands ends the dispute", func(i *item) error {
			i.edit(row{anna, 11, 0, silent, meets})
			i.edit(row{bert, 21, 1, silent, fails})
			i.edit(row{bert, 22, 5, silent, meets})
			return nil
		}, meets, ""},
		{"a reason that waits outlasts coming over in the rating", func(i *item) error {
			i.edit(row{anna, 11, 0, silent, said{rating: Meets, reason: "ra"}})
			i.edit(row{bert, 21, 1, silent, said{rating: DoesNotMeet, reason: "rb"}})
			i.edit(row{bert, 21, 2, said{rating: DoesNotMeet, reason: "ra"}, said{rating: Meets, reason: "ra"}})
			i.edit(row{anna, 11, 3, i.stands(), said{rating: Meets, reason: "ra2"}})
			return nil
		}, said{rating: Meets, reason: "ra"}, "1 MEETS, 2 MEETS, 1 MEETS"},
		{"what was replaced in knowledge of it comes back by nothing", func(i *item) error {
			i.edit(row{bert, 21, 0, silent, said{rating: NotReviewed, remarks: "b"}})
			i.edit(row{anna, 11, 1, i.stands(), said{rating: Meets, remarks: "a"}})
			i.edit(row{cleo, 31, 2, said{rating: NotReviewed, remarks: "b"}, said{rating: DoesNotMeet, remarks: "c"}})
			i.edit(row{bert, 21, 3, i.stands(), plus(i.stands(), func(s *said) { s.methods = "OBSERVATION" })})
			return nil
		}, said{rating: Meets, remarks: "a"}, "1 MEETS a, 3 DOES_NOT_MEET c, 2 MEETS a"},
		{"what is shown first is what stands", func(i *item) error {
			i.edit(row{anna, 11, 0, silent, one})
			i.edit(row{bert, 21, 1, silent, other})
			i.edit(row{cleo, 31, 2, one, said{rating: NotReviewed, remarks: "see"}})
			return nil
		}, said{rating: NotReviewed, remarks: "see"}, "3 NOT_REVIEWED see, 2 NOT_REVIEWED other"},
		{"what its author withdrew is not to be chosen", func(i *item) error {
			i.edit(row{anna, 11, 0, silent, one})
			i.edit(row{bert, 21, 1, silent, other})
			i.edit(row{anna, 11, 2, one, said{rating: NotReviewed, remarks: "three"}})
			i.edit(row{anna, 11, 3, i.stands(), one})
			return nil
		}, one, "1 NOT_REVIEWED one, 2 NOT_REVIEWED other"},
		{"who agreed at the desk is not overwritten", func(i *item) error {
			i.edit(row{anna, 11, 0, silent, meets})
			i.desktop(bert, said{rating: Meets, remarks: "so it is"})
			i.edit(row{anna, 11, 1, i.stands(), plus(i.stands(), func(s *said) { s.rating = DoesNotMeet })})
			return nil
		}, said{rating: Meets, remarks: "so it is"}, "2 MEETS so it is, 1 DOES_NOT_MEET so it is"},
		{"a rating at the desk leaves one's remark to be chosen", func(i *item) error {
			i.edit(row{anna, 11, 0, silent, one})
			i.edit(row{bert, 21, 1, silent, other})
			i.desktop(bert, said{rating: Meets, remarks: "one"})
			return nil
		}, said{rating: Meets, remarks: "one"}, "2 MEETS one, 2 MEETS other"},
	} {
		i := newItem()
		if err := c.play(i); err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
		if i.stands() != c.stands || i.choices() != c.choices {
			t.Errorf("%s:\nstands %+v, want %+v\nchoices %s, want %s", c.what, i.stands(), c.stands, i.choices(), c.choices)
		}
	}
}

// Nobody rules on their own judgement, also who only agreed with it; and who merely touched something else
// is no party.
func TestWhoIsAPartyToADispute(t *testing.T) {
	t.Parallel()
	i := newItem()
	i.edit(row{anna, 11, 0, silent, said{rating: Meets}})
	i.edit(row{bert, 21, 1, silent, said{rating: Meets}})
	i.edit(row{cleo, 31, 2, silent, said{rating: DoesNotMeet}})
	if _, err := i.argument().pick(i.open().FirstRevision, Actor{ID: ID{bert}}, ID{bert}); err == nil {
		t.Error("who agreed rules")
	}
	if _, err := i.argument().pick(i.open().FirstRevision, Actor{ID: ID{9}}, ID{bert}); err != nil {
		t.Errorf("the reviewer, where the lead agreed: %v", err)
	}
	i = newItem()
	i.edit(row{anna, 11, 0, silent, said{rating: NotReviewed, remarks: "one"}})
	i.edit(row{bert, 21, 1, silent, said{rating: NotReviewed, remarks: "other"}})
	i.desktop(cleo, said{rating: NotReviewed, remarks: "one", methods: "OBSERVATION"})
	if _, err := i.argument().pick(i.open().FirstRevision, Actor{ID: ID{cleo}}, ID{cleo}); err != nil {
		t.Errorf("the lead, who only named a method: %v", err)
	}
}

// Whatever three people push, in any order, resting on anything, with rulings between: nobody's last rating
// is overwritten in silence, one person is in no dispute with themself, every choice can be ruled for and
// then stands, and neither a row sent again nor another's handed back makes anything.
func TestNoRatingIsOverwrittenInSilence(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		i, known := newItem(), []said{silent}
		var rows []row
		rated := map[byte]Rating{} // by whom, since the last ruling on it
		var settled sync.Fields    // as they were ruled on, and not changed since
		for n := range rapid.IntRange(1, 12).Draw(t, "steps") {
			r := row{by: byte(rapid.IntRange(1, 3).Draw(t, "by")), base: rapid.SampledFrom(known).Draw(t, "base")}
			r.device = r.by*10 + byte(rapid.IntRange(0, 1).Draw(t, "device"))
			r.minute = n*100 + int(r.by)
			r.says = said{rapid.SampledFrom([]Rating{r.base.rating, Meets, DoesNotMeet}).Draw(t, "rating"), rapid.SampledFrom([]string{r.base.remarks, "x", "y"}).Draw(t, "remarks"),
				rapid.SampledFrom([]string{r.base.reason, "p", "q"}).Draw(t, "reason"), rapid.SampledFrom([]string{r.base.methods, "OBSERVATION"}).Draw(t, "methods")}
			before, was, master := i.open() != nil, i.stands(), i.master.content()
			j := i.edit(r)
			changed := answerRules.Differ(i.master.content(), master, settled)
			if unsaid := changed &^ answerRules.Differ(i.answer(r.says).content(), i.answer(r.base).content(), changed); unsaid != 0 {
				t.Fatalf("%+v says nothing of %v and changed what was ruled on", r, answerRules.Names(unsaid))
			}
			settled &^= changed
			if j.Said.Has(0) {
				rated[r.by] = r.says.rating
			}
			known = append(known, i.stands())
			if len(rows) == 0 || j.Outcome != sync.Unchanged { // what says nothing new is nowhere to be known by
				rows = append(rows, r)
			}
			if j.Outcome == sync.Contested && i.stands() != was {
				t.Fatalf("a contested row changed what stands to %+v", i.stands())
			}
			if d := i.open(); d == nil || !d.over().Has(0) {
				for by, rating := range rated {
					if rating != i.master.Rating && rating != NotReviewed {
						t.Fatalf("%d rated %s, %s stands, and nothing is in dispute (one was open: %v)", by, rating, i.master.Rating, before)
					}
				}
			}
			if i.open() != nil {
				i.checkChoices(t)
				if rapid.IntRange(0, 3).Draw(t, "ruling") == 0 {
					over := i.open().over()
					choices := i.argument().choices()
					if err := i.rule(choices[rapid.IntRange(0, len(choices)-1).Draw(t, "choice")].Revision); err != nil {
						t.Fatal(err)
					}
					if over.Has(0) {
						clear(rated)
					}
					settled |= over
					known = append(known, i.stands())
				}
			}
			i.checkEnded(t)
			again := rows[rapid.IntRange(0, len(rows)-1).Draw(t, "again")]
			versions, disputes := len(i.versions), len(i.disputes)
			if j := i.edit(again); len(i.versions) != versions || len(i.disputes) != disputes {
				t.Fatalf("%+v, sent again, is judged %+v", again, j)
			}
		}
	})
}

// checkEnded: of a dispute that ended, what was said in it can be read.
func (i *item) checkEnded(t *rapid.T) {
	for _, d := range i.disputes {
		for _, choice := range argumentOver(d, i.disputes, i.versions).choices() {
			if choice.Revision == 0 || choice.AuthorID == (ID{}) || choice.Rating == "" {
				t.Fatalf("of the dispute %+v a version is %+v", d, choice)
			}
		}
	}
}

// checkChoices: there is something to choose between, and each choice of a party stands once it is ruled for.
func (i *item) checkChoices(t *rapid.T) {
	parties := map[ID]bool{}
	for _, person := range i.argument().parties() {
		parties[person] = true
	}
	if len(parties) < 2 {
		t.Fatalf("a dispute of %d parties", len(parties))
	}
	for _, choice := range i.argument().choices() {
		trial := *i
		trial.disputes, trial.versions = append([]Dispute(nil), i.disputes...), append([]Answer(nil), i.versions...)
		if err := trial.rule(choice.Revision); err != nil {
			t.Fatal(err)
		}
		if answerRules.Differ(choice.content(), trial.master.content(), answerRules.All()) != 0 {
			t.Fatalf("chose %v, and %v stands", choice.content(), trial.master.content())
		}
	}
}
