package inspection

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// PlanInput is what it takes to plan an inspection.
type PlanInput struct {
	FacilityID ID
	// EditionID is the plan's own edition, to which all standards of StandardIDs are bound.
	EditionID ID
	// StandardIDs is the scope; empty means every standard of the edition that has requirements, and
	// for a reconstruction every standard. They are added to what CoreSetID or a follow-up picks.
	StandardIDs []ID
	// CoreSetID picks the core standards of a fiscal year, for scope CORE_SET.
	CoreSetID *ID
	// Also are the standards of a mixed visit that are bound to other editions.
	Also         []EditionScope
	Origin       Origin
	Scope        Scope
	Announced    *bool
	PlannedStart time.Time
	PlannedEnd   time.Time
	// LeadID leads; TeamIDs are the other members.
	LeadID  ID
	TeamIDs []ID
	Source  string
	// Statements are what the source of a reconstructed inspection states.
	Statements []Statement
}

func (in PlanInput) check() error {
	var ps Problems
	ps = append(ps, checkTime("input.plannedStart", in.PlannedStart)...)
	ps = append(ps, checkTime("input.plannedEnd", in.PlannedEnd)...)
	if in.PlannedEnd.Before(in.PlannedStart) {
		ps = append(ps, newProblem(Invalid, "input.plannedEnd", "the inspection ends before it starts; swap or correct the dates"))
	}
	if in.PlannedEnd.Sub(in.PlannedStart) > 366*24*time.Hour {
		ps = append(ps, newProblem(Invalid, "input.plannedEnd", "an inspection lasts a year at most; correct the dates"))
	}
	if in.Announced == nil && in.Origin != Reconstructed {
		ps = append(ps, newProblem(Invalid, "input.announced", "say whether the inspection is announced"))
	}
	if in.Origin == Reconstructed && strings.TrimSpace(in.Source) == "" {
		ps = append(ps, newProblem(Invalid, "input.source", "a reconstructed inspection names the published report it follows"))
	}
	if in.Origin != Reconstructed && (in.Source != "" || len(in.Statements) > 0) {
		ps = append(ps, newProblem(Invalid, "input.source", "only a reconstructed inspection has a published source and its statements"))
	}
	ps = append(ps, in.checkAlso()...)
	ps = append(ps, in.checkScope()...)
	ps = append(ps, checkText("input.source", in.Source, mostText)...)
	ps = append(ps, checkStatements(in.Statements)...)
	return refusal(ps)
}

func checkStatements(statements []Statement) Problems {
	var ps Problems
	if len(statements) > mostAnswers {
		return Problems{newProblem(Invalid, "input.statements", "give at most %d statements", mostAnswers)}
	}
	seen := map[string]bool{}
	for n, st := range statements {
		path := fmt.Sprintf("input.statements.%d", n)
		if strings.TrimSpace(st.Name) == "" || strings.TrimSpace(st.Value) == "" {
			ps = append(ps, newProblem(Invalid, path, "a statement has a name and a value"))
		}
		if seen[st.Name] {
			ps = append(ps, newProblem(Invalid, path+".name", "there is a statement of this name already; a name stands once"))
		}
		seen[st.Name] = true
		ps = append(ps, checkText(path+".name", st.Name, mostWord)...)
		ps = append(ps, checkText(path+".value", st.Value, mostText)...)
		ps = append(ps, checkText(path+".source", st.Source, mostText)...)
	}
	return ps
}

