package inspection

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
}
