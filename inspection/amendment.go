package inspection

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"
)

// Amendment is late work that was adopted after the freeze. It stands beside the record and changes
// nothing of it.
type Amendment struct {
	InspectionID ID
	ID           ID
	KeptWriteID  ID
	Collection   Collection
	DocumentID   ID
	// Content is the document as it was pushed, JSON; empty of a sealed note, and for the inspected.
	Content string
	// AuthorID, DeviceID, DeviceTime and ClockOffset are the author's; zero for the inspected.
	AuthorID    ID
	DeviceID    ID
	DeviceTime  time.Time
	ClockOffset *time.Duration
	ReceivedAt  time.Time
	AdoptedBy   ID
	AdoptedAt   time.Time
	Reason      string
	// Deficiency is what is wrong, nil unless the document is a deficiency.
	Deficiency *AmendedDeficiency
	// sealed is the note of an amendment that is being made; it is never read back.
	sealed *sealedNote
}

type sealedNote struct {
	keyID  string
	sealed []byte
}

// Note is the key and the bytes of a sealed note that is being adopted; nil of anything else, and of
// every amendment that was loaded.
func (a Amendment) Note() (keyID string, sealed []byte) {
	if a.sealed == nil {
		return "", nil
	}
	return a.sealed.keyID, a.sealed.sealed
}

// CollectionName is the collection as text.
func (a Amendment) CollectionName() string { return string(a.Collection) }

// ContentGiven, Author, Device, DeviceTimeGiven, Received and Adopter are nil where the reader is not
// shown them, or there is none.
func (a Amendment) ContentGiven() *string { return textOrNil(a.Content) }

// Author is who brought it; see ContentGiven.
func (a Amendment) Author() *ID { return idOrNil(a.AuthorID) }

// Device is the device it came from; see ContentGiven.
func (a Amendment) Device() *ID { return idOrNil(a.DeviceID) }

// DeviceTimeGiven is when it was written by the device's clock; see ContentGiven.
func (a Amendment) DeviceTimeGiven() *time.Time { return timeOrNil(a.DeviceTime) }

// Received is when it came; see ContentGiven.
func (a Amendment) Received() *time.Time { return timeOrNil(a.ReceivedAt) }

// Adopter is who adopted it; see ContentGiven.
func (a Amendment) Adopter() *ID { return idOrNil(a.AdoptedBy) }

// Summary is what the amendment is, in words.
func (a Amendment) Summary() string {
	switch {
	case a.Collection == CollectionInterviewNote:
		return "sealed note adopted"
	case a.Deficiency != nil:
		return "late deficiency adopted"
	}
	return "late " + string(a.Collection) + " adopted"
}

// AmendedDeficiency is what the inspected, too, are told of an adopted deficiency.
type AmendedDeficiency struct {
	FindingID         ID
	StandardID        *ID
	StandardText      string
	RequirementID     *ID
	LineID            *ID
	Code              string
	Citation          string
	CitationConfirmed bool
	Text              string
	ResponsibleParty  Party
	PriorityDeclared  bool
	PriorityDerived   bool
	RepeatDeclared    bool
	CorrectedOnSite   Correction
	CorrectionNote    string
	ImmediateThreat   bool
	// OpensAction says whether a corrective action answers it: it does unless the deficiency was issued,
	// was adopted before, or its inspection was cancelled.
	OpensAction bool
	// Response is what the facility answered; nil until it has, and where OpensAction is not set: a deficiency
	// that was issued has its answer there.
	Response *FindingResponse
}

// CitationLabel is the citation as it is shown: marked unconfirmed unless it was confirmed.
func (d AmendedDeficiency) CitationLabel() string {
	return citationLabel(d.Citation, d.CitationConfirmed)
}

