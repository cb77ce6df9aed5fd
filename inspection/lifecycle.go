package inspection

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// StartInspection opens the checklist: every requirement of the scope becomes an item, NOT_REVIEWED,
// and the facility's corrective actions that are not settled come along.
// Only a reconstruction starts without any item: its report\'s lines may not be known.
func (s *Service) StartInspection(ctx context.Context, actor Actor, id ID, revision int) (*Inspection, error) {
	return s.change(ctx, actor, id, step{action: StartInspection, states: []State{Planned}, revision: &revision, header: true},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			answers, err := checklistOf(ctx, tx, i)
			if err != nil {
				return err
			}
			if len(answers) == 0 && i.Origin != Reconstructed {
				return Refuse(Unmet, "", "the scope has no requirements; plan it with at least one standard")
			}
			now := s.now()
			i.State, i.StartedAt = InProgress, &now
			detail["items"] = len(answers)
			if err := tx.CreateAnswers(ctx, answers); err != nil {
				return err
			}
			carried, err := s.carryOver(ctx, tx, i)
			detail["carriedActions"] = len(carried)
			return err
		})
}

// checklistOf makes the untouched answers of the scope, each with its change number.
func checklistOf(ctx context.Context, tx Tx, i *Inspection) ([]Answer, error) {
	var answers []Answer
	for _, scoped := range i.Standards {
		edition, err := tx.Edition(ctx, scoped.EditionID)
		if err != nil {
			return nil, err
		}
		for _, st := range edition.Standards() {
			if st.ID != scoped.StandardID {
				continue
			}
			for _, r := range st.Requirements {
				answers = append(answers, Answer{ID: AnswerID(i.ID, r.ID), InspectionID: i.ID, StandardID: st.ID,
					RequirementID: r.ID, Position: len(answers), Rating: NotReviewed, CorrectedOnSite: NotCorrected})
			}
		}
	}
	first := i.Reserve(len(answers))
	for n := range answers {
		answers[n].Seq = first + int64(n)
	}
	return answers, nil
}

// FinishFieldwork ends the fieldwork. It is refused, naming every gap, while an item is unrated and
// unexplained, a dispute is open, ratings and deficiencies contradict each other, an original is
// missing or quarantined and not accepted, late work awaits a decision, or a present member's device
// may still hold work and no statement names it with a reason.
func (s *Service) FinishFieldwork(ctx context.Context, actor Actor, id ID, revision int, note string, statements []DeviceStatementInput) (*Inspection, error) {
	return s.change(ctx, actor, id, step{action: FinishFieldwork, states: []State{InProgress}, revision: &revision, header: true},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			ledger, err := s.ledgerOf(ctx, tx, i)
			if err != nil {
				return err
			}
			if err := s.state(ctx, tx, actor, ledger, statements); err != nil {
				return err
			}
			gaps, err := s.finishGaps(ctx, tx, i, ledger)
			if err != nil {
				return err
			}
			if len(gaps) > 0 {
				return gaps
			}
			if len(statements) > 0 {
				detail["devicesNotWaitedFor"] = named(statements)
			}
			now := s.now()
			i.State, i.FieldworkDoneAt, i.FieldworkNote = FieldworkDone, &now, strings.TrimSpace(note)
			return refusal(checkText("input.note", i.FieldworkNote, mostText))
		})
}

// Gaps returns what stands in the way of the inspection's next step, nothing if it may go on.
func (s *Service) Gaps(ctx context.Context, actor Actor, i *Inspection) (Problems, error) {
	var gaps Problems
	err := s.lookAt(ctx, actor, i, ReadFieldwork, func(tx Tx) error {
		var err error
		switch i.State {
		case InProgress:
			var ledger *Ledger
			if ledger, err = s.ledgerOf(ctx, tx, i); err == nil {
				gaps, err = s.finishGaps(ctx, tx, i, ledger)
			}
		case FieldworkDone:
			gaps, err = s.reviewGaps(ctx, tx, i)
		case InReview:
			if i.ApprovedAt == nil {
				gaps, err = approvalGaps(ctx, tx, i)
			}
			gaps = append(gaps, issueGaps(i)...)
		case Issued:
			gaps, err = closeGaps(ctx, tx, i, s.now())
		}
		return err
	})
	return gaps, err
}

// mostGaps is how many gaps are named one by one; the rest are counted.
const mostGaps = 100

