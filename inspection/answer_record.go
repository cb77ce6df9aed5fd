package inspection

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
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
	masters, err := tx.AnswersByID(ctx, i.ID, ids)
	if err != nil {
		return nil, err
	}
	disputes, err := tx.Disputes(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	standpoints, err := tx.Standpoints(ctx, i.ID, answered(masters))
	if err != nil {
		return nil, err
	}
	judged, err := judge(i, actor, inputs, masters, standpoints, disputes, s.now())
	if err != nil {
		return nil, err
	}
	if len(judged.versions) == 0 {
		return judged.results, errUnchanged
	}
	detail["answers"], detail["disputes"] = len(judged.versions), len(judged.disputes)
	if err := tx.SaveAnswers(ctx, judged.masters, judged.versions); err != nil {
		return nil, err
	}
	return judged.results, tx.SaveDisputes(ctx, judged.disputes)
}

func checkAnswers(inputs []AnswerInput) error {
	var ps Problems
	seen := map[ID]bool{}
	for n, in := range inputs {
		path := fmt.Sprintf("input.answers.%d", n)
		if seen[in.RequirementID] {
			ps = append(ps, newProblem(Invalid, path+".requirementId", "the requirement stands twice in this request; send it once"))
		}
		seen[in.RequirementID] = true
		ps = append(ps, checkText(path+".remarks", in.Remarks, mostText)...)
		ps = append(ps, checkText(path+".reason", in.Reason, mostText)...)
		if !in.DeviceTime.IsZero() {
			ps = append(ps, checkTime(path+".deviceTime", in.DeviceTime)...)
		}
		ps = append(ps, checkSample(path+".sample", in.Sample)...)
	}
	return refusal(ps)
}

// judged is what a request's answers come to.
type judged struct {
	results  []Answer  // in the request's order
	masters  []Answer  // changed masters
	versions []Answer  // versions to keep
	disputes []Dispute // opened
}

// answered lists the answers that somebody gave before.
func answered(masters map[ID]Answer) []ID {
	var ids []ID
	for _, a := range masters {
		if a.Revision > 0 {
			ids = append(ids, a.ID)
		}
	}
	return ids
}

// judge decides what each input comes to. standpoints are the newest version by each author of the
// masters that were answered before.
func judge(i *Inspection, actor Actor, inputs []AnswerInput, masters map[ID]Answer, standpoints map[ID][]Answer, disputes []Dispute, now time.Time) (judged, error) {
	var out judged
	var ps Problems
	for n, in := range inputs {
		path := fmt.Sprintf("input.answers.%d", n)
		master, ok := masters[AnswerID(i.ID, in.RequirementID)]
		if !ok {
			ps = append(ps, newProblem(NotFound, path+".requirementId", "the checklist has no item for this requirement"))
			continue
		}
		version := master.with(in, actor, now)
		open, since := disputeOver(disputes, master.ID)
		switch {
		case version.sameContent(master), open != nil && repeats(version, standpoints[master.ID], *open):
			out.results = append(out.results, master)
			continue
		case open != nil:
			ps = append(ps, Problem{Code: Conflict, Path: strings.Split(path, "."), Subject: master.ID, Message: "two ratings of this item differ; rule on the dispute before answering it again"})
			continue
		case in.Revision != master.Revision:
			ps = append(ps, Problem{Code: Stale, Path: strings.Split(path+".revision", "."), Subject: master.ID,
				Message: fmt.Sprintf("the answer has changed since you read it (you read revision %d, it is %d): read it again", in.Revision, master.Revision)})
			continue
		}
		version.Revision = master.Revision + 1
		version.Seq = i.Reserve(1)
		out.versions = append(out.versions, version)
		if first := opposed(version, standpoints[master.ID], since); first != 0 {
			out.disputes = append(out.disputes, Dispute{ID: NewID(), InspectionID: i.ID, AnswerID: master.ID,
				FirstRevision: first, SecondRevision: version.Revision, OpenedAt: now})
			master.Revision, master.Seq = version.Revision, version.Seq
			version = master
		}
		out.masters = append(out.masters, version)
		out.results = append(out.results, version)
	}
	if len(ps) > 0 {
		return judged{}, shorten(ps)
	}
	return out, nil
}

