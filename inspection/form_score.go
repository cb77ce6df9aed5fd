package inspection

import "plumbline/inspection/scoring"

// score names what the inspected and the public see of a score: not how well it is corroborated, for
// that tells of methods, and not the inspectors' reasons.
func (r redaction) score(s scoring.Score) scoring.Score {
	s = s.WithoutReasons()
	redacted := scoring.Score{Overall: r.section(s.Overall), Policy: scoring.Identity{ID: s.Policy.ID, Version: s.Policy.Version,
		Title: s.Policy.Title, Parameters: s.Policy.Parameters, Notes: s.Policy.Notes}}
	for _, section := range s.Standards {
		redacted.Standards = append(redacted.Standards, r.section(section))
	}
	if b := s.Bands; b != nil {
		redacted.Bands = &scoring.Bands{Figures: scoring.Figures{Length: b.Figures.Length, StandardsReviewed: b.Figures.StandardsReviewed,
			DeficientStandards: b.Figures.DeficientStandards, Deficiencies: b.Figures.Deficiencies, Priority: b.Figures.Priority,
			Repeats: b.Figures.Repeats}, Unknown: b.Unknown, AtBest: b.AtBest, Points: b.Points, Arithmetic: b.Arithmetic, Steps: b.Steps, PassFail: b.PassFail}
	}
	for _, m := range s.Models {
		redacted.Models = append(redacted.Models, scoring.ModelScore{Model: m.Model, Score: m.Score, Maximum: m.Maximum,
			Thousandths: m.Thousandths, Arithmetic: m.Arithmetic})
	}
	return redacted
}

func (r redaction) scores(all []scoring.Score) []scoring.Score {
	var redacted []scoring.Score
	for _, s := range all {
		redacted = append(redacted, r.score(s))
	}
	return redacted
}

func (r redaction) section(s scoring.Section) scoring.Section {
	return scoring.Section{Standard: s.Standard, Result: s.Result, Because: s.Because, Failed: s.Failed, All: r.counts(s.All),
		MandatoryOrPriority: r.counts(s.MandatoryOrPriority), Other: r.counts(s.Other), MandatoryUnknown: s.MandatoryUnknown,
		NotMetMandatoryUnknown: s.NotMetMandatoryUnknown, Exclusions: s.Exclusions, Open: s.Open, Coverage: s.Coverage}
}

func (redaction) counts(t scoring.Tally) scoring.Tally {
	return scoring.Tally{Total: t.Total, Meets: t.Meets, DoesNotMeet: t.DoesNotMeet, NotApplicable: t.NotApplicable,
		Undetermined: t.Undetermined, NotReviewed: t.NotReviewed, Score: t.Score, Arithmetic: t.Arithmetic}
}
