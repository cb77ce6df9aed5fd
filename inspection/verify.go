package inspection

import (
	"context"
	"slices"
	"time"
)

// VerificationInput is what somebody in OPR verified a fix on.
type VerificationInput struct {
	ActionRef
	// Evidence names the originals: proof of the action, or fieldwork of another inspection of the
	// facility. An exercise's pictures verify nothing of a live one.
	Evidence []ID
	Remarks  string
}

// VerifyAction records that a reported fix holds. The verifier is nobody who wrote a version of the
// finding. Every original named was captured and declared after the time of the reported fix,
// declared after the last reopening, and has arrived and been checked: what was captured before the
// fix proves nothing of it, and as clocks lie the server's own receipt counts too. The same bytes count
// from when they were first declared, under whichever id.
func (s *Service) VerifyAction(ctx context.Context, actor Actor, in VerificationInput) (CorrectiveAction, error) {
	remarks, err := given("input.remarks", in.Remarks, "say how the fix was verified")
	if err != nil {
		return CorrectiveAction{}, err
	}
	if err := refusal(checkNamed(in.Evidence)); err != nil {
		return CorrectiveAction{}, err
	}
	step := ActionStep{Kind: StepVerify, Text: remarks, Evidence: in.Evidence}
	return s.takeStep(ctx, actor, in.ActionRef, step, func(tx Tx, i *Inspection, a *CorrectiveAction, now time.Time) error {
		authors, err := tx.FindingAuthors(ctx, i.ID, a.FindingID)
		if err != nil {
			return err
		}
		if slices.Contains(authors, actor.ID) {
			return Problems{{Code: Forbidden, Subject: a.ID, Message: "you wrote the finding; somebody else in OPR verifies its correction"}}
		}
		named, err := tx.EvidenceOfFacility(ctx, i.FacilityID, i.Origin, in.Evidence)
		if err != nil {
			return err
		}
		seen, err := tx.FirstSeen(ctx, hashesOf(named))
		if err != nil {
			return err
		}
		if err := refusal(a.unfit(in.Evidence, named, seen)); err != nil {
			return err
		}
		a.VerifiedBy, a.VerifiedAt = &actor.ID, &now
		return nil
	})
}

func hashesOf(named map[ID]Evidence) []SHA256 {
	var hashes []SHA256
	for _, e := range named {
		hashes = append(hashes, e.SHA256)
	}
	return hashes
}

// fastClock is how far a device's clock may be ahead of the server's.
const fastClock = 5 * time.Minute

// unfit says of every original that cannot verify the action's report why not.
func (a CorrectiveAction) unfit(ids []ID, named map[ID]Evidence, seen map[SHA256]FirstSeen) Problems {
	var ps Problems
	captured, declared := a.Newer()
	for _, id := range ids {
		e, exists := named[id]
		why, code := "", Unmet
		switch {
		case !exists, e.ActionID != nil && *e.ActionID != a.ID, e.ActionID == nil && e.InspectionID == a.InspectionID:
			code, why = NotFound, "this is neither proof of the action nor an original of a later inspection of the facility"
		case e.State != EvidenceLocked && e.State != EvidenceVerified:
			why = "this original is " + string(e.State) + "; it must have arrived and been checked"
		case e.CapturedFrom.After(e.DeclaredAt.Add(fastClock)):
			why = "this original says that it was captured after it was declared: its device's clock is wrong, and proves nothing"
		case !e.CapturedFrom.After(captured):
			why = "this original may have been captured before the fix was done (" + captured.Format(time.RFC3339) + "); evidence must be newer"
		case !e.DeclaredAt.After(declared):
			why = "this original was declared before the fix or the last reopening (" + declared.Format(time.RFC3339) + "); evidence must be newer"
		case !seen[e.SHA256].Captured.After(captured), !seen[e.SHA256].Declared.After(declared):
			why = "the same file was declared before under another id; an old picture does not become new, so evidence must be newer"
		}
		if why != "" {
			ps = append(ps, Problem{Code: code, Path: []string{"input", "evidenceIds"}, Subject: id, Message: why})
		}
	}
	return ps
}

// ReopenAction sends a reported or verified fix back, with a reason that the facility reads. The due
// dates stay those of the opening: the clock was never stopped.
func (s *Service) ReopenAction(ctx context.Context, actor Actor, in ActionRef, reason string) (CorrectiveAction, error) {
	text, err := given("input.reason", reason, "say what is not put right; the facility reads it")
	if err != nil {
		return CorrectiveAction{}, err
	}
	return s.takeStep(ctx, actor, in, ActionStep{Kind: StepReopen, Text: text}, nil)
}
