package sampling

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// Method names the algorithm of Positions. Whoever changes the algorithm gives it another name.
const Method = "plumbline-sample/1"

// Limits of a draw.
const (
	MostPopulation = 10_000_000
	MostDrawn      = 2_000
)

// Seed decides a draw. It is chosen at random before anybody says what is to be drawn from, and kept
// hidden until then.
type Seed [32]byte

// Commitment is the SHA-256 of a seed: it binds to the seed without telling it.
type Commitment [32]byte

// NewSeed returns a seed from the system's random source.
func NewSeed() Seed {
	var s Seed
	rand.Read(s[:]) // never fails: the program ends first
	return s
}

// Commitment is the seed's commitment.
func (s Seed) Commitment() Commitment { return sha256.Sum256(s[:]) }

// String is the seed in hexadecimal.
func (s Seed) String() string { return hex.EncodeToString(s[:]) }

// String is the commitment in hexadecimal.
func (c Commitment) String() string { return hex.EncodeToString(c[:]) }

// Positions returns the first n positions of the seed's order of 1..population, none of them twice,
// and all of them if n is larger. The order is a uniformly random permutation, so that its first n
// are a sample without replacement, and the position after them is the next one's substitute.
//
// The order is that of a Fisher-Yates shuffle. The list a holds 1..population. For k = 0, 1, 2, ...
// draw j uniformly from 0..population-k-1, swap a[k] with a[k+j], and output a[k]. The numbers are
// the SHA-256 digests of the seed's 32 bytes followed by a block number (8 bytes, big-endian, from 0),
// each read as four big-endian unsigned 64-bit numbers. To draw from r values the next number x is
// passed over if x >= 2^64 - 2^64 mod r, so that none is likelier than another; else j = x mod r.
func Positions(seed Seed, population, n int) []int {
	n = min(n, population)
	if n <= 0 {
		return nil
	}
	numbers := stream{seed: seed}
	moved := make(map[int]int, n) // what stands in a place that was swapped; elsewhere a[i] is i+1
	at := func(i int) int {
		if v, ok := moved[i]; ok {
			return v
		}
		return i + 1
	}
	drawn := make([]int, n)
	for k := range n {
		i := k + int(numbers.below(uint64(population-k)))
		drawn[k] = at(i)
		moved[i] = at(k)
	}
	return drawn
}

// stream is the seed's numbers.
type stream struct {
	seed  Seed
	block uint64
	ready []byte
}

func (s *stream) next() uint64 {
	if len(s.ready) == 0 {
		digest := sha256.Sum256(binary.BigEndian.AppendUint64(s.seed[:], s.block))
		s.block++
		s.ready = digest[:]
	}
	x := binary.BigEndian.Uint64(s.ready)
	s.ready = s.ready[8:]
	return x
}

// below returns a number from 0 to r-1, each as likely as the others.
func (s *stream) below(r uint64) uint64 {
	surplus := -r % r // 2^64 mod r
	for {
		if x := s.next(); x <= ^uint64(0)-surplus {
			return x % r
		}
	}
}

// Substitution takes a position out of a sample because it cannot be inspected.
type Substitution struct {
	Position int
	// Replacement is the next position of the seed's order; 0 if every position is drawn already.
	Replacement int
}

// Draw is a drawn sample: the first Size positions of the seed's order, and the substitutions in the
// order in which they were made.
type Draw struct {
	Seed          Seed
	Population    int
	Size          int
	Substitutions []Substitution
}

// Check refuses a draw that there cannot be.
func (d Draw) Check() error {
	switch {
	case d.Population < 1 || d.Population > MostPopulation:
		return fmt.Errorf("a population has 1 to %d members", MostPopulation)
	case d.Size < 1 || d.Size > MostDrawn:
		return fmt.Errorf("draw 1 to %d at a time", MostDrawn)
	case d.Size > d.Population:
		return fmt.Errorf("%d cannot be drawn from %d without drawing one twice", d.Size, d.Population)
	}
	return nil
}

// Drawn returns the positions as first drawn.
func (d Draw) Drawn() []int { return Positions(d.Seed, d.Population, d.Size) }

// Standing returns the positions to inspect after all substitutions, each replacement in the place of
// what it replaces.
func (d Draw) Standing() []int {
	standing := d.Drawn()
	for _, s := range d.Substitutions {
		for i, p := range standing {
			if p != s.Position {
				continue
			}
			if s.Replacement != 0 {
				standing[i] = s.Replacement
			} else {
				standing = append(standing[:i], standing[i+1:]...)
			}
			break
		}
	}
	return standing
}

// Substitute returns the substitution of a standing position: by the next position of the seed's
// order, or by none if all are drawn.
func (d Draw) Substitute(position int) (Substitution, error) {
	found := false
	for _, p := range d.Standing() {
		found = found || p == position
	}
	if !found {
		return Substitution{}, fmt.Errorf("position %d is not among those to inspect", position)
	}
	next := d.Size + len(d.Substitutions)
	if next >= d.Population {
		return Substitution{Position: position}, nil
	}
	order := Positions(d.Seed, d.Population, next+1)
	return Substitution{Position: position, Replacement: order[next]}, nil
}
