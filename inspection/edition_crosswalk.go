package inspection

// Crossing is a pair of requirements of two editions that seem to ask for the same, because both have
// the same Lineage.
type Crossing struct {
	Lineage  string
	From, To Placed
	// Agreement says how many of the citations of From's line were matched to the lineage, as in
	// "3/4"; of To's line where From was not built from one; empty where neither was.
	Agreement string
}

// FromRequirement is the requirement of the edition that the crosswalk leads from.
func (c Crossing) FromRequirement() *Requirement { return c.From.Requirement }

// ToRequirement is the requirement of the edition that it leads to.
func (c Crossing) ToRequirement() *Requirement { return c.To.Requirement }

// Crosswalk leads from one edition to another: every pair of requirements with the same known lineage,
// in the order of from and within it of to. A requirement may stand in several pairs; there may be none,
// but never nil.
func Crosswalk(from, to *Edition) []Crossing {
	byLineage := map[string][]Placed{}
	for _, p := range placed(to) {
		if lineage := p.Requirement.Lineage; lineage != "" {
			byLineage[lineage] = append(byLineage[lineage], p)
		}
	}
	pairs := []Crossing{}
	for _, p := range placed(from) {
		for _, q := range byLineage[p.Requirement.Lineage] {
			agreement := p.Requirement.Sighting.Agreement
			if agreement == "" {
				agreement = q.Requirement.Sighting.Agreement
			}
			pairs = append(pairs, Crossing{p.Requirement.Lineage, p, q, agreement})
		}
	}
	return pairs
}
