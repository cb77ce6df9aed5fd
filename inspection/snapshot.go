package inspection

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"plumbline/inspection/scoring"
)

// Snapshot is what an inspection was when it was issued: one document with a hash, never changed.
type Snapshot struct {
	InspectionID ID
	Body         []byte // JSON
	SHA256       SHA256
	TakenAt      time.Time
}

// StoredScore is a score as computed at issue by a named, versioned policy.
type StoredScore struct {
	ScoreSummary
	Body       []byte // the scoring.Score as JSON
	ComputedAt time.Time
}

// frozen is the document of a snapshot. Fields are added, never renamed.
type frozen struct {
	Format     string             `json:"format"`
	Inspection frozenHeader       `json:"inspection"`
	Facility   frozenFacility     `json:"facility"`
	Editions   []frozenEdition    `json:"editions"`
	Scope      frozenScope        `json:"scope"`
	Answers    []frozenAnswer     `json:"answers"`
	Disputes   []Dispute          `json:"disputes"`
	Findings   []Finding          `json:"findings"`
	Actions    []CorrectiveAction `json:"correctiveActions"`
	Evidence   []frozenEvidence   `json:"evidence"`
	Statements []Statement        `json:"statements"`
	Samples    []frozenSample     `json:"samples"`
	Tally      Tally              `json:"tally"`
	Carried    []CarriedAction    `json:"carriedActions"`
	Trend      *Trend             `json:"trend"`
	Score      scoring.Score      `json:"score"`
	// Scores are the scores by every policy, Score among them, and ScoreInput is what they are computed
	// from: whoever has the snapshot can compute each again, to the byte.
	Scores     []scoring.Score `json:"scores"`
	ScoreInput scoring.Input   `json:"scoreInput"`
	TakenAt    time.Time       `json:"takenAt"`
}

type frozenHeader struct {
	ID           ID              `json:"id"`
	Origin       Origin          `json:"origin"`
	Scope        Scope           `json:"scope"`
	Announced    *bool           `json:"announced"`
	PlannedStart string          `json:"plannedStart"`
	PlannedEnd   string          `json:"plannedEnd"`
	StartedAt    *time.Time      `json:"startedAt"`
	DoneAt       *time.Time      `json:"fieldworkDoneAt"`
	LeadID       ID              `json:"leadId"`
	Team         []TeamMember    `json:"team"`
	Milestones   []Milestone     `json:"milestones"`
	Recommended  *RatingDecision `json:"recommendedRating"`
	Final        *RatingDecision `json:"finalRating"`
	ApprovedBy   *ID             `json:"approvedBy"`
	ApprovedAt   *time.Time      `json:"approvedAt"`
	IssuedBy     ID              `json:"issuedBy"`
	Source       string          `json:"source"`
}

type frozenFacility struct {
	ID          ID     `json:"id"`
	Detloc      string `json:"detloc"`
	Name        string `json:"name"`
	City        string `json:"city"`
	State       string `json:"state"`
	FieldOffice string `json:"fieldOffice"`
	Type        string `json:"type"`
	FactsAsOf   string `json:"factsAsOf"`
}

type frozenEdition struct {
	ID   ID     `json:"id"`
	Key  string `json:"key"`
	Hash string `json:"hash"`
}

type frozenAnswer struct {
	Requirement     string     `json:"requirement"`
	Standard        string     `json:"standard"`
	Rating          Rating     `json:"rating"`
	Reason          string     `json:"reason"`
	Remarks         string     `json:"remarks"`
	Methods         []Method   `json:"methods"`
	CorrectedOnSite Correction `json:"correctedOnSite"`
	Sample          *Sample    `json:"sample"`
	Revision        int        `json:"revision"`
	AuthorID        ID         `json:"authorId"`
	RecordedAt      time.Time  `json:"recordedAt"`
	// SourcedPriority is what the score takes of the requirement.
	SourcedPriority bool `json:"sourcedPriority"`
}

type frozenEvidence struct {
	ID             ID            `json:"id"`
	AnswerID       *ID           `json:"answerId"`
	FindingID      *ID           `json:"findingId"`
	SHA256         string        `json:"sha256"`
	Size           int64         `json:"size"`
	MediaType      MediaType     `json:"mediaType"`
	Class          EvidenceClass `json:"class"`
	CapturedFrom   time.Time     `json:"capturedFrom"`
	CapturedTo     time.Time     `json:"capturedTo"`
	State          EvidenceState `json:"state"`
	VersionID      string        `json:"versionId"`
	AcceptedReason string        `json:"acceptedReason"`
}