type amendmentTx interface {
	// SaveAmendments adds amendments with their notes and deficiencies, set-wise.
	SaveAmendments(ctx context.Context, as []Amendment) error
	// Amendments loads an inspection's amendments in the order in which they were adopted.
	Amendments(ctx context.Context, inspection ID) ([]Amendment, error)
	// ToldAmendments loads what the inspected are told of them: those that are deficiencies, and of these
	// the deficiency alone.
	ToldAmendments(ctx context.Context, inspection ID) ([]Amendment, error)
}

// Amendments lists what was adopted after the freeze: whole for those who may see fieldwork; for the
// inspected only deficiencies, without who says so, from which device or how it is known.
func (s *Service) Amendments(ctx context.Context, actor Actor, i *Inspection) ([]Amendment, error) {
	var all []Amendment
	err := s.lookAt(ctx, actor, i, ReadInspection, func(tx Tx) (err error) {
		if GrantOf(actor.Role, ReadFieldwork) == Never {
			all, err = tx.ToldAmendments(ctx, i.ID)
		} else {
			all, err = tx.Amendments(ctx, i.ID)
		}
		if err != nil || !slices.ContainsFunc(all, Amendment.opensAction) {
			return err
		}
		responses, err := tx.Responses(ctx, i.ID)
		if err != nil {
			return err
		}
		answerAmendments(all, responses)
		return nil
	})
	return all, err
}

// opensAction reports whether it is the one amendment that a deficiency was adopted by.
func (a Amendment) opensAction() bool { return a.Deficiency != nil && a.Deficiency.OpensAction }

// answerAmendments gives each adopted deficiency what the facility answered.
func answerAmendments(all []Amendment, responses []FindingResponse) {
	for _, a := range all {
		if !a.opensAction() {
			continue
		}
		n := slices.IndexFunc(responses, func(r FindingResponse) bool { return r.FindingID == a.Deficiency.FindingID })
		if n >= 0 {
			a.Deficiency.Response = &responses[n]
		}
	}
}

// amend keeps adopted work as amendments. Nothing that is frozen is touched.
func (s *Service) amend(ctx context.Context, tx Tx, i *Inspection, open []KeptWrite, paths map[ID]string, detail map[string]any) error {
	var places *places
	var known []Finding
	amendments := make([]Amendment, len(open))
	var ps Problems
	for n, w := range open {
		a := w.amendment()
		var err error
		switch {
		case w.Collection == CollectionInterviewNote:
			a.sealed, err = w.note(paths[w.ID])
		case w.deficiency():
			if places == nil {
				if places, known, err = findingsAndPlaces(ctx, tx, i); err != nil {
					return err
				}
			}
			a.Deficiency, err = places.amended(i, paths[w.ID], w, known)
		}
		switch refused := ProblemsOf(err); {
		case refused != nil:
			ps = append(ps, refused...)
		case err != nil:
			return err
		}
		amendments[n] = a
	}
	if len(ps) > 0 {
		return refusal(ps)
	}
	actions, err := s.actionsFor(ctx, tx, i, amendments)
	if err != nil {
		return err
	}
	detail["amendments"], detail["actions"] = len(amendments), len(actions)
	if err := tx.SaveAmendments(ctx, amendments); err != nil {
		return err
	}
	return tx.SaveCorrectiveActions(ctx, actions)
}

