package sampling_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"plumbline/inspection/sampling"
)

// Published values: Newcombe, Statistics in Medicine 17 (1998) 857-872, Table I, method 5 (four
// examples, four places); the documentation of R's binom.test (682 of 925); the closed form for k = 0,
// 1 - (1-level)/2 to the power of 1/n; and the even split of 10, tabulated since 1934.
func TestIntervalsAreThosePublished(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		k, n         int
		level        float64
		lower, upper float64
		within       float64
	}{
		{81, 263, 0.95, 0.2527, 0.3676, 5e-5},
		{15, 148, 0.95, 0.0578, 0.1617, 5e-5},
		{0, 20, 0.95, 0, 0.1684, 5e-5},
		{1, 29, 0.95, 0.0009, 0.1776, 5e-5},
		{682, 925, 0.95, 0.7076683, 0.7654066, 5e-8},
		{5, 10, 0.95, 0.1870860, 0.8129140, 5e-8},
		{0, 10, 0.95, 0, 1 - math.Pow(0.025, 1.0/10), 1e-14},
		{10, 10, 0.95, math.Pow(0.025, 1.0/10), 1, 1e-14},
		{0, 1, 0.95, 0, 0.975, 1e-14},
		{1, 1, 0.95, 0.025, 1, 1e-14},
		{0, 12, 0.99, 0, 1 - math.Pow(0.005, 1.0/12), 1e-14},
	} {
		got, err := sampling.ClopperPearson(c.k, c.n, c.level)
		if err != nil || math.Abs(got.Lower-c.lower) > c.within || math.Abs(got.Upper-c.upper) > c.within || got.Level != c.level {
			t.Errorf("%d of %d at %v: %v to %v (%v), want %v to %v", c.k, c.n, c.level, got.Lower, got.Upper, err, c.lower, c.upper)
		}
	}
}

// tails sums the binomial distribution: the probability of k or fewer, and of k or more, of n.
func tails(k, n int, p float64) (fewer, more float64) {
	for i := range n + 1 {
		lg := func(v int) float64 { g, _ := math.Lgamma(float64(v + 1)); return g }
		probability := math.Exp(lg(n) - lg(i) - lg(n-i) + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
		if i <= k {
			fewer += probability
		}
		if i >= k {
			more += probability
		}
	}
	return fewer, more
}

// The bounds are by their definition those shares under which the outcome is just not too unlikely.
func TestLawEachBoundLeavesHalfOfTheDoubtInItsTail(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 2000).Draw(t, "n")
		k := rapid.IntRange(0, n).Draw(t, "k")
		level := rapid.Float64Range(0.5, 0.999).Draw(t, "level")
		i, err := sampling.ClopperPearson(k, n, level)
		if err != nil {
			t.Fatal(err)
		}
		share := float64(k) / float64(n)
		if i.Lower > share || share > i.Upper || i.Lower < 0 || i.Upper > 1 {
			t.Fatalf("%d of %d: %v to %v", k, n, i.Lower, i.Upper)
		}
		tail := (1 - level) / 2
		if _, more := tails(k, n, i.Lower); k > 0 && math.Abs(more-tail) > 1e-9 {
			t.Fatalf("%d of %d: the lower bound %v leaves %v, want %v", k, n, i.Lower, more, tail)
		}
		if fewer, _ := tails(k, n, i.Upper); k < n && math.Abs(fewer-tail) > 1e-9 {
			t.Fatalf("%d of %d: the upper bound %v leaves %v, want %v", k, n, i.Upper, fewer, tail)
		}
		mirror, err := sampling.ClopperPearson(n-k, n, level)
		if err != nil || math.Abs(mirror.Lower-(1-i.Upper)) > 1e-12 || math.Abs(mirror.Upper-(1-i.Lower)) > 1e-12 {
			t.Fatalf("%d of %d: %v, and mirrored %v", k, n, i, mirror)
		}
	})
}

// Whatever the true share, the intervals of all outcomes together hold it at least as often as the
// level says.
func TestIntervalsCover(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 5, 12, 25, 40} {
		for percent := 1; percent < 100; percent++ {
			p, covered := float64(percent)/100, 0.0
			for k := range n + 1 {
				i, err := sampling.ClopperPearson(k, n, 0.95)
				if err != nil {
					t.Fatal(err)
				}
				if i.Lower <= p && p <= i.Upper {
					fewer, more := tails(k, n, p)
					covered += fewer + more - 1
				}
			}
			if covered < 0.95 {
				t.Errorf("n %d, share %v: covered %v", n, p, covered)
			}
		}
	}
}

func TestWhatHasNoInterval(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		k, n  int
		level float64
	}{{0, 0, 0.95}, {0, -1, 0.95}, {-1, 5, 0.95}, {6, 5, 0.95}, {1, 5, 0}, {1, 5, 1}, {1, 5, math.NaN()}, {1, 5, math.Inf(1)}, {1, sampling.MostSampled + 1, 0.95}} {
		if i, err := sampling.ClopperPearson(c.k, c.n, c.level); err == nil {
			t.Errorf("%d of %d at %v: %v", c.k, c.n, c.level, i)
		}
	}
}

// The largest samples are computed too, and what is printed is rounded outwards.
func TestIntervalsAsText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		k, n         int
		lower, upper string
	}{
		{2, 12, "0.020862", "0.484138"}, {0, 12, "0.000000", "0.264649"}, {12, 12, "0.735351", "1.000000"},
		{222, 467, "0.429291", "0.521772"}, {500_000, 1_000_000, "0.499019", "0.500981"}, {0, 1_000_000, "0.000000", "0.000004"},
	} {
		i, err := sampling.ClopperPearson(c.k, c.n, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		if lower, upper := i.Text(); lower != c.lower || upper != c.upper {
			t.Errorf("%d of %d: %s to %s (%v), want %s to %s", c.k, c.n, lower, upper, i, c.lower, c.upper)
		}
	}
}

func BenchmarkInterval(b *testing.B) {
	for b.Loop() {
		if _, err := sampling.ClopperPearson(222, 467, 0.95); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLargestInterval(b *testing.B) {
	for b.Loop() {
		if _, err := sampling.ClopperPearson(sampling.MostSampled/2, sampling.MostSampled, 0.95); err != nil {
			b.Fatal(err)
		}
	}
}
