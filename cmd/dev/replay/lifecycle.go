package replay

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// planned returns the inspection that reconstructs the report: the one that is there, or a new one.
func (p *player) planned(ctx context.Context, r Report, facility uuid.UUID) (header, error) {
	found, err := ask[bySourceData](ctx, p.reviewer, bySourceQuery, map[string]any{"source": r.Source, "facility": facility})
	if err != nil {
		return header{}, err
	}
	for _, edge := range found.Inspections.Edges {
		if edge.Node.State != "CANCELLED" && edge.Node.PlannedEnd == r.End.Format(time.DateOnly) {
			return p.header(ctx, edge.Node.ID)
		}
	}
	b, err := p.boundTo(ctx, r)
	if err != nil {
		return header{}, err
	}
	payload, err := change[inspectionPayload](ctx, p.lead, step("planInspection", "PlanInspectionInput"), p.plan(r, facility, b))
	if err != nil {
		return header{}, fmt.Errorf("plan: %w", err)
	}
	return payload.Inspection, nil
}

func (p *player) header(ctx context.Context, id uuid.UUID) (header, error) {
	data, err := ask[headerData](ctx, p.reviewer, headerQuery, map[string]any{"id": id})
	if err != nil {
		return header{}, err
	}
	if data.Inspection == nil {
		return header{}, errors.New("the inspection cannot be read")
	}
	return *data.Inspection, nil
}

func (p *player) plan(r Report, facility uuid.UUID, b bound) map[string]any {
	statements := make([]map[string]any, len(r.Statements))
	for n, s := range r.Statements {
		statements[n] = map[string]any{"name": s.Name, "value": s.Value, "source": s.Source}
	}
	plan := map[string]any{
		"facilityId": facility, "origin": "RECONSTRUCTED", "scope": scopeOf(r.Type),
		"announced": r.Announced, "plannedStart": r.Start.Format(time.DateOnly), "plannedEnd": r.End.Format(time.DateOnly),
		"leadId": p.leadID, "source": r.Source, "statements": statements,
	}
	maps.Copy(plan, b.scope(r))
	return plan
}

// scopeOf is the kind of visit by the report's own words. The printed words stay as a statement.
func scopeOf(inspectionType string) string {
	switch {
	case strings.HasPrefix(inspectionType, "follow-up"):
		return "FOLLOW_UP"
	case strings.HasPrefix(inspectionType, "special review"):
		return "SPECIAL_REVIEW"
	case strings.HasPrefix(inspectionType, "pre-occupancy"):
		return "PRE_OCCUPANCY"
	}
	return "FULL"
}

// advance takes the inspection one state further.
func (p *player) advance(ctx context.Context, r Report, i header) (header, error) {
	switch i.State {
	case "PLANNED":
		return p.start(ctx, i)
	case "IN_PROGRESS":
		if err := p.work(ctx, r, i); err != nil {
			return i, err
		}
		return p.step(ctx, p.lead, "finishFieldwork", "FinishFieldworkInput", i,
			map[string]any{"note": "Reconstructed from the published report; nobody was on site for it."})
	case "FIELDWORK_DONE":
		return p.submit(ctx, r, i)
	case "IN_REVIEW":
		return p.review(ctx, r, i)
	}
	return i, fmt.Errorf("the inspection is %s", i.State)
}

// step takes one step from the revision at hand.
func (p *player) step(ctx context.Context, as *client, name, inputType string, i header, more map[string]any) (header, error) {
	input := map[string]any{"inspectionId": i.ID, "revision": i.Revision}
	for key, value := range more {
		input[key] = value
	}
	payload, err := change[inspectionPayload](ctx, as, step(name, inputType), input)
	if err != nil {
		return i, fmt.Errorf("%s: %w", name, err)
	}
	return payload.Inspection, nil
}

func (p *player) start(ctx context.Context, i header) (header, error) {
	if !i.onTeam(p.inspectorID) {
		input := map[string]any{"inspectionId": i.ID, "userId": p.inspectorID}
		payload, err := change[inspectionPayload](ctx, p.lead, step("addTeamMember", "TeamMemberInput"), input)
		if err != nil {
			return i, fmt.Errorf("addTeamMember: %w", err)
		}
		i = payload.Inspection
	}
	return p.step(ctx, p.lead, "startInspection", "StepInput", i, nil)
}

func (i header) onTeam(user uuid.UUID) bool {
	return slices.ContainsFunc(i.Team, func(m teamMember) bool { return m.UserID == user && m.RemovedAt == nil })
}

func (p *player) submit(ctx context.Context, r Report, i header) (_ header, err error) {
	if i.RecommendedRating == nil {
		if i, err = p.step(ctx, p.lead, "recommendRating", "RatingInput", i, ratingOf(r)); err != nil {
			return i, err
		}
	}
	return p.step(ctx, p.lead, "submitForReview", "StepInput", i, nil)
}

func (p *player) review(ctx context.Context, r Report, i header) (_ header, err error) {
	if i.ApprovedAt == nil {
		if err := p.acceptExclusions(ctx, i); err != nil {
			return i, err
		}
		if i, err = p.step(ctx, p.reviewer, "approveInspection", "StepInput", i, nil); err != nil {
			return i, err
		}
	}
	if i.FinalRating == nil {
		if i, err = p.step(ctx, p.reviewer, "setFinalRating", "RatingInput", i, ratingOf(r)); err != nil {
			return i, err
		}
	}
	return p.step(ctx, p.reviewer, "issueInspection", "StepInput", i, nil)
}

// acceptExclusions has the reviewer accept what the report does not let anybody rate.
func (p *player) acceptExclusions(ctx context.Context, i header) error {
	input := map[string]any{"inspectionId": i.ID, "verdict": "ACCEPTED",
		"reason": "Reconstructed: the published report says no more; nobody was on site for it."}
	if _, err := change[inspectionPayload](ctx, p.reviewer, step("reviewExclusions", "ReviewExclusionsInput"), input); err != nil {
		return fmt.Errorf("reviewExclusions: %w", err)
	}
	return nil
}

// ratingOf is the published rating, in its own words; nobody rates anew what was published without.
func ratingOf(r Report) map[string]any {
	if r.Rating == "" {
		return map[string]any{"rating": "not published", "reason": "The sources state no rating of this inspection."}
	}
	return map[string]any{"rating": r.Rating, "reason": "As published: " + orElse(r.RatingSource, r.Source)}
}
