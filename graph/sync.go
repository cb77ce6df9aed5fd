package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"plumbline/inspection"
)

// refusedRow is a refused row as extensions.refusedWrites tells of it.
type refusedRow struct {
	Collection   inspection.Collection `json:"collection"`
	ID           string                `json:"id"`
	InspectionID string                `json:"inspectionId"`
	Code         inspection.Code       `json:"code"`
	Message      string                `json:"message"`
}

// tellRefusals lists the refused rows of the request's pushes in the response's extensions: the
// documents that a push returns do not say why.
func tellRefusals(ctx context.Context, refusals []inspection.Refusal) {
	if len(refusals) == 0 {
		return
	}
	const key = "refusedWrites"
	told, again := graphql.GetExtension(ctx, key).(*[]refusedRow)
	if !again {
		told = &[]refusedRow{}
		graphql.RegisterExtension(ctx, key, told)
	}
	for _, r := range refusals {
		*told = append(*told, refusedRow{r.Collection, r.ID, r.InspectionID, r.Code, r.Message})
	}
}
