package inspection

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// What became of late work.
const (
	DecisionAdopted   = "ADOPTED"
	DecisionDismissed = "DISMISSED"
)

// lateDeficiencyWithin is how long a deficiency that came late may wait for a decision.
const lateDeficiencyWithin = 5 * 24 * time.Hour

// LateWorkInput names late work and says why it is adopted or dismissed.
type LateWorkInput struct {
	InspectionID ID
	WriteIDs     []ID
	Reason       string
}

type lateTx interface {
	// LateWork loads the late work of an inspection, what nobody decided on first, then as it came.
	LateWork(ctx context.Context, inspection ID) ([]KeptWrite, error)
	// LateWorkByID loads late work of an inspection by its ids.
	LateWorkByID(ctx context.Context, inspection ID, ids []ID) (map[ID]KeptWrite, error)
	// DecideLateWork writes the decisions, in one statement.
	DecideLateWork(ctx context.Context, ws []KeptWrite) error
	// OverdueLateWork lists late deficiencies that came before the moment and wait for a decision.
	OverdueLateWork(ctx context.Context, q OverdueLateQuery) (OverdueLatePage, error)
}

// deficiency reports whether the write says that something is deficient.
func (w KeptWrite) deficiency() bool {
	var said struct {
		Kind    FindingKind
		Deleted bool
	}
	return w.Collection == CollectionFinding && json.Unmarshal([]byte(w.Document), &said) == nil && said.Kind == Deficiency && !said.Deleted
}

// DecideBy is when a late deficiency must be decided on; nil of anything else.
func (w KeptWrite) DecideBy() *time.Time {
	if !w.Late || !w.deficiency() {
		return nil
	}
	by := w.ReceivedAt.Add(lateDeficiencyWithin)
	return &by
}

// LateWork lists what came late to a loaded inspection, for those who may see fieldwork.
func (s *Service) LateWork(ctx context.Context, actor Actor, i *Inspection) ([]KeptWrite, error) {
	var late []KeptWrite
	err := s.lookAt(ctx, actor, i, ReadFieldwork, func(tx Tx) (err error) {
		late, err = tx.LateWork(ctx, i.ID)
		return err
	})
	return late, err
}

// AdoptLateWork makes late work part of the record, all or none: during the fieldwork by the very
// judgement of a push, in its author's name, after the freeze as amendments. The same again changes
// nothing.
func (s *Service) AdoptLateWork(ctx context.Context, actor Actor, in LateWorkInput) ([]KeptWrite, error) {
	return s.decideLate(ctx, actor, in, DecisionAdopted, func(tx Tx, i *Inspection, open []KeptWrite, paths map[ID]string, detail map[string]any) error {
		if i.State.Frozen() {
			return s.amend(ctx, tx, i, open, paths, detail)
		}
		return s.adoptIntoRecord(ctx, tx, i, open, paths, detail)
	})
}

// DismissLateWork records that late work does not become part of the record, and why. It stays readable.
func (s *Service) DismissLateWork(ctx context.Context, actor Actor, in LateWorkInput) ([]KeptWrite, error) {
	return s.decideLate(ctx, actor, in, DecisionDismissed, func(Tx, *Inspection, []KeptWrite, map[ID]string, map[string]any) error { return nil })
}

// decideLate decides on late work and applies the decision to what was open. It returns all that was
// named, in the order of the request.
func (s *Service) decideLate(ctx context.Context, actor Actor, in LateWorkInput, decision string,
	apply func(tx Tx, i *Inspection, open []KeptWrite, paths map[ID]string, detail map[string]any) error) ([]KeptWrite, error) {
	reason, err := in.check()
	if err != nil {
		return nil, err
	}
	var decided []KeptWrite
	_, err = s.change(ctx, actor, in.InspectionID, step{action: DecideLateWork, states: everyState()},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			known, err := tx.LateWorkByID(ctx, i.ID, in.WriteIDs)
			if err != nil {
				return err
			}
			if err := in.mayDecide(actor, i, known, decision); err != nil {
				return err
			}
			now := s.now()
			var open []KeptWrite
			paths := map[ID]string{}
			for n, id := range in.WriteIDs {
				w := known[id]
				if w.Decision == "" {
					w.Decision, w.DecidedBy, w.DecidedAt, w.DecisionReason = decision, &actor.ID, &now, reason
					paths[id] = fmt.Sprintf("input.writeIds.%d", n)
					open = append(open, w)
				}
				decided = append(decided, w)
			}
			if len(open) == 0 {
				return errUnchanged
			}
			describeLate(detail, decision, open)
			if err := tx.DecideLateWork(ctx, open); err != nil {
				return err
			}
			return apply(tx, i, open, paths, detail)
		})
	if err != nil {
		return nil, err
	}
	return decided, nil
}

func (in LateWorkInput) check() (reason string, err error) {
	if len(in.WriteIDs) == 0 || len(in.WriteIDs) > mostAnswers {
		return "", Refuse(Invalid, "input.writeIds", "decide on 1 to %d writes at a time", mostAnswers)
	}
	for n, id := range in.WriteIDs {
		if slices.Contains(in.WriteIDs[:n], id) {
			return "", Refuse(Invalid, fmt.Sprintf("input.writeIds.%d", n), "the write stands twice in this request; name it once")
		}
	}
	return given("input.reason", in.Reason, "say why")
}

// mayDecide refuses what is no late work of the inspection, what was decided on otherwise, and what is
// another's to decide on.
func (in LateWorkInput) mayDecide(actor Actor, i *Inspection, known map[ID]KeptWrite, decision string) error {
	if decision == DecisionAdopted && i.State == InReview {
		return Refuse(Locked, "", "the inspection is with the reviewer: return the inspection first, or decide once it is issued")
	}
	var ps Problems
	for n, id := range in.WriteIDs {
		path := fmt.Sprintf("input.writeIds.%d", n)
		w, exists := known[id]
		switch {
		case !exists:
			ps = append(ps, newProblem(NotFound, path, "the inspection keeps no late work of this id"))
		case w.Decision != "" && w.Decision != decision:
			ps = append(ps, newProblem(Conflict, path, "it was decided on already: it is %s", w.Decision))
		default:
			if why := w.notYours(actor, i); why != "" {
				ps = append(ps, newProblem(Forbidden, path, "%s", why))
			}
		}
	}
	return refusal(ps)
}

// notYours says why another decides on the write, "" if the actor does, whom the permission table let
// through: before the freeze the lead, and where the lead brought it, as in a dispute, the reviewer;
// after the freeze the reviewer.
func (w KeptWrite) notYours(actor Actor, i *Inspection) string {
	switch {
	case w.UserID == actor.ID:
		return "nobody decides on their own late work; the reviewer does"
	case i.State.Frozen() && actor.Role != RoleReviewer:
		return "after the freeze the reviewer decides on late work"
	case !i.State.Frozen() && actor.ID != i.LeadID && w.UserID != i.LeadID:
		return "before the freeze the lead decides on late work, except their own"
	}
	return ""
}

// describeLate names in the log both who decided and whose work it is; the reason stands with the work.
func describeLate(detail map[string]any, decision string, open []KeptWrite) {
	ids, authors, count := make([]ID, len(open)), []ID{}, map[Collection]int{}
	for n, w := range open {
		ids[n] = w.ID
		count[w.Collection]++
		if !slices.Contains(authors, w.UserID) {
			authors = append(authors, w.UserID)
		}
	}
	detail["decision"], detail["writes"], detail["authors"], detail["collections"] = decision, ids, authors, count
}
