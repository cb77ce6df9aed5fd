package inspection

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"plumbline/inspection/scoring"
)

// issuedScores are the stored scores by the named policies, by all if none is named.
func issuedScores(ctx context.Context, tx Tx, id ID, named []string) ([]scoring.Score, error) {
	stored, err := tx.Scores(ctx, id)
	if err != nil {
		return nil, err
	}
	var scores []scoring.Score
	for _, st := range stored {
		if len(named) > 0 && !slices.Contains(named, st.Policy) {
			continue
		}
		var score scoring.Score
		if err := json.Unmarshal(st.Body, &score); err != nil {
			return nil, fmt.Errorf("inspection: stored score of %s: %w", id, err)
		}
		scores = append(scores, score)
	}
	return scores, nil
}

// toldScores are the scores that the inspected read, as the form of the report has them. The stored
// ones are not theirs to see.
func toldScores(ctx context.Context, tx Tx, id ID, named []string) ([]scoring.Score, error) {
	form, err := tx.ReportForm(ctx, id, FormFacility)
	if err != nil {
		return nil, err
	}
	doc, err := ReadSnapshot(form.Body)
	if err != nil {
		return nil, fmt.Errorf("inspection: form of %s: %w", id, err)
	}
	told := doc.Scores
	if len(told) == 0 { // of a snapshot of the first format
		told = []scoring.Score{doc.Score}
	}
	return slices.DeleteFunc(told, func(s scoring.Score) bool {
		return len(named) > 0 && !slices.Contains(named, s.Policy.ID)
	}), nil
}

// Inspection returns an inspection the actor may read.
func (s *Service) Inspection(ctx context.Context, actor Actor, id ID) (*Inspection, error) {
	var found *Inspection
	err := s.look(ctx, actor, id, ReadInspection, func(_ Tx, i *Inspection) error {
		found = i
		return nil
	})
	return redactHeader(actor, found), err
}

// redactHeader takes from the inspected what is OPR's own: team, assignments, briefings, and who gave
// the final rating; its reasons tell of interviews no more than the report does.
func redactHeader(actor Actor, i *Inspection) *Inspection {
	if i == nil || GrantOf(actor.Role, ReadFieldwork) != Never {
		return i
	}
	i.Team, i.Milestones, i.FieldworkNote, i.ReturnedReason = nil, nil, "", ""
	i.Recommended = nil
	if i.Final != nil {
		i.Final = &RatingDecision{Rating: i.Final.Rating, Reason: maskInterviews(i.Final.Reason), At: i.Final.At}
	}
	for n := range i.Standards {
		i.Standards[n].AssignedTo = nil
	}
	return i
}

// Inspections lists the inspections the actor may read.
func (s *Service) Inspections(ctx context.Context, actor Actor, q InspectionQuery) (InspectionPage, error) {
	var page InspectionPage
	if GrantOf(actor.Role, ReadInspection) == Never {
		return page, refuseAction(actor, ReadInspection, Never)
	}
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		page, err = tx.ListInspections(ctx, q)
		return err
	})
	return page, err
}

// Fieldwork is the checklist of an inspection: every answer, with the originals that show it.
type Fieldwork struct {
	Editions []*Edition
	Answers  []Answer
	Evidence []Evidence
}

// Fieldwork loads a loaded inspection's checklist whole, in two statements.
func (s *Service) Fieldwork(ctx context.Context, actor Actor, i *Inspection) (Fieldwork, error) {
	var fw Fieldwork
	err := s.lookAt(ctx, actor, i, ReadFieldwork, func(tx Tx) (err error) {
		for _, edition := range i.EditionIDs() {
			e, err := tx.Edition(ctx, edition)
			if err != nil {
				return err
			}
			fw.Editions = append(fw.Editions, e)
		}
		if fw.Answers, err = tx.Answers(ctx, i.ID); err != nil {
			return err
		}
		fw.Evidence, err = tx.Evidence(ctx, i.ID)
		return err
	})
	return fw, err
}

// AnswerRevisions returns every kept version of an answer, the oldest first.
func (s *Service) AnswerRevisions(ctx context.Context, actor Actor, id, answer ID) ([]Answer, error) {
	var versions []Answer
	err := s.look(ctx, actor, id, ReadFieldwork, func(tx Tx, _ *Inspection) (err error) {
		versions, err = tx.AnswerRevisions(ctx, id, answer)
		return err
	})
	return versions, err
}

// Report is what follows from an inspection's findings.
type Report struct {
	Findings   []Finding
	Responses  map[ID]FindingResponse
	Actions    map[ID]CorrectiveAction
	Tally      Tally
	Statements []Statement
	// Strengths say, by finding, how well the requirement is known on which it rests.
	Strengths map[ID]Strength
}

// Report returns the findings, each with what the facility's past makes of it, with responses,
// corrective actions and their tally.
func (s *Service) Report(ctx context.Context, actor Actor, i *Inspection) (Report, error) {
	r := Report{Responses: map[ID]FindingResponse{}, Actions: map[ID]CorrectiveAction{}}
	err := s.lookAt(ctx, actor, i, ReadInspection, func(tx Tx) (err error) {
		m, err := memoryOf(ctx, tx, i)
		if err != nil {
			return err
		}
		if r.Findings, err = tx.Findings(ctx, i.ID); err != nil {
			return err
		}
		if !i.State.Frozen() {
			past, err := tx.PriorDeficiencies(ctx, s.before(i))
			if err != nil {
				return err
			}
			r.Findings = m.withRepeats(r.Findings, past, i.PlannedEnd)
		}
		r.Strengths = m.strengths(r.Findings)
		responses, err := tx.Responses(ctx, i.ID)
		if err != nil {
			return err
		}
		for _, response := range responses {
			r.Responses[response.FindingID] = response
		}
		actions, err := tx.CorrectiveActions(ctx, i.ID)
		if err != nil {
			return err
		}
		maskActions(actor, actions)
		for _, action := range actions {
			r.Actions[action.FindingID] = action.At(s.now())
		}
		r.Tally = TallyOf(r.Findings, m.name)
		r.Statements, err = tx.Statements(ctx, i.ID)
		return err
	})
	if GrantOf(actor.Role, ReadFieldwork) == Never {
		r.Findings, r.Statements = standing(r.Findings), redaction{roles: true}.statements(r.Statements)
		for n := range r.Findings {
			r.Findings[n].maskForInspected()
		}
	}
	return r, err
}

// FindingStrengths says, by finding, how well the requirement is known on which it rests. A finding on no
// known requirement has none.
func (s *Service) FindingStrengths(ctx context.Context, actor Actor, id ID, fs []Finding) (map[ID]Strength, error) {
	var known map[ID]Strength
	err := s.look(ctx, actor, id, ReadInspection, func(tx Tx, i *Inspection) error {
		c, err := catalogueOf(ctx, tx, i)
		known = c.strengths(fs)
		return err
	})
	return known, err
}

// standing leaves out findings that were taken back before issue: they were drafts.
func standing(fs []Finding) []Finding {
	var kept []Finding
	for _, f := range fs {
		if f.RemovedAt == nil {
			kept = append(kept, f)
		}
	}
	return kept
}

// Snapshot returns an issued inspection's frozen document, for those who may see fieldwork.
func (s *Service) Snapshot(ctx context.Context, actor Actor, i *Inspection) (*Snapshot, error) {
	var found *Snapshot
	err := s.lookAt(ctx, actor, i, ReadFieldwork, func(tx Tx) (err error) {
		if !issued(i) {
			return nil
		}
		found, err = tx.Snapshot(ctx, i.ID)
		return err
	})
	return found, err
}
