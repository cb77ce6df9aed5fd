package inspection

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// OfficialText is where a confirmed requirement was seen; its Confirmation names the document.
const OfficialText = "official text"

// ConfirmationInput says what an official text says of requirements of one edition.
type ConfirmationInput struct {
	// EditionKey is the edition that was compared with the text: the newest version of its set.
	EditionKey   string
	Title        string // of the document
	URL          string // its public address; empty if it has none
	Requirements []RequirementConfirmation
}

// RequirementConfirmation is what the text says of one requirement. What is nil stays as it is.
type RequirementConfirmation struct {
	Key      string
	Citation string // the section as printed
	Page     string
	Text     *string
	// Priority is PrioritySourced or PriorityNone.
	Priority *Priority
	// NumbersSeen: whether the figures of the thresholds stand in the text.
	NumbersSeen *bool
}

// mostConfirmations is how many requirements one request may confirm.
const mostConfirmations = 1000

// sectionPrinted is a section number as standards and reports print it: "V.B.1-6", "(II)(A)(5)(c)".
var sectionPrinted = regexp.MustCompile(`^\(?[A-Za-z0-9]{1,6}\)?([.( -]{0,2}[A-Za-z0-9]{1,6}\)?)*$`)

// IsSection reports whether a text has the form of a section number as standards and reports print it.
func IsSection(text string) bool { return len(text) <= 60 && sectionPrinted.MatchString(text) }

// ConfirmRequirements enters what the official text says of requirements as the next version of their
// edition's set. Whoever confirms names the newest version, else the request is Stale; only a repetition
// of the request that made the newest version is answered with that version, and changes nothing. The
// edition confirmed, and everything bound to it, stays as it is.
func (s *Service) ConfirmRequirements(ctx context.Context, actor Actor, in ConfirmationInput) (*Edition, error) {
	if err := Allow(actor, ManageEditions, Subject{}); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	var made *Edition
	err := s.store.InTx(ctx, actor, func(tx Tx) error {
		base, err := tx.Edition(ctx, EditionID(in.EditionKey))
		if Refused(err, NotFound) {
			return Refuse(NotFound, "input.editionKey", "there is no edition %s", in.EditionKey)
		}
		if err != nil {
			return err
		}
		newest, err := tx.LockSet(ctx, base.Set)
		if err != nil {
			return err
		}
		if newest != base.ID {
			made, err = s.confirmedBefore(ctx, tx, actor, base, newest, in)
			return err
		}
		if made, err = confirmed(base, in, actor, s.now()); err != nil {
			return err
		}
		if _, err := tx.SaveEdition(ctx, made); err != nil {
			return err
		}
		return tx.Audit(ctx, AuditEvent{ID: NewID(), At: s.now(), Actor: actor, Action: ManageEditions, Outcome: Done, TargetType: "Edition",
			TargetID: made.ID, Detail: map[string]any{"key": made.Key, "hash": made.Hash, "supersedes": base.Key, "confirmed": in.keys()}})
	})
	return made, err
}

// confirmedBefore returns the newest version if it is what this very request made of the base.
func (s *Service) confirmedBefore(ctx context.Context, tx Tx, actor Actor, base *Edition, newest ID, in ConfirmationInput) (*Edition, error) {
	now, err := tx.Edition(ctx, newest)
	if err != nil {
		return nil, err
	}
	if now.Supersedes == base.Key {
		again, err := confirmed(base, in, actor, now.Compiled)
		if err != nil {
			return nil, err
		}
		if again.Hash == now.Hash {
			return now, nil
		}
	}
	return nil, Refuse(Stale, "input.editionKey", "%s is not the newest version of its set, %s is: compare that one with the text", base.Key, now.Key)
}

