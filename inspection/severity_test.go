package inspection_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"plumbline/inspection"
)

// The whole table, as docs/findings.md prints it.
func TestTheTableOfSeverity(t *testing.T) {
	t.Parallel()
	const l, m, h = inspection.SeverityLow, inspection.SeverityModerate, inspection.SeverityHigh
	want := [3][3]inspection.Severity{{l, l, m}, {l, m, h}, {m, h, h}}
	for row, likelihood := range inspection.Likelihoods() {
		for column, spread := range inspection.Spreads() {
			if got := inspection.SeverityOf(likelihood, spread, false); got != want[row][column] {
				t.Errorf("%s and %s: %s, want %s", likelihood, spread, got, want[row][column])
			}
		}
	}
}

// Nobody's judgement is no severity, and never the lowest.
func TestWithoutAJudgementThereIsNoSeverity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		likelihood inspection.Likelihood
		spread     inspection.Spread
	}{{"", ""}, {inspection.Likely, ""}, {"", inspection.Widespread}, {"likely", inspection.Isolated}} {
		if got := inspection.SeverityOf(c.likelihood, c.spread, false); got != "" {
			t.Errorf("%q and %q: %s", c.likelihood, c.spread, got)
		}
		if got := inspection.SeverityOf(c.likelihood, c.spread, true); got != inspection.SeverityImmediate {
			t.Errorf("%q and %q, an immediate threat: %q", c.likelihood, c.spread, got)
		}
	}
}

// More likely or wider spread never ranks lower, and nothing ranks above an immediate threat.
func TestLawSeverityRises(t *testing.T) {
	t.Parallel()
	rank := func(s inspection.Severity) int {
		return slices.Index([]inspection.Severity{inspection.SeverityLow, inspection.SeverityModerate, inspection.SeverityHigh, inspection.SeverityImmediate}, s)
	}
	rapid.Check(t, func(t *rapid.T) {
		likelihoods, spreads := inspection.Likelihoods(), inspection.Spreads()
		l, s := rapid.IntRange(0, 2).Draw(t, "likelihood"), rapid.IntRange(0, 2).Draw(t, "spread")
		here := rank(inspection.SeverityOf(likelihoods[l], spreads[s], false))
		more := rank(inspection.SeverityOf(likelihoods[rapid.IntRange(l, 2).Draw(t, "likelier")], spreads[rapid.IntRange(s, 2).Draw(t, "wider")], false))
		if here < 0 || more < here || more >= rank(inspection.SeverityOf(likelihoods[l], spreads[s], true)) {
			t.Fatalf("from rank %d to %d", here, more)
		}
	})
}
