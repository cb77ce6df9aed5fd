package inspection

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// EvidenceInput declares an original by its hash, before a byte of it arrives.
type EvidenceInput struct {
	// ID is minted by the tablet (UUIDv7), so that a retry declares nothing twice.
	ID ID
	// RequirementID and FindingID say what the original shows; both nil for the inspection as a whole.
	RequirementID *ID
	FindingID     *ID
	SHA256        SHA256
	Size          int64 // bytes
	MediaType     MediaType
	Class         EvidenceClass
	CapturedFrom  time.Time
	CapturedTo    time.Time
	Place         string
	Device        string
	Caption       string
}

func (in EvidenceInput) check(path string) Problems {
	var ps Problems
	refuse := func(field, format string, args ...any) {
		ps = append(ps, newProblem(Invalid, path+"."+field, format, args...))
	}
	if in.ID == (ID{}) {
		refuse("id", "give the evidence an id (UUIDv7)")
	}
	if in.Size < 1 || in.Size > MaxOriginal {
		refuse("size", "an original has 1 to %d bytes", MaxOriginal)
	} else if in.Size > MaxSinglePut {
		refuse("size", "originals above %d bytes cannot be uploaded yet; take the photo at a lower resolution", MaxSinglePut)
	}
	if !in.MediaType.Accepted() {
		refuse("mediaType", "send one of %v", MediaTypes())
	}
	if in.CapturedTo.Before(in.CapturedFrom) {
		refuse("capturedTo", "the capture ends before it starts")
	}
	ps = append(ps, checkTime(path+".capturedFrom", in.CapturedFrom)...)
	ps = append(ps, checkTime(path+".capturedTo", in.CapturedTo)...)
	ps = append(ps, checkText(path+".caption", in.Caption, mostText)...)
	ps = append(ps, checkText(path+".place", in.Place, mostText)...)
	return append(ps, checkText(path+".device", in.Device, mostWord)...)
}

// DeclareEvidence declares originals, all or none. Declaring the same again changes nothing; anything
// else under a declared id is refused.
func (s *Service) DeclareEvidence(ctx context.Context, actor Actor, id ID, inputs []EvidenceInput) ([]Evidence, error) {
	if len(inputs) == 0 || len(inputs) > mostAnswers {
		return nil, Refuse(Invalid, "input.evidence", "declare 1 to %d originals at a time", mostAnswers)
	}
	var ps Problems
	ids := make([]ID, len(inputs))
	for n, in := range inputs {
		ids[n] = in.ID
		ps = append(ps, in.check(fmt.Sprintf("input.evidence.%d", n))...)
	}
	if err := refusal(ps); err != nil {
		return nil, err
	}
	var declared []Evidence
	_, err := s.change(ctx, actor, id, step{action: DeclareEvidence, states: []State{InProgress}},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			known, err := tx.EvidenceByID(ctx, id, ids)
			if err != nil {
				return err
			}
			targets, err := evidenceTargets(ctx, tx, i, inputs)
			if err != nil {
				return err
			}
			var fresh []Evidence
			for n, in := range inputs {
				e := in.evidence(i.ID, actor, s.now(), targets[n])
				if old, exists := known[in.ID]; exists {
					if !old.sameDeclaration(e) {
						return Problems{{Code: Conflict, Subject: in.ID, Path: []string{"input", "evidence", fmt.Sprint(n)}, Message: "this id was declared with another original or other particulars; mint a new id"}}
					}
					declared = append(declared, old)
					continue
				}
				e.Seq = i.Reserve(1)
				known[in.ID] = e
				fresh = append(fresh, e)
				declared = append(declared, e)
			}
			if len(fresh) == 0 {
				return errUnchanged
			}
			detail["declared"] = len(fresh)
			return tx.SaveEvidence(ctx, fresh)
		})
	return declared, err
}

func (in EvidenceInput) evidence(inspection ID, actor Actor, now time.Time, answer *ID) Evidence {
	return Evidence{ID: in.ID, InspectionID: inspection, AnswerID: answer, FindingID: in.FindingID,
		SHA256: in.SHA256, Size: in.Size, MediaType: in.MediaType, Class: in.Class,
		CapturedFrom: stored(in.CapturedFrom), CapturedTo: stored(in.CapturedTo), Place: strings.TrimSpace(in.Place),
		Device: strings.TrimSpace(in.Device), Caption: strings.TrimSpace(in.Caption), State: EvidenceDeclared,
		ObjectKey: fmt.Sprintf("inspections/%s/originals/%s", inspection, in.ID), DeclaredBy: actor.ID, DeclaredAt: now,
		DeviceID: actor.Device.ID, ClockOffset: actor.Device.offset()}
}