// PlanInspection plans an inspection. Scope, edition and team are checked; nothing is kept on refusal.
func (s *Service) PlanInspection(ctx context.Context, actor Actor, in PlanInput) (*Inspection, error) {
	if err := Allow(actor, PlanInspection, Subject{}); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	if actor.Role == RoleLead && actor.ID != in.LeadID && !slices.Contains(in.TeamIDs, actor.ID) {
		return nil, Refuse(Forbidden, "input.leadId", "a lead inspector plans inspections that they lead or join; a reviewer plans any")
	}
	var planned *Inspection
	err := s.store.InTx(ctx, actor, func(tx Tx) error {
		if _, err := tx.Facility(ctx, in.FacilityID); err != nil {
			return at(err, "input.facilityId")
		}
		editions, err := editionsFor(ctx, tx, in)
		if err != nil {
			return err
		}
		taken, err := intakeOf(ctx, tx, in, editions.own, s.now())
		if err != nil {
			return err
		}
		standards, err := editions.bind(in, taken)
		if err != nil {
			return err
		}
		if err := checkTeam(ctx, tx, in.LeadID, in.TeamIDs); err != nil {
			return err
		}
		now := s.now()
		i := &Inspection{
			ID: NewID(), FacilityID: in.FacilityID, EditionID: in.EditionID, CoreSetID: in.CoreSetID, Origin: in.Origin, Scope: in.Scope, Announced: in.Announced,
			PlannedStart: in.PlannedStart, PlannedEnd: in.PlannedEnd, State: Planned, LeadID: in.LeadID,
			Revision: 1, PlannedBy: actor.ID, PlannedAt: now, Source: strings.TrimSpace(in.Source),
			Standards: standards, Team: team(in.LeadID, in.TeamIDs, now),
		}
		if err := tx.CreateInspection(ctx, i); err != nil {
			return err
		}
		if err := tx.SaveStatements(ctx, i.ID, in.Statements); err != nil {
			return err
		}
		planned = i
		return tx.Audit(ctx, AuditEvent{ID: NewID(), InspectionID: &i.ID, At: now, Actor: actor, Action: PlanInspection,
			Outcome: Done, TargetType: "Inspection", TargetID: i.ID, Detail: map[string]any{
				"facility": i.FacilityID, "edition": editions.own.Key, "editionHash": editions.own.Hash, "also": editions.names(),
				"standards": len(standards), "origin": i.Origin, "scope": i.Scope, "coreSet": i.CoreSetID}})
	})
	return planned, err
}

func team(lead ID, others []ID, now time.Time) []TeamMember {
	members := []TeamMember{{UserID: lead, JoinedAt: now}}
	for _, id := range others {
		if !slices.ContainsFunc(members, func(m TeamMember) bool { return m.UserID == id }) {
			members = append(members, TeamMember{UserID: id, JoinedAt: now})
		}
	}
	return members
}

// checkTeam refuses a lead who is no lead inspector and members who are no inspectors.
func checkTeam(ctx context.Context, tx Tx, lead ID, others []ID) error {
	users, err := tx.Users(ctx, append([]ID{lead}, others...))
	if err != nil {
		return err
	}
	role := map[ID]Role{}
	for _, u := range users {
		role[u.ID] = u.Role
	}
	if role[lead] != RoleLead {
		return Refuse(Invalid, "input.leadId", "the lead must be an active lead inspector")
	}
	for n, id := range others {
		if role[id] != RoleInspector && role[id] != RoleLead {
			return Refuse(Invalid, fmt.Sprintf("input.teamIds.%d", n), "a team member must be an active inspector or lead inspector")
		}
	}
	return nil
}

// at gives a refusal the path of the input field that caused it.
func at(err error, path string) error {
	ps := ProblemsOf(err)
	if ps == nil {
		return err
	}
	moved := make(Problems, len(ps))
	for n, p := range ps {
		p.Path = strings.Split(path, ".")
		moved[n] = p
	}
	return moved
}

// AddTeamMember puts a person on the team, or back on it.
func (s *Service) AddTeamMember(ctx context.Context, actor Actor, id, user ID) (*Inspection, error) {
	return s.change(ctx, actor, id, step{action: ManageTeam, states: beforeFreeze(), header: true, parts: true},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			if err := checkTeam(ctx, tx, i.LeadID, []ID{user}); err != nil {
				return at(err, "input.userId")
			}
			detail["added"] = user
			for n := range i.Team {
				if i.Team[n].UserID == user && i.Team[n].RemovedAt == nil {
					return errUnchanged
				}
				if i.Team[n].UserID == user {
					i.Team[n].RemovedAt = nil
					return nil
				}
			}
			i.Team = append(i.Team, TeamMember{UserID: user, JoinedAt: s.now()})
			return nil
		})
}