// confirmed makes the next version.
func confirmed(base *Edition, in ConfirmationInput, actor Actor, at time.Time) (*Edition, error) {
	next, err := copyEdition(base)
	if err != nil {
		return nil, err
	}
	day := at.UTC().Truncate(24 * time.Hour)
	next.Version, next.Supersedes, next.Compiled = base.Version+1, base.Key, day
	next.Key = EditionKey(next.Set, next.Version)
	known := requirementsByKey(next)
	var wrong Problems
	for n, c := range in.Requirements {
		p, ok := known[c.Key]
		if !ok {
			wrong = append(wrong, newProblem(NotFound, fmt.Sprintf("input.requirements.%d.key", n), "edition %s has no requirement %s", base.Key, c.Key))
			continue
		}
		c.applyTo(p.Requirement)
		p.Requirement.Confirmation = Confirmation{Title: in.Title, URL: in.URL, Page: c.Page, By: actor.ID.String(), On: day}
	}
	if err := refusal(wrong); err != nil {
		return nil, err
	}
	next.Seal()
	return next, nil
}

func (c RequirementConfirmation) applyTo(r *Requirement) {
	r.Citation, r.CitationSeen = c.Citation, true
	r.Strength, r.Verified, r.VerifiedURL = Quoted, OfficialText, ""
	if c.Text != nil {
		r.Text = *c.Text
	}
	if c.NumbersSeen != nil && len(r.Thresholds) > 0 {
		r.NumbersSeen = *c.NumbersSeen
	}
	if c.Priority == nil {
		return
	}
	r.Priority, r.PriorityReason, r.PrioritySource = *c.Priority, "", ""
	if *c.Priority == PrioritySourced {
		r.PrioritySource = OfficialText
	}
}

// copyEdition returns an edition that shares nothing with the one given.
func copyEdition(e *Edition) (*Edition, error) {
	content, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("inspection: copy edition %s: %w", e.Key, err)
	}
	var copied Edition
	if err := json.Unmarshal(content, &copied); err != nil {
		return nil, fmt.Errorf("inspection: copy edition %s: %w", e.Key, err)
	}
	return &copied, nil
}

func (in ConfirmationInput) keys() []string {
	keys := make([]string, len(in.Requirements))
	for n, c := range in.Requirements {
		keys[n] = c.Key
	}
	return keys
}

func (in ConfirmationInput) check() error {
	wrong := checkLine("input.title", in.Title, mostWord)
	if u, err := url.Parse(in.URL); in.URL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(in.URL) > mostText) {
		wrong = append(wrong, newProblem(Invalid, "input.url", "the document's address must begin with https:// or http://"))
	}
	if n := len(in.Requirements); n < 1 || n > mostConfirmations {
		wrong = append(wrong, newProblem(Invalid, "input.requirements", "confirm 1 to %d requirements at a time", mostConfirmations))
		return refusal(wrong)
	}
	keys := in.keys()
	for n, c := range in.Requirements {
		at := fmt.Sprintf("input.requirements.%d.", n)
		if slices.Index(keys, c.Key) < n {
			wrong = append(wrong, newProblem(Invalid, at+"key", "requirement %s stands twice", c.Key))
		}
		if !IsSection(c.Citation) {
			wrong = append(wrong, newProblem(Invalid, at+"citation", "write the section's number as the document prints it, as in V.M.2"))
		}
		wrong = append(wrong, checkLine(at+"page", c.Page, mostWord)...)
		if c.Text != nil {
			wrong = append(wrong, checkLine(at+"text", *c.Text, mostText)...)
		}
		if c.Priority != nil && *c.Priority == PriorityProposed {
			wrong = append(wrong, newProblem(Invalid, at+"priority", "a document calls a requirement a priority component (SOURCED) or does not (NONE)"))
		}
	}
	return refusal(wrong)
}

// checkLine refuses what is not one line of text in the one form in which editions are written.
func checkLine(path, text string, most int) Problems {
	switch {
	case text == "" || strings.TrimSpace(text) != text:
		return Problems{newProblem(Invalid, path, "write a text here, without space around it")}
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Mn, r) }) || !utf8.ValidString(text):
		return Problems{newProblem(Invalid, path, "the text must be one line, without control characters and combining marks")}
	}
	return checkText(path, text, most)
}
