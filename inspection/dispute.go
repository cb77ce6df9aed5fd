package inspection

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline/inspection/sync"
)

// Dispute is two people's versions of one item that differ. Both are kept and the first stays until
// the lead, or the reviewer where the lead is a party, rules.
type Dispute struct {
	ID           ID `json:"id"`
	InspectionID ID `json:"inspectionId"`
	AnswerID     ID `json:"answerId"`
	// Fields are what the versions differ in, in the order of answerRules.
	Fields         []string   `json:"fields,omitempty"`
	FirstRevision  int        `json:"firstRevision"`
	SecondRevision int        `json:"secondRevision"`
	OpenedAt       time.Time  `json:"openedAt"`
	RuledBy        *ID        `json:"ruledBy"`
	RuledAt        *time.Time `json:"ruledAt"`
	// Ruling is the rating that stands; empty while the dispute is open.
	Ruling       Rating `json:"ruling"`
	RulingReason string `json:"rulingReason"`
	// SettledRevision is the newest version when it ended: up to it none opposes a ruling on the fields any
	// more. 0 for rulings given before that was kept.
	SettledRevision int `json:"settledRevision,omitempty"`
	// Agreed: the parties came to agree without a ruling. That settles nothing between them: who goes back
	// on it is opposed by the others again.
	Agreed bool `json:"agreed,omitempty"`
	// Versions are what may be ruled for, or was ruled on; nil if they were not asked for.
	Versions []Answer `json:"-"`
}

// Open reports whether nobody has ruled yet.
func (d Dispute) Open() bool { return d.RuledAt == nil }

// Blocking reports whether the dispute holds the fieldwork up: it is open, and over more than remarks,
// which may stand side by side.
func (d Dispute) Blocking() bool {
	return d.Open() && answerRules.Blocking(d.over())
}

// lastRevision is that of the newest version when the dispute ended.
func (d Dispute) lastRevision() int { return max(d.SecondRevision, d.SettledRevision) }

// settled is of the n-th field the last revision that the ruling settled, 0 if none.
func (d Dispute) settled(n int) int {
	if d.Open() || d.Agreed || !d.over().Has(n) {
		return 0
	}
	return d.lastRevision()
}

// RulingGiven is the rating that stands, nil while the dispute is open.
func (d Dispute) RulingGiven() *Rating {
	if d.Ruling == "" {
		return nil
	}
	return &d.Ruling
}

// over are the fields in dispute.
func (d Dispute) over() sync.Fields { return answerRules.Named(d.Fields) }

// choices are the versions that a ruling may let stand, of all the answer's in order of revision: the
// one that came first, and the newest by each person who spoke of the disputed fields since the dispute
// began.
func (d Dispute) choices(versions []Answer) []Answer {
	var choices []Answer
	for _, v := range versions {
		if v.Revision < d.FirstRevision || v.Revision > d.FirstRevision && v.Revision < d.SecondRevision || !d.Open() && v.Revision > d.lastRevision() {
			continue
		}
		if v.Revision > d.FirstRevision {
			says := d.speaks(v)
			if says == 0 || d.repeatsFirst(v, choices) {
				continue
			}
			choices = slices.DeleteFunc(choices, func(c Answer) bool {
				return c.AuthorID == v.AuthorID && c.Revision > d.FirstRevision && d.speaks(c)&^says == 0
			})
		}
		choices = append(choices, v)
	}
	return choices
}

// repeatsFirst reports whether a version says of the disputed fields what its author's first among the choices
// says.
func (d Dispute) repeatsFirst(v Answer, choices []Answer) bool {
	return len(choices) > 0 && choices[0].AuthorID == v.AuthorID && answerRules.Differ(choices[0].content(), v.content(), d.over()) == 0
}

// speaks are the disputed fields that a version's author stands by in it.
func (d Dispute) speaks(v Answer) sync.Fields {
	said, _ := v.said()
	return said & d.over()
}

// ruledFor returns the answer as it stands when the ruling is for the chosen version: with the disputed
// fields of that, and what else was taken meanwhile. A ruling for the first lets stand what stands.
func (d Dispute) ruledFor(chosen, master Answer) Answer {
	ruled := master
	ruled.AuthorID, ruled.DeviceID, ruled.DeviceTime, ruled.ClockOffset = chosen.AuthorID, chosen.DeviceID, chosen.DeviceTime, chosen.ClockOffset
	if chosen.Revision == d.FirstRevision {
		return ruled
	}
	ruled = ruled.withFields(chosen, d.over())
	ruled.WrittenBy = master.writtenBy(sync.Hand{}, 0)
	for n, h := range chosen.hands() {
		if d.over().Has(n) && h.By != (ID{}) {
			ruled.WrittenBy[answerRules[n].Name] = sync.Hand{By: h.By, At: h.At}
		}
	}
	return ruled
}

