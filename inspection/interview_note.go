package inspection

import (
	"context"
	"time"
)

// InterviewNote is a note that a tablet sealed to the vault's public key when it was taken. Nobody
// reads it here: not what it says, not that it is there, not how many there are.
type InterviewNote struct {
	ID           ID
	InspectionID ID
	KeyID        string
	// Sealed is the encapsulated key followed by the ciphertext; see VaultAlgorithm.
	Sealed      []byte
	AuthorID    ID
	DeviceID    ID
	DeviceTime  time.Time
	ClockOffset *time.Duration // how far the device's clock was ahead; nil if unknown
	ReceivedAt  time.Time
}

// check says what is wrong with a note under the keys that are known.
func (n InterviewNote) check(path string, keys []VaultKey) Problems {
	var ps Problems
	if n.ID == (ID{}) {
		ps = append(ps, newProblem(Invalid, path+".id", "give the note an id (UUIDv7)"))
	}
	if !n.DeviceTime.IsZero() {
		ps = append(ps, checkTime(path+".deviceTime", n.DeviceTime)...)
	}
	ps = append(ps, checkSealed(path+".sealed", n.Sealed)...)
	for _, key := range keys {
		if key.ID == n.KeyID {
			return ps
		}
	}
	return append(ps, newProblem(Invalid, path+".keyId", "no vault key has this id; seal to the key that the query vaultKey gives"))
}

type interviewNoteTx interface {
	// SealInterviewNotes stores the notes that are not there yet. None is ever read back.
	SealInterviewNotes(ctx context.Context, notes []InterviewNote) error
	// StoredNotes says, by place in notes, of those whose id was stored whether it was the same note of
	// this inspection.
	StoredNotes(ctx context.Context, inspection ID, notes []InterviewNote) (map[int]bool, error)
}

// VaultKey is the key to which an inspector's tablet seals interview notes; nil if the operator set
// none, and no notes can be taken then.
func (s *Service) VaultKey(actor Actor) (*VaultKey, error) {
	if GrantOf(actor.Role, SealInterviewNote) == Never {
		return nil, refuseAction(actor, SealInterviewNote, Never)
	}
	if len(s.settings.VaultKeys) == 0 {
		return nil, nil
	}
	return &s.settings.VaultKeys[0], nil
}
