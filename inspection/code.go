package inspection

import (
	"regexp"
	"slices"
	"strings"
)

// codeForm is a worksheet line's code without its standard's abbreviation.
var codeForm = regexp.MustCompile(`^-[0-9]{1,4}[A-Za-z]?$`)

// lineCode is the code in the spelling of the edition's lines: "EH&S-114" is "EHS-114" where EH&S is a
// variant of the standard's abbreviation.
func (st *Standard) lineCode(code string) string {
	for _, variant := range st.CodeVariants {
		if rest, ok := strings.CutPrefix(code, variant); ok && codeForm.MatchString(rest) {
			return st.Code + rest
		}
	}
	return code
}

// hasCodeForm reports whether the code may be one of the standard's lines: its abbreviation, a hyphen
// and a number. A partial edition does not know all its lines.
func (st *Standard) hasCodeForm(code string) bool {
	rest, ok := strings.CutPrefix(st.lineCode(code), st.Code)
	return ok && st.Code != "" && codeForm.MatchString(rest)
}

// checkCode refuses a code that is none of the standard's. A reconstruction keeps what its source
// prints, e.g. a serial number inside the report.
func (p places) checkCode(i *Inspection, path string, f Finding) error {
	if f.Code == "" || i.Origin == Reconstructed {
		return nil
	}
	if f.StandardID == nil {
		return Refuse(Invalid, path+".code", "a code belongs to a standard; name the standard, or leave the code out")
	}
	st := p.standards[*f.StandardID]
	if f.LineID != nil || st.hasCodeForm(f.Code) {
		return nil
	}
	if st.Code == "" {
		return Refuse(Invalid, path+".code", "standard %s has no codes in this edition; leave the code out", st.Number)
	}
	return Refuse(Invalid, path+".code", "%s is no code of standard %s, whose codes are %s-1, %s-2 and so on", f.Code, st.Number, st.Code, st.Code)
}

// onLine lists the requirements of the standard that the code's line belongs to.
func (st *Standard) onLine(code string) []*Requirement {
	var of []*Requirement
	for n := range st.Requirements {
		if code != "" && slices.Contains(st.Requirements[n].Lines, st.lineCode(code)) {
			of = append(of, &st.Requirements[n])
		}
	}
	return of
}
