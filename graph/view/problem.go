package view

import "plumbline/inspection"

// Problem is why a request was refused.
type Problem interface{ IsProblem() }

type problem struct{ inspection.Problem }

// IsProblem implements Problem.
func (problem) IsProblem() {}

// Code is the machine-readable kind.
func (p problem) Code() string { return string(p.Problem.Code) }

// SubjectID is the object concerned, nil if there is none.
func (p problem) SubjectID() *inspection.ID {
	if p.Subject == (inspection.ID{}) {
		return nil
	}
	return &p.Subject
}

// The kinds of problem, one per code.
type (
	ValidationProblem       struct{ problem }
	ForbiddenProblem        struct{ problem }
	NotFoundProblem         struct{ problem }
	StaleRevisionProblem    struct{ problem }
	LockedInspectionProblem struct{ problem }
	GuardProblem            struct{ problem }
	ConflictProblem         struct{ problem }
	UnavailableProblem      struct{ problem }
)

// Problems turns refusals into the API's problems.
func Problems(ps inspection.Problems) []Problem {
	out := make([]Problem, len(ps))
	for n, p := range ps {
		out[n] = kind(problem{p})
	}
	return out
}

func kind(p problem) Problem {
	switch p.Problem.Code {
	case inspection.Forbidden:
		return ForbiddenProblem{p}
	case inspection.NotFound:
		return NotFoundProblem{p}
	case inspection.Stale:
		return StaleRevisionProblem{p}
	case inspection.Locked:
		return LockedInspectionProblem{p}
	case inspection.Unmet:
		return GuardProblem{p}
	case inspection.Conflict:
		return ConflictProblem{p}
	case inspection.Unavailable:
		return UnavailableProblem{p}
	}
	return ValidationProblem{p}
}

// Refusal splits an error: what the caller is told as problems, or else a fault.
func Refusal(err error) ([]Problem, error) {
	if err == nil {
		return []Problem{}, nil
	}
	if ps := inspection.ProblemsOf(err); ps != nil {
		return Problems(ps), nil
	}
	return nil, err
}
