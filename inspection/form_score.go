package inspection

import "plumbline/inspection/scoring"

// score names what the inspected and the public see of a score: not how well it is corroborated, for
// that tells of methods, and not the inspectors' reasons.
func (r redaction) score(s scoring.Score) scoring.Score {
	s = s.WithoutReasons().WithoutCorroboration()
	redacted := scoring.Score{Overall: r.section(s.Overall), Policy: scoring.Identity{ID: s.Policy.ID, Version: s.Policy.Version,
		Title: s.Policy.Title, Parameters: s.Policy.Parameters, Notes: s.Policy.Notes}, Bands: r.bands(s.Bands), Models: r.models(s.Models)}
	for _, section := range s.Standards {
		redacted.Standards = append(redacted.Standards, r.section(section))
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

func (redaction) bands(b *scoring.Bands) *scoring.Bands {
	if b == nil {
		return nil
	}
	f := b.Figures
	return &scoring.Bands{Figures: scoring.Figures{Length: f.Length, StandardsReviewed: f.StandardsReviewed, DeficientStandards: f.DeficientStandards,
		Deficiencies: f.Deficiencies, Priority: f.Priority, Repeats: f.Repeats}, Unknown: b.Unknown, AtBest: b.AtBest,
		Points: b.Points, Arithmetic: b.Arithmetic, Steps: b.Steps, PassFail: b.PassFail}
}

func (redaction) models(all []scoring.ModelScore) []scoring.ModelScore {
	var redacted []scoring.ModelScore
	for _, m := range all {
		redacted = append(redacted, scoring.ModelScore{Model: m.Model, Score: m.Score, Maximum: m.Maximum, Thousandths: m.Thousandths, Arithmetic: m.Arithmetic})
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
