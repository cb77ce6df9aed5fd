package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"

	"plumbline/inspection"
)

// verify checks what was exported.
func (p process) verify(ctx context.Context, args []string) error {
	if len(args) != 2 || args[0] != "snapshot" {
		return errUsage{"say what to verify: plumbline verify snapshot FILE.json"}
	}
	body, err := os.ReadFile(args[1])
	if err != nil {
		return fmt.Errorf("the snapshot cannot be read: %w", err)
	}
	return p.verifySnapshot(body)
}

// verifySnapshot recomputes tally and score from the document alone and prints a line for each part.
func (p process) verifySnapshot(body []byte) error {
	result, err := inspection.Recompute(body)
	if err != nil {
		return plain(err)
	}
	fmt.Fprintf(p.stdout, "format %s\nsha256 %s\n", result.Format, hex.EncodeToString(result.SHA256[:]))
	for _, part := range result.Parts {
		if part.Agrees {
			fmt.Fprintf(p.stdout, "%s: recomputed, agrees\n", part.Name)
			continue
		}
		fmt.Fprintf(p.stdout, "%s: DIFFERS\n", part.Name)
		if len(part.Stored) < 4000 {
			fmt.Fprintf(p.stdout, "  stored     %s\n  recomputed %s\n", part.Stored, part.Recomputed)
		}
	}
	if !result.Agrees() {
		return fmt.Errorf("the snapshot does not say what its answers and findings come to")
	}
	return nil
}
