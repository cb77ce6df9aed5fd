package scoring

import "fmt"

// Rating is the outcome recorded on one component.
type Rating string

const (
	Meets         Rating = "MEETS"
	DoesNotMeet   Rating = "DOES_NOT_MEET"
	NotApplicable Rating = "NOT_APPLICABLE"
	// Undetermined: it was looked at, and the outcome could not be established.
	Undetermined Rating = "UNDETERMINED"
	// NotReviewed: nobody looked, which is where every component starts.
	NotReviewed Rating = "NOT_REVIEWED"
)

// Mandatory is the G-324A's own flag of a component.
type Mandatory string

const (
	// MandatoryUnknown: no source that was seen says whether the component is mandatory.
	MandatoryUnknown Mandatory = ""
	MandatoryYes     Mandatory = "YES"
	MandatoryNo      Mandatory = "NO"
)

// Item is one component of the inspection, with as much as a policy needs to know of it.
type Item struct {
	// Standard is the number of the standard that the component belongs to, e.g. "4.3".
	Standard string
	// Priority is true if a source calls the component a priority component, or the inspector
	// cited the standard for it. A priority that is merely proposed is false here.
	Priority  bool
	Mandatory Mandatory
	Rating    Rating
	// Reason says why the component is NOT_APPLICABLE, UNDETERMINED or NOT_REVIEWED. The score
	// repeats it to everyone who may see the score.
	Reason string
	// Methods is by how many different methods the rating is known.
	Methods int
}

// Input is everything that a policy scores.
type Input struct {
	Items []Item
}

// check refuses an input that no inspection can produce, rather than count it as something.
func (in Input) check() error {
	for n, item := range in.Items {
		if err := item.check(); err != nil {
			return fmt.Errorf("scoring: item %d: %w", n, err)
		}
	}
	return nil
}

func (item Item) check() error {
	switch item.Rating {
	case Meets, DoesNotMeet, NotApplicable, Undetermined, NotReviewed:
	default:
		return fmt.Errorf("unknown rating %q", item.Rating)
	}
	switch item.Mandatory {
	case MandatoryUnknown, MandatoryYes, MandatoryNo:
	default:
		return fmt.Errorf("unknown mandatory flag %q", item.Mandatory)
	}
	if item.Standard == "" {
		return fmt.Errorf("no standard")
	}
	if item.Methods < 0 {
		return fmt.Errorf("%d methods", item.Methods)
	}
	return nil
}
