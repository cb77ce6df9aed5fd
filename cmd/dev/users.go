package main

import (
	"github.com/google/uuid"

	"plumbline/cmd/dev/issuer"
	"plumbline/inspection"
)

// The exercise's place: a real facility under PBNDS 2011, whose compliance staff and field office
// have a demo user each.
const (
	demoDetloc      = "PINEPLA"
	demoFieldOffice = "NOL"
)

// demoUsers are the people of the development stack, one for every role.
func demoUsers() []inspection.Actor {
	user := func(local, name string, role inspection.Role) inspection.Actor {
		email := local + "@opr.example"
		return inspection.Actor{ID: uuid.NewSHA1(uuid.NameSpaceURL, []byte("mailto:"+email)), Email: email, Name: name, Role: role}
	}
	fieldOffice := user("fieldoffice", "Demo field office officer", inspection.RoleFieldOffice)
	fieldOffice.FieldOffice = demoFieldOffice
	facility := user("facility", "Demo compliance officer", inspection.RoleFacility)
	facility.FacilityID = inspection.FacilityID(demoDetloc)
	return []inspection.Actor{
		user("lead", "Demo lead inspector", inspection.RoleLead),
		user("inspector", "Demo inspector", inspection.RoleInspector),
		user("reviewer", "Demo section chief", inspection.RoleReviewer),
		fieldOffice,
		facility,
		user("analyst", "Demo analyst", inspection.RoleAnalyst),
		user("auditor", "Demo auditor", inspection.RoleAuditor),
		user("privacy", "Demo privacy officer", inspection.RolePrivacy),
		user("admin", "Demo administrator", inspection.RoleAdmin),
	}
}

// issuerUsers are the same people as the issuer lists them.
func issuerUsers() []issuer.User {
	var users []issuer.User
	for _, u := range demoUsers() {
		users = append(users, issuer.User{Email: u.Email, Name: u.Name, Role: string(u.Role)})
	}
	return users
}
