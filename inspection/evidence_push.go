package inspection

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"math"
	"strings"
	"time"
)

// PushedEvidence is the declaration of an original as a tablet states it. What is nil is not stated.
type PushedEvidence struct {
	ID            string   `json:"id"`
	InspectionID  string   `json:"inspectionId"`
	RequirementID *string  `json:"requirementId,omitempty"`
	FindingID     *string  `json:"findingId,omitempty"`
	SHA256        *string  `json:"sha256,omitempty"`
	Size          *float64 `json:"size,omitempty"`
	MediaType     *string  `json:"mediaType,omitempty"`
	Class         *string  `json:"class,omitempty"`
	CapturedFrom  *string  `json:"capturedFrom,omitempty"`
	CapturedTo    *string  `json:"capturedTo,omitempty"`
	Place         *string  `json:"place,omitempty"`
	Device        *string  `json:"device,omitempty"`
	Caption       *string  `json:"caption,omitempty"`
	Deleted       bool     `json:"deleted,omitempty"`
}

// EvidenceRow is a declaration pushed, and what the tablet took for the server's state; nil if it knew
// of none.
type EvidenceRow struct {
	New     PushedEvidence
	Assumed *PushedEvidence
}

// over returns the declaration with what is stated of it.
func (p PushedEvidence) over(in EvidenceInput) (EvidenceInput, Problems) {
	var ps, problems Problems
	in.RequirementID, problems = statedID("requirementId", p.RequirementID, in.RequirementID)
	ps = append(ps, problems...)
	in.FindingID, problems = statedID("findingId", p.FindingID, in.FindingID)
	ps = append(ps, problems...)
	if p.SHA256 != nil {
		sum, err := hex.DecodeString(*p.SHA256)
		if err != nil || len(sum) != len(in.SHA256) {
			ps = append(ps, newProblem(Invalid, "sha256", "sha256 is no SHA-256; write 64 hex digits"))
		} else {
			in.SHA256 = SHA256(sum)
		}
	}
	if p.Size != nil {
		if whole := math.Trunc(*p.Size); whole != *p.Size || math.Abs(whole) > 1<<53 {
			ps = append(ps, newProblem(Invalid, "size", "size is a whole number of bytes"))
		} else {
			in.Size = int64(whole)
		}
	}
	ps = append(ps, stateWord("mediaType", &in.MediaType, p.MediaType, MediaTypes())...)
	ps = append(ps, stateWord("class", &in.Class, p.Class, EvidenceClasses())...)
	for _, at := range []struct {
		name string
		to   *time.Time
		from *string
	}{{"capturedFrom", &in.CapturedFrom, p.CapturedFrom}, {"capturedTo", &in.CapturedTo, p.CapturedTo}} {
		if at.from == nil {
			continue
		}
		var err error
		if *at.to, err = readDeviceTime(at.from); err != nil || at.to.IsZero() {
			ps = append(ps, newProblem(Invalid, at.name, "%s is no time; write RFC 3339, UTC", at.name))
		}
	}
	in.Place, in.Device, in.Caption = textOr(p.Place, in.Place), textOr(p.Device, in.Device), textOr(p.Caption, in.Caption)
	return in, ps
}

// PushEvidence declares originals from a tablet, each on its own: at most 1,000, of any inspections. The
// same declaration again is done; another under a declared id is refused with Conflict, and none is
// taken back. A finding may be named before it has arrived.
func (s *Service) PushEvidence(ctx context.Context, actor Actor, rows []EvidenceRow) (PushResult[OriginalDocument], error) {
	return push(ctx, s, actor, pushed[EvidenceRow, OriginalDocument]{
		name: CollectionEvidence,
		row: func(r EvidenceRow) pushRow {
			row := pushRow{id: r.New.ID, inspection: r.New.InspectionID, document: r.New}
			var was *bool
			if r.Assumed != nil {
				row.assumed, was = r.Assumed, &r.Assumed.Deleted
			}
			row.echo = echoes(r.New.Deleted, was, textOr(r.New.SHA256, "") == "")
			return row
		},
		record:  s.recordPushedEvidence,
		repeats: EvidenceRow.repeats,
		gone:    func(t Tombstone) OriginalDocument { return OriginalDocument{Gone: &t} },
	}, rows)
}