// IssueInspection freezes the inspection: answers, findings, score, edition hashes and evidence
// hashes go into one hashed snapshot, every deficiency gets its corrective action, and the originals
// are locked for the retention schedule.
func (s *Service) IssueInspection(ctx context.Context, actor Actor, id ID, revision int) (*Inspection, error) {
	issued := s.now()
	extended, err := s.extendLocks(ctx, actor, id, issued.Add(s.settings.Retention))
	if err != nil {
		return nil, err
	}
	return s.change(ctx, actor, id, step{action: IssueInspection, states: []State{InReview}, revision: &revision, header: true},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			if gaps := issueGaps(i); len(gaps) > 0 {
				return gaps
			}
			i.IssuedBy, i.IssuedAt = &actor.ID, &issued
			doc, err := s.freeze(ctx, tx, i, issued)
			if err != nil {
				return err
			}
			snapshot, err := doc.snapshot(id, issued)
			if err != nil {
				return err
			}
			if err := tx.SaveSnapshot(ctx, snapshot); err != nil {
				return err
			}
			scores, err := storedScores(doc.Scores, issued)
			if err != nil {
				return err
			}
			if err := tx.SaveScores(ctx, id, scores); err != nil {
				return err
			}
			if err := tx.SaveCorrectiveActions(ctx, doc.Actions); err != nil {
				return err
			}
			if err := s.keepMemory(ctx, tx, actor, i, doc); err != nil {
				return err
			}
			if err := s.waiveAtIssue(ctx, tx, actor, i); err != nil {
				return err
			}
			if err := s.rememberLocks(ctx, tx, i, extended, issued.Add(s.settings.Retention)); err != nil {
				return err
			}
			i.State = Issued
			detail["sha256"] = hex.EncodeToString(snapshot.SHA256[:])
			return nil
		})
}

