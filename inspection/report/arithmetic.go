package report

import (
	"fmt"
	"regexp"
	"strings"
)

// nothingMet is the line of a standard of which no rule passed.
var nothingMet = regexp.MustCompile(`^standard (.*): \(100 × 0\) / [0-9.]+ = 0$`)

// folded puts the standards of a part of which nothing is met in one line before the part's. The
// stored score keeps a line for each.
func folded(lines []string) []string {
	var short, zeros, held []string
	flush := func() {
		if len(zeros) > 1 {
			held = []string{fmt.Sprintf("standards %s: 0", strings.Join(zeros, ", "))}
		}
		short, zeros, held = append(short, held...), nil, nil
	}
	for _, line := range lines {
		if m := nothingMet.FindStringSubmatch(line); m != nil {
			zeros, held = append(zeros, m[1]), append(held, line)
			continue
		}
		if !strings.HasPrefix(line, "standard ") {
			flush()
		}
		short = append(short, line)
	}
	flush()
	return short
}
