package inspection

import (
	"context"
	"crypto/sha256"
	"slices"
)

type reportFormTx interface {
	// SaveReportForms stores the forms of an inspection's report once, set-wise.
	SaveReportForms(ctx context.Context, forms []ReportForm) error
	// ReportForm loads a stored form, which is any but FormInternal.
	ReportForm(ctx context.Context, inspection ID, form Form) (*ReportForm, error)
	// People loads users by id, active or not, in the order of their ids.
	People(ctx context.Context, ids []ID) ([]FrozenPerson, error)
	// IssuedWithoutForms lists issued inspections whose report has no stored form.
	IssuedWithoutForms(ctx context.Context) ([]ID, error)
}

// FormsFor lists the forms that a role reads of the reports that it may read, the fullest first.
func FormsFor(role Role) []Form {
	if GrantOf(role, ReadFieldwork) == Never && role != roleSystem {
		return []Form{FormFacility, FormPublic}
	}
	return Forms()
}

// ReportForm returns what an issued inspection's report is made of, in the form asked for. Whoever
// may see fieldwork gets any form; the inspected get FormFacility and FormPublic, and are told of the
// internal one as if there were none.
//
// An inspection that is not issued has no report: a Locked problem to those who may read it.
func (s *Service) ReportForm(ctx context.Context, actor Actor, id ID, form Form) (*ReportForm, error) {
	var found *ReportForm
	err := s.look(ctx, actor, id, ReadInspection, func(tx Tx, i *Inspection) (err error) {
		if !slices.Contains(FormsFor(actor.Role), form) {
			return Refuse(NotFound, "", "there is no such report, or it is not yours to see")
		}
		if !issued(i) {
			return Refuse(Locked, "", "the inspection is %s; its report is made when it is issued", i.State)
		}
		if form != FormInternal {
			found, err = tx.ReportForm(ctx, id, form)
			return err
		}
		found, err = internalForm(ctx, tx, id)
		return err
	})
	return found, err
}

// internalForm is taken from the snapshot each time: whoever may see it may see the snapshot.
func internalForm(ctx context.Context, tx Tx, id ID) (*ReportForm, error) {
	snapshot, err := tx.Snapshot(ctx, id)
	if err != nil {
		return nil, err
	}
	doc, err := ReadSnapshot(snapshot.Body)
	if err != nil {
		return nil, err
	}
	form, err := formOf(doc, FormInternal, *snapshot)
	return &form, err
}

// Resnapshot builds the snapshot of an issued inspection again from its rows as they stand now. If
// nobody has touched them, and the facility's record and the people's names are as they were, it is
// the stored one to the byte. Where carried actions stood at issue is taken from the stored one.
func (s *Service) Resnapshot(ctx context.Context, actor Actor, id ID) (Snapshot, error) {
	var again Snapshot
	err := s.look(ctx, actor, id, ReadFieldwork, func(tx Tx, i *Inspection) error {
		if !issued(i) {
			return Refuse(Locked, "", "the inspection is %s; it has a snapshot once it is issued", i.State)
		}
		doc, err := s.freeze(ctx, tx, i, *i.IssuedAt)
		if err != nil {
			return err
		}
		if err := keepStates(ctx, tx, id, doc.Carried); err != nil {
			return err
		}
		again, err = doc.snapshot()
		return err
	})
	return again, err
}

// keepStates gives carried actions the state that the stored snapshot has of them: they are earlier
// inspections' rows, and have moved on.
func keepStates(ctx context.Context, tx Tx, id ID, carried []CarriedAction) error {
	snapshot, err := tx.Snapshot(ctx, id)
	if err != nil {
		return err
	}
	doc, err := ReadSnapshot(snapshot.Body)
	if err != nil {
		return err
	}
	states := map[ID]ActionState{}
	for _, c := range doc.Carried {
		states[c.ActionID] = c.State
	}
	for n, c := range carried {
		carried[n].State = states[c.ActionID]
	}
	return nil
}

// MakeMissingForms takes the forms of reports from the snapshots of inspections that were issued
// before forms were stored, and returns for how many. It is the operator's, and can be repeated.
func (s *Service) MakeMissingForms(ctx context.Context, actor Actor) (int, error) {
	var missing []ID
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		missing, err = tx.IssuedWithoutForms(ctx)
		return err
	})
	if err != nil {
		return 0, err
	}
	for n, id := range missing {
		if err := s.makeForms(ctx, actor, id); err != nil {
			return n, err
		}
	}
	return len(missing), nil
}

func (s *Service) makeForms(ctx context.Context, actor Actor, id ID) error {
	return s.store.InTx(ctx, actor, func(tx Tx) error {
		i, err := tx.LockInspection(ctx, id)
		if err != nil {
			return err
		}
		if err := Allow(actor, MakeReport, Subject{Inspection: i}); err != nil {
			return err
		}
		snapshot, err := tx.Snapshot(ctx, id)
		if err != nil {
			return err
		}
		if sha256.Sum256(snapshot.Body) != snapshot.SHA256 {
			return Refuse(Conflict, "", "the snapshot of inspection %s is not the one its hash names; nothing is made of it", id)
		}
		doc, err := ReadSnapshot(snapshot.Body)
		if err != nil {
			return err
		}
		if err := saveForms(ctx, tx, doc, *snapshot); err != nil {
			return err
		}
		return tx.Audit(ctx, AuditEvent{ID: NewID(), InspectionID: &id, At: s.now(), Actor: actor, Action: MakeReport, Outcome: Done,
			TargetType: "Inspection", TargetID: id, Detail: map[string]any{"reportForms": "taken from the snapshot"}})
	})
}
