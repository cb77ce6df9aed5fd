package inspection

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ExclusionVerdict is what a reviewer thinks of an answer that rates nothing.
type ExclusionVerdict string

const (
	ExclusionAccepted ExclusionVerdict = "ACCEPTED"
	ExclusionSentBack ExclusionVerdict = "SENT_BACK"
)

// ExclusionReview is a reviewer's verdict on an answer NOT_APPLICABLE or UNDETERMINED. It holds for
// that revision only: a changed answer needs a new review.
type ExclusionReview struct {
	ID             ID               `json:"id"`
	InspectionID   ID               `json:"-"`
	AnswerID       ID               `json:"answerId"`
	AnswerRevision int              `json:"answerRevision"`
	Verdict        ExclusionVerdict `json:"verdict"`
	Reason         string           `json:"reason"`
	ReviewedBy     ID               `json:"reviewedBy"`
	ReviewedAt     time.Time        `json:"reviewedAt"`
}

// Exclusion is an item that counts neither as met nor as not met.
type Exclusion struct {
	Answer Answer
	// Requirement is what was not rated.
	Requirement *Requirement
	// Review is the newest verdict on the answer's present revision, nil if there is none.
	Review *ExclusionReview
}

// ExclusionGroup are the exclusions of one rating with one reason.
type ExclusionGroup struct {
	Rating Rating
	Reason string
	// Accepted is how many of the items a reviewer accepted.
	Accepted int
	Items    []Exclusion
}

// Count is how many items it is.
func (g ExclusionGroup) Count() int { return len(g.Items) }

// Exclusions are an inspection's items that nobody rated as met or not met, by rating and reason, the
// most frequent first.
type Exclusions struct {
	NotApplicable int
	Undetermined  int
	NotReviewed   int
	// Unreviewed is how many NOT_APPLICABLE and UNDETERMINED answers a reviewer has not accepted as
	// they stand. Approval needs 0.
	Unreviewed int
	Groups     []ExclusionGroup
}

type exclusionTx interface {
	// ExclusionReviews loads the newest verdict on each answer's present revision.
	ExclusionReviews(ctx context.Context, inspection ID) ([]ExclusionReview, error)
	SaveExclusionReviews(ctx context.Context, reviews []ExclusionReview) error
}

// reviewable reports whether an answer needs a reviewer's verdict: a rating that takes an item out of
// what is met or not met. What was not reviewed says so of itself.
func (a Answer) reviewable() bool { return a.Rating == NotApplicable || a.Rating == Undetermined }

