package inspection

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"plumbline/inspection/sync"
)

// item is one answer, kept as the service keeps it, with everything in reach.
type item struct {
	inspection *Inspection
	master     Answer
	versions   []Answer
	disputes   []Dispute
	kept       []row // as superseded
	now        time.Time
}

// said is what a row says.
type said struct {
	rating  Rating
	remarks string
	reason  string
	methods string // a method
}

// row is a push from a person's device, over what it took for the state.
type row struct {
	by, device byte
	minute     int
	base, says said
}

const (
	anna, bert, cleo = 1, 2, 3
	nobody           = 0
)

var (
	silent = said{rating: NotReviewed}
	nine   = time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
)

func newItem() *item {
	return &item{inspection: &Inspection{ID: EditionID("visit")}, now: nine.Add(24 * time.Hour),
		master: Answer{ID: EditionID("item"), Rating: NotReviewed, CorrectedOnSite: NotCorrected}}
}

func (i *item) answer(s said) Answer {
	a := Answer{Rating: s.rating, Remarks: s.remarks, Reason: s.reason, CorrectedOnSite: NotCorrected}
	if s.methods != "" {
		a.Methods = []Method{Method(s.methods)}
	}
	return i.master.withFields(a, answerRules.All())
}

// stands is what the answer says as it stands, so that a row may rest on it.
func (i *item) stands() said {
	s := said{i.master.Rating, i.master.Remarks, i.master.Reason, ""}
	if len(i.master.Methods) > 0 {
		s.methods = string(i.master.Methods[0])
	}
	return s
}

func (i *item) edit(r row) sync.Judgement {
	if slices.Contains(i.kept, r) {
		return sync.Judgement{}
	}
	j := i.enter(r.by, r.device, answerEdit{New: i.answer(r.says), Stated: answerRules.All(), Base: i.answer(r.base).content(), Based: true,
		DeviceTime: nine.Add(time.Duration(r.minute) * time.Minute)})
	if j.Late != 0 {
		i.kept = append(i.kept, r)
	}
	return j
}

// desktop is an answer recorded by somebody who reads the newest.
func (i *item) desktop(by byte, s said) sync.Judgement {
	return i.enter(by, nobody, answerEdit{New: i.answer(s), Stated: answerRules.All(), Base: i.master.content(), Fresh: true})
}

func (i *item) enter(by, device byte, e answerEdit) sync.Judgement {
	i.now = i.now.Add(time.Second)
	actor := Actor{ID: ID{by}}
	if device != nobody {
		actor.Device = ActorDevice{ID: ID{device}, OffsetKnown: true}
	}
	b := &answerBook{inspection: i.inspection, actor: actor, now: i.now, received: i.now, masters: map[ID]Answer{i.master.ID: i.master},
		standpoints: map[ID][]Answer{i.master.ID: i.versions}, disputes: i.disputes}
	j := b.judge(e)
	b.apply(e, j)
	i.master, i.disputes = b.masters[i.master.ID], b.disputes
	i.versions = append(i.versions, b.versions...)
	return j
}

func (i *item) open() *Dispute {
	open, _ := disputeOver(i.disputes, i.master.ID)
	return open
}

func (i *item) argument() argument { return argumentOver(*i.open(), i.disputes, i.versions) }

// rule lets a choice stand.
func (i *item) rule(revision int) error {
	d := i.open()
	choice, err := i.argument().pick(revision, Actor{ID: ID{9}}, ID{9})
	if err != nil {
		return err
	}
	ruled := i.argument().ruled(choice, i.master)
	i.now = i.now.Add(time.Second)
	d.SettledRevision, d.RuledBy, d.RuledAt = i.versions[len(i.versions)-1].Revision, &ID{9}, &i.now
	ruled.Revision, ruled.RecordedAt = d.SettledRevision+1, i.now
	i.master, i.versions = ruled, append(i.versions, ruled)
	return nil
}

func (i *item) choices() string {
	if i.open() == nil {
		return ""
	}
	var texts []string
	for _, c := range i.argument().choices() {
		texts = append(texts, strings.TrimSpace(fmt.Sprintf("%d %s %s", c.AuthorID[0], c.Rating, c.Remarks)))
	}
	return strings.Join(texts, ", ")
}
