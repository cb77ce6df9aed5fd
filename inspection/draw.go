package inspection

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"plumbline/inspection/sampling"
)

// SampleDraw is the draw of a sample: a commitment to a hidden seed, and once it is said what is drawn
// from, the seed and the positions that follow from it. It knows positions in a list and nothing of
// whom or what stands there.
type SampleDraw struct {
	ID           ID
	InspectionID ID
	// RequirementID is the item that the sample is for; nil for the inspection as a whole.
	RequirementID *ID
	Purpose       string
	// Commitment is the SHA-256 of the seed.
	Commitment  SHA256
	CommittedBy ID
	CommittedAt time.Time

	// From here on everything is zero until the sample was drawn.

	Population int
	Size       int
	// List says which list the positions count in, and in which order.
	List string
	// ListSHA256 is the hash of the list, if it was a file; nil if not given.
	ListSHA256    *SHA256
	DrawnBy       *ID
	DrawnAt       *time.Time
	Seed          *sampling.Seed
	Positions     []int
	Substitutions []SampleSubstitution
}

// SampleSubstitution takes a position out of a drawn sample because it cannot be inspected.
type SampleSubstitution struct {
	Position int
	// Replacement is the next position of the seed's order; nil where every position is drawn.
	Replacement   *int
	Reason        string
	SubstitutedBy ID
	SubstitutedAt time.Time
}

// draw is the draw's arithmetic; it must be drawn.
func (d SampleDraw) draw() sampling.Draw {
	draw := sampling.Draw{Seed: *d.Seed, Population: d.Population, Size: d.Size}
	for _, s := range d.Substitutions {
		taken := sampling.Substitution{Position: s.Position}
		if s.Replacement != nil {
			taken.Replacement = *s.Replacement
		}
		draw.Substitutions = append(draw.Substitutions, taken)
	}
	return draw
}

// Inspected are the positions to inspect after all substitutions; none until it was drawn.
func (d SampleDraw) Inspected() []int {
	if d.Seed == nil {
		return []int{}
	}
	return d.draw().Standing()
}

// PopulationGiven is the population, nil until the sample was drawn.
func (d SampleDraw) PopulationGiven() *int { return d.unlessOpen(d.Population) }

// SizeGiven is how many were drawn, nil until the sample was drawn.
func (d SampleDraw) SizeGiven() *int { return d.unlessOpen(d.Size) }

func (d SampleDraw) unlessOpen(n int) *int {
	if d.DrawnAt == nil {
		return nil
	}
	return &n
}

// SeedShown is the seed in hexadecimal, nil until the sample was drawn.
func (d SampleDraw) SeedShown() *string {
	if d.Seed == nil {
		return nil
	}
	text := d.Seed.String()
	return &text
}

// SampleReceipt is a document from which anybody can compute a draw again.
type SampleReceipt struct {
	Body   string // JSON
	SHA256 SHA256
}

// receipt is the document of a draw. Fields are added, never renamed: docs/sample-receipt.mjs reads it.
type receipt struct {
	Method        string                `json:"method"`
	ID            ID                    `json:"id"`
	InspectionID  ID                    `json:"inspectionId"`
	RequirementID *ID                   `json:"requirementId"`
	Purpose       string                `json:"purpose"`
	Commitment    string                `json:"commitment"`
	CommittedAt   time.Time             `json:"committedAt"`
	Seed          *string               `json:"seed"`
	Population    *int                  `json:"population"`
	Size          *int                  `json:"size"`
	List          string                `json:"list"`
	ListSHA256    *string               `json:"listSha256"`
	DrawnAt       *time.Time            `json:"drawnAt"`
	Positions     []int                 `json:"positions"`
	Substitutions []receiptSubstitution `json:"substitutions"`
	Inspected     []int                 `json:"inspected"`
}

type receiptSubstitution struct {
	Position      int       `json:"position"`
	Replacement   *int      `json:"replacement"`
	Reason        string    `json:"reason"`
	SubstitutedAt time.Time `json:"substitutedAt"`
}

// document writes the receipt; of a draw that was only committed it holds the commitment alone.
func (d SampleDraw) document() ([]byte, error) {
	r := receipt{Method: sampling.Method, ID: d.ID, InspectionID: d.InspectionID, RequirementID: d.RequirementID, Purpose: d.Purpose,
		Commitment: hex.EncodeToString(d.Commitment[:]), CommittedAt: d.CommittedAt, Seed: d.SeedShown(), Population: d.PopulationGiven(),
		Size: d.SizeGiven(), List: d.List, DrawnAt: d.DrawnAt, Positions: append([]int{}, d.Positions...), Substitutions: []receiptSubstitution{}, Inspected: d.Inspected()}
	if d.ListSHA256 != nil {
		text := hex.EncodeToString(d.ListSHA256[:])
		r.ListSHA256 = &text
	}
	for _, s := range d.Substitutions {
		r.Substitutions = append(r.Substitutions, receiptSubstitution{s.Position, s.Replacement, s.Reason, s.SubstitutedAt})
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r); err != nil {
		return nil, fmt.Errorf("inspection: receipt of %s: %w", d.ID, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Receipt is the draw's receipt; nil until the sample was drawn.
func (d SampleDraw) Receipt() (*SampleReceipt, error) {
	if d.DrawnAt == nil {
		return nil, nil
	}
	body, err := d.document()
	if err != nil {
		return nil, err
	}
	return &SampleReceipt{Body: string(body), SHA256: sha256.Sum256(body)}, nil
}

// FrozenSample is a draw in a snapshot: its receipt as text, so that its bytes and their hash stand.
// Of a draw that was only committed the receipt holds no seed.
type FrozenSample struct {
	ID      ID     `json:"id"`
	Receipt string `json:"receipt"`
	SHA256  string `json:"sha256"`
}

func frozenSamples(draws []SampleDraw) ([]FrozenSample, error) {
	frozen := []FrozenSample{}
	for _, d := range draws {
		body, err := d.document()
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(body)
		frozen = append(frozen, FrozenSample{ID: d.ID, Receipt: string(body), SHA256: hex.EncodeToString(sum[:])})
	}
	return frozen, nil
}