// exclusionsOf loads the exclusions in checklist order.
func exclusionsOf(ctx context.Context, tx Tx, i *Inspection) ([]Exclusion, error) {
	c, err := catalogueOf(ctx, tx, i)
	if err != nil {
		return nil, err
	}
	answers, err := tx.Answers(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	reviews, err := tx.ExclusionReviews(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	verdict := map[ID]*ExclusionReview{}
	for n := range reviews {
		verdict[reviews[n].AnswerID] = &reviews[n]
	}
	var all []Exclusion
	for _, a := range answers {
		if a.reviewable() || a.Rating == NotReviewed {
			all = append(all, Exclusion{Answer: a, Requirement: c.requirements[a.RequirementID], Review: verdict[a.ID]})
		}
	}
	return all, nil
}

// accepted reports whether a reviewer accepted the exclusion as it stands.
func (e Exclusion) accepted() bool { return e.Review != nil && e.Review.Verdict == ExclusionAccepted }

// groupExclusions counts and groups exclusions.
func groupExclusions(all []Exclusion) Exclusions {
	var out Exclusions
	at := map[[2]string]int{}
	for _, e := range all {
		out.NotApplicable += count(e.Answer.Rating == NotApplicable)
		out.Undetermined += count(e.Answer.Rating == Undetermined)
		out.NotReviewed += count(e.Answer.Rating == NotReviewed)
		out.Unreviewed += count(e.Answer.reviewable() && !e.accepted())
		key := [2]string{string(e.Answer.Rating), e.Answer.Reason}
		n, known := at[key]
		if !known {
			n = len(out.Groups)
			at[key] = n
			out.Groups = append(out.Groups, ExclusionGroup{Rating: e.Answer.Rating, Reason: e.Answer.Reason})
		}
		out.Groups[n].Accepted += count(e.accepted())
		out.Groups[n].Items = append(out.Groups[n].Items, e)
	}
	slices.SortStableFunc(out.Groups, func(a, b ExclusionGroup) int {
		return cmp.Or(cmp.Compare(a.Rating, b.Rating), cmp.Compare(len(b.Items), len(a.Items)), cmp.Compare(a.Reason, b.Reason))
	})
	return out
}

// Exclusions lists what of a loaded inspection's checklist counts neither as met nor as not met.
func (s *Service) Exclusions(ctx context.Context, actor Actor, i *Inspection) (Exclusions, error) {
	var out Exclusions
	err := s.lookAt(ctx, actor, i, ReadFieldwork, func(tx Tx) error {
		all, err := exclusionsOf(ctx, tx, i)
		out = groupExclusions(all)
		return err
	})
	return out, err
}

// ReviewExclusions records a reviewer's verdict on answers NOT_APPLICABLE or UNDETERMINED: on those
// named, or on all that were not accepted yet. The same verdict again changes nothing. What is sent
// back stands in the way of approval; the team must answer it again once the inspection is returned.
func (s *Service) ReviewExclusions(ctx context.Context, actor Actor, id ID, answers []ID, verdict ExclusionVerdict, reason string) (*Inspection, error) {
	if len(answers) > mostAnswers {
		return nil, Refuse(Invalid, "input.answerIds", "review at most %d answers at a time, or leave the list out", mostAnswers)
	}
	reason = strings.TrimSpace(reason)
	if verdict == ExclusionSentBack && reason == "" {
		return nil, Refuse(Invalid, "input.reason", "say what has to be put right")
	}
	if ps := checkText("input.reason", reason, mostText); len(ps) > 0 {
		return nil, ps
	}
	return s.change(ctx, actor, id, step{action: ReviewExclusions, states: []State{InReview}},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			all, err := exclusionsOf(ctx, tx, i)
			if err != nil {
				return err
			}
			chosen, err := choose(all, answers)
			if err != nil {
				return err
			}
			now := s.now()
			var reviews []ExclusionReview
			for _, e := range chosen {
				if e.Review != nil && e.Review.Verdict == verdict && e.Review.Reason == reason {
					continue
				}
				reviews = append(reviews, ExclusionReview{ID: NewID(), InspectionID: id, AnswerID: e.Answer.ID, AnswerRevision: e.Answer.Revision,
					Verdict: verdict, Reason: reason, ReviewedBy: actor.ID, ReviewedAt: now})
			}
			if len(reviews) == 0 {
				return errUnchanged
			}
			if verdict == ExclusionSentBack && i.ApprovedAt != nil {
				i.ApprovedBy, i.ApprovedAt = nil, nil
				i.Revision++
			}
			detail["answers"], detail["verdict"] = len(reviews), verdict
			return tx.SaveExclusionReviews(ctx, reviews)
		})
}

// choose picks the named exclusions, or all that no reviewer accepted yet.
func choose(all []Exclusion, answers []ID) ([]Exclusion, error) {
	var chosen []Exclusion
	if len(answers) == 0 {
		for _, e := range all {
			if e.Answer.reviewable() && !e.accepted() {
				chosen = append(chosen, e)
			}
		}
		return chosen, nil
	}
	var ps Problems
	for n, id := range answers {
		path := fmt.Sprintf("input.answerIds.%d", n)
		at := slices.IndexFunc(all, func(e Exclusion) bool { return e.Answer.ID == id && e.Answer.reviewable() })
		switch {
		case slices.Contains(answers[:n], id):
			ps = append(ps, newProblem(Invalid, path, "the answer stands twice in this request; name it once"))
		case at < 0:
			ps = append(ps, newProblem(NotFound, path, "the inspection has no answer NOT_APPLICABLE or UNDETERMINED of this id"))
		default:
			chosen = append(chosen, all[at])
		}
	}
	return chosen, refusal(ps)
}

// approvalGaps are the exclusions that stand in the way of approval.
func approvalGaps(ctx context.Context, tx Tx, i *Inspection) (Problems, error) {
	all, err := exclusionsOf(ctx, tx, i)
	if err != nil {
		return nil, err
	}
	var gaps Problems
	for _, e := range all {
		switch {
		case !e.Answer.reviewable() || e.accepted():
		case e.Review == nil:
			gaps = append(gaps, e.gap("review why it is %s", e.Answer.Rating))
		default:
			gaps = append(gaps, e.gap("its %s was sent back; return the inspection, or accept it", e.Answer.Rating))
		}
	}
	return shorten(gaps), nil
}

func (e Exclusion) gap(format string, args ...any) Problem {
	p := newProblem(Unmet, "", "item %s: %s", e.Requirement.Key, fmt.Sprintf(format, args...))
	p.Subject = e.Answer.ID
	return p
}

// sentBack are the answers that the reviewer sent back and nobody changed since, as gaps.
func sentBack(ctx context.Context, tx Tx, i *Inspection, key map[ID]string) (Problems, error) {
	reviews, err := tx.ExclusionReviews(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	var gaps Problems
	for _, r := range reviews {
		if r.Verdict == ExclusionSentBack {
			gaps = append(gaps, Problem{Code: Unmet, Subject: r.AnswerID, Message: fmt.Sprintf("item %s: the reviewer sent the answer back (%s); answer it again, or say better why", key[r.AnswerID], r.Reason)})
		}
	}
	return gaps, nil
}
