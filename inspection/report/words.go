package report

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"plumbline/inspection"
)

// words are what the page calls the values of the domain.
var words = map[string]string{
	string(inspection.ScopeFull):           "Full inspection",
	string(inspection.ScopeCoreSet):        "Core standards of the fiscal year",
	string(inspection.ScopeFollowUp):       "Follow-up inspection",
	string(inspection.ScopeSpecialReview):  "Special review",
	string(inspection.ScopePreOccupancy):   "Pre-occupancy inspection",
	string(inspection.PartyFacility):       "Facility",
	string(inspection.PartyERO):            "ERO field office",
	string(inspection.PartyHealthProvider): "Health provider",
	string(inspection.Quoted):              "Quoted in a source with its section",
	string(inspection.Cited):               "Shown by a published finding",
	string(inspection.Recalled):            "Recalled; no source was seen",
	string(inspection.Meets):               "Met",
	string(inspection.DoesNotMeet):         "Not met",
	string(inspection.NotApplicable):       "Not applicable",
	string(inspection.Undetermined):        "Could not be determined",
	string(inspection.NotReviewed):         "Not reviewed",
	string(inspection.EntranceBriefing):    "Entrance briefing",
	string(inspection.ExitBriefing):        "Exit briefing",
	string(inspection.SeverityLow):         "low",
	string(inspection.SeverityModerate):    "moderate",
	string(inspection.SeverityHigh):        "high",
	string(inspection.Unlikely):            "unlikely",
	string(inspection.Possible):            "possible",
	string(inspection.Likely):              "likely",
	string(inspection.Isolated):            "isolated",
	string(inspection.Pattern):             "a pattern",
	string(inspection.Widespread):          "widespread",
	string(inspection.CarriedRepeated):     "Found again",
	string(inspection.CarriedLookedAt):     "Looked at and not found again; its action stays until it is verified",
	string(inspection.CarriedNotLookedAt):  "Not looked at; its action stays open",
	string(inspection.Up):                  "up",
	string(inspection.Down):                "down",
	string(inspection.Level):               "level",
	string(inspection.NotPlanned):          "left out by the plan",
	string(inspection.NothingKnown):        "the edition knows no requirement of it",
	string(inspection.OtherEdition):        "checked by another edition of this visit",
	"INCOMPLETE":                           "Incomplete",
	"SUPERIOR":                             "Superior",
	"GOOD":                                 "Good",
	"ACCEPTABLE":                           "Acceptable",
	"DEFICIENT":                            "Deficient",
	"FAILURE":                              "Failure",
	"PASS":                                 "Pass",
	"FAIL":                                 "Fail",
	"NOT_RATED":                            "Not rated",
	"DECLARED":                             "Declared and not received",
	"STORED":                               "Received and not yet checked",
	"VERIFIED":                             "Checked against the declared hash",
	"LOCKED":                               "Checked against the declared hash and locked",
	"QUARANTINED":                          "Quarantined",
}

// corrections are what became of a deficiency before the team left.
var corrections = map[inspection.Correction]string{
	inspection.CorrectedFully:     "Corrected before the team left",
	inspection.CorrectedPartially: "Corrected in part before the team left",
	inspection.CorrectionRefused:  "A correction was offered and judged premature",
}

// word is what the page calls a value; a value without a word is shown as it is.
func word[T ~string](value T) string {
	if w, known := words[string(value)]; known {
		return w
	}
	return string(value)
}

// editionNames are how reports name the standards sets; a version of one is named with its number.
var editionNames = map[string]string{
	"pbnds-2011-r2016": "ICE PBNDS 2011 (Revised 2016)",
	"pbnds-2011-e2013": "ICE PBNDS 2011 (2013 Errata)",
	"pbnds-2011":       "ICE PBNDS 2011 (revision not stated)",
	"pbnds-2008":       "ICE PBNDS 2008",
	"nds-2000":         "ICE NDS 2000",
	"nds-2019":         "ICE NDS 2019",
	"nds-2025":         "ICE NDS 2025",
	"nds":              "ICE NDS (edition not stated)",
	"frs-2020":         "ICE Family Residential Standards 2020",
	"not-stated":       "standards set not stated by the source",
}

var editionVersion = regexp.MustCompile(`^(.+)-v(\d+)$`)

// setName is how a footnote names the standards set: the version of its catalogue is no part of it.
func setName(e inspection.FrozenEdition) string {
	key := e.Key
	if m := editionVersion.FindStringSubmatch(e.Key); m != nil {
		key = m[1]
	}
	if name, known := editionNames[key]; known {
		return name
	}
	if e.Title != "" {
		return e.Title
	}
	return e.Key
}

// editionName is the set's name, with the version of its catalogue from the second on.
func editionName(e inspection.FrozenEdition) string {
	if m := editionVersion.FindStringSubmatch(e.Key); m != nil {
		return fmt.Sprintf("%s, catalogue version %s", setName(e), m[2])
	}
	return setName(e)
}

// originOf is the notice for an inspection that is none.
func originOf(h inspection.FrozenHeader) *Origin {
	switch h.Origin {
	case inspection.Exercise:
		return &Origin{"EXERCISE", "No such inspection took place; nothing here is a finding about the facility."}
	case inspection.Reconstructed:
		return &Origin{"RECONSTRUCTED", "Reconstructed from a published report: not an inspection by the people named in it, and not ICE's own document."}
	}
	return nil
}

func formName(form inspection.Form) string {
	switch form {
	case inspection.FormFacility:
		return "For facility and field office"
	case inspection.FormPublic:
		return "Public form"
	}
	return "Internal form: not for release"
}

// date writes a day in UTC; the zero time is empty.
func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("January 2, 2006")
}

func moment(t time.Time) string { return t.UTC().Format("January 2, 2006, 15:04 UTC") }

// days writes the span of two days given as 2006-01-02. What is no date is shown as it is.
func days(from, to string) string {
	start, err := time.Parse(time.DateOnly, from)
	end, err2 := time.Parse(time.DateOnly, to)
	switch {
	case err != nil || err2 != nil:
		return strings.Trim(from+" to "+to, " to")
	case start.Equal(end):
		return date(start)
	case start.Year() == end.Year() && start.Month() == end.Month():
		return fmt.Sprintf("%s-%s", start.Format("January 2"), end.Format("2, 2006"))
	}
	return date(start) + " to " + date(end)
}

// plural counts things in words that a reader expects.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
