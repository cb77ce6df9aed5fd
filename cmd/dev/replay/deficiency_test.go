package replay_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"plumbline/cmd/dev/replay"
)

func TestACodeIsTakenApart(t *testing.T) {
	t.Parallel()
	cases := map[string]replay.Code{
		"EHS-114":                     {Printed: "EHS-114", Standard: "EHS", Line: "EHS-114"},
		"EH&S-1":                      {Printed: "EH&S-1", Standard: "EHS", Line: "EHS-1"},
		"MC W-9 (repeat)":             {Printed: "MC W-9", Standard: "MCW", Line: "MCW-9", Repeat: true},
		"SS-H & SPI-3":                {Printed: "SS-H & SPI-3", Standard: "SSHSPI", Line: "SSHSPI-3"},
		"F&PP-1 (priority, repeat)":   {Printed: "F&PP-1", Standard: "FPP", Line: "FPP-1", Priority: true, Repeat: true},
		"FS-2 (C-12) (Repeat)":        {Printed: "FS-2", Standard: "FS", Line: "FS-2", Corrected: true, Repeat: true},
		"EH&S-2 (printed as 1)":       {Printed: "EH&S-2", Standard: "EHS", Line: "EHS-2", Remarks: []string{"printed as 1"}},
		"SSHSPI-34 (repeat,priority)": {Printed: "SSHSPI-34", Standard: "SSHSPI", Line: "SSHSPI-34", Priority: true, Repeat: true},
	}
	for printed, want := range cases {
		got, err := replay.ParseCode(printed)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", printed, err, diff)
		}
	}
	for _, wrong := range []string{"", "MC", "137", "MC-", "MC-1 repeat", "MC-1 (repeat", "MC-1x"} {
		if code, err := replay.ParseCode(wrong); err == nil {
			t.Errorf("%q is read as %+v", wrong, code)
		}
	}
}

func TestDeficienciesAreTheCodesAndAsManyMoreAsCounted(t *testing.T) {
	t.Parallel()
	want := []replay.Deficiency{
		{Standard: "MC", Code: "MC-137", Priority: true, Repeat: true},
		{Standard: "MC", Code: "MC-193"},
		{Standard: "MC"},
		{Standard: "EHS", Code: "EHS-39", Repeat: true, Corrected: true},
		{Standard: "other"},
	}
	if diff := cmp.Diff(want, reportOf(t, "Pine River Detention Center").Deficiencies(), cmpopts.IgnoreFields(replay.Deficiency{}, "Text")); diff != "" {
		t.Error(diff)
	}
	if got := reportOf(t, "Cedar County Processing Center").Deficiencies(); len(got) != 0 {
		t.Errorf("a report without deficiencies has %v", got)
	}
}

func TestACodeThatNamesNoLineSaysWhatItIs(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		set    string
		serial bool
		want   string
	}{
		"revised 2016":       {"PBNDS 2011 (Rev. 2016)", false, "EHS-1"},
		"no revision stated": {"PBNDS 2011", false, "EHS-1"},
		"the errata of 2013": {"PBNDS 2011 (2013 Errata)", false, "EHS-1"},
		"another set":        {"NDS 2019", false, "EHS-1"},
		"serial numbers":     {"PBNDS 2011 (Rev. 2016)", true, "EH&S-1, serial number"},
		"no lines seen":      {"NDS 2000", false, "EH&S-1, standards set: NDS 2000"},
		"set not known":      {"unknown", false, "EH&S-1, standards set: unknown"},
		"a mixed visit": {"21 NDS 2000 standards and 1 NDS 2019 standard", false,
			"EH&S-1, standards set: 21 NDS 2000 standards and 1 NDS 2019 standard"},
	}
	for name, c := range cases {
		r := replay.Report{StandardSet: c.set, Serial: c.serial, Counts: []replay.Count{{Standard: "EHS", Deficiencies: 1}},
			Codes: []replay.Code{{Printed: "EH&S-1", Standard: "EHS", Line: "EHS-1"}}}
		if got := r.Deficiencies()[0].Code; got != c.want {
			t.Errorf("%s: the code is recorded as %q", name, got)
		}
	}
}

func TestCodesOfAStandardThatIsNotCountedAreDeficienciesToo(t *testing.T) {
	t.Parallel()
	r := replay.Report{StandardSet: "PBNDS 2011 (Rev. 2016)", Counts: []replay.Count{{Standard: "MC", Deficiencies: 1}},
		Codes: []replay.Code{{Printed: "TC-4", Standard: "TC", Line: "TC-4"}, {Printed: "MC-1", Standard: "MC", Line: "MC-1"}, {Printed: "MC-2", Standard: "MC", Line: "MC-2"}}}
	var codes []string
	for _, d := range r.Deficiencies() {
		codes = append(codes, d.Code)
	}
	if diff := cmp.Diff([]string{"MC-1", "MC-2", "TC-4"}, codes); diff != "" {
		t.Error(diff)
	}
}
