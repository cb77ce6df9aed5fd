package inspection

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// lateGroup are late writes of one collection by one author from one device with one clock: what a push
// would have brought together.
type lateGroup struct {
	inspection *Inspection
	author     Actor
	// decidedAt is when it was decided on, and so recorded: by that the ledger tells it from what its
	// author's device brought itself.
	decidedAt time.Time
	writes    []KeptWrite
}

// adopter judges and records a group's writes as their push would have, and says of each why it cannot
// become part of the record; nil if it did.
type adopter func(ctx context.Context, tx Tx, g lateGroup) ([]*Refusal, error)

// adoptable are the collections in the order in which they are adopted: an original comes after what it
// shows.
var adoptable = []Collection{CollectionAnswer, CollectionFinding, CollectionObservation, CollectionEvidence, CollectionInterviewNote}

// adopter is the judge of a collection.
func (s *Service) adopter(of Collection) adopter {
	switch of {
	case CollectionAnswer:
		return adopts(s, s.recordPushedAnswers, func(document AnswerState, assumed *AnswerState) AnswerRow { return AnswerRow{document, assumed} })
	case CollectionFinding:
		return adopts(s, findingDrafts().record, func(document PushedFinding, assumed *PushedFinding) FindingRow { return FindingRow{document, assumed} })
	case CollectionObservation:
		return adopts(s, observationDrafts().record, func(document PushedObservation, assumed *PushedObservation) ObservationRow {
			return ObservationRow{document, assumed}
		})
	case CollectionEvidence:
		return adopts(s, s.recordPushedEvidence, func(document PushedEvidence, assumed *PushedEvidence) EvidenceRow {
			return EvidenceRow{document, assumed}
		})
	}
	return adopts(s, s.recordPushedNotes, func(document PushedNote, _ *PushedNote) InterviewNoteRow { return InterviewNoteRow{document} })
}

// adopts makes an adopter of a collection's own judge.
func adopts[S, R, D any](s *Service, record func(context.Context, Tx, *pushGroup[R]) ([]rowVerdict[D], error), row func(S, *S) R) adopter {
	return func(ctx context.Context, tx Tx, late lateGroup) ([]*Refusal, error) {
		g := &pushGroup[R]{id: late.inspection.ID, inspection: late.inspection, actor: late.author, now: late.decidedAt, detail: map[string]any{}}
		for _, w := range late.writes {
			document, assumed, err := readKept[S](w)
			if err != nil {
				return nil, err
			}
			g.rows, g.received = append(g.rows, row(document, assumed)), append(g.received, w.ReceivedAt)
		}
		verdicts, err := record(ctx, tx, g)
		if err != nil {
			return nil, err
		}
		refused := make([]*Refusal, len(verdicts))
		for n, v := range verdicts {
			// What the same person changed later on another device stands, and the older stays kept: no
			// reason against the rest.
			if v.refused != nil && v.refused.Code != Superseded {
				refused[n] = v.refused
			}
		}
		return refused, nil
	}
}

// readKept reads what was pushed, and what the device held for the server's; nil if it held none.
func readKept[S any](w KeptWrite) (document S, assumed *S, err error) {
	if err := json.Unmarshal([]byte(w.Document), &document); err != nil {
		return document, nil, fmt.Errorf("inspection: kept write %s: %w", w.ID, err)
	}
	if w.Assumed == "" {
		return document, nil, nil
	}
	assumed = new(S)
	if err := json.Unmarshal([]byte(w.Assumed), assumed); err != nil {
		return document, nil, fmt.Errorf("inspection: kept write %s: %w", w.ID, err)
	}
	return document, assumed, nil
}

// adoptIntoRecord has late work judged and recorded in its authors' names, in the order in which it came.
// If one write cannot become part of the record none does.
func (s *Service) adoptIntoRecord(ctx context.Context, tx Tx, i *Inspection, open []KeptWrite, paths map[ID]string, detail map[string]any) error {
	var ps Problems
	before := i.Head
	for _, g := range lateGroups(i, open) {
		refused, err := s.adopter(g.writes[0].Collection)(ctx, tx, g)
		if err != nil {
			return err
		}
		for n, why := range refused {
			if why != nil {
				ps = append(ps, newProblem(why.Code, paths[g.writes[n].ID], "it cannot be adopted as it is (%s); dismiss it", why.Message))
			}
		}
	}
	if len(ps) > 0 {
		return refusal(ps)
	}
	detail["changes"] = i.Head - before
	return s.reopenForGaps(ctx, tx, i)
}

// reopenForGaps takes an inspection whose fieldwork was done back to it if what was adopted left a gap,
// such as a dispute: it could not be closed else. The recommendation lapses, for it was made on less.
func (s *Service) reopenForGaps(ctx context.Context, tx Tx, i *Inspection) error {
	if i.State != FieldworkDone {
		return nil
	}
	gaps, err := s.fieldworkGaps(ctx, tx, i)
	if err != nil || len(gaps) == 0 {
		return err
	}
	i.State, i.FieldworkDoneAt, i.Recommended = InProgress, nil, nil
	i.Revision++
	return nil
}

// lateGroups sorts late writes into what pushes would have brought together.
func lateGroups(i *Inspection, open []KeptWrite) []lateGroup {
	inOrder := slices.Clone(open)
	slices.SortStableFunc(inOrder, func(a, b KeptWrite) int {
		return cmp.Or(cmp.Compare(slices.Index(adoptable, a.Collection), slices.Index(adoptable, b.Collection)), compareIDs(a.UserID, b.UserID),
			compareIDs(a.DeviceID, b.DeviceID), cmp.Compare(offsetOf(a), offsetOf(b)), a.ReceivedAt.Compare(b.ReceivedAt), compareIDs(a.ID, b.ID))
	})
	var groups []lateGroup
	for _, w := range inOrder {
		if n := len(groups) - 1; n >= 0 && together(groups[n].writes[0], w) {
			groups[n].writes = append(groups[n].writes, w)
			continue
		}
		groups = append(groups, lateGroup{inspection: i, author: w.author(), decidedAt: *w.DecidedAt, writes: []KeptWrite{w}})
	}
	return groups
}

func together(a, b KeptWrite) bool {
	return a.Collection == b.Collection && a.UserID == b.UserID && a.DeviceID == b.DeviceID && offsetOf(a) == offsetOf(b) &&
		(a.ClockOffset == nil) == (b.ClockOffset == nil)
}

func offsetOf(w KeptWrite) time.Duration {
	if w.ClockOffset == nil {
		return 0
	}
	return *w.ClockOffset
}

// author is who wrote it, as they would have pushed it in time.
func (w KeptWrite) author() Actor {
	return Actor{ID: w.UserID, Role: RoleInspector, Device: ActorDevice{ID: w.DeviceID, Offset: offsetOf(w), OffsetKnown: w.ClockOffset != nil}}
}
