package storage

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"plumbline/inspection"
)

// problem turns what the database refuses by rule into the refusal the caller is told. Everything
// else stays a fault.
func problem(err error) error {
	var refused *pgconn.PgError
	if err == nil || inspection.ProblemsOf(err) != nil || !errors.As(err, &refused) {
		return err
	}
	switch refused.Code {
	case "PL001", "PL003":
		return inspection.Refuse(inspection.Locked, "", "the inspection's state does not allow this change")
	case "PL002":
		return inspection.Refuse(inspection.Conflict, "", "declared evidence cannot be changed; declare a new original")
	case "PL004":
		return inspection.Refuse(inspection.Forbidden, "", "nobody signs or verifies their own fieldwork")
	case "PL006":
		return inspection.Refuse(inspection.Locked, "", "the corrective action's state does not allow this step")
	case "PL005":
		return inspection.Refuse(inspection.Conflict, "input", "an id in this request names another object already; mint a new one")
	case "PL050":
		return inspection.Refuse(inspection.Conflict, "", "a sample stands as it was committed to and drawn; commit to another draw")
	case "PL064":
		return inspection.Refuse(inspection.Conflict, "", "a device stays what it was registered as, and revoked once it was")
	case "PL060":
		return inspection.Refuse(inspection.Conflict, "", "a kept write stands as it came and is decided on once")
	case "PL066":
		return inspection.Refuse(inspection.Forbidden, "", "another decides on this late work")
	case "42501": // insufficient_privilege, row-level security among it
		return inspection.Refuse(inspection.Forbidden, "", "you may not change this")
	case "22P05", "22021": // a character that text cannot hold
		return inspection.Refuse(inspection.Invalid, "input", "a text holds a character that cannot be stored (NUL); remove it")
	case "22007", "22008": // a date no calendar has
		return inspection.Refuse(inspection.Invalid, "input", "a date or time is out of range")
	case "23505":
		if refused.ConstraintName == "inspection_reconstructed_once" {
			return inspection.Refuse(inspection.Conflict, "input.source", "this published report is reconstructed already")
		}
		return inspection.Refuse(inspection.Conflict, "", "another request did the same at the same moment; read again and retry")
	case "40001", "40P01": // serialization failure, deadlock
		return inspection.Refuse(inspection.Unavailable, "", "another change was made at the same moment; try again")
	}
	return err
}
