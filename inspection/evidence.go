package inspection

import "time"

// EvidenceState is how far an original has come.
type EvidenceState string

const (
	// EvidenceDeclared: hashed on the tablet; no byte has arrived. Until then it is missing.
	EvidenceDeclared EvidenceState = "DECLARED"
	// EvidenceStored: the object is there, not yet hashed by the server.
	EvidenceStored EvidenceState = "STORED"
	// EvidenceVerified: size, hash and type are what was declared.
	EvidenceVerified EvidenceState = "VERIFIED"
	// EvidenceLocked: verified, its version pinned and held by an object lock.
	EvidenceLocked EvidenceState = "LOCKED"
	// EvidenceQuarantined: what arrived is not what was declared.
	EvidenceQuarantined EvidenceState = "QUARANTINED"
)

// SHA256 is the hash of an original or a snapshot.
type SHA256 [32]byte

// EvidenceClass says at capture what a picture may show, and so who may see it.
type EvidenceClass string

const (
	ClassNone          EvidenceClass = "NONE"
	ClassPeopleVisible EvidenceClass = "PEOPLE_VISIBLE"
	ClassMedical       EvidenceClass = "MEDICAL"
	ClassLegal         EvidenceClass = "LEGAL"
)

// EvidenceClasses lists every class.
func EvidenceClasses() []EvidenceClass {
	return []EvidenceClass{ClassNone, ClassPeopleVisible, ClassMedical, ClassLegal}
}

// Evidence is an original file, known by its SHA-256 from the moment of capture. It is never
// attached to an interview.
type Evidence struct {
	ID           ID
	InspectionID ID
	AnswerID     *ID
	FindingID    *ID
	// ActionID is set of proof: an original declared after the issue for a corrective action.
	ActionID *ID
	// DeclaredAs is, of proof, the role in which it was declared; else empty.
	DeclaredAs Role
	SHA256     SHA256
	Size       int64
	MediaType  MediaType
	Class      EvidenceClass
	// CapturedFrom and CapturedTo bound the time of capture: clocks lie.
	CapturedFrom time.Time
	CapturedTo   time.Time
	Place        string
	Device       string
	Caption      string
	State        EvidenceState
	ObjectKey    string
	// VersionID pins the stored version; empty until the original was verified.
	VersionID        string
	SniffedType      MediaType
	RetainUntil      *time.Time
	QuarantineReason string
	// AcceptedReason is why the lead accepted the original as missing or quarantined.
	AcceptedReason string
	AcceptedBy     *ID
	DeclaredBy     ID
	DeclaredAt     time.Time
	FinalisedAt    *time.Time
	Seq            int64
	// DeviceID is the registered device that brought the declaration, ClockOffset how far its clock was
	// ahead of the server's then; zero and nil if they are not known.
	DeviceID    ID
	ClockOffset *time.Duration
}

// Outstanding reports whether the original is missing or quarantined and nobody accepted that.
func (e Evidence) Outstanding() bool {
	return (e.State == EvidenceDeclared || e.State == EvidenceStored || e.State == EvidenceQuarantined) && e.AcceptedReason == ""
}

// ProofRole is the role in which proof was declared, nil for fieldwork.
func (e Evidence) ProofRole() *Role {
	if e.DeclaredAs == "" {
		return nil
	}
	return &e.DeclaredAs
}
