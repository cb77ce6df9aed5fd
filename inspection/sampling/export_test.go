package sampling

// Below returns count numbers of the seed's stream, each from 0 to r-1.
func Below(seed Seed, r uint64, count int) []uint64 {
	s := stream{seed: seed}
	numbers := make([]uint64, count)
	for n := range numbers {
		numbers[n] = s.below(r)
	}
	return numbers
}