func (s *Service) fieldworkGaps(ctx context.Context, tx Tx, i *Inspection) (Problems, error) {
	m, err := memoryOf(ctx, tx, i)
	if err != nil {
		return nil, err
	}
	answers, err := tx.Answers(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	disputes, err := tx.Disputes(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	evidence, err := tx.Evidence(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	findings, err := tx.Findings(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	carried, err := tx.CarriedActions(ctx, i.ID, s.now())
	if err != nil {
		return nil, err
	}
	var gaps Problems
	name := map[ID]string{}
	still := stillOpen(carried)
	for _, a := range answers {
		r := m.requirements[a.RequirementID]
		name[a.ID] = r.Key
		if gap := a.Gap(r.Priority == PrioritySourced); gap != "" {
			gaps = append(gaps, Problem{Code: Unmet, Subject: a.ID, Message: fmt.Sprintf("item %s: %s%s", r.Key, gap, still[a.RequirementID])})
		}
	}
	gaps = append(gaps, m.contradictions(answers, findings)...)
	outgrown, err := sampleGaps(ctx, tx, i.ID, answers, name)
	if err != nil {
		return nil, err
	}
	gaps = append(gaps, outgrown...)
	for _, d := range disputes {
		if d.Blocking() {
			gaps = append(gaps, Problem{Code: Unmet, Subject: d.ID, Message: fmt.Sprintf("item %s: two ratings differ; rule on the dispute", name[d.AnswerID])})
		}
	}
	for _, e := range evidence {
		if e.Outstanding() {
			gaps = append(gaps, Problem{Code: Unmet, Subject: e.ID, Message: fmt.Sprintf("evidence %s is %s; upload it, or accept its absence with a reason", e.ID, evidenceWord(e.State))})
		}
	}
	contradicted, err := contradictions(ctx, tx, i, name)
	if err != nil {
		return nil, err
	}
	returned, err := sentBack(ctx, tx, i, name)
	if err != nil {
		return nil, err
	}
	return shorten(slices.Concat(gaps, contradicted, returned)), nil
}

func evidenceWord(s EvidenceState) string {
	if s == EvidenceQuarantined {
		return "quarantined"
	}
	return "missing"
}

func shorten(gaps Problems) Problems {
	if len(gaps) <= mostGaps {
		return gaps
	}
	more := len(gaps) - mostGaps
	return append(gaps[:mostGaps:mostGaps], newProblem(Unmet, "", "and %d more", more))
}

// RecommendRating records the lead's recommendation. No policy pre-fills it.
func (s *Service) RecommendRating(ctx context.Context, actor Actor, id ID, revision int, rating, reason string) (*Inspection, error) {
	return s.change(ctx, actor, id, step{action: RecommendRating, states: []State{FieldworkDone}, revision: &revision, header: true},
		func(tx Tx, i *Inspection, detail map[string]any) (err error) {
			i.Recommended, err = s.decide(actor, rating, reason)
			detail["rating"] = rating
			return err
		})
}

// SetFinalRating records the reviewer's rating, which may differ from the recommendation.
func (s *Service) SetFinalRating(ctx context.Context, actor Actor, id ID, revision int, rating, reason string) (*Inspection, error) {
	return s.change(ctx, actor, id, step{action: SetFinalRating, states: []State{InReview}, revision: &revision, header: true},
		func(tx Tx, i *Inspection, detail map[string]any) (err error) {
			i.Final, err = s.decide(actor, rating, reason)
			detail["rating"] = rating
			return err
		})
}

// mostRating bounds the text of a rating, in characters.
const mostRating = 60

func (s *Service) decide(actor Actor, rating, reason string) (*RatingDecision, error) {
	rating = strings.TrimSpace(rating)
	if rating == "" || utf8.RuneCountInString(rating) > mostRating {
		return nil, Refuse(Invalid, "input.rating", "give the rating in 1 to %d characters", mostRating)
	}
	reason, err := given("input.reason", reason, "a rating needs its reasons")
	if err != nil {
		return nil, err
	}
	return &RatingDecision{Rating: rating, Reason: reason, By: actor.ID, At: s.now()}, nil
}

// SubmitForReview hands the inspection to the reviewer. It needs the lead's recommendation, and still no
// gap in the fieldwork: work may have come late since it was done.
func (s *Service) SubmitForReview(ctx context.Context, actor Actor, id ID, revision int) (*Inspection, error) {
	return s.change(ctx, actor, id, step{action: SubmitForReview, states: []State{FieldworkDone}, revision: &revision, header: true},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			gaps, err := s.reviewGaps(ctx, tx, i)
			if err != nil {
				return err
			}
			if len(gaps) > 0 {
				return gaps
			}
			now := s.now()
			i.State, i.SubmittedAt, i.ReturnedReason = InReview, &now, ""
			return nil
		})
}

func (s *Service) reviewGaps(ctx context.Context, tx Tx, i *Inspection) (Problems, error) {
	var gaps Problems
	if i.Recommended == nil {
		gaps = append(gaps, newProblem(Unmet, "", "the lead has not recommended a rating"))
	}
	left, err := s.fieldworkGaps(ctx, tx, i)
	if err != nil {
		return nil, err
	}
	ledger, err := s.ledgerOf(ctx, tx, i)
	if err != nil {
		return nil, err
	}
	return slices.Concat(gaps, left, ledger.lateGaps()), nil
}

// ReturnInspection sends the inspection back to its team, with a reason; approval and ratings lapse.
func (s *Service) ReturnInspection(ctx context.Context, actor Actor, id ID, revision int, reason string) (*Inspection, error) {
	return s.change(ctx, actor, id, step{action: ReviewInspection, states: []State{InReview}, revision: &revision, header: true},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			reason, err := given("input.reason", reason, "say what has to be put right")
			if err != nil {
				return err
			}
			i.State, i.ReturnedReason = InProgress, reason
			i.ApprovedBy, i.ApprovedAt, i.Recommended, i.Final = nil, nil, nil, nil
			i.FieldworkDoneAt, i.SubmittedAt = nil, nil
			detail["decision"] = "returned"
			return nil
		})
}

// ApproveInspection records that the reviewer agrees with the fieldwork. It is refused, naming them,
// while an answer NOT_APPLICABLE or UNDETERMINED is not accepted as it stands.
func (s *Service) ApproveInspection(ctx context.Context, actor Actor, id ID, revision int) (*Inspection, error) {
	return s.change(ctx, actor, id, step{action: ReviewInspection, states: []State{InReview}, revision: &revision, header: true},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			gaps, err := approvalGaps(ctx, tx, i)
			if err != nil {
				return err
			}
			if len(gaps) > 0 {
				return gaps
			}
			now := s.now()
			i.ApprovedBy, i.ApprovedAt = &actor.ID, &now
			detail["decision"] = "approved"
			return nil
		})
}

func issueGaps(i *Inspection) Problems {
	var gaps Problems
	if i.ApprovedAt == nil {
		gaps = append(gaps, newProblem(Unmet, "", "the reviewer has not approved the inspection"))
	}
	if i.Final == nil {
		gaps = append(gaps, newProblem(Unmet, "", "the reviewer has not set the final rating"))
	}
	return gaps
}

// CloseInspection ends an issued inspection. Every corrective action must be settled.
func (s *Service) CloseInspection(ctx context.Context, actor Actor, id ID, revision int) (*Inspection, error) {
	return s.change(ctx, actor, id, step{action: CloseInspection, states: []State{Issued}, revision: &revision, header: true},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			gaps, err := closeGaps(ctx, tx, i, s.now())
			if err != nil {
				return err
			}
			if len(gaps) > 0 {
				return gaps
			}
			now := s.now()
			i.State, i.ClosedAt = Closed, &now
			return nil
		})
}

func closeGaps(ctx context.Context, tx Tx, i *Inspection, now time.Time) (Problems, error) {
	actions, err := tx.CorrectiveActions(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	var gaps Problems
	for _, a := range actions {
		if a = a.At(now); !a.State.Settled() {
			gaps = append(gaps, Problem{Code: Unmet, Subject: a.ID, Message: fmt.Sprintf("corrective action %s is %s; it must be verified, waived or withdrawn", a.ID, a.State)})
		}
	}
	return shorten(gaps), nil
}

// CancelInspection ends an inspection that will not be issued, with a reason. What was recorded stays.
func (s *Service) CancelInspection(ctx context.Context, actor Actor, id ID, revision int, reason string) (*Inspection, error) {
	return s.change(ctx, actor, id, step{action: CancelInspection, states: beforeFreeze(), revision: &revision, header: true},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			reason, err := given("input.reason", reason, "say why the inspection is cancelled")
			if err != nil {
				return err
			}
			now := s.now()
			i.State, i.CancelledAt, i.CancelledReason = Cancelled, &now, reason
			return nil
		})
}
