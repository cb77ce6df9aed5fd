package scoring

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// section counts the items of one standard, or of the whole inspection, and leaves the result to
// the policy. The decisive items are those that a policy sets apart.
func section(standard string, items []Item, decisive func(Item) bool, corroborating int) Section {
	s := Section{Standard: standard}
	corroborated := 0
	for _, item := range items {
		switch {
		case decisive(item):
			s.MandatoryOrPriority.add(item.Rating)
		default:
			s.Other.add(item.Rating)
			s.countUnknown(item)
		}
		if known(item.Rating) && item.Methods >= corroborating {
			corroborated++
		}
	}
	s.All = s.MandatoryOrPriority.sum(s.Other).scored()
	s.MandatoryOrPriority = s.MandatoryOrPriority.scored()
	s.Other = s.Other.scored()
	s.Exclusions = reasons(items, NotApplicable)
	s.Open = reasons(items, NotReviewed, Undetermined)
	s.Coverage = shareOf(s.All.Reviewed(), s.All.Applicable())
	corroboration := shareOf(corroborated, s.All.Reviewed())
	s.Corroboration = &corroboration
	s.Failed = s.MandatoryOrPriority.DoesNotMeet > 0
	return s
}

// covered reports whether enough is known for a rating: nothing is undetermined, and the coverage
// reaches floor thousandths.
func (s Section) covered(floor int) bool {
	return s.All.Undetermined == 0 && s.Coverage.atLeast(floor)
}

// whatIsOpen says in words what is not known.
func (s Section) whatIsOpen() string {
	var why []string
	if s.All.NotReviewed > 0 {
		why = append(why, fmt.Sprintf("%d of %d applicable components not reviewed", s.All.NotReviewed, s.All.Applicable()))
	}
	if s.All.Undetermined > 0 {
		why = append(why, fmt.Sprintf("%d of %d undetermined", s.All.Undetermined, s.All.Applicable()))
	}
	return strings.Join(why, "; ")
}

// marked reports whether a source calls the item mandatory or priority.
func (item Item) marked() bool { return item.Mandatory == MandatoryYes || item.Priority }

func (s *Section) countUnknown(item Item) {
	if item.Mandatory != MandatoryUnknown || item.Rating == NotApplicable {
		return
	}
	s.MandatoryUnknown++
	if item.Rating == DoesNotMeet {
		s.NotMetMandatoryUnknown++
	}
}

func known(rating Rating) bool { return rating == Meets || rating == DoesNotMeet }

// reasons groups the items that have one of the given ratings. It is never nil.
func reasons(items []Item, ratings ...Rating) []ReasonCount {
	counts := map[ReasonCount]int{}
	for _, item := range items {
		if slices.Contains(ratings, item.Rating) {
			counts[ReasonCount{Rating: item.Rating, Reason: reasonOf(item)}]++
		}
	}
	groups := make([]ReasonCount, 0, len(counts))
	for group, count := range counts {
		group.Count = count
		groups = append(groups, group)
	}
	slices.SortFunc(groups, func(a, b ReasonCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Rating, b.Rating), cmp.Compare(a.Reason, b.Reason))
	})
	return groups
}

func reasonOf(item Item) string {
	if reason := strings.TrimSpace(item.Reason); reason != "" {
		return reason
	}
	return NoReason
}

// byStandard groups items by standard, in the order of the standards' numbers: 2.9 before 2.10.
func byStandard(items []Item) (numbers []string, groups map[string][]Item) {
	groups = map[string][]Item{}
	for _, item := range items {
		if _, seen := groups[item.Standard]; !seen {
			numbers = append(numbers, item.Standard)
		}
		groups[item.Standard] = append(groups[item.Standard], item)
	}
	slices.SortFunc(numbers, compareNumbers)
	return numbers, groups
}

// compareNumbers orders dotted numbers by their parts; what is no number sorts as text, after it.
func compareNumbers(a, b string) int {
	if a == b {
		return 0
	}
	for x, y := a, b; ; {
		partX, restX, moreX := strings.Cut(x, ".")
		partY, restY, moreY := strings.Cut(y, ".")
		switch order := comparePart(partX, partY); {
		case order != 0:
			return order
		case moreX && !moreY:
			return 1
		case moreY && !moreX:
			return -1
		case !moreX:
			return cmp.Compare(a, b)
		}
		x, y = restX, restY
	}
}

func comparePart(a, b string) int {
	x, xErr := strconv.Atoi(a)
	y, yErr := strconv.Atoi(b)
	switch {
	case xErr == nil && yErr == nil:
		return cmp.Compare(x, y)
	case xErr == nil:
		return -1
	case yErr == nil:
		return 1
	}
	return cmp.Compare(a, b)
}
