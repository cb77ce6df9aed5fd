package inspection

// RosterChange is what an import of facilities adds to the roster and changes in it. It is saved
// whole, in one transaction, or not at all.
type RosterChange struct {
	NewFacilities []Facility
	// UpdatedFacilities are whole records that replace those of the same id. Revision is the one
	// that the plan was made from: a record that has moved on since makes the change stale.
	UpdatedFacilities []Facility
	NewRatings        []ExternalRating
	// UpdatedRatings are whole records that replace those of the same id: a newer or more final
	// statement about the same inspection, e.g. "Pass" where "Pending" stood.
	UpdatedRatings []ExternalRating
}

// Empty reports whether saving the change would change nothing.
func (c RosterChange) Empty() bool {
	return len(c.NewFacilities) == 0 && len(c.UpdatedFacilities) == 0 &&
		len(c.NewRatings) == 0 && len(c.UpdatedRatings) == 0
}
