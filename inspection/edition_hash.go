package inspection

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"time"
)

// Seal gives the edition and everything in it their derived ids, the same in every installation, and
// the edition its Hash. Nothing of the content may change afterwards.
func (e *Edition) Seal() {
	e.ID = EditionID(e.Key)
	for _, s := range e.Standards() {
		s.ID = StandardID(e.ID, s.Number)
		for r := range s.Requirements {
			s.Requirements[r].ID = RequirementID(e.ID, s.Requirements[r].Key)
		}
	}
	e.Hash = HashEdition(e)
}

// HashEdition returns the hex SHA-256 of the edition's canonical form. Two editions have the same hash
// exactly if they say the same.
//
// The canonical form is text in UTF-8, one fact a line: the fact's name, a space, and its value in
// double quotes with Go's escapes. Facts stand in a fixed order and are written even when empty; a
// list is its length followed by its elements. What has a number or key (parts, standards,
// requirements, sources, seen sections) is sorted by it, and what is a set (code variants, evidence,
// lines) is sorted as text, so that neither the layout of files nor the order in them counts. Where
// order carries meaning (how to read, applicability rules, outline, thresholds) it counts. Ids and
// the hash itself are derived and left out. The form never changes; a new one would be a version 2.
// Facts that editions did not have from the start (version, lineage, population and what follows
// them) are written only where they say something, so that a hash once stored stays.
func HashEdition(e *Edition) string {
	sum := sha256.Sum256(canonicalForm(e))
	return hex.EncodeToString(sum[:])
}

type canon struct{ text []byte }

func canonicalForm(e *Edition) []byte {
	c := &canon{text: make([]byte, 0, 1<<19)}
	c.say("canonical-form", "1")
	c.say("key", e.Key)
	c.say("title", e.Title)
	c.flag("partial", e.Partial)
	c.say("compiled", e.Compiled.UTC().Format(time.DateOnly))
	c.say("wording", e.Wording)
	c.flag("full-text-seen", e.FullTextSeen)
	each(c, "how-to-read", e.HowToRead, func(point string) { c.say("point", point) })
	each(c, "applicability-rules", e.ApplicabilityRules, func(r ApplicabilityRule) {
		c.say("rule", r.Rule)
		c.say("verified", r.Verified)
	})
	c.say("structure-note", e.StructureNote)
	c.say("code-note", e.CodeNote)
	each(c, "sources", sortedBy(e.Sources, func(s Source) string { return s.Key }), c.source)
	each(c, "parts", sortedBy(e.Parts, func(p Part) int { return p.Number }), c.part)
	c.version(e)
	return c.text
}

func (c *canon) source(s Source) {
	c.say("key", s.Key)
	c.say("kind", s.Kind)
	c.say("what", s.What)
	c.say("url", s.URL)
}

func (c *canon) part(p Part) {
	c.count("part", p.Number)
	c.say("name", p.Name)
	each(c, "standards", sortedBy(p.Standards, func(s Standard) string { return s.Number }), c.standard)
}

func (c *canon) standard(s Standard) {
	c.say("standard", s.Number)
	c.say("title", s.Title)
	c.say("code", s.Code)
	c.flag("code-seen", s.CodeSeen)
	set(c, "code-variants", s.CodeVariants)
	c.say("title-verified", s.TitleVerified)
	c.say("revised-2016", s.Revised2016)
	c.say("revised-2016-verified", s.Revised2016Verified)
	c.say("outline-status", s.OutlineStatus)
	each(c, "outline", s.Outline, func(h OutlineHeading) {
		c.say("section", h.Section)
		c.say("heading", h.Heading)
		c.flag("seen", h.Seen)
	})
	bySection := sortedBy(s.SectionsSeen, func(seen SectionSeen) string { return seen.Section })
	each(c, "sections-seen", bySection, func(seen SectionSeen) {
		c.say("section", seen.Section)
		c.say("sources", seen.Sources)
	})
	c.count("pdf-kb", s.PDFKB)
	c.count("start-page", s.StartPage)
	c.count("page-count", s.PageCount)
	c.say("note", s.Note)
	byKey := sortedBy(s.Requirements, func(r Requirement) string { return r.Key })
	each(c, "requirements", byKey, c.requirement)
}

