package inspection

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"plumbline/inspection/sampling"
)

type sampleTx interface {
	// SampleDraws loads an inspection's draws with their substitutions, the first committed first. The
	// seed of one that was not drawn yet cannot be read.
	SampleDraws(ctx context.Context, inspection ID) ([]SampleDraw, error)
	// CommitSample adds a draw and its hidden seed.
	CommitSample(ctx context.Context, d SampleDraw, seed sampling.Seed) error
	// FixSample records, for good, what a committed draw is drawn from, and only then tells the seed.
	FixSample(ctx context.Context, d SampleDraw) (sampling.Seed, error)
	// SavePositions records, for good, what was drawn.
	SavePositions(ctx context.Context, d SampleDraw) error
	// AddSubstitution appends the n-th substitution, counted from 0.
	AddSubstitution(ctx context.Context, inspection, draw ID, n int, s SampleSubstitution) error
}

// mostDraws is how many samples an inspection may draw.
const mostDraws = 500

// CommitInput asks for a seed, before anybody says what is to be drawn from.
type CommitInput struct {
	// ID is minted by the client (UUIDv7), so that a retry commits to nothing twice.
	ID            ID
	RequirementID *ID
	Purpose       string
}

// CommitSample chooses a draw's seed at random and records its commitment. The same again changes
// nothing; anything else under the id is refused.
func (s *Service) CommitSample(ctx context.Context, actor Actor, id ID, in CommitInput) (SampleDraw, error) {
	if in.ID == (ID{}) {
		return SampleDraw{}, Refuse(Invalid, "input.id", "give the draw an id (UUIDv7)")
	}
	purpose, err := given("input.purpose", in.Purpose, "say what the sample is for")
	if err != nil {
		return SampleDraw{}, err
	}
	var committed SampleDraw
	_, err = s.change(ctx, actor, id, step{action: DrawSample, states: []State{InProgress}},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			draws, err := tx.SampleDraws(ctx, id)
			if err != nil {
				return err
			}
			if n := slices.IndexFunc(draws, func(d SampleDraw) bool { return d.ID == in.ID }); n >= 0 {
				committed = draws[n]
				if committed.Purpose != purpose || !sameValue(committed.RequirementID, in.RequirementID) {
					return Refuse(Conflict, "input.id", "this id was committed for another purpose or item; mint a new one")
				}
				return errUnchanged
			}
			if len(draws) >= mostDraws {
				return Refuse(Conflict, "", "an inspection draws at most %d samples", mostDraws)
			}
			if err := onChecklist(ctx, tx, id, in.RequirementID); err != nil {
				return err
			}
			seed := sampling.NewSeed()
			committed = SampleDraw{ID: in.ID, InspectionID: id, RequirementID: in.RequirementID, Purpose: purpose,
				Commitment: SHA256(seed.Commitment()), CommittedBy: actor.ID, CommittedAt: s.now()}
			detail["sample"], detail["commitment"] = in.ID, seed.Commitment().String()
			return tx.CommitSample(ctx, committed, seed)
		})
	return committed, err
}

// onChecklist refuses a requirement that is no item of the inspection.
func onChecklist(ctx context.Context, tx Tx, of ID, requirement *ID) error {
	if requirement == nil {
		return nil
	}
	item := AnswerID(of, *requirement)
	items, err := tx.AnswersByID(ctx, of, []ID{item})
	if err != nil {
		return err
	}
	if _, ok := items[item]; !ok {
		return Refuse(NotFound, "input.requirementId", "the checklist has no item for this requirement")
	}
	return nil
}

// DrawInput says what is drawn from, and how many.
type DrawInput struct {
	DrawID     ID
	Population int
	Size       int
	List       string
	ListSHA256 *SHA256
}

func (in DrawInput) check() error {
	var ps Problems
	draw := sampling.Draw{Population: in.Population, Size: in.Size}
	if err := draw.Check(); err != nil {
		path := "input.size"
		if in.Population < 1 || in.Population > sampling.MostPopulation {
			path = "input.population"
		}
		ps = append(ps, newProblem(Invalid, path, "%v", err))
	}
	if in.List == "" {
		ps = append(ps, newProblem(Invalid, "input.list", "say which list the positions count in, and in which order it stands; never a name"))
	}
	return refusal(append(ps, checkText("input.list", in.List, mostText)...))
}

