package inspection

import (
	"time"

	"plumbline/inspection/sync"
)

// FindingDesk takes pushed findings of one inspection without standards, and keeps what it was given.
type FindingDesk struct {
	Inspection *Inspection
	Masters    map[ID]Finding
	versions   []Finding
}

// Push judges a row as PushFindings does, and returns the code with which it, or a part of it, was
// refused.
func (d *FindingDesk) Push(actor Actor, now time.Time, r FindingRow) Code {
	g := &pushGroup[FindingRow]{inspection: d.Inspection, actor: actor, now: now}
	b := &draftBook[Finding, PushedFinding, FindingDocument]{kind: findingDrafts(), group: g, places: places{}, masters: d.Masters, versions: map[ID][]sync.Version{}}
	for _, v := range d.versions {
		b.keep(v)
	}
	verdict := b.push(r)
	d.versions = append(d.versions, b.saved...)
	if verdict.refused == nil {
		return ""
	}
	return verdict.refused.Code
}

// Said is what a finding says by field, and HandsOf whose each field is.
func Said(f Finding) map[string]string {
	said := map[string]string{}
	for n, text := range f.content() {
		said[findingRules[n].Name] = text
	}
	return said
}

// HandsOf is whose each field of the finding is.
func HandsOf(f Finding) map[string]ID {
	hands := map[string]ID{}
	for n, h := range f.hands() {
		hands[findingRules[n].Name] = h.By
	}
	return hands
}