// Disputes lists an inspection's disputes, open and ruled, each with its versions.
func (s *Service) Disputes(ctx context.Context, actor Actor, i *Inspection) ([]Dispute, error) {
	var ds []Dispute
	err := s.lookAt(ctx, actor, i, ReadFieldwork, func(tx Tx) (err error) {
		if ds, err = tx.Disputes(ctx, i.ID); err != nil || len(ds) == 0 {
			return err
		}
		ids := make([]ID, len(ds))
		for n, d := range ds {
			ids[n] = d.AnswerID
		}
		versions, err := tx.VersionsOf(ctx, i.ID, ids)
		for n, d := range ds {
			ds[n].Versions = d.choices(versions[d.AnswerID])
		}
		return err
	})
	return ds, err
}

// disputeOver returns the open dispute over an answer, if any, and of each field the last revision that a
// ruling on it settled.
func disputeOver(ds []Dispute, answer ID) (open *Dispute, settled []int) {
	settled = make([]int, len(answerRules))
	for n, d := range ds {
		if d.AnswerID != answer {
			continue
		}
		if d.Open() {
			open = &ds[n]
		}
		for field := range settled {
			settled[field] = max(settled[field], d.settled(field))
		}
	}
	return open, settled
}

// RuleDispute decides which of the versions stands, with a reason. The lead rules; where the lead
// is a party, and only there, a reviewer without part in the fieldwork.
func (s *Service) RuleDispute(ctx context.Context, actor Actor, id, dispute ID, revision int, reason string) (Answer, error) {
	var ruled Answer
	_, err := s.change(ctx, actor, id, step{action: RuleDispute, states: []State{InProgress}},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			reason, err := given("input.reason", reason, "a ruling needs its reason")
			if err != nil {
				return err
			}
			disputes, err := tx.Disputes(ctx, id)
			if err != nil {
				return err
			}
			n := slices.IndexFunc(disputes, func(d Dispute) bool { return d.ID == dispute })
			if n < 0 {
				return Refuse(NotFound, "input.disputeId", "the inspection has no such dispute")
			}
			d := disputes[n]
			if !d.Open() {
				return Refuse(Conflict, "input.disputeId", "the dispute was ruled on already")
			}
			versions, err := tx.AnswerRevisions(ctx, id, d.AnswerID)
			if err != nil {
				return err
			}
			chosen, err := pick(versions, d, revision, actor, i.LeadID)
			if err != nil {
				return err
			}
			masters, err := tx.AnswersByID(ctx, id, []ID{d.AnswerID})
			if err != nil {
				return err
			}
			now := s.now()
			ruled = d.ruledFor(chosen, masters[d.AnswerID])
			d.SettledRevision = versions[len(versions)-1].Revision
			ruled.Revision, ruled.Seq = d.SettledRevision+1, i.Reserve(1)
			ruled.RecordedAt = now
			d.RuledBy, d.RuledAt, d.Ruling, d.RulingReason = &actor.ID, &now, ruled.Rating, reason
			detail["dispute"], detail["ruling"] = d.ID, d.Ruling
			before := newestBy(versions, ruled.AuthorID)
			version := ruled.holding(*before, answerRules.Held(before.version(), ruled.content(), d.over(), 0, nil))
			if err := tx.SaveAnswers(ctx, []Answer{ruled}, []Answer{version}); err != nil {
				return err
			}
			return tx.SaveDisputes(ctx, []Dispute{d})
		})
	return ruled, err
}

// pick returns the version the ruling lets stand; its authorship is kept.
func pick(versions []Answer, d Dispute, revision int, actor Actor, lead ID) (Answer, error) {
	var chosen *Answer
	var possible []string
	leadIsParty := false
	for _, v := range d.choices(versions) {
		if v.AuthorID == actor.ID {
			return Answer{}, Refuse(Forbidden, "", "a party to the dispute does not rule on it; the reviewer does")
		}
		if v.Revision == revision {
			chosen = &v
		}
		possible = append(possible, strconv.Itoa(v.Revision))
		leadIsParty = leadIsParty || v.AuthorID == lead
	}
	if actor.ID != lead && !leadIsParty {
		return Answer{}, Refuse(Forbidden, "", "the lead is no party to this dispute and rules on it")
	}
	if chosen == nil {
		return Answer{}, Refuse(Invalid, "input.revision", "choose revision %s", strings.Join(possible, " or "))
	}
	return *chosen, nil
}
