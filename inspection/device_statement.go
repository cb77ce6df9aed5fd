package inspection

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// DeviceStatement is the lead's reason why the fieldwork is done although a device may hold work.
type DeviceStatement struct {
	InspectionID ID
	DeviceID     ID
	Reason       string
	StatedBy     ID
	StatedAt     time.Time
}

// DeviceStatementInput names a device and says why it need not be waited for.
type DeviceStatementInput struct {
	DeviceID ID
	Reason   string
}

type statementTx interface {
	SaveDeviceStatements(ctx context.Context, statements []DeviceStatement) error
}

// finishGaps is what stands in the way of ending the fieldwork: in the record, in work that came late,
// and in devices that may still hold some.
func (s *Service) finishGaps(ctx context.Context, tx Tx, i *Inspection, ledger *Ledger) (Problems, error) {
	gaps, err := s.fieldworkGaps(ctx, tx, i)
	if err != nil {
		return nil, err
	}
	return slices.Concat(gaps, ledger.lateGaps(), ledger.deviceGaps()), nil
}

// mostStatements is how many devices one request names.
const mostStatements = 100

// state records the lead's statements on devices that the ledger lists, and has the ledger show them.
func (s *Service) state(ctx context.Context, tx Tx, actor Actor, ledger *Ledger, inputs []DeviceStatementInput) error {
	if len(inputs) > mostStatements {
		return Refuse(Invalid, "input.deviceStatements", "name at most %d devices", mostStatements)
	}
	var ps Problems
	statements := make([]DeviceStatement, 0, len(inputs))
	for n, in := range inputs {
		path := fmt.Sprintf("input.deviceStatements.%d", n)
		at := slices.IndexFunc(ledger.Entries, func(e LedgerEntry) bool { return e.DeviceID != nil && *e.DeviceID == in.DeviceID })
		reason, err := given(path+".reason", in.Reason, "say why the device need not be waited for")
		switch {
		case err != nil:
			ps = append(ps, ProblemsOf(err)...)
		case at < 0:
			ps = append(ps, newProblem(NotFound, path+".deviceId", "the ledger of this inspection lists no such device"))
		case slices.ContainsFunc(inputs[:n], func(other DeviceStatementInput) bool { return other.DeviceID == in.DeviceID }):
			ps = append(ps, newProblem(Invalid, path+".deviceId", "the device stands twice in this request; name it once"))
		default:
			said := DeviceStatement{InspectionID: ledger.InspectionID, DeviceID: in.DeviceID, Reason: reason, StatedBy: actor.ID, StatedAt: s.now()}
			statements = append(statements, said)
			ledger.Entries[at].Statement = &said
		}
	}
	if len(ps) > 0 || len(statements) == 0 {
		return refusal(ps)
	}
	return tx.SaveDeviceStatements(ctx, statements)
}

// named lists the devices that statements name.
func named(statements []DeviceStatementInput) []ID {
	ids := make([]ID, len(statements))
	for n, in := range statements {
		ids[n] = in.DeviceID
	}
	return ids
}
