package scoring

import "fmt"

// Share is a part of a whole, exactly: Numerator of Denominator, with 0 <= Numerator <= Denominator.
type Share struct {
	Numerator   int `json:"numerator"`
	Denominator int `json:"denominator"`
	// PerMille is the share in tenths of a percent, 977 for 97.7 %; nil if the whole is empty. It is
	// rounded half up, but 1000 only if nothing is missing and 0 only if there is nothing.
	PerMille *int `json:"perMille"`
}

func shareOf(numerator, denominator int) Share {
	share := Share{Numerator: numerator, Denominator: denominator}
	if denominator > 0 {
		rounded := perMille(numerator, denominator)
		share.PerMille = &rounded
	}
	return share
}

func perMille(numerator, denominator int) int {
	rounded := (2000*numerator + denominator) / (2 * denominator)
	switch {
	case rounded == 1000 && numerator < denominator:
		return 999
	case rounded == 0 && numerator > 0:
		return 1
	}
	return rounded
}

// atLeast reports whether the share reaches floor thousandths. An empty whole lacks nothing.
func (s Share) atLeast(floor int) bool {
	return 1000*s.Numerator >= floor*s.Denominator
}

// String returns the share in figures: "690/706 = 97.7 %".
func (s Share) String() string {
	if s.PerMille == nil {
		return fmt.Sprintf("%d/%d: nothing applicable", s.Numerator, s.Denominator)
	}
	return fmt.Sprintf("%d/%d = %s", s.Numerator, s.Denominator, percent(*s.PerMille))
}

func percent(perMille int) string {
	return fmt.Sprintf("%d.%d %%", perMille/10, perMille%10)
}
