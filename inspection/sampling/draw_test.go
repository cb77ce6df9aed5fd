package sampling_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plumbline/inspection/sampling"
)

func seedOf(text string, n int) sampling.Seed {
	return sha256.Sum256(fmt.Appendf(nil, "%s %d", text, n))
}

type receipt struct {
	ID, Seed, Commitment string
	Population, Size     int
	Positions, Inspected []int
	Substitutions        []struct {
		Position    int
		Replacement *int
	}
}

// The receipts of testdata were computed by another program in another language; docs/sample-receipt.mjs,
// a third, agrees with them.
func TestDrawsAreThoseThatOtherProgramsCompute(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("testdata/receipts.json")
	if err != nil {
		t.Fatal(err)
	}
	var receipts []receipt
	if err := json.Unmarshal(content, &receipts); err != nil {
		t.Fatal(err)
	}
	if len(receipts) < 7 {
		t.Fatalf("%d receipts", len(receipts))
	}
	for _, r := range receipts {
		var seed sampling.Seed
		if _, err := hex.Decode(seed[:], []byte(r.Seed)); err != nil {
			t.Fatal(err)
		}
		if seed.Commitment().String() != r.Commitment || seed.String() != r.Seed {
			t.Errorf("%s: the commitment is %s", r.ID, seed.Commitment())
		}
		d := sampling.Draw{Seed: seed, Population: r.Population, Size: r.Size}
		if diff := cmp.Diff(r.Positions, d.Drawn()); diff != "" {
			t.Errorf("%s: drawn (-theirs +ours):\n%s", r.ID, diff)
		}
		for _, s := range r.Substitutions {
			ours, err := d.Substitute(s.Position)
			if err != nil {
				t.Fatalf("%s: %v", r.ID, err)
			}
			theirs := 0
			if s.Replacement != nil {
				theirs = *s.Replacement
			}
			if ours.Replacement != theirs {
				t.Errorf("%s: position %d is replaced by %d, theirs by %d", r.ID, s.Position, ours.Replacement, theirs)
			}
			d.Substitutions = append(d.Substitutions, ours)
		}
		if diff := cmp.Diff(r.Inspected, d.Standing()); diff != "" {
			t.Errorf("%s: inspected (-theirs +ours):\n%s", r.ID, diff)
		}
	}
}

func TestLawADrawHoldsEachPositionOnceAndIsAPrefixOfLargerOnes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seed := seedOf("law", rapid.Int().Draw(t, "seed"))
		population := rapid.IntRange(1, 3000).Draw(t, "population")
		n := rapid.IntRange(1, min(population, sampling.MostDrawn)).Draw(t, "n")
		more := rapid.IntRange(n, population).Draw(t, "more")
		drawn := sampling.Positions(seed, population, n)
		sorted := slices.Clone(drawn)
		slices.Sort(sorted)
		if len(drawn) != n || len(slices.Compact(sorted)) != n || sorted[0] < 1 || sorted[n-1] > population {
			t.Fatalf("%d of %d: %v", n, population, drawn)
		}
		if again := sampling.Positions(seed, population, n); !slices.Equal(drawn, again) {
			t.Fatalf("drawn twice: %v and %v", drawn, again)
		}
		if longer := sampling.Positions(seed, population, more); !slices.Equal(drawn, longer[:n]) {
			t.Fatalf("%v is no prefix of %v", drawn, longer)
		}
	})
}

// Whatever is substituted, in whatever order, the sample keeps its size while positions remain, holds
// none twice, and its replacements are the next positions of the seed's order.
func TestLawSubstitutesAreTheNextPositionsOfTheOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seed := seedOf("substitutes", rapid.Int().Draw(t, "seed"))
		population := rapid.IntRange(1, 40).Draw(t, "population")
		d := sampling.Draw{Seed: seed, Population: population, Size: rapid.IntRange(1, population).Draw(t, "size")}
		order := sampling.Positions(seed, population, population)
		for k := range rapid.IntRange(0, population).Draw(t, "substitutions") {
			standing := d.Standing()
			if len(standing) == 0 {
				break
			}
			s, err := d.Substitute(rapid.SampledFrom(standing).Draw(t, "position"))
			if err != nil {
				t.Fatal(err)
			}
			want := 0
			if d.Size+k < population {
				want = order[d.Size+k]
			}
			if s.Replacement != want {
				t.Fatalf("substitution %d is by %d, want %d", k, s.Replacement, want)
			}
			d.Substitutions = append(d.Substitutions, s)
			if slices.Contains(d.Standing(), s.Position) {
				t.Fatal("what was taken out stands")
			}
			if _, err := d.Substitute(s.Position); err == nil {
				t.Fatal("what was taken out is taken out again")
			}
		}
		standing := d.Standing()
		if want := min(d.Size, population-len(d.Substitutions)); len(standing) != want {
			t.Fatalf("%d stand, want %d", len(standing), want)
		}
		slices.Sort(standing)
		if len(slices.Compact(standing)) != len(standing) {
			t.Fatalf("a position stands twice: %v", standing)
		}
	})
}

