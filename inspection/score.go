package inspection

import (
	"context"

	"plumbline/inspection/scoring"
)

// catalogue is what an inspection's editions say of its standards and requirements.
type catalogue struct {
	editions     []frozenEdition
	standards    map[ID]*Standard
	requirements map[ID]*Requirement
	// again names the edition of standards whose number is in scope under an earlier edition too.
	again map[ID]string
}

func catalogueOf(ctx context.Context, tx Tx, i *Inspection) (catalogue, error) {
	c := catalogue{standards: map[ID]*Standard{}, requirements: map[ID]*Requirement{}, again: map[ID]string{}}
	taken := map[string]bool{}
	for _, id := range i.EditionIDs() {
		edition, err := tx.Edition(ctx, id)
		if err != nil {
			return c, err
		}
		c.editions = append(c.editions, frozenEdition{ID: edition.ID, Key: edition.Key, Hash: edition.Hash})
		for _, st := range edition.Standards() {
			c.standards[st.ID] = st
			if i.Standard(st.ID) != nil && taken[st.Number] {
				c.again[st.ID] = edition.Key
			}
			taken[st.Number] = taken[st.Number] || i.Standard(st.ID) != nil
			for n := range st.Requirements {
				c.requirements[st.Requirements[n].ID] = &st.Requirements[n]
			}
		}
	}
	return c, nil
}

// number is the standard's number, e.g. "4.3", and its edition too where a mixed visit checks one
// number under two editions: their parts are never added up.
func (c catalogue) number(standard ID) string {
	if st := c.standards[standard]; st != nil {
		return c.apart(standard, st.Number)
	}
	return ""
}

// name is what deficiencies of the standard are counted under: its code, else its number.
func (c catalogue) name(standard ID) string {
	st := c.standards[standard]
	switch {
	case st == nil:
		return ""
	case st.Code != "":
		return c.apart(standard, st.Code)
	}
	return c.apart(standard, st.Number)
}

func (c catalogue) apart(standard ID, name string) string {
	if edition := c.again[standard]; edition != "" {
		return name + " of " + edition
	}
	return name
}

// strengths say, by finding, how well its requirement is known. Findings on no known requirement have none.
func (c catalogue) strengths(fs []Finding) map[ID]Strength {
	known := map[ID]Strength{}
	for _, f := range fs {
		if f.RequirementID == nil {
			continue
		}
		if r := c.requirements[*f.RequirementID]; r != nil {
			known[f.ID] = r.Strength
		}
	}
	return known
}

// scoreOf computes the inspection's score by the g324a policy in force.
func scoreOf(c catalogue, answers []Answer) (scoring.Score, error) {
	in := scoring.Input{Items: make([]scoring.Item, len(answers))}
	for n, a := range answers {
		r := c.requirements[a.RequirementID]
		in.Items[n] = scoring.Item{Standard: c.number(a.StandardID), Priority: r != nil && r.Priority == PrioritySourced,
			Rating: scoring.Rating(a.Rating), Reason: a.Reason, Methods: len(a.Methods)}
	}
	return scoring.G324AVersion1().Score(in)
}

// Score returns the inspection's score: as stored once issued, else as the answers stand now. Who
// may not see fieldwork gets it without anything that tells of methods, and without the inspectors'
// own words.
func (s *Service) Score(ctx context.Context, actor Actor, i *Inspection) (scoring.Score, error) {
	var score scoring.Score
	err := s.lookAt(ctx, actor, i, ReadInspection, func(tx Tx) error {
		if issued(i) {
			var err error
			score, err = issuedScore(ctx, tx, i.ID)
			return err
		}
		c, err := catalogueOf(ctx, tx, i)
		if err != nil {
			return err
		}
		answers, err := tx.Answers(ctx, i.ID)
		if err != nil {
			return err
		}
		score, err = scoreOf(c, answers)
		return err
	})
	if GrantOf(actor.Role, ReadFieldwork) == Never {
		score = score.WithoutCorroboration().WithoutReasons()
	}
	return score, err
}
