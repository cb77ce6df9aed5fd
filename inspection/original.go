package inspection

import (
	"context"
	"strings"
)

// originalOf loads an original of the inspection for an actor who may do to it what is asked:
// fieldwork if it is the team's, proof if it was declared for a corrective action.
func originalOf(ctx context.Context, tx Tx, actor Actor, i *Inspection, evidence ID, fieldwork, proof Action) (Evidence, error) {
	subject, err := subjectOf(ctx, tx, actor, i)
	if err != nil {
		return Evidence{}, err
	}
	known, err := tx.EvidenceByID(ctx, i.ID, []ID{evidence})
	if err != nil {
		return Evidence{}, err
	}
	e, exists := known[evidence]
	action := fieldwork
	if e.ActionID != nil {
		action = proof
	}
	if err := Allow(actor, action, subject); err != nil {
		return Evidence{}, err
	}
	if !exists {
		return Evidence{}, Refuse(NotFound, "input.evidenceId", "the inspection has no such evidence; declare it first")
	}
	return e, nil
}

// ViewOriginal returns a link to an original's pinned version. Every look is an audit event.
func (s *Service) ViewOriginal(ctx context.Context, actor Actor, id, evidence ID) (SignedRequest, error) {
	var request SignedRequest
	err := s.store.InTx(ctx, actor, func(tx Tx) error {
		i, err := tx.Inspection(ctx, id)
		if err != nil {
			return err
		}
		e, err := originalOf(ctx, tx, actor, i, evidence, ViewOriginal, ViewProof)
		if err != nil {
			return err
		}
		if e.State != EvidenceLocked && e.State != EvidenceVerified {
			return Refuse(Unmet, "input.evidenceId", "the original is %s; only a verified original can be viewed", e.State)
		}
		request, err = s.blobs.PresignGet(ctx, GetRequest{Key: e.ObjectKey, Version: e.VersionID, MediaType: e.MediaType, FileName: fileName(e)}, s.settings.ViewWithin)
		if err != nil {
			return blobProblem(err)
		}
		return tx.Audit(ctx, AuditEvent{ID: NewID(), InspectionID: &i.ID, At: s.now(), Actor: actor, Action: ViewOriginal,
			Outcome: Done, TargetType: "Evidence", TargetID: e.ID, Detail: map[string]any{"version": e.VersionID}})
	})
	return request, err
}

func fileName(e Evidence) string {
	_, kind, _ := strings.Cut(string(e.MediaType), "/")
	return e.ID.String() + "." + strings.Replace(kind, "jpeg", "jpg", 1)
}