// DrawSample draws a committed sample from the positions 1 to population of a list. From then on it
// stands: the same again returns it, other figures are refused.
func (s *Service) DrawSample(ctx context.Context, actor Actor, id ID, in DrawInput) (SampleDraw, error) {
	in.List = strings.TrimSpace(in.List)
	if err := in.check(); err != nil {
		return SampleDraw{}, err
	}
	var drawn SampleDraw
	_, err := s.change(ctx, actor, id, step{action: DrawSample, states: []State{InProgress}},
		func(tx Tx, _ *Inspection, detail map[string]any) error {
			d, err := drawOf(ctx, tx, id, in.DrawID)
			if err != nil {
				return err
			}
			if d.DrawnAt != nil {
				if d.Population != in.Population || d.Size != in.Size || d.List != in.List || !sameValue(d.ListSHA256, in.ListSHA256) {
					return Refuse(Conflict, "input.drawId", "this sample was drawn already, %d of %d; commit to another draw", d.Size, d.Population)
				}
				drawn = d
				return errUnchanged
			}
			now := s.now()
			d.Population, d.Size, d.List, d.ListSHA256, d.DrawnBy, d.DrawnAt = in.Population, in.Size, in.List, in.ListSHA256, &actor.ID, &now
			seed, err := tx.FixSample(ctx, d)
			if err != nil {
				return err
			}
			if SHA256(seed.Commitment()) != d.Commitment {
				return fmt.Errorf("inspection: the seed of draw %s is not the one that was committed to", d.ID)
			}
			d.Seed = &seed
			d.Positions = d.draw().Drawn()
			drawn = d
			detail["sample"], detail["size"], detail["population"] = d.ID, d.Size, d.Population
			return tx.SavePositions(ctx, d)
		})
	return drawn, err
}

func drawOf(ctx context.Context, tx Tx, of, draw ID) (SampleDraw, error) {
	draws, err := tx.SampleDraws(ctx, of)
	if err != nil {
		return SampleDraw{}, err
	}
	for _, d := range draws {
		if d.ID == draw {
			return d, nil
		}
	}
	return SampleDraw{}, Refuse(NotFound, "input.drawId", "the inspection has no such draw")
}

// SubstituteSample takes a position out of a drawn sample, with a reason, and puts the next position
// of the seed's order in its place; none where all are drawn. The same again changes nothing.
func (s *Service) SubstituteSample(ctx context.Context, actor Actor, id, draw ID, position int, reason string) (SampleDraw, error) {
	reason, err := given("input.reason", reason, "say why the position cannot be inspected; never a name")
	if err != nil {
		return SampleDraw{}, err
	}
	var changed SampleDraw
	_, err = s.change(ctx, actor, id, step{action: DrawSample, states: []State{InProgress}},
		func(tx Tx, _ *Inspection, detail map[string]any) error {
			d, err := drawOf(ctx, tx, id, draw)
			if err != nil {
				return err
			}
			if d.DrawnAt == nil {
				return Refuse(Conflict, "input.drawId", "nothing was drawn yet; draw the sample first")
			}
			changed = d
			if n := slices.IndexFunc(d.Substitutions, func(s SampleSubstitution) bool { return s.Position == position }); n >= 0 {
				if d.Substitutions[n].Reason != reason {
					return Refuse(Conflict, "input.position", "position %d was substituted already, for another reason", position)
				}
				return errUnchanged
			}
			next, err := d.draw().Substitute(position)
			if err != nil {
				return Refuse(Invalid, "input.position", "%v", err)
			}
			made := SampleSubstitution{Position: position, Reason: reason, SubstitutedBy: actor.ID, SubstitutedAt: s.now()}
			if next.Replacement != 0 {
				made.Replacement = &next.Replacement
			}
			detail["sample"], detail["position"], detail["replacement"] = d.ID, position, made.Replacement
			changed.Substitutions = append(slices.Clip(d.Substitutions), made)
			return tx.AddSubstitution(ctx, id, draw, len(d.Substitutions), made)
		})
	return changed, err
}

// SampleDraws lists an inspection's draws, drawn or only committed, the first committed first.
func (s *Service) SampleDraws(ctx context.Context, actor Actor, i *Inspection) ([]SampleDraw, error) {
	var draws []SampleDraw
	err := s.lookAt(ctx, actor, i, ReadFieldwork, func(tx Tx) (err error) {
		draws, err = tx.SampleDraws(ctx, i.ID)
		return err
	})
	return draws, err
}
