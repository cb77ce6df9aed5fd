package inspection

import (
	"maps"
	"slices"
	"time"

	"plumbline/inspection/scoring"
)

// What the tests of the pure rules need of them.

var (
	RepeatOf       = repeatOf
	DraftText      = draftText
	Compare        = compare
	KindOf         = kindOf
	ScopeOf        = scopeOf
	FollowUpOf     = followUpOf
	Group          = groupExclusions
	TeamOf         = team
	CheckAnswers   = checkAnswers
	CheckFindings  = checkFindings
	CheckMilestone = checkMilestone
	SampleText     = sampleText
)

// ActionFor is actionFor with Plumbline's own due dates.
func ActionFor(f Finding, issued time.Time) CorrectiveAction {
	return actionFor(f, issued, ActionSettings{}.withDefaults())
}

// Judged is what a request's answers come to.
type Judged struct {
	Results, Masters, Versions []Answer
	Disputes                   []Dispute
}

// Judge decides what each input comes to.
func Judge(i *Inspection, actor Actor, inputs []AnswerInput, masters map[ID]Answer, standpoints map[ID][]Answer, disputes []Dispute, now time.Time) (Judged, error) {
	b := &answerBook{inspection: i, actor: actor, now: now, masters: maps.Clone(masters), standpoints: standpoints, disputes: slices.Clone(disputes)}
	head := i.Head
	results, err := b.record(inputs)
	if err != nil {
		i.Head = head // nothing is saved
		return Judged{}, err
	}
	changed, argued := b.changes()
	return Judged{results, changed, b.versions, argued}, nil
}

// Check is check.
func (in PlanInput) Check() error { return in.check() }

// Check is check.
func (in EvidenceInput) Check() error { return refusal(in.check("evidence")) }

// Rest makes a finding of the input within an edition, all of whose standards are in scope.
func Rest(e *Edition, origin Origin, in FindingInput) (Finding, error) {
	p := places{map[ID]*Standard{}, map[ID]ID{}, map[ID]*Requirement{}, map[ID]ID{}}
	for _, st := range e.Standards() {
		p.add(st, e.ID)
	}
	return p.finding(&Inspection{ID: EditionID("inspection"), Origin: origin}, "input", in)
}

// Bind binds an edition per standard.
func Bind(in PlanInput, own *Edition, also ...*Edition) ([]ScopedStandard, error) {
	if err := refusal(in.checkAlso()); err != nil {
		return nil, err
	}
	return editions{own: own, also: also}.bind(in, nil)
}

// MaskInterviews is maskInterviews.
var MaskInterviews = maskInterviews

// Seal derives a document's tally and scores as issuing does, and writes it.
func Seal(doc Frozen) ([]byte, error) {
	doc.Policies = nil
	for _, d := range scoring.Newest(scoring.Policies()) {
		held, err := policyOfFirstFormat(d.Identity())
		if err != nil {
			return nil, err
		}
		doc.Policies = append(doc.Policies, held...)
	}
	doc.Tally = TallyOf(doc.Findings, doc.tallyName())
	if err := doc.computeScores(); err != nil {
		return nil, err
	}
	return doc.bytes()
}

// CheckWebhook is check.
func CheckWebhook(in WebhookInput, private bool) error { return refusal(in.check(private)) }