// RemoveTeamMember takes a person off the team; what they recorded stays theirs.
func (s *Service) RemoveTeamMember(ctx context.Context, actor Actor, id, user ID) (*Inspection, error) {
	return s.change(ctx, actor, id, step{action: ManageTeam, states: beforeFreeze(), header: true, parts: true},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			if user == i.LeadID {
				return Refuse(Invalid, "input.userId", "the lead cannot leave the team")
			}
			for n := range i.Team {
				if i.Team[n].UserID == user && i.Team[n].RemovedAt == nil {
					now := s.now()
					i.Team[n].RemovedAt = &now
					detail["removed"] = user
					return unassign(i, user)
				}
			}
			return Refuse(NotFound, "input.userId", "that person is not on the team")
		})
}

func unassign(i *Inspection, user ID) error {
	for n := range i.Standards {
		if a := i.Standards[n].AssignedTo; a != nil && *a == user {
			i.Standards[n].AssignedTo = nil
		}
	}
	return nil
}

// AssignStandards plans who works on which standards; a nil user takes the assignment back.
func (s *Service) AssignStandards(ctx context.Context, actor Actor, id ID, standards []ID, user *ID) (*Inspection, error) {
	return s.change(ctx, actor, id, step{action: AssignStandards, states: beforeFreeze(), header: true, parts: true},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			if user != nil && !i.OnTeam(*user) {
				return Refuse(Invalid, "input.userId", "that person is not on the team; add them first")
			}
			for n, st := range standards {
				scoped := i.Standard(st)
				if scoped == nil {
					return Refuse(Invalid, fmt.Sprintf("input.standardIds.%d", n), "that standard is not in the inspection's scope")
				}
				scoped.AssignedTo = user
			}
			detail["standards"], detail["to"] = standards, user
			return nil
		})
}

// RecordMilestone records a notice, a document request and its outcome, or a briefing.
func (s *Service) RecordMilestone(ctx context.Context, actor Actor, id ID, m Milestone) (*Inspection, error) {
	return s.change(ctx, actor, id, step{action: RecordMilestone, states: beforeFreeze(), header: true, parts: true},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			if err := checkMilestone(m); err != nil {
				return err
			}
			if (m.Kind == EntranceBriefing || m.Kind == ExitBriefing) && len(m.RolesPresent) == 0 {
				return Refuse(Invalid, "input.rolesPresent", "say which roles were present at the briefing")
			}
			if m.Kind == ExitBriefing && m.PreliminaryListHandedOver == nil {
				return Refuse(Invalid, "input.preliminaryListHandedOver", "say whether the preliminary list was handed over")
			}
			if i.Announced != nil && !*i.Announced && m.Kind == Notice {
				return Refuse(Conflict, "input.kind", "an unannounced inspection gives no notice")
			}
			m.ID, m.RecordedBy, m.RecordedAt = NewID(), actor.ID, s.now()
			i.Milestones = append(i.Milestones, m)
			detail["milestone"] = m.Kind
			return nil
		})
}

func checkMilestone(m Milestone) error {
	ps := checkTime("input.occurredAt", m.OccurredAt)
	ps = append(ps, checkText("input.note", m.Note, mostText)...)
	if len(m.RolesPresent) > mostWord {
		ps = append(ps, newProblem(Invalid, "input.rolesPresent", "name at most %d roles", mostWord))
	}
	for n, role := range m.RolesPresent {
		ps = append(ps, checkText(fmt.Sprintf("input.rolesPresent.%d", n), role, mostWord)...)
	}
	return refusal(ps)
}

func beforeFreeze() []State { return []State{Planned, InProgress, FieldworkDone, InReview} }
