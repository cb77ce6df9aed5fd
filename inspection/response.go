package inspection

import (
	"context"
	"slices"
	"strings"
)

// RespondToDeficiency records that the facility accepts or contests a deficiency of an issued
// report, or one that was adopted since. A contest needs its reason; a response stands once given.
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
		if err := answerable(ctx, tx, i, finding); err != nil {
			return err
		}
		reason = strings.TrimSpace(reason)
		if stance == Contested && reason == "" {
			return Refuse(Invalid, "input.reason", "say why the deficiency is contested")
		}
		if err := refusal(checkText("input.reason", reason, mostText)); err != nil {
			return err
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

// answerable refuses to have a facility answer what is no deficiency, or is not to be answered any more:
// what was issued is answered until the inspection is closed, what was adopted late also after that, for
// it may come as late.
func answerable(ctx context.Context, tx Tx, i *Inspection, finding ID) error {
	if !issued(i) {
		return Refuse(Locked, "", "the inspection is %s; a facility responds once it is ISSUED", i.State)
	}
	findings, err := tx.Findings(ctx, i.ID)
	if err != nil {
		return err
	}
	if f, exists := findingIn(findings, finding); exists && f.Kind == Deficiency && f.RemovedAt == nil {
		if i.State != Issued {
			return Refuse(Locked, "", "the inspection is %s; a facility responds to what was issued while it is ISSUED", i.State)
		}
		return nil
	}
	told, err := tx.ToldAmendments(ctx, i.ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(told, func(a Amendment) bool { return a.opensAction() && a.Deficiency.FindingID == finding }) {
		return Refuse(NotFound, "input.findingId", "the report has no such deficiency, and none was adopted since")
	}
	return nil
}

// RuleOnContest answers a contested deficiency, also once the inspection is closed: a contest is not left
// without an answer. A withdrawn one's corrective action is withdrawn.
func (s *Service) RuleOnContest(ctx context.Context, actor Actor, id, finding ID, ruling ContestRuling, reason string) (FindingResponse, error) {
	var ruled FindingResponse
	_, err := s.change(ctx, actor, id, step{action: RuleOnContest, states: []State{Issued, Closed}},
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
