package replay

import (
	"fmt"
	"regexp"
	"strings"
)

// Code is a deficiency code as a report prints it, with the remarks after it.
type Code struct {
	// Printed is the code without its marks: "EH&S-114".
	Printed string
	// Standard is the abbreviation of the standard in its one spelling: "EHS".
	Standard string
	// Line is the code in that spelling: "EHS-114".
	Line string
	// What the marks in brackets declare.
	Priority, Repeat, Corrected bool
	// Remarks are marks of no known meaning.
	Remarks []string
}

// codeForm takes a code apart: abbreviation, number, marks in brackets.
var codeForm = regexp.MustCompile(`^([A-Za-z][A-Za-z &-]*?) ?- ?([0-9]+)((?: ?\([^()]*\))*)$`)

// correctedForm is the mark of a corrective action during the inspection.
var correctedForm = regexp.MustCompile(`^[Cc]-[0-9]+$`)

// ParseCode takes a printed code apart: "EHS-114 (repeat, priority) (C-1)".
func ParseCode(printed string) (Code, error) {
	parts := codeForm.FindStringSubmatch(strings.Join(strings.Fields(printed), " "))
	if parts == nil {
		return Code{}, fmt.Errorf("%q is no deficiency code; want one like EHS-114 (repeat)", printed)
	}
	standard := Abbreviation(parts[1])
	code := Code{Printed: parts[1] + "-" + parts[2], Standard: standard, Line: standard + "-" + parts[2]}
	for _, bracket := range strings.FieldsFunc(parts[3], func(r rune) bool { return r == '(' || r == ')' }) {
		for _, mark := range strings.Split(bracket, ",") {
			code.mark(strings.TrimSpace(mark))
		}
	}
	return code, nil
}

func (c *Code) mark(mark string) {
	switch {
	case mark == "":
	case strings.EqualFold(mark, "priority"):
		c.Priority = true
	case strings.EqualFold(mark, "repeat"):
		c.Repeat = true
	case correctedForm.MatchString(mark):
		c.Corrected = true
	default:
		c.Remarks = append(c.Remarks, mark)
	}
}

// Abbreviation returns the one spelling of a standard's abbreviation: EH&S and MC W are EHS and MCW.
func Abbreviation(printed string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("& -", r) {
			return -1
		}
		return r
	}, strings.ToUpper(printed))
}

func codesOf(nodes []codeNode) ([]Code, error) {
	codes := make([]Code, len(nodes))
	for n, node := range nodes {
		code, err := ParseCode(node.text)
		if err != nil {
			return nil, fmt.Errorf("line %d: deficiency_codes: %w", node.line, err)
		}
		codes[n] = code
	}
	return codes, nil
}