// chiSquare is the statistic of counts that should all be alike.
func chiSquare(counts []int) float64 {
	total := 0
	for _, n := range counts {
		total += n
	}
	expected, sum := float64(total)/float64(len(counts)), 0.0
	for _, n := range counts {
		sum += (float64(n) - expected) * (float64(n) - expected) / expected
	}
	return sum
}

// The bounds are the 99.9 % points of the chi-square distribution. The seeds are fixed: this does not
// fail by chance, but by a change of the algorithm that makes some orders likelier than others.
func TestEveryPositionAndEveryOrderIsAsLikely(t *testing.T) {
	t.Parallel()
	const seeds = 24_000
	orders, first, within := map[string]int{}, make([]int, 30), make([]int, 30)
	for n := range seeds {
		seed := seedOf("uniform", n)
		orders[fmt.Sprint(sampling.Positions(seed, 4, 4))]++
		drawn := sampling.Positions(seed, 30, 12)
		first[drawn[0]-1]++
		for _, p := range drawn {
			within[p-1]++
		}
	}
	counts := []int{}
	for _, n := range orders {
		counts = append(counts, n)
	}
	if x := chiSquare(counts); len(orders) != 24 || x > 49.73 { // 23 degrees of freedom
		t.Errorf("%d orders of 4, chi-square %.1f", len(orders), x)
	}
	if x := chiSquare(first); x > 58.30 { // 29 degrees of freedom
		t.Errorf("the first position: chi-square %.1f: %v", x, first)
	}
	// Without replacement the counts vary less: by the share not drawn, and by the one that the others fix.
	if x := chiSquare(within) / (1 - 12.0/30) * 29 / 30; x > 58.30 {
		t.Errorf("membership: chi-square %.1f: %v", x, within)
	}
}

// Of three quarters of the range of a 64-bit number, a bare remainder would give the first third twice
// as often.
func TestNoRemainderIsFavoured(t *testing.T) {
	t.Parallel()
	const r = 3 << 62
	counts := make([]int, 3)
	for _, x := range sampling.Below(seedOf("bias", 0), r, 30_000) {
		counts[x>>62]++
	}
	if x := chiSquare(counts); x > 13.82 { // 2 degrees of freedom, 99.9 %
		t.Errorf("chi-square %.1f: %v", x, counts)
	}
	for _, r := range []uint64{1, 2, 3, 1 << 63, 1<<63 + 1, ^uint64(0)} {
		for _, x := range sampling.Below(seedOf("below", 0), r, 100) {
			if x >= r {
				t.Errorf("%d is not below %d", x, r)
			}
		}
	}
}

func TestSeedsDifferAndCommitmentsBind(t *testing.T) {
	t.Parallel()
	seen := map[sampling.Seed]bool{}
	for range 1000 {
		s := sampling.NewSeed()
		if seen[s] {
			t.Fatal("a seed came twice")
		}
		seen[s] = true
		if want := sampling.Commitment(sha256.Sum256(s[:])); s.Commitment() != want {
			t.Fatalf("the commitment is %s", s.Commitment())
		}
	}
}

func TestWhatCannotBeDrawn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		population, size int
		fine             bool
	}{{1, 1, true}, {467, 12, true}, {sampling.MostPopulation, sampling.MostDrawn, true}, {0, 0, false}, {0, 1, false}, {10, 0, false}, {10, -1, false},
		{-1, 1, false}, {10, 11, false}, {sampling.MostPopulation + 1, 1, false}, {sampling.MostPopulation, sampling.MostDrawn + 1, false}} {
		if err := (sampling.Draw{Population: c.population, Size: c.size}).Check(); (err == nil) != c.fine {
			t.Errorf("%d of %d: %v", c.size, c.population, err)
		}
	}
	d := sampling.Draw{Seed: seedOf("x", 0), Population: 10, Size: 3}
	for _, p := range []int{0, -1, 11, sampling.Positions(d.Seed, 10, 10)[3]} {
		if _, err := d.Substitute(p); err == nil {
			t.Errorf("position %d is substituted", p)
		}
	}
}
