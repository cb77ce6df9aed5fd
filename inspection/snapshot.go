package inspection

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"plumbline/inspection/scoring"
)

// Snapshot is what an inspection was when it was issued: one document with a hash, never changed.
type Snapshot struct {
	InspectionID ID
	Body         []byte // JSON
	SHA256       SHA256
	TakenAt      time.Time
}

// StoredScore is a score as computed at issue by a named, versioned policy.
type StoredScore struct {
	ScoreSummary
	Body       []byte // the scoring.Score as JSON
	ComputedAt time.Time
}

// IssueInspection freezes the inspection: answers, findings, score, edition hashes and evidence
// hashes go into one hashed snapshot, every deficiency gets its corrective action, and the originals
// are locked for the retention schedule.
func (s *Service) IssueInspection(ctx context.Context, actor Actor, id ID, revision int) (*Inspection, error) {
	issued := s.now()
	extended, err := s.extendLocks(ctx, actor, id, issued.Add(s.settings.Retention))
	if err != nil {
		return nil, err
	}
	return s.change(ctx, actor, id, step{action: IssueInspection, states: []State{InReview}, revision: &revision, header: true},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			if gaps := issueGaps(i); len(gaps) > 0 {
				return gaps
			}
			i.IssuedBy, i.IssuedAt = &actor.ID, &issued
			doc, err := s.freeze(ctx, tx, i, issued)
			if err != nil {
				return err
			}
			snapshot, err := doc.snapshot()
			if err != nil {
				return err
			}
			if err := tx.SaveSnapshot(ctx, snapshot); err != nil {
				return err
			}
			if err := saveForms(ctx, tx, doc, snapshot); err != nil {
				return err
			}
			scores, err := storedScores(doc.Scores, issued)
			if err != nil {
				return err
			}
			if err := tx.SaveScores(ctx, id, scores); err != nil {
				return err
			}
			if err := tx.SaveCorrectiveActions(ctx, doc.Actions); err != nil {
				return err
			}
			if err := s.keepMemory(ctx, tx, actor, i, doc); err != nil {
				return err
			}
			if err := s.waiveAtIssue(ctx, tx, actor, i); err != nil {
				return err
			}
			if err := s.rememberLocks(ctx, tx, i, extended, issued.Add(s.settings.Retention)); err != nil {
				return err
			}
			i.State = Issued
			tx.Notify(newEvent(InspectionIssuedEvent, issued, i.eventData()))
			detail["sha256"] = hex.EncodeToString(snapshot.SHA256[:])
			return nil
		})
}

// extendLocks locks every original of the inspection for the retention schedule and says which. It
// runs before the issue is committed: an original locked too long does no harm, an issued one
// unlocked does.
func (s *Service) extendLocks(ctx context.Context, actor Actor, id ID, until time.Time) (map[ID]bool, error) {
	var evidence []Evidence
	err := s.look(ctx, actor, id, IssueInspection, func(tx Tx, i *Inspection) error {
		if i.State != InReview || len(issueGaps(i)) > 0 {
			return nil // the issue itself will be refused
		}
		var err error
		evidence, err = tx.Evidence(ctx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	extended := map[ID]bool{}
	for _, e := range evidence {
		if e.State != EvidenceLocked {
			continue
		}
		if err := s.blobs.Retain(ctx, e.ObjectKey, e.VersionID, until); err != nil {
			return nil, lockProblem(err)
		}
		extended[e.ID] = true
	}
	return extended, nil
}

// rememberLocks records the extended locks. An original that was finalised after they were extended
// keeps its first lock, and the issue is refused so that it is tried again with all of them.
func (s *Service) rememberLocks(ctx context.Context, tx Tx, i *Inspection, extended map[ID]bool, until time.Time) error {
	evidence, err := tx.Evidence(ctx, i.ID)
	if err != nil {
		return err
	}
	var locked []Evidence
	for _, e := range evidence {
		if e.State != EvidenceLocked {
			continue
		}
		if !extended[e.ID] {
			return Refuse(Conflict, "", "an original arrived while the inspection was being issued; issue it again")
		}
		e.RetainUntil = &until
		e.Seq = i.Reserve(1)
		locked = append(locked, e)
	}
	return tx.SaveEvidence(ctx, locked)
}

func (doc Frozen) snapshot() (Snapshot, error) {
	body, err := doc.bytes()
	if err != nil {
		return Snapshot{}, err
	}
	return Snapshot{InspectionID: doc.Inspection.ID, Body: body, SHA256: sha256.Sum256(body), TakenAt: doc.TakenAt}, nil
}

func storedScores(scores []scoring.Score, at time.Time) ([]StoredScore, error) {
	stored := make([]StoredScore, len(scores))
	for n, score := range scores {
		body, err := json.Marshal(score)
		if err != nil {
			return nil, fmt.Errorf("inspection: score: %w", err)
		}
		stored[n] = StoredScore{ScoreSummary: ScoreSummary{Policy: score.Policy.ID, Version: score.Policy.Version,
			Result: string(score.Overall.Result), PerMille: score.Overall.All.Score.PerMille}, Body: body, ComputedAt: at}
	}
	return stored, nil
}
