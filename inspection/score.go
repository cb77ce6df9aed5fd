package inspection

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"plumbline/inspection/scoring"
)

// catalogue is what an inspection's editions say of its standards and requirements.
type catalogue struct {
	editions     []FrozenEdition
	keys         map[ID]string // of the editions
	parts        map[ID]Part   // of the standards
	standards    map[ID]*Standard
	requirements map[ID]*Requirement
	// again names the edition of standards whose number is in scope under an earlier edition too.
	again map[ID]string
}

func catalogueOf(ctx context.Context, tx Tx, i *Inspection) (catalogue, error) {
	c := catalogue{keys: map[ID]string{}, parts: map[ID]Part{}, standards: map[ID]*Standard{}, requirements: map[ID]*Requirement{}, again: map[ID]string{}}
	taken := map[string]bool{}
	for _, id := range i.EditionIDs() {
		edition, err := tx.Edition(ctx, id)
		if err != nil {
			return c, err
		}
		c.add(edition)
		for _, st := range edition.Standards() {
			if i.Standard(st.ID) != nil && taken[st.Number] {
				c.again[st.ID] = edition.Key
			}
			taken[st.Number] = taken[st.Number] || i.Standard(st.ID) != nil
		}
	}
	return c, nil
}

func (c *catalogue) add(edition *Edition) {
	c.editions = append(c.editions, frozenEditionOf(edition))
	c.keys[edition.ID] = edition.Key
	for _, part := range edition.Parts {
		for n := range part.Standards {
			st := &part.Standards[n]
			c.standards[st.ID], c.parts[st.ID] = st, part
			for r := range st.Requirements {
				c.requirements[st.Requirements[r].ID] = &st.Requirements[r]
			}
		}
	}
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

// scoringInput is all that the policies read of an inspection, taken of its snapshot's document and of
// nothing else: so anybody who has the snapshot can compute the scores again.
func scoringInput(doc Frozen) scoring.Input {
	places := map[ID]FrozenStandard{}
	for _, st := range doc.Standards {
		places[st.ID] = st
	}
	in := scoring.Input{Items: make([]scoring.Item, len(doc.Answers))}
	at := map[ID]int{}
	for n, a := range doc.Answers {
		item := scoring.Item{Key: a.Requirement, Standard: a.Standard, Priority: a.SourcedPriority, Mandatory: a.Mandatory,
			Rating: scoring.Rating(a.Rating), Reason: a.Reason, Methods: len(a.Methods)}
		if place, known := places[a.StandardID]; known {
			item.Edition, item.Part = place.Edition, strconv.Itoa(place.Part)
		}
		in.Items[n], at[a.RequirementID] = item, n
	}
	for _, e := range doc.Editions {
		in.Sets = append(in.Sets, e.Key)
	}
	in.Standards = foundOn(places, doc.Findings, in.Items, at)
	return in
}

// foundOn adds the standing deficiencies to the items that they rest on, and returns those that rest on
// no item, by standard.
func foundOn(places map[ID]FrozenStandard, findings []Finding, items []scoring.Item, at map[ID]int) []scoring.StandardFound {
	var standards []scoring.StandardFound
	for _, f := range findings {
		if f.Kind != Deficiency || f.RemovedAt != nil {
			continue
		}
		found := scoring.Found{Deficiencies: 1, Priority: count(f.PriorityDeclared || f.PriorityDerived), Repeats: count(f.RepeatDeclared || f.RepeatDerived == RepeatCertain)}
		if f.RequirementID != nil {
			if n, ok := at[*f.RequirementID]; ok {
				items[n].Found = items[n].Found.Plus(found)
				continue
			}
		}
		standard := f.StandardText
		if f.StandardID != nil {
			standard = cmp.Or(places[*f.StandardID].Section, f.StandardID.String())
		}
		n := slices.IndexFunc(standards, func(s scoring.StandardFound) bool { return s.Standard == standard })
		if n < 0 {
			n = len(standards)
			standards = append(standards, scoring.StandardFound{Standard: standard})
		}
		standards[n].Found = standards[n].Found.Plus(found)
	}
	return standards
}

// loadInput loads what the policies read of an inspection. Until it is frozen, what the facility's past
// makes of its deficiencies is derived anew.
func (s *Service) loadInput(ctx context.Context, tx Tx, i *Inspection) (scoring.Input, error) {
	m, err := memoryOf(ctx, tx, i)
	if err != nil {
		return scoring.Input{}, err
	}
	answers, err := tx.Answers(ctx, i.ID)
	if err != nil {
		return scoring.Input{}, err
	}
	findings, err := tx.Findings(ctx, i.ID)
	if err != nil {
		return scoring.Input{}, err
	}
	if !i.State.Frozen() {
		past, err := tx.PriorDeficiencies(ctx, s.before(i))
		if err != nil {
			return scoring.Input{}, err
		}
		findings = m.withRepeats(findings, past, i.PlannedEnd)
	}
	return scoringInput(Frozen{Editions: m.editions, Standards: m.scope(i), Answers: frozenAnswers(m.catalogue, answers), Findings: findings}), nil
}

// scoresOf computes the scores by the policies, in their order.
func scoresOf(policies []scoring.Policy, in scoring.Input) ([]scoring.Score, error) {
	scores := make([]scoring.Score, len(policies))
	for n, policy := range policies {
		var err error
		if scores[n], err = policy.Score(in); err != nil {
			return nil, err
		}
	}
	return scores, nil
}

// mainPolicy is the policy whose score stands for an inspection in lists and in Score.
const mainPolicy = "g324a"

// mainScore picks the main policy's score.
func mainScore(scores []scoring.Score) (scoring.Score, error) {
	n := slices.IndexFunc(scores, func(s scoring.Score) bool { return s.Policy.ID == mainPolicy })
	if n < 0 {
		return scoring.Score{}, Refuse(NotFound, "", "the inspection has no stored score")
	}
	return scores[n], nil
}

// Score returns the inspection's score by g324a; see Scores.
func (s *Service) Score(ctx context.Context, actor Actor, i *Inspection) (scoring.Score, error) {
	scores, err := s.Scores(ctx, actor, i, []string{mainPolicy})
	if err != nil {
		return scoring.Score{}, err
	}
	return mainScore(scores)
}

// Scores returns the inspection's scores by the named policies, by all of them if none is named, in the
// order of their ids: as stored once issued, else by the newest versions as the answers and findings
// stand now. Who may not see fieldwork gets them without anything that tells of methods, and without the
// inspectors' own words.
func (s *Service) Scores(ctx context.Context, actor Actor, i *Inspection, policies []string) ([]scoring.Score, error) {
	if err := checkPolicies(policies); err != nil {
		return nil, err
	}
	var scores []scoring.Score
	err := s.lookAt(ctx, actor, i, ReadInspection, func(tx Tx) (err error) {
		switch {
		case issued(i) && GrantOf(actor.Role, ReadFieldwork) == Never:
			scores, err = toldScores(ctx, tx, i.ID, policies)
			return err
		case issued(i):
			scores, err = issuedScores(ctx, tx, i.ID, policies)
			return err
		}
		newest, err := newestPolicies(ctx, tx)
		if err != nil {
			return err
		}
		in, err := s.loadInput(ctx, tx, i)
		if err != nil {
			return err
		}
		scores, err = scoresOf(wanted(newest, policies), in)
		return err
	})
	return scores, err
}

// checkPolicies refuses the name of a policy that there is not.
func checkPolicies(named []string) error {
	known := scoring.Rules()
	for _, name := range named {
		if !slices.Contains(known, name) {
			return Refuse(Invalid, "policies", "there is no policy %q; there are %s", name, strings.Join(known, ", "))
		}
	}
	return nil
}

func wanted(policies []scoring.Policy, named []string) []scoring.Policy {
	if len(named) == 0 {
		return policies
	}
	return slices.DeleteFunc(slices.Clone(policies), func(p scoring.Policy) bool { return !slices.Contains(named, p.Identity().ID) })
}