// stored is a time as the database keeps it, so that what is sent again compares equal.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// sameDeclaration reports whether two declarations say the same, whoever made them and when.
func (e Evidence) sameDeclaration(f Evidence) bool {
	return e.SHA256 == f.SHA256 && e.Size == f.Size && e.MediaType == f.MediaType && e.Class == f.Class &&
		e.CapturedFrom.Equal(f.CapturedFrom) && e.CapturedTo.Equal(f.CapturedTo) &&
		sameValue(e.AnswerID, f.AnswerID) && sameValue(e.FindingID, f.FindingID) &&
		e.Place == f.Place && e.Device == f.Device && e.Caption == f.Caption
}

// evidenceTargets checks what the originals are attached to and returns each one's answer, if any.
func evidenceTargets(ctx context.Context, tx Tx, i *Inspection, inputs []EvidenceInput) ([]*ID, error) {
	targets := make([]*ID, len(inputs))
	var answers []ID
	findings := false
	for n, in := range inputs {
		if in.RequirementID != nil {
			answer := AnswerID(i.ID, *in.RequirementID)
			targets[n] = &answer
			answers = append(answers, answer)
		}
		findings = findings || in.FindingID != nil
	}
	known, err := tx.AnswersByID(ctx, i.ID, answers)
	if err != nil {
		return nil, err
	}
	var fs []Finding
	if findings {
		if fs, err = tx.Findings(ctx, i.ID); err != nil {
			return nil, err
		}
	}
	for n, in := range inputs {
		if targets[n] != nil {
			if _, exists := known[*targets[n]]; !exists {
				return nil, Refuse(NotFound, fmt.Sprintf("input.evidence.%d.requirementId", n), "the checklist has no item for this requirement")
			}
		}
		if in.FindingID != nil {
			if _, exists := findingIn(fs, *in.FindingID); !exists {
				return nil, Refuse(NotFound, fmt.Sprintf("input.evidence.%d.findingId", n), "the inspection has no such finding")
			}
		}
	}
	return targets, nil
}

// UploadPlan is how a client stores one declared original. Request is nil if it is there already and
// nothing has to be sent.
type UploadPlan struct {
	Evidence Evidence
	Request  *SignedRequest
}

// PlanUpload returns how to store a declared original. The store takes exactly the declared bytes,
// once.
func (s *Service) PlanUpload(ctx context.Context, actor Actor, id, evidence ID) (UploadPlan, error) {
	e, err := s.evidenceFor(ctx, actor, id, evidence)
	if err != nil {
		return UploadPlan{}, err
	}
	if e.State != EvidenceDeclared {
		return UploadPlan{Evidence: e}, nil
	}
	request, err := s.blobs.PresignPut(ctx, PutRequest{Key: e.ObjectKey, SHA256: e.SHA256, Size: e.Size, MediaType: e.MediaType}, s.settings.UploadWithin)
	if err != nil {
		return UploadPlan{}, blobProblem(err)
	}
	return UploadPlan{Evidence: e, Request: &request}, nil
}

// evidenceFor loads an original for whoever may send it: the team's during fieldwork, proof of a
// corrective action after the issue.
func (s *Service) evidenceFor(ctx context.Context, actor Actor, id, evidence ID) (Evidence, error) {
	var e Evidence
	err := s.store.View(ctx, actor, func(tx Tx) error {
		i, err := tx.Inspection(ctx, id)
		if err != nil {
			return err
		}
		e, err = originalOf(ctx, tx, actor, i, evidence, DeclareEvidence, DeclareProof)
		return err
	})
	return e, err
}

// FinaliseEvidence compares what was stored with what was declared. The same bytes of the declared
// kind are pinned by version and locked; anything else is quarantined with the reason. Repeating it
// changes nothing.
func (s *Service) FinaliseEvidence(ctx context.Context, actor Actor, id, evidence ID) (Evidence, error) {
	e, err := s.evidenceFor(ctx, actor, id, evidence)
	if err != nil || e.State == EvidenceLocked || e.State == EvidenceQuarantined {
		return e, err
	}
	verdict, err := s.examine(ctx, e)
	if err != nil {
		return e, err
	}
	if e.ActionID != nil {
		return s.finaliseProof(ctx, actor, e, verdict)
	}
	var final Evidence
	_, err = s.change(ctx, actor, id, step{action: DeclareEvidence, states: []State{InProgress, FieldworkDone, InReview}},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			known, err := tx.EvidenceByID(ctx, id, []ID{evidence})
			if err != nil {
				return err
			}
			final = known[evidence]
			if final.State == EvidenceLocked || final.State == EvidenceQuarantined {
				return errUnchanged // another request was quicker and came to the same verdict
			}
			final = final.judged(verdict, s.now())
			final.Seq = i.Reserve(1)
			detail["evidence"], detail["state"], detail["version"] = final.ID, final.State, final.VersionID
			return tx.SaveEvidence(ctx, []Evidence{final})
		})
	return final, err
}

// verdict is what the stored object turned out to be.
type verdict struct {
	state   EvidenceState
	version string
	sniffed MediaType
	reason  string
	retain  *time.Time
}

