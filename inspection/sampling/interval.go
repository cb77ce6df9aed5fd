package sampling

import (
	"errors"
	"math"
	"math/big"
)

// MostSampled is the largest sample that an interval is computed for.
const MostSampled = 1_000_000

// Interval holds the share of a population that does not conform, from k of n sampled.
type Interval struct {
	Lower, Upper float64 // 0 to 1
	Level        float64 // 0.95: of 100 such intervals at least 95 hold the true share
}

// ClopperPearson returns the exact two-sided interval for k of n at a level such as 0.95: the shares
// under which k or more, and k or fewer, are each seen with a probability of at least (1-level)/2.
// Clopper and Pearson, Biometrika 26 (1934) 404-413. It assumes that the n were drawn at random and
// that one draw says nothing of another, as from a population much larger than n; from a smaller one
// it is wider than it need be, never narrower.
func ClopperPearson(k, n int, level float64) (Interval, error) {
	switch {
	case n < 1:
		return Interval{}, errors.New("nothing was sampled: there is no share to bound")
	case n > MostSampled:
		return Interval{}, errors.New("the sample is too large")
	case k < 0 || k > n:
		return Interval{}, errors.New("the nonconforming are a part of the sample")
	case !(level > 0 && level < 1):
		return Interval{}, errors.New("a level lies between 0 and 1")
	}
	tail := (1 - level) / 2
	interval := Interval{Lower: 0, Upper: 1, Level: level}
	if k > 0 {
		interval.Lower = betaQuantile(tail, float64(k), float64(n-k+1), false)
	}
	if k < n {
		interval.Upper = betaQuantile(tail, float64(k+1), float64(n-k), true)
	}
	return interval, nil
}

// betaQuantile returns the x at which the beta distribution's tail below x (above x if upper) has the
// probability p. Bisection to the last bit: the tail is monotonic, and 60 halvings exhaust a float64.
func betaQuantile(p, a, b float64, upper bool) float64 {
	low, high := 0.0, 1.0
	for range 60 {
		x := (low + high) / 2
		below, above := betaTails(x, a, b)
		if (upper && above > p) || (!upper && below < p) {
			low = x
		} else {
			high = x
		}
	}
	if upper {
		return high // outwards
	}
	return low
}

// betaTails returns the regularised incomplete beta function I_x(a,b) and 1 - I_x(a,b), each computed
// without cancellation where it is small.
func betaTails(x, a, b float64) (below, above float64) {
	if x <= 0 {
		return 0, 1
	}
	if x >= 1 {
		return 1, 0
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab - la - lb + a*math.Log(x) + b*math.Log1p(-x))
	if x < (a+1)/(a+b+2) {
		below = front * betaFraction(x, a, b) / a
		return below, 1 - below
	}
	above = front * betaFraction(1-x, b, a) / b
	return 1 - above, above
}

// betaFraction is the continued fraction of the incomplete beta function by Lentz's method (NIST
// Digital Library of Mathematical Functions, 8.17.22). It converges in the order of sqrt(max(a,b))
// steps where x < (a+1)/(a+b+2).
func betaFraction(x, a, b float64) float64 {
	const tiny, enough = 1e-300, 1e-15
	away := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1.0, 1/away(1-(a+b)*x/(a+1))
	f := d
	for m := 1.0; m < 20_000; m++ {
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d, c = 1/away(1+even*d), away(1+even/c)
		f *= d * c
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d, c = 1/away(1+odd*d), away(1+odd/c)
		step := d * c
		f *= step
		if math.Abs(step-1) < enough {
			break
		}
	}
	return f
}

// Text returns both bounds as decimal text with six places, rounded outwards, so that what is printed
// still covers.
func (i Interval) Text() (lower, upper string) {
	return places(i.Lower, big.ToNegativeInf), places(i.Upper, big.ToPositiveInf)
}

func places(v float64, mode big.RoundingMode) string {
	scaled := v * 1e6
	if mode == big.ToNegativeInf {
		scaled = math.Floor(scaled)
	} else {
		scaled = math.Ceil(scaled)
	}
	return new(big.Rat).SetFrac64(int64(scaled), 1e6).FloatString(6)
}
