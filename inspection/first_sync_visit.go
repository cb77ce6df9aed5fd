package inspection

import (
	"cmp"
	"context"
	"encoding/hex"
	"slices"
	"time"

	"plumbline/inspection/sync"
)

// visitDocument is what is an inspection's own, as tablets keep it. The order of the fields is part
// of its form. Numbers of changes and times of reading are left out: the same state is the same file.
type visitDocument struct {
	Format          int                `json:"format"`
	Kind            string             `json:"kind"`
	Inspection      headerFile         `json:"inspection"`
	Facility        facilityFile       `json:"facility"`
	Team            []memberFile       `json:"team"`
	Editions        []boundEditionFile `json:"editions"`
	Assignments     []assignedFile     `json:"assignments"`
	Items           []itemFile         `json:"items"`
	Milestones      []Milestone        `json:"milestones"`
	Population      *Population        `json:"population"`
	PriorFindings   []priorFile        `json:"priorFindings"`
	CarriedActions  []carriedFile      `json:"carriedActions"`
	ExternalRatings []ratingFile       `json:"externalRatings"`
}

type headerFile struct {
	ID             ID     `json:"id"`
	Origin         Origin `json:"origin"`
	Scope          Scope  `json:"scope"`
	Announced      *bool  `json:"announced"`
	PlannedStart   string `json:"plannedStart"`
	PlannedEnd     string `json:"plannedEnd"`
	State          State  `json:"state"`
	LeadID         ID     `json:"leadId"`
	ReturnedReason string `json:"returnedReason"`
	Revision       int    `json:"revision"`
}

type facilityFile struct {
	ID          ID           `json:"id"`
	Detloc      string       `json:"detloc"`
	Name        string       `json:"name"`
	Aliases     []string     `json:"aliases"`
	Street      string       `json:"street"`
	City        string       `json:"city"`
	State       string       `json:"state"`
	Zip         string       `json:"zip"`
	FieldOffice string       `json:"fieldOffice"`
	Type        FacilityType `json:"type"`
	Operator    string       `json:"operator"`
	Capacity    *int         `json:"capacity"`
	Over72      *bool        `json:"over72"`
	FactsAsOf   string       `json:"factsAsOf"`
}

type memberFile struct {
	UserID ID     `json:"userId"`
	Name   string `json:"name"`
	Role   Role   `json:"role"`
	Lead   bool   `json:"lead"`
}

type boundEditionFile struct {
	ID     ID     `json:"id"`
	SHA256 string `json:"sha256"`
}

type assignedFile struct {
	ID         ID            `json:"id"`
	StandardID ID            `json:"standardId"`
	EditionID  ID            `json:"editionId"`
	AssignedTo *ID           `json:"assignedTo"`
	Position   int           `json:"position"`
	Reasons    []ScopeReason `json:"reasons"`
}

// itemFile names an item; what is required is in the edition's file.
type itemFile struct {
	ID            ID  `json:"id"`
	RequirementID ID  `json:"requirementId"`
	StandardID    ID  `json:"standardId"`
	Position      int `json:"position"`
}

type priorFile struct {
	ID                ID           `json:"id"`
	FindingID         ID           `json:"findingId"`
	FromInspectionID  ID           `json:"fromInspectionId"`
	EndedOn           string       `json:"endedOn"`
	Scope             Scope        `json:"scope"`
	Standard          string       `json:"standard"`
	RequirementID     *ID          `json:"requirementId"`
	Code              string       `json:"code"`
	Citation          string       `json:"citation"`
	CitationConfirmed bool         `json:"citationConfirmed"`
	Text              string       `json:"text"`
	PriorityDeclared  bool         `json:"priorityDeclared"`
	PriorityDerived   bool         `json:"priorityDerived"`
	CorrectedOnSite   Correction   `json:"correctedOnSite"`
	RepeatTimes       int          `json:"repeatTimes"`
	AgeDays           int          `json:"ageDays"`
	ActionID          *ID          `json:"actionId"`
	ActionState       *ActionState `json:"actionState"`
	ActionOpenedAt    *time.Time   `json:"actionOpenedAt"`
	VerifiedAt        *time.Time   `json:"verifiedAt"`
	Carried           bool         `json:"carried"`
}

type carriedFile struct {
	ActionID         ID          `json:"actionId"`
	FindingID        ID          `json:"findingId"`
	FromInspectionID ID          `json:"fromInspectionId"`
	RequirementID    *ID         `json:"requirementId"`
	StandardID       *ID         `json:"standardId"`
	AgeDays          int         `json:"ageDays"`
	State            ActionState `json:"state"`
}