// repeats reports whether the row is the stored declaration sent again.
func (r EvidenceRow) repeats(v OwnVersion) bool {
	var kept struct {
		InspectionID           ID `json:"inspection_id"`
		SHA256                 string
		Size                   int64
		MediaType              MediaType `json:"media_type"`
		Class                  EvidenceClass
		CapturedFrom           time.Time `json:"captured_from"`
		CapturedTo             time.Time `json:"captured_to"`
		Place, Device, Caption string
		Answer                 *ID `json:"answer_id"`
		Finding                *ID `json:"finding_id"`
	}
	sum := SHA256{}
	if err := json.Unmarshal(v.Row, &kept); err != nil {
		return false // then it is kept as late work, and nothing is lost
	}
	if n, err := hex.Decode(sum[:], []byte(strings.TrimPrefix(kept.SHA256, `\x`))); err != nil || n != len(sum) {
		return false
	}
	stored := Evidence{InspectionID: kept.InspectionID, AnswerID: kept.Answer, FindingID: kept.Finding, SHA256: sum, Size: kept.Size, MediaType: kept.MediaType,
		Class: kept.Class, CapturedFrom: kept.CapturedFrom, CapturedTo: kept.CapturedTo, Place: kept.Place, Device: kept.Device, Caption: kept.Caption}
	in, ps := r.New.over(stored.input(v.ID, nil))
	item := stored.AnswerID
	switch {
	case in.RequirementID != nil:
		item = new(ID)
		*item = AnswerID(kept.InspectionID, *in.RequirementID)
	case r.New.RequirementID != nil:
		item = nil
	}
	return len(ps) == 0 && !r.New.Deleted && stored.sameDeclaration(in.evidence(kept.InspectionID, Actor{}, time.Time{}, item))
}

// input is what was declared, as it is stated.
func (e Evidence) input(id ID, requirement *ID) EvidenceInput {
	return EvidenceInput{ID: id, RequirementID: requirement, FindingID: e.FindingID, SHA256: e.SHA256, Size: e.Size, MediaType: e.MediaType,
		Class: e.Class, CapturedFrom: e.CapturedFrom, CapturedTo: e.CapturedTo, Place: e.Place, Device: e.Device, Caption: e.Caption}
}

// evidenceBook is what is known of originals while declarations are judged, one after the other.
type evidenceBook struct {
	group    *pushGroup[EvidenceRow]
	declared map[ID]ShownEvidence
	items    map[ID]Answer
	taken    map[ID]bool // ids that name something else than an original of the inspection
	others   map[ID]bool // ids that name something else than a finding of the inspection
	saved    []Evidence
}

func (s *Service) recordPushedEvidence(ctx context.Context, tx Tx, g *pushGroup[EvidenceRow]) ([]rowVerdict[OriginalDocument], error) {
	b, err := openEvidence(ctx, tx, g)
	if err != nil {
		return nil, err
	}
	verdicts := make([]rowVerdict[OriginalDocument], len(g.rows))
	for n, r := range g.rows {
		verdicts[n] = b.push(r)
	}
	if len(b.saved) == 0 {
		return verdicts, nil
	}
	g.detail["declared"] = len(b.saved)
	return verdicts, tx.SaveEvidence(ctx, b.saved)
}

func openEvidence(ctx context.Context, tx Tx, g *pushGroup[EvidenceRow]) (*evidenceBook, error) {
	b := &evidenceBook{group: g}
	var ids, findings, items []ID
	for _, r := range g.rows {
		if id, ok := readID(r.New.ID); ok {
			ids = append(ids, id)
		}
		if id, ok := readID(textOr(r.New.FindingID, "")); ok {
			findings = append(findings, id)
		}
		if id, ok := readID(textOr(r.New.RequirementID, "")); ok {
			items = append(items, AnswerID(g.inspection.ID, id))
		}
	}
	var err error
	if b.declared, err = tx.EvidenceShown(ctx, g.inspection.ID, ids); err != nil {
		return nil, err
	}
	if b.taken, err = tx.IDsTaken(ctx, g.inspection.ID, CollectionEvidence, ids); err != nil {
		return nil, err
	}
	if b.others, err = tx.IDsTaken(ctx, g.inspection.ID, CollectionFinding, findings); err != nil {
		return nil, err
	}
	b.items, err = tx.AnswersByID(ctx, g.inspection.ID, items)
	return b, err
}

