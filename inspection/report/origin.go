package report

import "plumbline/inspection"

// Origin is what a reader must know of an inspection that is not LIVE.
type Origin struct {
	Word   string // "EXERCISE"
	Notice string
	// Counting says how a reconstruction comes to its figures, Score the same in a sentence beside a
	// score; empty of an exercise.
	Counting string
	Score    string
	// Dates says of the corrective actions' due dates that they bind nobody.
	Dates string
}

// originOf is the notice for an inspection that is none.
func originOf(h inspection.FrozenHeader) *Origin {
	switch h.Origin {
	case inspection.Exercise:
		return &Origin{Word: "EXERCISE", Notice: "No such inspection took place; nothing here is a finding about the facility.",
			Dates: "Nobody has to meet these dates: this is an exercise."}
	case inspection.Reconstructed:
		return &Origin{Word: "RECONSTRUCTED",
			Notice: "Reconstructed from a published report: not an inspection by the people named in it, and not ICE's own document.",
			Counting: "A requirement of a standard that the report names deficient counts as met where no deficiency of it was published, and as not determined " +
				"where the report leaves open which requirement a deficiency concerns. Every other standard counts as not reviewed. Nobody checked either, and unknown is not zero.",
			Score: "These scores rest on what was published: what they count as met, or as not reviewed, was checked by nobody.",
			Dates: "Nobody has to meet these dates: they follow from the day of the reconstruction, and the facility was asked for nothing."}
	}
	return nil
}

// ours are the names of facts that tell of who made the record: of a reconstruction these people were
// at no inspection.
func ours(origin inspection.Origin, name string) string {
	if origin != inspection.Reconstructed {
		return name
	}
	return map[string]string{"Issued": "Reconstruction issued", "Team": "Reconstructed by", "Rated and signed by": "Signed by, in the reconstruction",
		"Final rating": "Final rating, as the reconstruction records it", "Recommended rating": "Recommended rating, in the reconstruction"}[name]
}
