// Package graph is the GraphQL API: one resolver file per schema file, each thin: check the input's
// form, call the use case, map the result. Refusals become the payload's problems; faults become
// errors that say nothing of the inside.
package graph

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"plumbline/graph/auth"
	"plumbline/graph/generated"
	"plumbline/graph/view"
	"plumbline/inspection"
)

// Resolver resolves every field over the use cases.
type Resolver struct {
	Service *inspection.Service
}

// actor is the signed-in user; the middleware lets nobody else in.
func (r *Resolver) actor(ctx context.Context) inspection.Actor {
	actor, _ := auth.ActorFrom(ctx)
	return actor
}

func (r *Resolver) view(ctx context.Context, i *inspection.Inspection) *view.Inspection {
	return view.NewInspection(r.Service, r.actor(ctx), i)
}

// inspectionPayload is the answer of every lifecycle step.
func (r *Resolver) inspectionPayload(ctx context.Context, i *inspection.Inspection, err error) (*generated.InspectionPayload, error) {
	problems, fault := view.Refusal(err)
	if fault != nil {
		return nil, fault
	}
	if len(problems) > 0 {
		i = nil
	}
	return &generated.InspectionPayload{Inspection: r.view(ctx, i), Problems: problems}, nil
}

// sampleDrawPayload is the answer of every step of a draw.
func sampleDrawPayload(draw inspection.SampleDraw, err error) (*generated.SampleDrawPayload, error) {
	problems, fault := view.Refusal(err)
	if fault != nil || len(problems) > 0 {
		return &generated.SampleDrawPayload{Problems: problems}, fault
	}
	return &generated.SampleDrawPayload{SampleDraw: &draw, Problems: problems}, nil
}

// actionPayload is the answer of every step of a corrective action.
func (r *Resolver) actionPayload(ctx context.Context, a inspection.CorrectiveAction, err error) (*generated.ActionPayload, error) {
	problems, fault := view.Refusal(err)
	if fault != nil || len(problems) > 0 {
		return &generated.ActionPayload{Problems: problems}, fault
	}
	return &generated.ActionPayload{Action: &view.CorrectiveActions(r.Service, r.actor(ctx), []inspection.CorrectiveAction{a})[0], Problems: problems}, nil
}

// lateWorkPayload is the answer of every decision on late work.
func lateWorkPayload(writes []inspection.KeptWrite, err error) (*generated.LateWorkPayload, error) {
	problems, fault := view.Refusal(err)
	return &generated.LateWorkPayload{Writes: writes, Problems: problems}, fault
}

// devicePayload is the answer of every change of a device.
func devicePayload(d *inspection.Device, err error) (*generated.DevicePayload, error) {
	problems, fault := view.Refusal(err)
	if fault != nil || len(problems) > 0 {
		return &generated.DevicePayload{Problems: problems}, fault
	}
	return &generated.DevicePayload{Device: d, Problems: problems}, nil
}

// waiverPayload is the answer of every change of a waiver.
func waiverPayload(w inspection.Waiver, err error) (*generated.WaiverPayload, error) {
	problems, fault := view.Refusal(err)
	if fault != nil || len(problems) > 0 {
		return &generated.WaiverPayload{Problems: problems}, fault
	}
	return &generated.WaiverPayload{Waiver: &w, Problems: problems}, nil
}

// found turns "there is no such object" into null; a query has no problems of its own.
func found[T any](value *T, err error) (*T, error) {
	if inspection.Refused(err, inspection.NotFound) || inspection.Refused(err, inspection.Forbidden) {
		return nil, nil
	}
	return value, err
}

// mostPerPage is the page limit of every connection.
const mostPerPage = 100

func checkPage(first int) error {
	if first < 1 || first > mostPerPage {
		return inspection.Refuse(inspection.Invalid, "first", "ask for 1 to %d at a time", mostPerPage)
	}
	return nil
}

// cursor writes a place in a list as opaque text.
func cursor(place any) (string, error) {
	document, err := json.Marshal(place)
	return base64.RawURLEncoding.EncodeToString(document), err
}

// place reads a cursor back; nil text is the beginning.
func place[T any](after *string) (*T, error) {
	if after == nil {
		return nil, nil
	}
	document, err := base64.RawURLEncoding.DecodeString(*after)
	if err == nil {
		at := new(T)
		reader := json.NewDecoder(bytes.NewReader(document))
		reader.DisallowUnknownFields() // another list's cursor
		if err = reader.Decode(at); err == nil {
			return at, nil
		}
	}
	return nil, inspection.Refuse(inspection.Invalid, "after", "this is no cursor of this list; pass the endCursor of a page")
}

// selects reports whether the query asks for the field at the end of the path below the present one,
// so that a list can load it for all its objects at once.
func selects(ctx context.Context, path ...string) bool {
	operation := graphql.GetOperationContext(ctx)
	var below func(f graphql.CollectedField, path []string) bool
	below = func(f graphql.CollectedField, path []string) bool {
		if len(path) == 0 {
			return true
		}
		types := []string{f.Definition.Type.Name(), "Node"}
		return slices.ContainsFunc(graphql.CollectFields(operation, f.Selections, types), func(g graphql.CollectedField) bool {
			return g.Name == path[0] && below(g, path[1:])
		})
	}
	return below(graphql.GetFieldContext(ctx).Field, path)
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
