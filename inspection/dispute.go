package inspection

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
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
	// SettledRevision is the newest version when it was ruled on: up to it none opposes any more. 0 for
	// rulings given before that was kept.
	SettledRevision int `json:"settledRevision,omitempty"`
	// Versions are what may be ruled for, or was ruled on; nil if they were not asked for.
	Versions []Answer `json:"-"`
}

// Open reports whether nobody has ruled yet.
func (d Dispute) Open() bool { return d.RuledAt == nil }

// Blocking reports whether the dispute holds the fieldwork up: it is open, and over more than remarks,
// which may stand side by side.
func (d Dispute) Blocking() bool {
	return d.Open() && answerRules.Blocking(answerRules.Named(d.Fields))
}

// settled is the last revision that the ruling settled.
func (d Dispute) settled() int { return max(d.SecondRevision, d.SettledRevision) }

// RulingGiven is the rating that stands, nil while the dispute is open.
func (d Dispute) RulingGiven() *Rating {
	if d.Ruling == "" {
		return nil
	}
	return &d.Ruling
}

// choices are the versions that a ruling may let stand, of all the answer's in order of revision: the
// one that came first, and the newest by each person who wrote one since the dispute began.
func (d Dispute) choices(versions []Answer) []Answer {
	var choices []Answer
	for _, v := range versions {
		if v.Revision < d.FirstRevision || v.Revision > d.FirstRevision && v.Revision < d.SecondRevision || !d.Open() && v.Revision > d.settled() {
			continue
		}
		if v.Revision > d.FirstRevision {
			choices = slices.DeleteFunc(choices, func(c Answer) bool { return c.AuthorID == v.AuthorID && c.Revision > d.FirstRevision })
		}
		choices = append(choices, v)
	}
	return choices
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

// disputeOver returns the open dispute over an answer, if any, and the last revision that a ruling
// settled.
func disputeOver(ds []Dispute, answer ID) (open *Dispute, settled int) {
	for n, d := range ds {
		switch {
		case d.AnswerID != answer:
		case d.Open():
			open = &ds[n]
		default:
			settled = max(settled, d.settled())
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
			now := s.now()
			d.SettledRevision = versions[len(versions)-1].Revision
			chosen.Revision, chosen.Seq = d.SettledRevision+1, i.Reserve(1)
			chosen.RecordedAt = now
			d.RuledBy, d.RuledAt, d.Ruling, d.RulingReason = &actor.ID, &now, chosen.Rating, reason
			ruled = chosen
			detail["dispute"], detail["ruling"] = d.ID, d.Ruling
			if err := tx.SaveAnswers(ctx, []Answer{chosen}, []Answer{chosen}); err != nil {
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
