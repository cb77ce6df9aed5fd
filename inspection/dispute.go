package inspection

import (
	"context"
	"slices"
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
	Fields []string `json:"fields,omitempty"`
	// FirstRevision is that of the version that stands, SecondRevision of the first that contradicted.
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
			ds[n].Versions = argumentOver(d, ds, versions[d.AnswerID]).choices()
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
			over := argumentOver(d, disputes, versions)
			chosen, err := over.pick(revision, actor, i.LeadID)
			if err != nil {
				return err
			}
			masters, err := tx.AnswersByID(ctx, id, []ID{d.AnswerID})
			if err != nil {
				return err
			}
			now := s.now()
			ruled = over.ruled(chosen, masters[d.AnswerID])
			d.SettledRevision = versions[len(versions)-1].Revision
			ruled.Revision, ruled.Seq = d.SettledRevision+1, i.Reserve(1)
			ruled.RecordedAt = now
			d.RuledBy, d.RuledAt, d.Ruling, d.RulingReason = &actor.ID, &now, ruled.Rating, reason
			detail["dispute"], detail["ruling"] = d.ID, d.Ruling
			if err := tx.SaveAnswers(ctx, []Answer{ruled}, []Answer{ruled}); err != nil {
				return err
			}
			return tx.SaveDisputes(ctx, []Dispute{d})
		})
	return ruled, err
}
