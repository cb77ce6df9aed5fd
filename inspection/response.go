package inspection

import (
	"context"
	"slices"
	"strings"
)

// RespondToDeficiency records that the facility accepts or contests a deficiency of an issued
// report. A contest needs its reason; a response stands once given.
func (s *Service) RespondToDeficiency(ctx context.Context, actor Actor, id, finding ID, stance Stance, reason string) (FindingResponse, error) {
	var given FindingResponse
	err := s.store.InTx(ctx, actor, func(tx Tx) error {
		i, err := tx.Inspection(ctx, id)
		if err != nil {
			return err
		}
		if err := Allow(actor, RespondToDeficiency, Subject{Inspection: i}); err != nil {
			return err
		}
		if i.State != Issued {
			return Refuse(Locked, "", "the inspection is %s; a facility responds while it is ISSUED", i.State)
		}
		reason = strings.TrimSpace(reason)
		if stance == Contested && reason == "" {
			return Refuse(Invalid, "input.reason", "say why the deficiency is contested")
		}
		if err := refusal(checkText("input.reason", reason, mostText)); err != nil {
			return err
		}
		findings, err := tx.Findings(ctx, id)
		if err != nil {
			return err
		}
		f, exists := findingIn(findings, finding)
		if !exists || f.Kind != Deficiency || f.RemovedAt != nil {
			return Refuse(NotFound, "input.findingId", "the report has no such deficiency")
		}
		responses, err := tx.Responses(ctx, id)
		if err != nil {
			return err
		}
		given = FindingResponse{InspectionID: id, FindingID: finding, Stance: stance, Reason: reason,
			RespondedBy: actor.ID, RespondedAt: s.now()}
		if n := slices.IndexFunc(responses, func(r FindingResponse) bool { return r.FindingID == finding }); n >= 0 {
			if old := responses[n]; old.Stance == given.Stance && old.Reason == given.Reason {
				given = old
				return nil
			}
			return Refuse(Conflict, "input.findingId", "the facility has responded to this deficiency already")
		}
		if err := tx.SaveResponse(ctx, given); err != nil {
			return err
		}
		return tx.Audit(ctx, AuditEvent{ID: NewID(), InspectionID: &i.ID, At: given.RespondedAt, Actor: actor, Action: RespondToDeficiency,
			Outcome: Done, TargetType: "Finding", TargetID: finding, Detail: map[string]any{"stance": stance}})
	})
	return given, err
}

// RuleOnContest answers a contested deficiency. A withdrawn one's corrective action is withdrawn.
func (s *Service) RuleOnContest(ctx context.Context, actor Actor, id, finding ID, ruling ContestRuling, reason string) (FindingResponse, error) {
	var ruled FindingResponse
	_, err := s.change(ctx, actor, id, step{action: RuleOnContest, states: []State{Issued}},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			reason, err := given("input.reason", reason, "a ruling needs its reason")
			if err != nil {
				return err
			}
			responses, err := tx.Responses(ctx, id)
			if err != nil {
				return err
			}
			n := slices.IndexFunc(responses, func(r FindingResponse) bool { return r.FindingID == finding })
			if n < 0 || responses[n].Stance != Contested {
				return Refuse(NotFound, "input.findingId", "the facility has not contested this deficiency")
			}
			ruled = responses[n]
			if ruled.Ruling != "" {
				return Refuse(Conflict, "input.findingId", "the contest was ruled on already")
			}
			now := s.now()
			ruled.Ruling, ruled.RulingReason, ruled.RuledBy, ruled.RuledAt = ruling, reason, &actor.ID, &now
			detail["finding"], detail["ruling"] = finding, ruling
			if err := tx.SaveResponse(ctx, ruled); err != nil {
				return err
			}
			if ruling != Withdrawn {
				return nil
			}
			return s.withdrawAction(ctx, tx, actor, id, finding, reason)
		})
	return ruled, err
}