// push judges one declaration and enters what is new.
func (b *evidenceBook) push(r EvidenceRow) rowVerdict[OriginalDocument] {
	id, ok := readID(r.New.ID)
	switch {
	case !ok:
		return rowVerdict[OriginalDocument]{refused: refuseRow(Invalid, "the id is no id; mint a UUIDv7")}
	case b.taken[id]:
		return rowVerdict[OriginalDocument]{refused: refuseRow(Conflict, "the id names another object already; mint a new one")}
	case r.New.Deleted:
		return b.refuse(id, refuseRow(Invalid, "a declared original is not taken back; say in the finding or the remarks what is wrong with it"))
	}
	old, exists := b.declared[id]
	declaration, refused := b.read(id, r, old)
	switch {
	case refused != nil:
		return b.refuse(id, refused)
	case exists && old.sameDeclaration(declaration.Evidence):
		return b.tell(id, r)
	case exists:
		return b.refuse(id, refuseRow(Conflict, "this id was declared with another original or other particulars, which stands; mint a new id"))
	case b.group.closed != nil:
		return b.refuse(id, b.group.closed)
	}
	declaration.Seq = b.group.inspection.Reserve(1)
	b.declared[id] = declaration
	b.saved = append(b.saved, declaration.Evidence)
	return b.tell(id, r)
}

// tell tells the device what stands where its words were kept in another form, or where it declares again,
// knowing of no answer, what has come further since: it may have passed over the version that said so.
func (b *evidenceBook) tell(id ID, r EvidenceRow) rowVerdict[OriginalDocument] {
	kept := b.declared[id]
	news := r.Assumed == nil && kept.State != EvidenceDeclared
	if !news && letters([]string{idText(kept.RequirementID), idText(kept.FindingID), hex.EncodeToString(kept.SHA256[:]), kept.Place, kept.Device, kept.Caption},
		r.New.RequirementID, r.New.FindingID, r.New.SHA256, r.New.Place, r.New.Device, r.New.Caption) {
		return rowVerdict[OriginalDocument]{}
	}
	return b.refuse(id, nil)
}

// read makes a declaration of a row; what it does not state is as it was declared.
func (b *evidenceBook) read(id ID, r EvidenceRow, old ShownEvidence) (ShownEvidence, *Refusal) {
	was := EvidenceInput{ID: id, Class: ClassNone}
	if old.ID == id {
		was = old.input(id, old.RequirementID)
	}
	in, ps := r.New.over(was)
	if old.ID != id && r.New.SHA256 == nil {
		ps = append(ps, newProblem(Invalid, "sha256", "declare the original by its SHA-256"))
	}
	if ps = append(ps, in.check("")...); len(ps) > 0 {
		return ShownEvidence{}, refuseRow(Invalid, "%s", messages(ps))
	}
	var item *ID
	if in.RequirementID != nil {
		answer := AnswerID(b.group.inspection.ID, *in.RequirementID)
		if _, exists := b.items[answer]; !exists && old.ID != id {
			return ShownEvidence{}, refuseRow(Invalid, "the checklist has no item for this requirement")
		}
		item = &answer
	}
	if in.FindingID != nil && b.others[*in.FindingID] {
		return ShownEvidence{}, refuseRow(Invalid, "findingId names another object than a finding of this inspection")
	}
	return ShownEvidence{in.evidence(b.group.inspection.ID, b.group.actor, b.group.now, item), in.RequirementID}, nil
}

// refuse refuses a row and tells the device what stands, if there is anything under its id.
func (b *evidenceBook) refuse(id ID, why *Refusal) rowVerdict[OriginalDocument] {
	told := rowVerdict[OriginalDocument]{refused: why}
	if declared, ok := b.declared[id]; ok {
		told.master = &OriginalDocument{ShownEvidence: declared}
	}
	return told
}