// actionsFor opens a corrective action for each adopted deficiency that has none yet, so that it is not
// forgotten: it is due from the adoption, joins the facility's next checklist, and stands in the way of
// closing the inspection.
func (s *Service) actionsFor(ctx context.Context, tx Tx, i *Inspection, amendments []Amendment) ([]CorrectiveAction, error) {
	deficient := func(a Amendment) bool { return a.Deficiency != nil }
	if !issued(i) || !slices.ContainsFunc(amendments, deficient) {
		return nil, nil
	}
	opened, err := tx.CorrectiveActions(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	answered := map[ID]bool{}
	for _, a := range opened {
		answered[a.FindingID] = true
	}
	var actions []CorrectiveAction
	for _, a := range amendments {
		d := a.Deficiency
		if d == nil || answered[d.FindingID] {
			continue
		}
		answered[d.FindingID], d.OpensAction = true, true
		action := actionFor(Finding{ID: d.FindingID, InspectionID: i.ID, PriorityDeclared: d.PriorityDeclared, PriorityDerived: d.PriorityDerived,
			RepeatDeclared: d.RepeatDeclared, ImmediateThreat: d.ImmediateThreat, RecordedAt: a.AdoptedAt}, a.AdoptedAt, s.settings.Action)
		action.ID = CorrectiveActionID(d.FindingID)
		actions = append(actions, action)
	}
	return actions, nil
}

// amendment is the amendment that the adopted write makes.
func (w KeptWrite) amendment() Amendment {
	a := Amendment{InspectionID: w.InspectionID, ID: NewID(), KeptWriteID: w.ID, Collection: w.Collection, DocumentID: w.DocumentID,
		AuthorID: w.UserID, DeviceID: w.DeviceID, DeviceTime: w.DeviceTime, ClockOffset: w.ClockOffset, ReceivedAt: w.ReceivedAt,
		AdoptedBy: *w.DecidedBy, AdoptedAt: *w.DecidedAt, Reason: w.DecisionReason}
	if w.Collection != CollectionInterviewNote {
		a.Content = w.Document
	}
	return a
}

// note reads the sealed note that was pushed.
func (w KeptWrite) note(path string) (*sealedNote, error) {
	var pushed struct{ KeyID, Sealed string }
	err := json.Unmarshal([]byte(w.Document), &pushed)
	sealed, wrong := base64.StdEncoding.DecodeString(pushed.Sealed)
	if err != nil || wrong != nil || pushed.KeyID == "" || len(sealed) == 0 {
		return nil, Refuse(Invalid, path, "this is no sealed note; dismiss it")
	}
	return &sealedNote{keyID: pushed.KeyID, sealed: sealed}, nil
}

func findingsAndPlaces(ctx context.Context, tx Tx, i *Inspection) (*places, []Finding, error) {
	known, err := tx.Findings(ctx, i.ID)
	if err != nil {
		return nil, nil, err
	}
	p, err := placesOf(ctx, tx, i)
	return &p, known, err
}

// amended makes the deficiency that a late write says, by the rules of any finding. What the write does
// not state of a finding that was issued stays as it was issued.
func (p *places) amended(i *Inspection, path string, w KeptWrite, known []Finding) (*AmendedDeficiency, error) {
	said, _, err := readKept[PushedFinding](w)
	if err != nil {
		return nil, Refuse(Invalid, path, "this is no finding that can be read; dismiss it")
	}
	f, exists := findingIn(known, w.DocumentID)
	if !exists {
		f = blankFinding(w.DocumentID, i.ID)
	}
	f, ps := said.over(f, *w.DecidedAt)
	if len(ps) > 0 {
		return nil, unfit(path, ps)
	}
	if f, err = p.settled(i, f); err != nil {
		return nil, unfit(path, err)
	}
	f.maskForInspected()
	return &AmendedDeficiency{FindingID: f.ID, StandardID: f.StandardID, StandardText: f.StandardText, RequirementID: f.RequirementID, LineID: f.LineID,
		Code: f.Code, Citation: f.Citation, CitationConfirmed: f.CitationConfirmed, Text: f.Text, ResponsibleParty: f.ResponsibleParty,
		PriorityDeclared: f.PriorityDeclared, PriorityDerived: f.PriorityDerived, RepeatDeclared: f.RepeatDeclared,
		CorrectedOnSite: f.CorrectedOnSite, CorrectionNote: f.CorrectionNote, ImmediateThreat: f.ImmediateThreat}, nil
}

// unfit says that a late write cannot be adopted as it is. The paths of a request's own form mean
// nothing to who decides.
func unfit(path string, err error) error {
	refused := ProblemsOf(err)
	if refused == nil {
		return err
	}
	return Refuse(refused[0].Code, path, "it cannot be adopted as it is (%s); dismiss it", refused[0].Message)
}