func (c *canon) requirement(r Requirement) {
	c.say("requirement", r.Key)
	c.say("citation", r.Citation)
	c.flag("citation-seen", r.CitationSeen)
	c.say("text", r.Text)
	each(c, "thresholds", r.Thresholds, func(t Threshold) {
		c.say("op", string(t.Op))
		c.say("value", strconv.FormatFloat(t.Value, 'g', -1, 64))
		c.say("unit", t.Unit)
		c.say("note", t.Note)
		c.say("group", t.Group)
	})
	c.flag("numbers-seen", r.NumbersSeen)
	set(c, "evidence", r.Evidence)
	c.say("applies", string(r.Applies))
	c.say("applies-note", r.AppliesNote)
	c.say("verified", r.Verified)
	c.say("verified-url", r.VerifiedURL)
	c.say("strength", string(r.Strength))
	c.say("priority", string(r.Priority))
	c.say("priority-reason", r.PriorityReason)
	c.say("priority-source", r.PrioritySource)
	c.say("hint", r.Hint)
	c.count("times-cited", r.TimesCited)
	set(c, "lines", r.Lines)
	c.origin(r)
}

// version writes what sets an edition apart from the first of its set.
func (c *canon) version(e *Edition) {
	c.sayUnless(e.Key, "set", e.Set)
	if e.Version != 1 {
		c.count("version", e.Version)
	}
	c.sayUnless("", "supersedes", e.Supersedes)
	c.sayUnless("", "partial-reason", e.PartialReason)
}

// origin writes where a requirement belongs and how it was seen. Only the crosswalk's own
// requirements have their own key as lineage.
func (c *canon) origin(r Requirement) {
	c.sayUnless(r.Key, "lineage", r.Lineage)
	c.sayUnless("", "population", r.Population)
	if s := r.Sighting; s != (Sighting{}) {
		c.count("facilities", s.Facilities)
		c.say("first-seen", s.First.UTC().Format(time.DateOnly))
		c.say("last-seen", s.Last.UTC().Format(time.DateOnly))
		c.flag("code-doubtful", s.CodeDoubtful)
		c.flag("edition-inferred", s.EditionInferred)
		c.say("agreement", s.Agreement)
		c.say("figures", s.Figures)
	}
	if by := r.Confirmation; r.Confirmed() {
		c.say("confirmed-title", by.Title)
		c.say("confirmed-url", by.URL)
		c.say("confirmed-page", by.Page)
		c.say("confirmed-by", by.By)
		c.say("confirmed-on", by.On.UTC().Format(time.DateOnly))
	}
}

// sayUnless writes a fact that is not the usual one.
func (c *canon) sayUnless(usual, name, value string) {
	if value != usual {
		c.say(name, value)
	}
}

func (c *canon) say(name, value string) {
	c.text = append(c.text, name...)
	c.text = append(c.text, ' ')
	c.text = strconv.AppendQuote(c.text, value)
	c.text = append(c.text, '\n')
}

func (c *canon) flag(name string, value bool) { c.say(name, strconv.FormatBool(value)) }
func (c *canon) count(name string, value int) { c.say(name, strconv.Itoa(value)) }

func each[T any](c *canon, name string, list []T, write func(T)) {
	c.count(name, len(list))
	for _, element := range list {
		write(element)
	}
}

func set[T ~string](c *canon, name string, members []T) {
	each(c, name, sortedBy(members, func(m T) T { return m }), func(m T) { c.say("member", string(m)) })
}

// sortedBy returns a copy: hashing must not disturb the edition.
func sortedBy[T any, K cmp.Ordered](list []T, key func(T) K) []T {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	return sorted
}
