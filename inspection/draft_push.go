package inspection

import (
	"encoding/json"
	"strings"
	"time"

	"plumbline/inspection/sync"
)

// draftEdit is a pushed row to a document that several people write and that is no answer: a finding,
// an observation. Two people's versions of a field are no dispute there: the first stands, the other is
// kept as a write that was refused.
type draftEdit struct {
	stated            sync.Fields
	base, new, master sync.Content
	hands             []sync.Hand
	// versions are the kept ones, by anybody.
	versions   []sync.Version
	deviceTime time.Time
	// removed: the master was taken back; removes: the row takes it back.
	removed, removes bool
}

// judgeDraft decides which fields of a row are taken, and says why those that are not were refused.
func judgeDraft(rules sync.Rules, actor Actor, now time.Time, e draftEdit) (taken sync.Fields, refused *Refusal) {
	row := sync.Row{Author: handOf(actor, e.deviceTime, now), DeviceTime: e.deviceTime, Stated: e.stated, New: e.new,
		Base: e.base, Master: e.master, Hands: e.hands, Versions: e.versions}
	judged := rules.Judge(row)
	switch {
	case judged.Outcome == sync.Unchanged:
		return 0, nil
	case e.removed:
		return 0, refuseRow(Conflict, "it was taken back; record a new one")
	case e.removes && rules.OthersSince(row):
		return 0, refuseRow(Conflict, "another person has changed it since you read it; read it again before you take it back")
	case judged.Outcome == sync.Contested:
		return 0, refuseRow(Conflict, "another person changed the same since you read it (%s); theirs stands and yours is kept: read it again",
			strings.Join(rules.Names(judged.Disputed), ", "))
	case judged.Outcome == sync.Superseded:
		return judged.Taken, refuseRow(Superseded, "you wrote this later on another device; that stands, and this is kept")
	}
	return judged.Taken, nil
}

// letters reports whether each text that is stated is to the letter the one that is kept, which is trimmed.
func letters(kept []string, stated ...*string) bool {
	for n, text := range stated {
		if textOr(text, kept[n]) != kept[n] {
			return false
		}
	}
	return true
}

// refuseMerge is for a merge of two people's changes, each in order, that would not hold.
func refuseMerge(err error) *Refusal {
	return refuseRow(Conflict, "together with what another person changed since you read it this does not hold: %s", messages(ProblemsOf(err)))
}

// statedTime is the device's clock as the row states it for this writing; zero if it states none, or
// hands the server's back.
func statedTime(given, assumed *string) (time.Time, Problems) {
	at, err := readDeviceTime(given)
	if err != nil {
		return time.Time{}, Problems{newProblem(Invalid, "deviceTime", "deviceTime is no time; write RFC 3339, UTC")}
	}
	if before, err := readDeviceTime(assumed); at.IsZero() || err == nil && assumed != nil && before.Equal(at) {
		return time.Time{}, nil
	}
	return at, checkTime("deviceTime", at)
}

// statedID reads an id that may be stated as none, by the empty text; nil states nothing.
func statedID(field string, given *string, otherwise *ID) (*ID, Problems) {
	switch {
	case given == nil:
		return otherwise, nil
	case *given == "":
		return nil, nil
	}
	id, ok := readID(*given)
	if !ok {
		return nil, Problems{newProblem(Invalid, field, "%s is no id", field)}
	}
	return &id, nil
}

// idText is equal for two ids if and only if they are the same.
func idText(id *ID) string {
	if id == nil {
		return ""
	}
	return id.String()
}

// keptDraft is a kept version as the row of storage has it.
type keptDraft[T any] struct {
	Content    T
	DeviceTime *time.Time `json:"device_time"`
}

// keptVersion reads a kept version that was written when the row was, by the device's clock, if the row
// says when.
func keptVersion[T any](v OwnVersion, deviceTime *string) (T, bool) {
	var kept keptDraft[T]
	if err := json.Unmarshal(v.Row, &kept); err != nil {
		return kept.Content, false // then it is kept as late work, and nothing is lost
	}
	at, err := readDeviceTime(deviceTime)
	return kept.Content, err == nil && (at.IsZero() || kept.DeviceTime != nil && kept.DeviceTime.Equal(at))
}
