package inspection

import "time"

// Role is what a user is to Plumbline.
type Role string

const (
	RoleInspector   Role = "INSPECTOR"
	RoleLead        Role = "LEAD_INSPECTOR"
	RoleReviewer    Role = "REVIEWER"
	RoleFieldOffice Role = "FIELD_OFFICE"
	RoleFacility    Role = "FACILITY"
	RoleAnalyst     Role = "ANALYST"
	RoleAuditor     Role = "AUDITOR"
	RolePrivacy     Role = "PRIVACY_OFFICER"
	RoleAdmin       Role = "ADMINISTRATOR"
)

// Roles lists every role, in the order of the permission table.
func Roles() []Role {
	return []Role{RoleInspector, RoleLead, RoleReviewer, RoleFieldOffice, RoleFacility,
		RoleAnalyst, RoleAuditor, RolePrivacy, RoleAdmin}
}

// Actor is the person on whose behalf something is done: the user record behind a verified token.
type Actor struct {
	ID    ID
	Email string
	Name  string
	Role  Role
	// FieldOffice is the area of responsibility of a FIELD_OFFICE user, else empty.
	FieldOffice string
	// FacilityID is the facility of a FACILITY user, else the zero id.
	FacilityID ID
	// Device is the tablet that the request comes from; the zero value if it names none.
	Device ActorDevice
}

// ActorDevice is the registered tablet in an actor's hands.
type ActorDevice struct {
	ID ID
	// Revoked: the device may bring what it still holds, which is kept aside, and read nothing.
	Revoked bool
	// Offset is how far its clock was ahead of the server's when it sent the request, in whole
	// milliseconds; meaningful only if OffsetKnown.
	Offset      time.Duration
	OffsetKnown bool
	// ByKey: the device's key vouches for the request, and no sign-in at the identity provider.
	ByKey bool
}

// offset is nil if it is not known.
func (d ActorDevice) offset() *time.Duration {
	if !d.OffsetKnown {
		return nil
	}
	return &d.Offset
}
