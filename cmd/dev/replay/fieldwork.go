package replay

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// work does what is missing of the fieldwork: findings first, because they say which requirements
// are not met, then answers, then photographs.
func (p *player) work(ctx context.Context, r Report, i header) error {
	data, err := ask[fieldworkData](ctx, p.inspector, fieldworkQuery, map[string]any{"id": i.ID})
	if err != nil {
		return err
	}
	if data.Inspection == nil {
		return errors.New("the inspector cannot read the inspection")
	}
	b, err := p.boundTo(ctx, r)
	if err != nil {
		return err
	}
	findings, err := p.find(ctx, r, i.ID, b.edition, data.Inspection.Findings)
	if err != nil {
		return err
	}
	if err := p.answer(ctx, i.ID, newRater(b.all(), findings), data.Inspection.Checklist.Items); err != nil {
		return err
	}
	return p.photograph(ctx, r, i.ID, findings, data.Inspection.Evidence.Items)
}

// find records the deficiencies. A finding's id follows from its inspection and place in the report,
// so a second time records nothing.
func (p *player) find(ctx context.Context, r Report, id uuid.UUID, e edition, known []finding) ([]finding, error) {
	entries := e.entries(r, id, known)
	if len(entries) == 0 {
		return nil, nil
	}
	payload, err := change[findingsPayload](ctx, p.inspector, recordFindings, map[string]any{"inspectionId": id, "findings": entries})
	if err != nil {
		return nil, fmt.Errorf("recordFindings: %w", err)
	}
	return payload.Findings, nil
}

func (e edition) entries(r Report, id uuid.UUID, known []finding) []findingEntry {
	deficiencies := r.Deficiencies()
	entries := make([]findingEntry, len(deficiencies))
	for n, d := range deficiencies {
		entry := findingEntry{ID: uuid.NewSHA1(id, fmt.Appendf(nil, "deficiency/%d", n)), Kind: "DEFICIENCY", Code: d.Code, Text: d.Text,
			Priority: d.Priority, Repeat: d.Repeat, CorrectedOnSite: "NONE"}
		if at := slices.IndexFunc(known, func(f finding) bool { return f.ID == entry.ID }); at >= 0 {
			entry.Revision = known[at].Revision
		}
		if st := e.standard(d.Standard); st != nil {
			entry.StandardID = &st.ID
		} else {
			entry.StandardText = d.Standard
		}
		if d.Corrected {
			entry.CorrectedOnSite, entry.CorrectionNote = "PARTIAL", correctionUnknown
		}
		entries[n] = entry
	}
	return entries
}

// correctionUnknown is all that a mark of a corrective action tells.
const correctionUnknown = "The report marks a corrective action during the inspection; whether it was complete is not known."

// chunk is how many answers go into one request, well below the limit of its size.
const chunk = 350

// answer records the answers that differ from what the report supports.
func (p *player) answer(ctx context.Context, id uuid.UUID, rate rater, items []item) error {
	var entries []answerEntry
	for _, it := range items {
		want := rate.rate(it.StandardID, it.Requirement.ID)
		if it.Answer.Revision > 0 && want == (rating{it.Answer.Rating, it.Answer.Reason, it.Answer.Remarks}) {
			continue
		}
		entries = append(entries, answerEntry{RequirementID: it.Requirement.ID, Revision: it.Answer.Revision,
			Rating: want.rating, Reason: want.reason, Remarks: want.remarks, Methods: want.methods()})
	}
	for some := range slices.Chunk(entries, chunk) {
		if _, err := change[struct{}](ctx, p.inspector, recordAnswers, map[string]any{"inspectionId": id, "answers": some}); err != nil {
			return fmt.Errorf("recordAnswers: %w", err)
		}
	}
	return nil
}

// photo is a photograph with its declaration.
type photo struct {
	entry   evidenceEntry
	content []byte
}

// photograph uploads sample photographs: of the first two deficiencies, or one of the inspection.
func (p *player) photograph(ctx context.Context, r Report, id uuid.UUID, findings []finding, known []evidence) error {
	photos, err := p.photos(r, id, findings)
	if err != nil {
		return err
	}
	in := func(ph photo, states ...string) bool {
		return slices.ContainsFunc(known, func(e evidence) bool { return e.ID == ph.entry.ID && slices.Contains(states, e.State) })
	}
	photos = slices.DeleteFunc(photos, func(ph photo) bool { return in(ph, "STORED", "VERIFIED", "LOCKED") })
	var entries []evidenceEntry
	for _, ph := range photos {
		if !in(ph, "DECLARED", "QUARANTINED") {
			entries = append(entries, ph.entry)
		}
	}
	if len(entries) > 0 {
		if _, err := change[struct{}](ctx, p.inspector, declareEvidence, map[string]any{"inspectionId": id, "evidence": entries}); err != nil {
			return fmt.Errorf("declareEvidence: %w", err)
		}
	}
	for _, ph := range photos {
		if err := p.store(ctx, id, ph); err != nil {
			return err
		}
	}
	return nil
}

// store puts one declared photograph into the object store and has it checked.
func (p *player) store(ctx context.Context, id uuid.UUID, ph photo) error {
	ref := map[string]any{"inspectionId": id, "evidenceId": ph.entry.ID}
	plan, err := change[uploadPayload](ctx, p.inspector, planUpload, ref)
	if err != nil {
		return fmt.Errorf("planUpload: %w", err)
	}
	if plan.Request != nil {
		if err := p.inspector.upload(ctx, *plan.Request, ph.content); err != nil {
			return err
		}
	}
	final, err := change[evidencePayload](ctx, p.inspector, finaliseEvidence, ref)
	if err != nil {
		return fmt.Errorf("finaliseEvidence: %w", err)
	}
	if final.Evidence.State == "QUARANTINED" {
		return fmt.Errorf("a photograph is quarantined: %s", final.Evidence.QuarantineReason)
	}
	return nil
}

func (p *player) photos(r Report, id uuid.UUID, findings []finding) ([]photo, error) {
	var photos []photo
	for n, mediaType := range []string{"image/jpeg", "image/png"} {
		if n > 0 && n >= len(findings) {
			break
		}
		lines := []string{r.Facility, r.City + ", " + r.State + "  " + r.End.Format(time.DateOnly)}
		if n < len(findings) {
			lines = append(lines, fmt.Sprintf("Deficiency %d %s", n+1, findings[n].Code))
		}
		made, err := NewPhotograph(mediaType, lines...)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(made.Content)
		now := p.now().UTC()
		entry := evidenceEntry{ID: uuid.NewSHA1(id, append([]byte("photograph/"), sum[:]...)), SHA256: hex.EncodeToString(sum[:]),
			Size: len(made.Content), MediaType: made.MediaType, CapturedFrom: now, CapturedTo: now, Device: "dev replay",
			Caption: cardTitle + ", made by the replay; it shows nothing of the facility"}
		if n < len(findings) {
			entry.FindingID, entry.RequirementID = &findings[n].ID, findings[n].RequirementID
		}
		photos = append(photos, photo{entry, made.Content})
	}
	return photos, nil
}
