package inspection

import (
	"context"
	"fmt"
)

// DeclareProof declares originals for a corrective action after the issue, by the same custody as
// fieldwork's: hash first, bytes straight into the object store, then finalised, and locked for the
// retention schedule at once. The frozen report's own evidence is not touched. Declaring the same
// again changes nothing; anything else under a declared id is refused.
//
// Proof is no fieldwork: it is in no tablet's feed, and its number there is 0.
func (s *Service) DeclareProof(ctx context.Context, actor Actor, id, action ID, inputs []EvidenceInput) ([]Evidence, error) {
	if len(inputs) == 0 || len(inputs) > mostNamed {
		return nil, Refuse(Invalid, "input.evidence", "declare 1 to %d originals at a time", mostNamed)
	}
	var ps Problems
	ids := make([]ID, len(inputs))
	for n, in := range inputs {
		path := fmt.Sprintf("input.evidence.%d", n)
		ids[n] = in.ID
		ps = append(ps, in.check(path)...)
		if in.RequirementID != nil || in.FindingID != nil {
			ps = append(ps, newProblem(Invalid, path, "proof shows its action; name neither requirement nor finding"))
		}
	}
	if err := refusal(ps); err != nil {
		return nil, err
	}
	var declared []Evidence
	err := s.store.InTx(ctx, actor, func(tx Tx) error {
		i, a, err := proofTarget(ctx, tx, actor, id, action)
		if err != nil {
			return err
		}
		known, err := tx.EvidenceByID(ctx, i.ID, ids)
		if err != nil {
			return err
		}
		var fresh []Evidence
		for n, in := range inputs {
			e := in.evidence(i.ID, actor, s.now(), nil)
			e.ActionID, e.DeclaredAs = &a.ID, actor.Role
			if old, exists := known[in.ID]; exists {
				if !old.sameDeclaration(e) || !sameValue(old.ActionID, e.ActionID) {
					return Problems{{Code: Conflict, Subject: in.ID, Path: []string{"input", "evidence", fmt.Sprint(n)}, Message: "this id was declared with another original or other particulars; mint a new id"}}
				}
				declared = append(declared, old)
				continue
			}
			known[in.ID] = e
			fresh = append(fresh, e)
			declared = append(declared, e)
		}
		if len(fresh) == 0 {
			return nil
		}
		if err := tx.DeclareProof(ctx, fresh); err != nil {
			return err
		}
		return tx.Audit(ctx, AuditEvent{ID: NewID(), InspectionID: &i.ID, At: s.now(), Actor: actor, Action: DeclareProof, Outcome: Done,
			TargetType: "CorrectiveAction", TargetID: a.ID, Detail: map[string]any{"declared": len(fresh)}})
	})
	return declared, err
}

// proofTarget loads an action whose proof the actor may declare and finalise, and holds its row.
func proofTarget(ctx context.Context, tx Tx, actor Actor, id, action ID) (*Inspection, CorrectiveAction, error) {
	i, err := tx.Inspection(ctx, id)
	if err != nil {
		return nil, CorrectiveAction{}, err
	}
	subject, err := subjectOf(ctx, tx, actor, i)
	if err != nil {
		return nil, CorrectiveAction{}, err
	}
	if err := Allow(actor, DeclareProof, subject); err != nil {
		return nil, CorrectiveAction{}, err
	}
	a, err := tx.LockAction(ctx, i.ID, action)
	if err != nil {
		return nil, a, err
	}
	if a.State == ActionWithdrawn {
		return nil, a, Problems{{Code: Locked, Subject: a.ID, Message: "the deficiency was withdrawn; there is nothing to prove"}}
	}
	return i, a, nil
}

// finaliseProof records what the stored original turned out to be.
func (s *Service) finaliseProof(ctx context.Context, actor Actor, e Evidence, v verdict) (Evidence, error) {
	var final Evidence
	err := s.store.InTx(ctx, actor, func(tx Tx) error {
		i, _, err := proofTarget(ctx, tx, actor, e.InspectionID, *e.ActionID)
		if err != nil {
			return err
		}
		known, err := tx.EvidenceByID(ctx, i.ID, []ID{e.ID})
		if err != nil {
			return err
		}
		final = known[e.ID]
		if final.State == EvidenceLocked || final.State == EvidenceQuarantined {
			return nil // another request was quicker and came to the same verdict
		}
		final = final.judged(v, s.now())
		if err := tx.FinaliseProof(ctx, final); err != nil {
			return err
		}
		return tx.Audit(ctx, AuditEvent{ID: NewID(), InspectionID: &i.ID, At: s.now(), Actor: actor, Action: DeclareProof, Outcome: Done,
			TargetType: "Evidence", TargetID: final.ID, Detail: map[string]any{"evidence": final.ID, "state": final.State, "version": final.VersionID}})
	})
	return final, err
}
