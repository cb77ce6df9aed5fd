package scoring_test

import "plumbline/inspection/scoring"

func odoBands(t fataler) scoring.ODOBands {
	t.Helper()
	policy, err := scoring.Find("odo-bands", 1)
	if err != nil {
		t.Fatal(err)
	}
	return policy.(scoring.ODOBands)
}
