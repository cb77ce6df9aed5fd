package inspection

import (
	"errors"
	"fmt"
	"strings"
)

// Code is the machine-readable kind of a Problem.
type Code string

const (
	// Invalid: an input is wrong; Path says which.
	Invalid Code = "INVALID"
	// Forbidden: the actor may not do this.
	Forbidden Code = "FORBIDDEN"
	// NotFound: there is no such object, or the actor may not know of it.
	NotFound Code = "NOT_FOUND"
	// Stale: the object has changed since the caller read it.
	Stale Code = "STALE_REVISION"
	// Locked: the inspection's state does not allow the change.
	Locked Code = "LOCKED"
	// Unmet: a step's guard is not satisfied; the message says what is missing.
	Unmet Code = "GUARD_UNMET"
	// Conflict: another object stands in the way.
	Conflict Code = "CONFLICT"
	// Unavailable: a part of the system cannot answer now; the same request may succeed later.
	Unavailable Code = "UNAVAILABLE"
	// EpochChanged: a checkpoint is of another history of the database; see Bulk.
	EpochChanged Code = "EPOCH_CHANGED"
)

// Problem says what is wrong with a request and what to do about it, in words fit for the caller.
type Problem struct {
	Code    Code
	Message string
	// Path leads to the offending input field, e.g. ["input", "facilityId"].
	Path []string
	// Subject is the object that the problem concerns (an item left unanswered, a missing photo);
	// zero if there is none.
	Subject ID
}

// Problems is the error of every refused request. It holds at least one Problem.
type Problems []Problem

func (ps Problems) Error() string {
	texts := make([]string, len(ps))
	for i, p := range ps {
		texts[i] = fmt.Sprintf("%s: %s", p.Code, p.Message)
	}
	return strings.Join(texts, "; ")
}

// Refuse returns an error with one Problem.
func Refuse(code Code, path string, format string, args ...any) error {
	return Problems{newProblem(code, path, format, args...)}
}

func newProblem(code Code, path string, format string, args ...any) Problem {
	p := Problem{Code: code, Message: fmt.Sprintf(format, args...)}
	if path != "" {
		p.Path = strings.Split(path, ".")
	}
	return p
}

// ProblemsOf returns the Problems in err's chain, or nil if err is a fault of another kind.
func ProblemsOf(err error) Problems {
	var ps Problems
	if errors.As(err, &ps) {
		return ps
	}
	return nil
}

// Refused reports whether err is a refusal with the given code.
func Refused(err error, code Code) bool {
	for _, p := range ProblemsOf(err) {
		if p.Code == code {
			return true
		}
	}
	return false
}
