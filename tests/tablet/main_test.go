// Package tablet_test holds the sync protocol against clients that nobody here has changed: npm rxdb in
// processes of their own, over bad links, before two server processes that are killed.
package tablet_test

import (
	"flag"
	"testing"

	"plumbline/storage/storagetest"
)

// A failing seed is tried again with
//
//	go test ./tests/tablet -run TestReplicasAgree -tablet.seed 17
var (
	firstSeed = flag.Uint64("tablet.seed", 1, "the first seed")
	seeds     = flag.Int("tablet.seeds", 0, "how many seeds; 0: 3, or 1 if -tablet.seed is given")
	answers   = flag.Int("tablet.answers", 700, "how many answers each tablet gives")
)

func TestMain(m *testing.M) { storagetest.Main(m) }
