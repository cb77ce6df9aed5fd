package inspection

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"plumbline/inspection/sync"
)

// AnswerInput is one item's answer as an inspector gives it.
type AnswerInput struct {
	RequirementID ID
	// Revision is the answer's revision the inspector saw, 0 for an item nobody answered.
	Revision        int
	Rating          Rating
	Reason          string
	Remarks         string
	Methods         []Method
	CorrectedOnSite Correction
	Sample          *Sample
	DeviceTime      time.Time
}

// RecordAnswers records answers, all or none. The same content again changes nothing, whatever
// revision it names. A rating that differs from another person's opens a dispute: both versions are
// kept and the first stays until somebody rules.
func (s *Service) RecordAnswers(ctx context.Context, actor Actor, id ID, inputs []AnswerInput) ([]Answer, error) {
	if len(inputs) == 0 || len(inputs) > mostAnswers {
		return nil, Refuse(Invalid, "input.answers", "send 1 to %d answers at a time", mostAnswers)
	}
	inputs, err := withTimeliness(inputs, s.now())
	if err != nil {
		return nil, err
	}
	if err := checkAnswers(inputs); err != nil {
		return nil, err
	}
	var recorded []Answer
	_, err = s.change(ctx, actor, id, step{action: RecordAnswer, states: []State{InProgress}},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			inputs, err := withDraws(ctx, tx, id, inputs)
			if err != nil {
				return err
			}
			recorded, err = s.record(ctx, tx, i, actor, inputs, detail)
			return err
		})
	return recorded, err
}

// record judges and saves answers to a locked inspection, which the actor may record.
func (s *Service) record(ctx context.Context, tx Tx, i *Inspection, actor Actor, inputs []AnswerInput, detail map[string]any) ([]Answer, error) {
	ids := make([]ID, len(inputs))
	for n, in := range inputs {
		ids[n] = AnswerID(i.ID, in.RequirementID)
	}
	book, err := s.openBook(ctx, tx, i, actor, ids, nil)
	if err != nil {
		return nil, err
	}
	results, err := book.record(inputs)
	if err != nil {
		return nil, err
	}
	if len(book.versions) == 0 {
		return results, errUnchanged
	}
	return results, book.save(ctx, tx, detail)
}

func checkAnswers(inputs []AnswerInput) error {
	var ps Problems
	seen := map[ID]bool{}
	for n, in := range inputs {
		path := fmt.Sprintf("input.answers.%d.", n)
		if seen[in.RequirementID] {
			ps = append(ps, newProblem(Invalid, path+"requirementId", "the requirement stands twice in this request; send it once"))
		}
		seen[in.RequirementID] = true
		ps = append(ps, in.check(path)...)
	}
	return refusal(ps)
}

// check checks what needs no look at the inspection. prefix leads to the input's fields.
func (in AnswerInput) check(prefix string) Problems {
	ps := append(checkText(prefix+"remarks", in.Remarks, mostText), checkText(prefix+"reason", in.Reason, mostText)...)
	if !in.DeviceTime.IsZero() {
		ps = append(ps, checkTime(prefix+"deviceTime", in.DeviceTime)...)
	}
	return append(ps, checkSample(prefix+"sample", in.Sample)...)
}

// record enters what each input comes to, all or none. The same content again changes nothing,
// whatever revision it names.
func (b *answerBook) record(inputs []AnswerInput) ([]Answer, error) {
	var results []Answer
	var ps Problems
	for n, in := range inputs {
		path := fmt.Sprintf("input.answers.%d", n)
		master, ok := b.masters[AnswerID(b.inspection.ID, in.RequirementID)]
		if !ok {
			ps = append(ps, newProblem(NotFound, path+".requirementId", "the checklist has no item for this requirement"))
			continue
		}
		edit := answerEdit{New: master.with(in), Stated: answerRules.All(), Base: master.content(), DeviceTime: in.DeviceTime, Fresh: true}
		judged := b.judge(edit)
		open, _ := disputeOver(b.disputes, master.ID)
		switch {
		case judged.Outcome == sync.Unchanged:
		case open != nil && open.Blocking():
			ps = append(ps, Problem{Code: Conflict, Path: strings.Split(path, "."), Subject: master.ID, Message: "two ratings of this item differ; rule on the dispute before answering it again"})
			continue
		case in.Revision != master.Revision:
			ps = append(ps, Problem{Code: Stale, Path: strings.Split(path+".revision", "."), Subject: master.ID,
				Message: fmt.Sprintf("the answer has changed since you read it (you read revision %d, it is %d): read it again", in.Revision, master.Revision)})
			continue
		}
		results = append(results, b.apply(edit, judged))
	}
	if len(ps) > 0 {
		return nil, shorten(ps)
	}
	return results, nil
}

// with returns the answer with what the input says of it.
func (a Answer) with(in AnswerInput) Answer {
	a.Rating, a.Reason, a.Remarks = in.Rating, strings.TrimSpace(in.Reason), strings.TrimSpace(in.Remarks)
	a.Methods, a.CorrectedOnSite, a.Sample = inOrder(in.Methods), in.CorrectedOnSite, in.Sample
	return a
}

// inOrder returns the methods once each, in the order of Methods.
func inOrder(given []Method) []Method {
	var ordered []Method
	for _, m := range Methods() {
		if slices.Contains(given, m) {
			ordered = append(ordered, m)
		}
	}
	return ordered
}
