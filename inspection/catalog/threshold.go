package catalog

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"plumbline/inspection"
)

// maxThreshold is far above any figure of a detention standard; more is a slip of the pen.
const maxThreshold = 100_000

var thresholdUnit = regexp.MustCompile(`^[A-Za-z0-9]+(_[A-Za-z0-9]+)*$`)

// thresholds reads a requirement's limits. A minimum may lie above a maximum: hot food at 140 F or
// more and cold food at 41 F or less are limits of one requirement, but not of one measurement.
func (l *loader) thresholds(m *mapping) []inspection.Threshold {
	node := m.may("thresholds")
	var all []inspection.Threshold
	for _, n := range m.list("thresholds", node) {
		t := l.threshold(m, n)
		if slices.Contains(all, t) {
			m.faultAt(n, "the same threshold stands twice")
		}
		all = append(all, t)
	}
	if node != nil && node.Kind == yaml.SequenceNode && len(all) == 0 {
		m.fault("thresholds", "thresholds is empty; leave it out")
	}
	return all
}

func (l *loader) threshold(m *mapping, n *yaml.Node) inspection.Threshold {
	f := l.mapping(m.file, m.label+": threshold", n)
	t := inspection.Threshold{
		Op: wordOf(f, "op", f.need("op"),
			inspection.ThresholdMin, inspection.ThresholdMax, inspection.ThresholdMinRatio),
		Unit:  f.text("unit"),
		Group: f.optionalText("group"),
		Note:  f.optionalText("note"),
	}
	if t.Unit != "" && !thresholdUnit.MatchString(t.Unit) {
		f.fault("unit", "unit %q must be words joined by underscores", t.Unit)
	}
	if value := f.need("value"); value != nil && t.Op != "" {
		t.Value = thresholdValue(f, value, t.Op)
	}
	f.done()
	return t
}

// thresholdValue reads a figure above zero. A ratio is written '1:12', in quotes because YAML could
// take it for a number to base 60, and read as 12.
func thresholdValue(f *mapping, n *yaml.Node, op inspection.ThresholdOp) float64 {
	figure, tag := n.Value, n.ShortTag()
	share, isRatio := strings.CutPrefix(n.Value, "1:")
	switch {
	case op == inspection.ThresholdMinRatio && (tag != "!!str" || !isRatio):
		f.faultAt(n, "the value of a min_ratio must be written '1:12'")
		return 0
	case op == inspection.ThresholdMinRatio:
		figure = share
	case tag != "!!int" && tag != "!!float":
		f.faultAt(n, "value must be a number")
		return 0
	}
	value, err := strconv.ParseFloat(figure, 64)
	if err != nil || math.IsNaN(value) || value <= 0 || value > maxThreshold {
		f.faultAt(n, "value %q must be a number above 0 and at most %d", n.Value, maxThreshold)
		return 0
	}
	return value
}
