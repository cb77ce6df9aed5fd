package scoring

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// ModelScore is the score by one of XCCDF's models, exactly.
type ModelScore struct {
	// Model is the model's URI, e.g. "urn:xccdf:scoring:default".
	Model string `json:"model"`
	// Score and Maximum are exact fractions in lowest terms, e.g. "650/7" of "100"; Score is empty
	// where nothing is applicable.
	Score   string `json:"score"`
	Maximum string `json:"maximum"`
	// Thousandths is the score in thousandths, rounded half up, but the maximum only if nothing is
	// missing and 0 only if there is nothing; nil where nothing is applicable.
	Thousandths *int `json:"thousandths"`
	// Arithmetic is the calculation, node by node from the leaves to the whole.
	Arithmetic []string `json:"arithmetic"`
}

// models computes the four models.
func (p XCCDF) models(items []Item) []ModelScore {
	passed, most := p.flat(items)
	counted, all := p.unweighted(items)
	absolute := 0
	if passed == most {
		absolute = 1
	}
	nothing := most == 0
	return []ModelScore{
		p.defaultModel(items),
		model("flat", big.NewRat(int64(passed), 1000), big.NewRat(int64(most), 1000), nothing,
			fmt.Sprintf("weights of the passed rules %s, of all applicable rules %s", thousandths(passed), thousandths(most))),
		model("flat-unweighted", big.NewRat(int64(counted), 1), big.NewRat(int64(all), 1), nothing,
			fmt.Sprintf("passed rules %d, applicable rules %d", counted, all)),
		model("absolute", big.NewRat(int64(absolute), 1), big.NewRat(1, 1), nothing,
			fmt.Sprintf("1 if %s = %s, else 0", thousandths(passed), thousandths(most))),
	}
}

// unweighted counts rules whose weight is not 0.
func (p XCCDF) unweighted(items []Item) (passed, all int) {
	for _, item := range items {
		if item.Rating == NotApplicable || p.weight(Weight{Requirement: item.Key}) == 0 {
			continue
		}
		all++
		if item.Rating == Meets {
			passed++
		}
	}
	return passed, all
}

// group is a node of the default model's tree: its normalised score times the sum of weights stand
// in sum, so that the score is sum / weights.
type group struct {
	sum     *big.Rat
	weights int // in thousandths
	terms   []string
}

func (g *group) add(weight int, score *big.Rat) {
	if g.sum == nil {
		g.sum = new(big.Rat)
	}
	weighted := new(big.Rat).Mul(big.NewRat(int64(weight), 1000), score)
	g.sum.Add(g.sum, weighted)
	g.weights += weight
	g.terms = append(g.terms, fmt.Sprintf("%s × %s", thousandths(weight), score.RatString()))
}

// score normalises the node, and reports whether it counts: a node of no counted child, or of children
// without weight, does not.
func (g *group) score() (*big.Rat, bool) {
	if g.weights == 0 {
		return nil, false
	}
	return new(big.Rat).Quo(g.sum, big.NewRat(int64(g.weights), 1000)), true
}

func (g *group) line(name string, score *big.Rat) string {
	return fmt.Sprintf("%s: (%s) / %s = %s", name, strings.Join(g.terms, " + "), thousandths(g.weights), score.RatString())
}

// defaultModel is the weighted average of averages: of rules in a standard, standards in a part, parts
// in an edition, editions in the whole. Table 40 of the specification.
func (p XCCDF) defaultModel(items []Item) ModelScore {
	sorted := slices.SortedFunc(slices.Values(items), comparePlaces)
	var whole group
	var lines []string
	for of := range runs(sorted, func(i Item) string { return i.Edition }) {
		var edition group
		for inEdition := range runs(of, func(i Item) string { return i.Part }) {
			var part group
			for inPart := range runs(inEdition, func(i Item) string { return i.Standard }) {
				p.close(p.rules(inPart), &part, Weight{Standard: inPart[0].Standard}, "standard "+inPart[0].Standard, &lines)
			}
			p.close(part, &edition, Weight{Part: inEdition[0].Part}, "part "+inEdition[0].Part, &lines)
		}
		p.close(edition, &whole, Weight{Edition: of[0].Edition}, "edition "+of[0].Edition, &lines)
	}
	score, counts := whole.score()
	if !counts {
		return model("default", nil, big.NewRat(100, 1), true)
	}
	return model("default", score, big.NewRat(100, 1), false, append(lines, whole.line("whole", score))...)
}

// close normalises a finished node and adds it to its parent.
func (p XCCDF) close(node group, parent *group, named Weight, name string, lines *[]string) {
	score, counts := node.score()
	if !counts {
		return
	}
	*lines = append(*lines, node.line(name, score))
	parent.add(p.weight(named), score)
}

// rules is the node of a standard: its rules score 100 or 0. Equal weights are one term.
func (p XCCDF) rules(items []Item) group {
	passed, most := p.flat(items)
	return group{sum: big.NewRat(int64(passed)*100, 1000), weights: most, terms: []string{"100 × " + thousandths(passed)}}
}

func comparePlaces(a, b Item) int {
	return cmp.Or(cmp.Compare(a.Edition, b.Edition), compareNumbers(a.Part, b.Part), compareNumbers(a.Standard, b.Standard),
		cmp.Compare(a.Key, b.Key))
}

// runs cuts a sorted list where the key changes.
func runs(items []Item, key func(Item) string) func(yield func([]Item) bool) {
	return slices.Values(slices.Collect(func(yield func([]Item) bool) {
		for start := 0; start < len(items); {
			end := start + 1
			for end < len(items) && key(items[end]) == key(items[start]) {
				end++
			}
			if !yield(items[start:end]) {
				return
			}
			start = end
		}
	}))
}

func model(name string, score, most *big.Rat, nothing bool, arithmetic ...string) ModelScore {
	m := ModelScore{Model: "urn:xccdf:scoring:" + name, Maximum: most.RatString(), Arithmetic: []string{"nothing applicable that has a weight"}}
	if nothing {
		return m
	}
	rounded := roundRat(score, most)
	m.Score, m.Thousandths, m.Arithmetic = score.RatString(), &rounded, arithmetic
	return m
}

// roundRat is the score in thousandths, half up; it is the maximum, or 0, only if the score is.
func roundRat(score, most *big.Rat) int {
	// floor((2000 a + b) / 2b) of a/b
	n := new(big.Int).Add(new(big.Int).Mul(score.Num(), big.NewInt(2000)), score.Denom())
	rounded := new(big.Int).Div(n, new(big.Int).Mul(score.Denom(), big.NewInt(2)))
	whole := new(big.Rat).Mul(most, big.NewRat(1000, 1))
	switch {
	case score.Sign() > 0 && rounded.Sign() == 0:
		return 1
	case score.Cmp(most) < 0 && new(big.Rat).SetInt(rounded).Cmp(whole) >= 0:
		return int(rounded.Int64()) - 1
	}
	return int(rounded.Int64())
}

// thousandths prints thousandths as a decimal without trailing zeros: 1500 is "1.5".
func thousandths(n int) string {
	text := fmt.Sprintf("%d.%03d", n/1000, n%1000)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