// with returns the version that the input makes of the answer.
func (a Answer) with(in AnswerInput, actor Actor, now time.Time) Answer {
	a.Rating, a.Reason, a.Remarks = in.Rating, strings.TrimSpace(in.Reason), strings.TrimSpace(in.Remarks)
	a.Methods, a.CorrectedOnSite, a.Sample = inOrder(in.Methods), in.CorrectedOnSite, in.Sample
	a.AuthorID, a.DeviceID, a.DeviceTime, a.RecordedAt = actor.ID, actor.Device.ID, in.DeviceTime, now
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

// opposed returns the revision in which another person rated the item differently, 0 if nobody did.
// What was ruled on, up to revision since, opposes no more. Whose version came last does not matter:
// adding a remark to another's rating does not make it one's own to overturn.
func opposed(version Answer, standpoints []Answer, since int) int {
	first := 0
	for _, other := range standpoints {
		if other.AuthorID != version.AuthorID && other.Revision > since && other.Rating != NotReviewed &&
			other.Rating != version.Rating && (first == 0 || other.Revision < first) {
			first = other.Revision
		}
	}
	return first
}

// repeats reports whether the version is the one that opened the dispute, sent again.
func repeats(version Answer, standpoints []Answer, d Dispute) bool {
	return slices.ContainsFunc(standpoints, func(a Answer) bool {
		return a.Revision == d.SecondRevision && a.AuthorID == version.AuthorID && a.sameContent(version)
	})
}

// disputeOver returns the open dispute over an answer, if any, and the last revision that a ruling
// settled.
func disputeOver(ds []Dispute, answer ID) (open *Dispute, since int) {
	for n, d := range ds {
		switch {
		case d.AnswerID != answer:
		case d.Open():
			open = &ds[n]
		default:
			since = max(since, d.SecondRevision)
		}
	}
	return open, since
}

// RuleDispute decides which of the two ratings stands, with a reason. The lead rules; where the lead
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
			chosen, err := pick(versions, d, revision, actor, i.LeadID)
			if err != nil {
				return err
			}
			now := s.now()
			chosen.Revision, chosen.Seq = d.SecondRevision+1, i.Reserve(1)
			chosen.RecordedAt = now
			d.RuledBy, d.RuledAt, d.Ruling, d.RulingReason = &actor.ID, &now, chosen.Rating, reason
			ruled = chosen
			detail["dispute"], detail["ruling"] = d.ID, d.Ruling
			if err := tx.SaveAnswers(ctx, []Answer{chosen}, []Answer{chosen}); err != nil {
				return err
			}
			return tx.SaveDisputes(ctx, []Dispute{d})
		})
	return ruled, err
}

// pick returns the version the ruling lets stand; its authorship is kept.
func pick(versions []Answer, d Dispute, revision int, actor Actor, lead ID) (Answer, error) {
	var chosen *Answer
	leadIsParty := false
	for n := range versions {
		v := &versions[n]
		if v.Revision != d.FirstRevision && v.Revision != d.SecondRevision {
			continue
		}
		if v.AuthorID == actor.ID {
			return Answer{}, Refuse(Forbidden, "", "a party to the dispute does not rule on it; the reviewer does")
		}
		if v.Revision == revision {
			chosen = v
		}
		leadIsParty = leadIsParty || v.AuthorID == lead
	}
	if actor.ID != lead && !leadIsParty {
		return Answer{}, Refuse(Forbidden, "", "the lead is no party to this dispute and rules on it")
	}
	if chosen == nil {
		return Answer{}, Refuse(Invalid, "input.revision", "choose revision %d or %d", d.FirstRevision, d.SecondRevision)
	}
	return *chosen, nil
}
