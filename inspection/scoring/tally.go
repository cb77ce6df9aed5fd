package scoring

import "fmt"

// Tally counts a set of components by rating. Total is the sum of the five ratings.
type Tally struct {
	Total         int `json:"total"`
	Meets         int `json:"meets"`
	DoesNotMeet   int `json:"doesNotMeet"`
	NotApplicable int `json:"notApplicable"`
	Undetermined  int `json:"undetermined"`
	NotReviewed   int `json:"notReviewed"`
	// Score is Meets of the applicable components.
	Score Share `json:"score"`
	// Arithmetic is the calculation in figures: "690 / (849 - 143) = 690/706 = 97.7 %".
	Arithmetic string `json:"arithmetic"`
}

// Applicable is the denominator: all components but the NOT_APPLICABLE ones.
func (t Tally) Applicable() int { return t.Total - t.NotApplicable }

// Reviewed counts the applicable components that somebody looked at.
func (t Tally) Reviewed() int { return t.Applicable() - t.NotReviewed }

// Open counts the components whose outcome is not known.
func (t Tally) Open() int { return t.NotReviewed + t.Undetermined }

func (t *Tally) add(rating Rating) {
	t.Total++
	switch rating {
	case Meets:
		t.Meets++
	case DoesNotMeet:
		t.DoesNotMeet++
	case NotApplicable:
		t.NotApplicable++
	case Undetermined:
		t.Undetermined++
	case NotReviewed:
		t.NotReviewed++
	}
}

// sum adds the counts of two disjoint sets.
func (t Tally) sum(other Tally) Tally {
	return Tally{
		Total:         t.Total + other.Total,
		Meets:         t.Meets + other.Meets,
		DoesNotMeet:   t.DoesNotMeet + other.DoesNotMeet,
		NotApplicable: t.NotApplicable + other.NotApplicable,
		Undetermined:  t.Undetermined + other.Undetermined,
		NotReviewed:   t.NotReviewed + other.NotReviewed,
	}
}

// scored returns the tally with its score and arithmetic filled in.
func (t Tally) scored() Tally {
	t.Score = shareOf(t.Meets, t.Applicable())
	t.Arithmetic = fmt.Sprintf("%d / (%d - %d) = %s", t.Meets, t.Total, t.NotApplicable, t.Score)
	return t
}