type ratingFile struct {
	Type       string `json:"type"`
	EndedOn    string `json:"endedOn"`
	Edition    string `json:"edition"`
	Rating     string `json:"rating"`
	RatingRaw  string `json:"ratingRaw"`
	Source     string `json:"source"`
	SourceDate string `json:"sourceDate"`
}

// mostItems is more than any checklist has.
const mostItems = 1 << 20

// visitFile loads what is an inspection's own, in six statements.
func visitFile(ctx context.Context, tx Tx, i *Inspection, editions []File, now time.Time) (visitDocument, error) {
	d := visitDocument{Format: 1, Kind: "inspection", Milestones: noNil(i.Milestones),
		Inspection: headerFile{ID: i.ID, Origin: i.Origin, Scope: i.Scope, Announced: i.Announced, PlannedStart: dayText(i.PlannedStart),
			PlannedEnd: dayText(i.PlannedEnd), State: i.State, LeadID: i.LeadID, ReturnedReason: i.ReturnedReason, Revision: i.Revision},
		Team: written(i.members(), func(m TeamMember) memberFile { return memberFile{m.UserID, m.Name, m.Role, m.Lead} }),
		Assignments: written(i.Standards, func(s ScopedStandard) assignedFile {
			return assignedFile{AssignmentID(i.ID, s.StandardID), s.StandardID, s.EditionID, s.AssignedTo, s.Position, noNil(s.Reasons)}
		})}
	for n, id := range i.EditionIDs() {
		d.Editions = append(d.Editions, boundEditionFile{id, hex.EncodeToString(editions[n].SHA256[:])})
	}
	f, err := tx.Facility(ctx, i.FacilityID)
	if err != nil {
		return d, err
	}
	d.Facility = facilityFile{ID: f.ID, Detloc: f.Detloc, Name: f.Name, Aliases: noNil(f.Aliases), Street: f.Street, City: f.City, State: f.State, Zip: f.Zip,
		FieldOffice: f.FieldOffice, Type: f.Type, Operator: f.Operator, Capacity: f.Capacity, Over72: f.Over72, FactsAsOf: dayText(f.FactsAsOf)}
	horizon, err := tx.Horizon(ctx)
	if err != nil {
		return d, err
	}
	items, err := tx.ItemRows(ctx, []sync.Place{{Inspection: i.ID}}, horizon.Next, mostItems)
	if err != nil {
		return d, err
	}
	d.Items = written(items, func(r ItemRow) itemFile { return itemFile{r.ID, r.RequirementID, r.StandardID, r.Position} })
	slices.SortFunc(d.Items, func(a, b itemFile) int { return cmp.Compare(a.Position, b.Position) })
	populations, err := tx.Populations(ctx, i.ID)
	if err != nil {
		return d, err
	}
	if len(populations) > 0 {
		d.Population = &populations[0]
	}
	return d, d.addPast(ctx, tx, i, now)
}

// addPast adds what is known of the facility from before, the newest first.
func (d *visitDocument) addPast(ctx context.Context, tx Tx, i *Inspection, now time.Time) error {
	m, err := memoryOf(ctx, tx, i)
	if err != nil {
		return err
	}
	past, err := tx.Pasts(ctx, []ID{i.ID}, now)
	if err != nil {
		return err
	}
	counted := countedPast(past)
	past = slices.DeleteFunc(past, func(p EarlierDeficiency) bool { return !counted[p.FindingID] })
	slices.Reverse(past)
	d.PriorFindings = written(past, func(p EarlierDeficiency) priorFile {
		f := m.priorDocument(i, p)
		return priorFile{f.ID, f.FindingID, f.FromInspectionID, dayText(f.EndedOn), f.Scope, f.Standard, f.RequirementID, f.Code, f.Citation, f.CitationConfirmed,
			f.Text, f.PriorityDeclared, f.PriorityDerived, f.CorrectedOnSite, f.RepeatTimes, f.AgeDays, f.ActionID, f.ActionState, f.ActionOpenedAt, f.VerifiedAt, f.Carried}
	})
	carried, err := tx.CarriedActions(ctx, i.ID, now)
	if err != nil {
		return err
	}
	d.CarriedActions = written(carried, func(c CarriedAction) carriedFile {
		return carriedFile{c.ActionID, c.FindingID, c.FromInspectionID, c.RequirementID, c.StandardID, c.AgeDays, c.State}
	})
	ratings, err := tx.ExternalRatings(ctx, []ID{i.FacilityID})
	d.ExternalRatings = written(ratings, func(r ExternalRating) ratingFile {
		return ratingFile{r.Type, dayText(r.EndedOn), r.Edition, r.Rating, r.RatingRaw, r.Source, dayText(r.SourceDate)}
	})
	return err
}
