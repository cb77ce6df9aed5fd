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
	// Edition, Part and Key say where the component stands: the edition's key, the number of the
	// part, and the requirement's key within the edition, e.g. "4.3-V.M-20".
	Edition string `json:"edition,omitempty"`
	Part    string `json:"part,omitempty"`
	Key     string `json:"key,omitempty"`
	// Standard is the number of the standard that the component belongs to, e.g. "4.3".
	Standard string `json:"standard"`
	// Priority is true if a source calls the component a priority component, or the inspector
	// cited the standard for it. A priority that is merely proposed is false here.
	Priority  bool      `json:"priority"`
	Mandatory Mandatory `json:"mandatory,omitempty"`
	Rating    Rating    `json:"rating"`
	// Reason says why the component is NOT_APPLICABLE, UNDETERMINED or NOT_REVIEWED. The score
	// repeats it to everyone who may see the score.
	Reason string `json:"reason,omitempty"`
	// Methods is by how many different methods the rating is known.
	Methods int `json:"methods"`
	// Found are the recorded deficiencies that rest on the component.
	Found Found `json:"found,omitzero"`
}

// Found counts recorded deficiencies: all of them, and those of them that are priority or repeat.
type Found struct {
	Deficiencies int `json:"deficiencies"`
	Priority     int `json:"priority"`
	Repeats      int `json:"repeats"`
}

// StandardFound are the recorded deficiencies that rest on a standard and on no component.
type StandardFound struct {
	Standard string `json:"standard"`
	Found    Found  `json:"found"`
}

// Input is everything that a policy scores. Its JSON form is complete: whoever has it can compute
// every score again, to the byte.
type Input struct {
	Items []Item `json:"items"`
	// Standards are the deficiencies that rest on no component, a standard at most once.
	Standards []StandardFound `json:"standards,omitempty"`
	// Sets names the standards sets in force, e.g. "pbnds-2011-r2016".
	Sets []string `json:"sets,omitempty"`
	// Published are the figures of a published report, of which no component is known; only
	// odo-bands reads them, and then nothing else.
	Published *Figures `json:"published,omitempty"`
}

// counts are the deficiencies that an item stands for: those recorded, or one if it is not met and
// none was recorded yet.
func (item Item) counts() Found {
	if item.Rating != DoesNotMeet || item.Found.Deficiencies > 0 {
		return item.Found
	}
	one := Found{Deficiencies: 1}
	if item.Priority {
		one.Priority = 1
	}
	return one
}

// rated is the item with another rating; a better one takes the item's deficiencies with it.
func (item Item) rated(rating Rating) Item {
	item.Rating = rating
	if rating == Meets {
		item.Found = Found{}
	}
	return item
}

// Plus adds the counts of other deficiencies.
func (f Found) Plus(g Found) Found {
	return Found{f.Deficiencies + g.Deficiencies, f.Priority + g.Priority, f.Repeats + g.Repeats}
}

func (f Found) check() error {
	switch {
	case f.Deficiencies < 0 || f.Priority < 0 || f.Repeats < 0:
		return fmt.Errorf("a negative number of deficiencies")
	case f.Priority > f.Deficiencies || f.Repeats > f.Deficiencies:
		return fmt.Errorf("more priority or repeat deficiencies than deficiencies")
	}
	return nil
}

// check refuses an input that no inspection can produce, rather than count it as something.
func (in Input) check() error {
	for n, item := range in.Items {
		if err := item.check(); err != nil {
			return fmt.Errorf("scoring: item %d: %w", n, err)
		}
	}
	seen := map[string]bool{}
	for n, standard := range in.Standards {
		if standard.Standard == "" || seen[standard.Standard] {
			return fmt.Errorf("scoring: standard %d: no name, or one that stands twice: %q", n, standard.Standard)
		}
		seen[standard.Standard] = true
		if err := standard.Found.check(); err != nil {
			return fmt.Errorf("scoring: standard %s: %w", standard.Standard, err)
		}
	}
	if in.Published != nil {
		if err := in.Published.check(); err != nil {
			return fmt.Errorf("scoring: figures: %w", err)
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
	return item.Found.check()
}
