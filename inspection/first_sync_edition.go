package inspection

// editionDocument is an edition as tablets keep it. The order of the fields is part of its form: another
// would be another file. What the catalogue holds beyond it (outlines, page counts) no tablet shows.
type editionDocument struct {
	Format             int              `json:"format"`
	Kind               string           `json:"kind"`
	ID                 ID               `json:"id"`
	Key                string           `json:"key"`
	Set                string           `json:"set"`
	Version            int              `json:"version"`
	Supersedes         string           `json:"supersedes"`
	Title              string           `json:"title"`
	Hash               string           `json:"hash"`
	Compiled           string           `json:"compiled"`
	PartialNote        string           `json:"partialNote"`
	Wording            string           `json:"wording"`
	FullTextSeen       bool             `json:"fullTextSeen"`
	HowToRead          []string         `json:"howToRead"`
	ApplicabilityRules []ruleDocument   `json:"applicabilityRules"`
	CodeNote           string           `json:"codeNote"`
	Sources            []sourceDocument `json:"sources"`
	Parts              []partDocument   `json:"parts"`
}

type ruleDocument struct {
	Rule     string `json:"rule"`
	Verified string `json:"verified"`
}

type sourceDocument struct {
	Key  string `json:"key"`
	Kind string `json:"kind"`
	What string `json:"what"`
	URL  string `json:"url"`
}

type partDocument struct {
	Number    int                `json:"number"`
	Name      string             `json:"name"`
	Standards []standardDocument `json:"standards"`
}

type standardDocument struct {
	ID            ID                    `json:"id"`
	Number        string                `json:"number"`
	Title         string                `json:"title"`
	Code          string                `json:"code"`
	CodeSeen      bool                  `json:"codeSeen"`
	CodeVariants  []string              `json:"codeVariants"`
	TitleVerified string                `json:"titleVerified"`
	Note          string                `json:"note"`
	Requirements  []requirementDocument `json:"requirements"`
}

// requirementDocument has the citation as it is shown: marked unconfirmed unless it was seen.
type requirementDocument struct {
	ID             ID                    `json:"id"`
	Key            string                `json:"key"`
	Citation       string                `json:"citation"`
	CitationSeen   bool                  `json:"citationSeen"`
	Text           string                `json:"text"`
	Thresholds     []thresholdDocument   `json:"thresholds"`
	NumbersSeen    bool                  `json:"numbersSeen"`
	Evidence       []EvidenceKind        `json:"evidence"`
	Applies        Applies               `json:"applies"`
	AppliesNote    string                `json:"appliesNote"`
	Strength       Strength              `json:"strength"`
	Verified       string                `json:"verified"`
	VerifiedURL    string                `json:"verifiedUrl"`
	Priority       Priority              `json:"priority"`
	PriorityReason string                `json:"priorityReason"`
	PrioritySource string                `json:"prioritySource"`
	Hint           string                `json:"hint"`
	TimesCited     int                   `json:"timesCited"`
	Lines          []string              `json:"lines"`
	Lineage        string                `json:"lineage"`
	Population     string                `json:"population"`
	Sighting       *sightingDocument     `json:"sighting"`
	Confirmation   *confirmationDocument `json:"confirmation"`
}

type thresholdDocument struct {
	Op    ThresholdOp `json:"op"`
	Value float64     `json:"value"`
	Unit  string      `json:"unit"`
	Note  string      `json:"note"`
	Group string      `json:"group"`
}

type sightingDocument struct {
	Facilities      int    `json:"facilities"`
	First           string `json:"first"`
	Last            string `json:"last"`
	CodeDoubtful    bool   `json:"codeDoubtful"`
	EditionInferred bool   `json:"editionInferred"`
	Agreement       string `json:"agreement"`
	Figures         string `json:"figures"`
}

type confirmationDocument struct {
	Title string `json:"title"`
	URL   string `json:"url"`
	Page  string `json:"page"`
	On    string `json:"on"`
}

func editionFile(e *Edition) editionDocument {
	d := editionDocument{Format: 1, Kind: "edition", ID: e.ID, Key: e.Key, Set: e.Set, Version: e.Version, Supersedes: e.Supersedes, Title: e.Title,
		Hash: e.Hash, Compiled: dayText(e.Compiled), PartialNote: e.PartialNote(), Wording: e.Wording, FullTextSeen: e.FullTextSeen,
		HowToRead: noNil(e.HowToRead), CodeNote: e.CodeNote}
	d.ApplicabilityRules = written(e.ApplicabilityRules, func(r ApplicabilityRule) ruleDocument { return ruleDocument(r) })
	d.Sources = written(e.Sources, func(s Source) sourceDocument { return sourceDocument(s) })
	d.Parts = written(e.Parts, func(p Part) partDocument {
		return partDocument{Number: p.Number, Name: p.Name, Standards: written(p.Standards, standardFile)}
	})
	return d
}

func standardFile(st Standard) standardDocument {
	return standardDocument{ID: st.ID, Number: st.Number, Title: st.Title, Code: st.Code, CodeSeen: st.CodeSeen, CodeVariants: noNil(st.CodeVariants),
		TitleVerified: st.TitleVerified, Note: st.Note, Requirements: written(st.Requirements, requirementFile)}
}

func requirementFile(r Requirement) requirementDocument {
	d := requirementDocument{ID: r.ID, Key: r.Key, Citation: r.CitationLabel(), CitationSeen: r.CitationSeen, Text: r.Text, NumbersSeen: r.NumbersSeen,
		Evidence: noNil(r.Evidence), Applies: r.Applies, AppliesNote: r.AppliesNote, Strength: r.Strength, Verified: r.Verified, VerifiedURL: r.VerifiedURL,
		Priority: r.Priority, PriorityReason: r.PriorityReason, PrioritySource: r.PrioritySource, Hint: r.Hint, TimesCited: r.TimesCited,
		Lines: noNil(r.Lines), Lineage: r.Lineage, Population: r.Population}
	d.Thresholds = written(r.Thresholds, func(t Threshold) thresholdDocument { return thresholdDocument(t) })
	if s := r.SightingSeen(); s != nil {
		d.Sighting = &sightingDocument{Facilities: s.Facilities, First: dayText(s.First), Last: dayText(s.Last), CodeDoubtful: s.CodeDoubtful,
			EditionInferred: s.EditionInferred, Agreement: s.Agreement, Figures: s.Figures}
	}
	if c := r.ConfirmationGiven(); c != nil {
		d.Confirmation = &confirmationDocument{Title: c.Title, URL: c.URL, Page: c.Page, On: dayText(c.On)}
	}
	return d
}

// written is the list in its written form; it is never null.
func written[T, D any](list []T, write func(T) D) []D {
	out := make([]D, len(list))
	for n, v := range list {
		out[n] = write(v)
	}
	return out
}

func noNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
