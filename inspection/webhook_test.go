package inspection_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"plumbline/inspection"
)

// Which addresses events may be sent to, by default and where the operator admits private ones.
func TestWhichAddressesAWebhookMayHave(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]struct{ public, private bool }{
		"https://hooks.example/plumbline?x=1":  {true, true},
		"https://hooks.example:8443/":          {true, true},
		"https://8.8.8.8/":                     {true, true},
		"http://hooks.example/":                {false, false},
		"http://localhost:9000/":               {false, true},
		"http://127.0.0.1:9000/":               {false, true},
		"https://localhost/":                   {false, true},
		"https://LOCALHOST/":                   {false, true},
		"https://x.localhost/":                 {false, true},
		"https://10.0.0.5/":                    {false, true},
		"https://169.254.169.254/latest":       {false, true},
		"https://[::1]/":                       {false, true},
		"https://[fd00::1]/":                   {false, true},
		"http://10.0.0.5/":                     {false, false},
		"https://user:password@hooks.example/": {false, false},
		"https://hooks.example/#part":          {false, false},
		"ftp://hooks.example/":                 {false, false},
		"https://":                             {false, false},
		"hooks.example":                        {false, false},
		"":                                     {false, false},
		"https://hooks.example/" + strings.Repeat("x", 2000): {false, false},
		"https://hooks.example/\x00":                         {false, false},
	} {
		in := inspection.WebhookInput{ID: inspection.NewID(), URL: url, Kinds: []inspection.EventKind{inspection.ActionOverdue}}
		if got := inspection.CheckWebhook(in, false) == nil; got != want.public {
			t.Errorf("%q is accepted: %v", url, got)
		}
		if got := inspection.CheckWebhook(in, true) == nil; got != want.private {
			t.Errorf("%q is accepted where private addresses are: %v", url, got)
		}
	}
}

func TestWhichAddressesArePublic(t *testing.T) {
	t.Parallel()
	for _, public := range []string{"8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.0.1", "2606:4700::1", "::ffff:8.8.8.8"} {
		if !inspection.PublicAddress(netip.MustParseAddr(public)) {
			t.Errorf("%s is held to be private", public)
		}
	}
	for _, private := range []string{"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255",
		"192.0.0.8", "198.18.0.1", "240.0.0.1", "::", "::1", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:db8::1"} {
		if inspection.PublicAddress(netip.MustParseAddr(private)) {
			t.Errorf("%s is held to be public", private)
		}
	}
}

// The types of events are those of the Standard Webhooks form.
func TestTheTypesOfEvents(t *testing.T) {
	t.Parallel()
	want := "action.planned action.reported_done action.endorsed action.verified action.reopened action.overdue action.escalated waiver.granted waiver.expired inspection.issued"
	var got []string
	for _, kind := range inspection.EventKinds() {
		got = append(got, kind.Type())
	}
	if strings.Join(got, " ") != want {
		t.Errorf("the types are %s", strings.Join(got, " "))
	}
}

// What is pointed out when: soon, missed, long missed, each by its own date.
func TestWhatIsPointedOutWhen(t *testing.T) {
	t.Parallel()
	issued := time.Date(2026, 4, 1, 15, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	for _, c := range []struct {
		what   string
		state  inspection.ActionState
		threat bool
		plan   *inspection.ActionPlan
		after  time.Duration
		want   string
	}{
		{"at the issue", inspection.ActionOpen, false, nil, 0, ""},
		{"eight days before the plan", inspection.ActionOpen, false, nil, 22 * day, ""},
		{"seven days before the plan", inspection.ActionOpen, false, nil, 23 * day, "PLAN DUE_SOON"},
		{"on the day", inspection.ActionOpen, false, nil, 30 * day, "PLAN DUE_SOON"},
		{"a moment later", inspection.ActionOpen, false, nil, 30*day + time.Second, "PLAN OVERDUE"},
		{"before the proof", inspection.ActionPlanned, false, &inspection.ActionPlan{}, 55 * day, "PROOF DUE_SOON"},
		{"everything late", inspection.ActionOpen, false, nil, 61 * day, "PLAN OVERDUE, PLAN OVERDUE_30, PROOF OVERDUE"},
		{"all of it long", inspection.Reopened, false, &inspection.ActionPlan{}, 91 * day, "PROOF OVERDUE, PROOF OVERDUE_30"},
		{"a threat, an hour before", inspection.ActionOpen, true, nil, 23 * time.Hour, ""},
		{"a threat, an hour after", inspection.ActionOpen, true, nil, 25 * time.Hour, "ABATEMENT OVERDUE"},
		{"reported", inspection.ReportedDone, true, nil, 400 * day, ""},
		{"verified", inspection.Verified, false, nil, 400 * day, ""},
	} {
		a := inspection.ActionFor(inspection.Finding{ImmediateThreat: c.threat, RecordedAt: issued}, issued)
		a.State, a.Plan = c.state, c.plan
		var got []string
		for _, e := range a.Escalations(issued.Add(c.after)) {
			got = append(got, string(e.Kind)+" "+string(e.Level))
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %q, want %q", c.what, strings.Join(got, ", "), c.want)
		}
	}
}
