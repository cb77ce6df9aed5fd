package graph

import (
	"plumbline/graph/generated"
	"plumbline/inspection"
	"plumbline/inspection/sampling"
)

// answerRows are the rows of a push as the domain has them.
func answerRows(rows []generated.AnswerInputPushRow) []inspection.AnswerRow {
	out := make([]inspection.AnswerRow, len(rows))
	for n, r := range rows {
		out[n].New = answerState(&r.NewDocumentState)
		if r.AssumedMasterState != nil {
			assumed := answerState(r.AssumedMasterState)
			out[n].Assumed = &assumed
		}
	}
	return out
}

func answerState(in *generated.AnswerInput) inspection.AnswerState {
	sample, stated := in.Sample.ValueOK()
	return inspection.AnswerState{ID: in.ID, InspectionID: textOf(in.InspectionID), RequirementID: textOf(in.RequirementID), Rating: in.Rating,
		Reason: in.Reason, Remarks: in.Remarks, Methods: in.Methods, CorrectedOnSite: in.CorrectedOnSite,
		Sample: sampleState(sample), SampleCleared: stated && sample == nil, DeviceTime: in.DeviceTime, Deleted: in.Deleted != nil && *in.Deleted, Revision: wholeOf(in.Revision)}
}

func sampleState(in *generated.SampleDocumentInput) *inspection.SampleState {
	if in == nil {
		return nil
	}
	s := &inspection.SampleState{DrawID: textOf(in.DrawID), Sample: inspection.Sample{Population: in.Population, Size: in.Size, Nonconforming: in.Nonconforming,
		Lowest: in.Lowest, Highest: in.Highest, Unit: textOf(in.Unit), Period: textOf(in.Period), Group: textOf(in.Group),
		DatePairs: in.DatePairs, AsOf: textOf(in.AsOf), Holidays: in.Holidays}}
	if in.Limit != nil {
		s.Limit = &sampling.TimeLimit{Value: in.Limit.Value, Unit: sampling.TimeUnit(in.Limit.Unit)}
	}
	return s
}