// extendLocks locks every original of the inspection for the retention schedule and says which. It
// runs before the issue is committed: an original locked too long does no harm, an issued one
// unlocked does.
func (s *Service) extendLocks(ctx context.Context, actor Actor, id ID, until time.Time) (map[ID]bool, error) {
	var evidence []Evidence
	err := s.look(ctx, actor, id, IssueInspection, func(tx Tx, i *Inspection) error {
		if i.State != InReview || len(issueGaps(i)) > 0 {
			return nil // the issue itself will be refused
		}
		var err error
		evidence, err = tx.Evidence(ctx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	extended := map[ID]bool{}
	for _, e := range evidence {
		if e.State != EvidenceLocked {
			continue
		}
		if err := s.blobs.Retain(ctx, e.ObjectKey, e.VersionID, until); err != nil {
			return nil, lockProblem(err)
		}
		extended[e.ID] = true
	}
	return extended, nil
}

// rememberLocks records the extended locks. An original that was finalised after they were extended
// keeps its first lock, and the issue is refused so that it is tried again with all of them.
func (s *Service) rememberLocks(ctx context.Context, tx Tx, i *Inspection, extended map[ID]bool, until time.Time) error {
	evidence, err := tx.Evidence(ctx, i.ID)
	if err != nil {
		return err
	}
	var locked []Evidence
	for _, e := range evidence {
		if e.State != EvidenceLocked {
			continue
		}
		if !extended[e.ID] {
			return Refuse(Conflict, "", "an original arrived while the inspection was being issued; issue it again")
		}
		e.RetainUntil = &until
		e.Seq = i.Reserve(1)
		locked = append(locked, e)
	}
	return tx.SaveEvidence(ctx, locked)
}

func (doc frozen) snapshot(id ID, at time.Time) (Snapshot, error) {
	body, err := json.Marshal(doc)
	if err != nil {
		return Snapshot{}, fmt.Errorf("inspection: snapshot of %s: %w", id, err)
	}
	return Snapshot{InspectionID: id, Body: body, SHA256: sha256.Sum256(body), TakenAt: at}, nil
}

func storedScores(scores []scoring.Score, at time.Time) ([]StoredScore, error) {
	stored := make([]StoredScore, len(scores))
	for n, score := range scores {
		body, err := json.Marshal(score)
		if err != nil {
			return nil, fmt.Errorf("inspection: score: %w", err)
		}
		stored[n] = StoredScore{ScoreSummary: ScoreSummary{Policy: score.Policy.ID, Version: score.Policy.Version,
			Result: string(score.Overall.Result), PerMille: score.Overall.All.Score.PerMille}, Body: body, ComputedAt: at}
	}
	return stored, nil
}

// freeze gathers everything a snapshot holds.
func (s *Service) freeze(ctx context.Context, tx Tx, i *Inspection, at time.Time) (frozen, error) {
	doc := frozen{Format: "plumbline-snapshot/1", TakenAt: at, Inspection: headerOf(i)}
	facility, err := tx.Facility(ctx, i.FacilityID)
	if err != nil {
		return doc, err
	}
	doc.Facility = frozenFacility{ID: facility.ID, Detloc: facility.Detloc, Name: facility.Name, City: facility.City,
		State: facility.State, FieldOffice: facility.FieldOffice, Type: string(facility.Type), FactsAsOf: day(facility.FactsAsOf)}
	catalogue, err := catalogueOf(ctx, tx, i)
	if err != nil {
		return doc, err
	}
	doc.Editions = catalogue.editions
	if doc.Scope, err = freezeScope(ctx, tx, i, catalogue); err != nil {
		return doc, err
	}
	answers, err := tx.Answers(ctx, i.ID)
	if err != nil {
		return doc, err
	}
	for _, a := range answers {
		r := catalogue.requirements[a.RequirementID]
		doc.Answers = append(doc.Answers, frozenAnswer{Requirement: r.Key, Standard: catalogue.number(a.StandardID), Rating: a.Rating,
			Reason: a.Reason, Remarks: a.Remarks, Methods: a.Methods, CorrectedOnSite: a.CorrectedOnSite, Sample: a.Sample,
			Revision: a.Revision, AuthorID: a.AuthorID, RecordedAt: a.RecordedAt, SourcedPriority: r.Priority == PrioritySourced})
	}
	if doc.Disputes, err = tx.Disputes(ctx, i.ID); err != nil {
		return doc, err
	}
	if doc.Findings, err = tx.Findings(ctx, i.ID); err != nil {
		return doc, err
	}
	if err := s.recall(ctx, tx, i, answers, &doc); err != nil {
		return doc, err
	}
	for _, f := range doc.Findings {
		if f.Standing() {
			doc.Actions = append(doc.Actions, actionFor(f, at, s.settings.Action))
		}
	}
	evidence, err := tx.Evidence(ctx, i.ID)
	if err != nil {
		return doc, err
	}
	for _, e := range evidence {
		doc.Evidence = append(doc.Evidence, frozenEvidence{ID: e.ID, AnswerID: e.AnswerID, FindingID: e.FindingID,
			SHA256: hex.EncodeToString(e.SHA256[:]), Size: e.Size, MediaType: e.MediaType, Class: e.Class, CapturedFrom: e.CapturedFrom,
			CapturedTo: e.CapturedTo, State: e.State, VersionID: e.VersionID, AcceptedReason: e.AcceptedReason})
	}
	if doc.Statements, err = tx.Statements(ctx, i.ID); err != nil {
		return doc, err
	}
	draws, err := tx.SampleDraws(ctx, i.ID)
	if err != nil {
		return doc, err
	}
	if doc.Samples, err = frozenSamples(draws); err != nil {
		return doc, err
	}
	doc.Tally = TallyOf(doc.Findings, catalogue.name)
	policies, err := newestPolicies(ctx, tx)
	if err != nil {
		return doc, err
	}
	doc.ScoreInput = inputOf(catalogue, answers, doc.Findings)
	if doc.Scores, err = scoresOf(policies, doc.ScoreInput); err != nil {
		return doc, err
	}
	doc.Score, err = mainScore(doc.Scores)
	return doc, err
}

func headerOf(i *Inspection) frozenHeader {
	return frozenHeader{ID: i.ID, Origin: i.Origin, Scope: i.Scope, Announced: i.Announced,
		PlannedStart: day(i.PlannedStart), PlannedEnd: day(i.PlannedEnd), StartedAt: i.StartedAt, DoneAt: i.FieldworkDoneAt,
		LeadID: i.LeadID, Team: i.Team, Milestones: i.Milestones, Recommended: i.Recommended, Final: i.Final,
		ApprovedBy: i.ApprovedBy, ApprovedAt: i.ApprovedAt, IssuedBy: *i.IssuedBy, Source: i.Source}
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}