func (e Evidence) judged(v verdict, now time.Time) Evidence {
	e.State, e.VersionID, e.SniffedType = v.state, v.version, v.sniffed
	e.QuarantineReason, e.RetainUntil, e.FinalisedAt = v.reason, v.retain, &now
	return e
}

func (s *Service) examine(ctx context.Context, e Evidence) (verdict, error) {
	info, err := s.blobs.Stat(ctx, e.ObjectKey, "")
	if err != nil {
		return verdict{}, blobProblem(err)
	}
	v := verdict{state: EvidenceQuarantined, version: info.Version}
	if info.Size != e.Size {
		v.reason = fmt.Sprintf("%d bytes were stored, %d declared", info.Size, e.Size)
		return v, nil
	}
	sum, head, err := s.read(ctx, e.ObjectKey, info)
	if err != nil {
		return v, blobProblem(err)
	}
	sniffed, _ := SniffMediaType(head)
	v.sniffed = sniffed
	switch {
	case sum != e.SHA256:
		v.reason = "the stored bytes do not have the declared SHA-256"
	case sniffed != e.MediaType:
		v.reason = fmt.Sprintf("declared as %s; the bytes are %s", e.MediaType, orUnknown(sniffed))
	default:
		until := s.now().Add(s.settings.FirstRetention)
		if e.ActionID != nil {
			until = s.now().Add(s.settings.Retention) // the report is issued already
		}
		if err := s.blobs.Retain(ctx, e.ObjectKey, info.Version, until); err != nil {
			return v, blobProblem(err)
		}
		v.state, v.retain = EvidenceLocked, &until
	}
	return v, nil
}

// read hashes the stored version, whatever the store says of its checksum, and returns its head.
func (s *Service) read(ctx context.Context, key string, info BlobInfo) (sum SHA256, head []byte, err error) {
	body, err := s.blobs.Open(ctx, key, info.Version)
	if err != nil {
		return sum, nil, err
	}
	defer body.Close()
	var start bytes.Buffer
	hash := sha256.New()
	if _, err := io.Copy(hash, io.TeeReader(body, &headWriter{&start})); err != nil {
		return sum, nil, fmt.Errorf("reading the stored original: %w", errors.Join(err, ErrBlobsDown))
	}
	return SHA256(hash.Sum(nil)), start.Bytes(), nil
}

// headWriter keeps the first SniffLength bytes and lets the rest go.
type headWriter struct{ buffer *bytes.Buffer }

func (w *headWriter) Write(p []byte) (int, error) {
	if room := SniffLength - w.buffer.Len(); room > 0 {
		w.buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func orUnknown(m MediaType) string {
	if m == "" {
		return "of no accepted kind"
	}
	return string(m)
}

func blobProblem(err error) error {
	switch {
	case errors.Is(err, ErrNoBlob):
		return Refuse(Unmet, "", "the original has not arrived in the object store; upload it by its upload plan first")
	case errors.Is(err, ErrBlobsDown):
		return Refuse(Unavailable, "", "the object store cannot answer now; the declaration is safe, try again later")
	}
	return fmt.Errorf("inspection: object store: %w", err)
}

// lockProblem is blobProblem where the original was there before.
func lockProblem(err error) error {
	if errors.Is(err, ErrNoBlob) {
		return fmt.Errorf("inspection: a locked original is gone from the object store: %w", err)
	}
	if errors.Is(err, ErrBlobsDown) {
		return Refuse(Unavailable, "", "the object store cannot lock the originals now; nothing was issued, try again later")
	}
	return blobProblem(err)
}

// AcceptEvidence records that the lead accepts an original as missing or quarantined, with a reason.
func (s *Service) AcceptEvidence(ctx context.Context, actor Actor, id, evidence ID, reason string) (Evidence, error) {
	var accepted Evidence
	_, err := s.change(ctx, actor, id, step{action: AcceptEvidence, states: []State{InProgress}},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			reason, err := given("input.reason", reason, "say why the original may be missing")
			if err != nil {
				return err
			}
			known, err := tx.EvidenceByID(ctx, id, []ID{evidence})
			if err != nil {
				return err
			}
			e, exists := known[evidence]
			if !exists {
				return Refuse(NotFound, "input.evidenceId", "the inspection has no such evidence")
			}
			if e.State == EvidenceLocked || e.State == EvidenceVerified {
				return Refuse(Conflict, "input.evidenceId", "the original is there and verified; there is nothing to accept")
			}
			accepted = e
			if e.AcceptedReason == reason {
				return errUnchanged
			}
			e.AcceptedReason, e.AcceptedBy, e.Seq = reason, &actor.ID, i.Reserve(1)
			detail["evidence"] = e.ID
			accepted = e
			return tx.SaveEvidence(ctx, []Evidence{e})
		})
	return accepted, err
}
