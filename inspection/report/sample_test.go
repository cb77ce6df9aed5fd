package report_test

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"plumbline/inspection"
	"plumbline/inspection/scoring"
)

// sample is a small inspection with something of each kind: a standard with deficiencies, one that
// is met, one that nobody looked at, one looked at in part, and one that no edition knows.
func sample(t *testing.T) inspection.Frozen {
	edition := inspection.EditionID("pbnds-2011-r2016")
	standard := func(part int, name, number, title, code string) inspection.FrozenStandard {
		return inspection.FrozenStandard{ID: inspection.StandardID(edition, number), Edition: "pbnds-2011-r2016", Part: part, PartName: name, Number: number,
			Title: title, Code: code, Quoted: 1, Cited: 2, Recalled: 1}
	}
	food, care, hygiene, mail := standard(4, "Care", "4.1", "Food Service", "FS"), standard(4, "Care", "4.3", "Medical Care", "MC"),
		standard(4, "Care", "4.5", "Personal Hygiene", "PH"), standard(5, "Activities", "5.1", "Correspondence and Other Mail", "COM")
	requirement := inspection.FrozenRequirement{ID: inspection.RequirementID(edition, "4.3-V.M-20"), Key: "4.3-V.M-20", StandardID: care.ID,
		Text: "Each newly admitted person has a health assessment within 14 days", Strength: inspection.Cited, Verified: "SEEN22"}
	finding := func(kind inspection.FindingKind, st *inspection.ID, code, text string) inspection.Finding {
		return inspection.Finding{ID: inspection.NewID(), Kind: kind, StandardID: st, Code: code, Text: text, CorrectedOnSite: inspection.NotCorrected, ResponsibleParty: inspection.PartyFacility}
	}
	assessed := finding(inspection.Deficiency, &care.ID, "MC-137", "In 2 out of 12 files the assessment was late.")
	assessed.RequirementID, assessed.Citation, assessed.PriorityDerived, assessed.RepeatDeclared = &requirement.ID, "V.M", true, true
	kit := finding(inspection.Deficiency, &care.ID, "MC-20", "The emergency bag held expired items.")
	kit.Citation, kit.CitationConfirmed, kit.CorrectedOnSite, kit.ImmediateThreat, kit.ResponsibleParty = "V.X.7", true, inspection.CorrectedFully, true, inspection.PartyHealthProvider
	menu := finding(inspection.Deficiency, &food.ID, "", "The menu was not posted.")
	menu.CorrectedOnSite = inspection.CorrectionRefused
	other := finding(inspection.Deficiency, nil, "", "A rule of the source's own set is not met.")
	other.StandardText, other.CorrectedOnSite = "SRC", inspection.CorrectedPartially
	doc := inspection.Frozen{Format: inspection.SnapshotFormat, TakenAt: issued,
		Inspection: inspection.FrozenHeader{Origin: inspection.Live, Scope: inspection.ScopeCoreSet, PlannedStart: "2026-03-03", PlannedEnd: "2026-03-05",
			Final: &inspection.RatingDecision{Rating: "Acceptable", Reason: "Care must improve.", At: issued}, Recommended: &inspection.RatingDecision{Rating: "Good", Reason: "As scored.", At: issued}},
		Facility:     inspection.FrozenFacility{Name: "PINE RIVER PROCESSING CENTER", City: "PINE RIVER", State: "LA", FieldOffice: "NOL", FieldOfficeName: "New Orleans"},
		Editions:     []inspection.FrozenEdition{{ID: edition, Key: "pbnds-2011-r2016", Hash: "3a31", Partial: true, Sources: []inspection.FrozenSource{{Key: "SEEN22", What: "a published report of 2022"}}}},
		Standards:    []inspection.FrozenStandard{food, care, hygiene, mail},
		Requirements: []inspection.FrozenRequirement{requirement},
		Findings: []inspection.Finding{assessed, finding(inspection.AreaOfConcern, &care.ID, "", "At full capacity there would be one nurse for 400."),
			kit, other, menu, finding(inspection.BestPractice, nil, "", "Staff speak five languages.")},
	}
	for _, f := range []inspection.Finding{assessed, kit, other, menu} {
		action := inspection.CorrectiveAction{ID: inspection.CorrectiveActionID(f.ID), FindingID: f.ID, State: inspection.ActionOpen, PlanDue: issued.AddDate(0, 0, 30), ProofDue: issued.AddDate(0, 0, 60)}
		if f.ImmediateThreat {
			action.AbatementDue = &issued
		}
		doc.Actions = append(doc.Actions, action)
	}
	answer := func(st inspection.FrozenStandard, rating inspection.Rating, reason string) {
		doc.Answers = append(doc.Answers, inspection.FrozenAnswer{Standard: st.Number, StandardID: st.ID, Rating: rating, Reason: reason, Methods: []inspection.Method{inspection.Observed}})
	}
	answer(food, inspection.DoesNotMeet, "")
	answer(care, inspection.DoesNotMeet, "")
	answer(hygiene, inspection.Meets, "")
	answer(hygiene, inspection.NotApplicable, "no women are held")
	answer(mail, inspection.NotReviewed, "not a core standard of the year")
	doc.Tally = inspection.TallyOf(doc.Findings, func(id inspection.ID) string { return id.String() })
	in := scoring.Input{}
	for _, a := range doc.Answers {
		in.Items = append(in.Items, scoring.Item{Standard: a.Standard, Rating: scoring.Rating(a.Rating), Reason: a.Reason, Methods: len(a.Methods)})
	}
	var err error
	if doc.Score, err = scoring.Policies()[0].Score(in); err != nil {
		t.Fatal(err)
	}
	return doc
}

// hash is what is another each time: the snapshot's, for its ids are new, and the template's.
var hash = regexp.MustCompile(`\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b`)

// The words of a report, as a reader goes through them.
func TestTheWordsOfAReport(t *testing.T) {
	t.Parallel()
	for _, form := range []inspection.Form{inspection.FormInternal, inspection.FormPublic} {
		root, err := html.Parse(strings.NewReader(string(pageOf(t, sample(t), form).HTML)))
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, e := range elements(elements(root, "body")[0], "h1", "h2", "h3", "h4", "h5", "p", "li", "dt", "dd", "caption", "tr") {
			if e.Data == "li" && len(elements(e, "ul")) > 0 {
				continue // its own items follow
			}
			text := textOf(e)
			if e.Data == "tr" {
				var cells []string
				for _, cell := range elements(e, "th", "td") {
					cells = append(cells, textOf(cell))
				}
				text = strings.Join(cells, " | ")
			}
			lines = append(lines, e.Data+": "+hash.ReplaceAllString(text, "(hash)"))
		}
		golden(t, "words-"+strings.ToLower(string(form))+".golden", strings.Join(lines, "\n")+"\n")
	}
}
