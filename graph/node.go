package graph

import (
	"context"
	"maps"
	"slices"

	"plumbline/graph/generated"
	"plumbline/graph/view"
	"plumbline/inspection"
)

// node finds any object by its id: one statement says what it is, and the object is then loaded as
// its own query would load it, permission and all.
func (r *Resolver) node(ctx context.Context, id inspection.ID) (view.Node, error) {
	kind, of, err := r.Service.Locate(ctx, r.actor(ctx), id)
	if err != nil {
		return nil, absent(err)
	}
	actor := r.actor(ctx)
	switch kind {
	case "Inspection":
		i, err := r.Service.Inspection(ctx, actor, id)
		if err != nil {
			return nil, absent(err)
		}
		return r.view(ctx, i), nil
	case "Facility":
		f, err := r.Service.Facility(ctx, actor, id)
		if err != nil {
			return nil, absent(err)
		}
		return f, nil
	case "CoreSet":
		c, err := r.Service.CoreSet(ctx, actor, id)
		if err != nil {
			return nil, absent(err)
		}
		return c, nil
	case "User":
		users, err := r.Service.Users(ctx, actor, []inspection.ID{id})
		if err != nil || len(users) == 0 {
			return nil, absent(err)
		}
		return &users[0], nil
	case "Webhook":
		all, err := r.Service.Webhooks(ctx, actor)
		n := slices.IndexFunc(all, func(w inspection.Webhook) bool { return w.ID == id })
		if err != nil || n < 0 {
			return nil, absent(err)
		}
		return &all[n], nil
	case "Device":
		d, err := r.Service.Device(ctx, actor, id)
		if err != nil {
			return nil, absent(err)
		}
		return d, nil
	case "CorrectiveAction":
		a, err := r.Service.CorrectiveAction(ctx, actor, of, id)
		if err != nil {
			return nil, absent(err)
		}
		return &view.CorrectiveActions(r.Service, actor, []inspection.CorrectiveAction{*a})[0], nil
	case "Waiver":
		w, err := r.Service.Waiver(ctx, actor, id)
		if err != nil {
			return nil, absent(err)
		}
		return w, nil
	case "Edition", "Standard", "Requirement":
		return r.standardNode(ctx, of, id)
	case "SampleDraw":
		return r.sampleNode(ctx, of, id)
	case "Observation":
		return r.observationNode(ctx, of, id)
	}
	return r.fieldworkNode(ctx, of, id)
}

func absent(err error) error {
	_, err = found[struct{}](nil, err)
	return err
}

func (r *Resolver) standardNode(ctx context.Context, edition, id inspection.ID) (view.Node, error) {
	e, err := r.Service.Edition(ctx, r.actor(ctx), edition)
	if err != nil {
		return nil, absent(err)
	}
	if e.ID == id {
		return e, nil
	}
	for _, st := range e.Standards() {
		if st.ID == id {
			return st, nil
		}
		for n := range st.Requirements {
			if st.Requirements[n].ID == id {
				return &st.Requirements[n], nil
			}
		}
	}
	return nil, nil
}

func (r *Resolver) sampleNode(ctx context.Context, inspectionID, id inspection.ID) (view.Node, error) {
	i, err := r.Service.Inspection(ctx, r.actor(ctx), inspectionID)
	if err != nil {
		return nil, absent(err)
	}
	draws, err := r.Service.SampleDraws(ctx, r.actor(ctx), i)
	if err != nil {
		return nil, absent(err)
	}
	for n := range draws {
		if draws[n].ID == id {
			return &draws[n], nil
		}
	}
	return nil, nil
}

func (r *Resolver) observationNode(ctx context.Context, inspectionID, id inspection.ID) (view.Node, error) {
	i, err := r.Service.Inspection(ctx, r.actor(ctx), inspectionID)
	if err != nil {
		return nil, absent(err)
	}
	all, err := r.Service.Observations(ctx, r.actor(ctx), i)
	n := slices.IndexFunc(all, func(o inspection.Observation) bool { return o.ID == id })
	if err != nil || n < 0 {
		return nil, absent(err)
	}
	return &all[n], nil
}

func (r *Resolver) fieldworkNode(ctx context.Context, inspectionID, id inspection.ID) (view.Node, error) {
	i, err := r.Service.Inspection(ctx, r.actor(ctx), inspectionID)
	if err != nil {
		return nil, absent(err)
	}
	report, err := r.Service.Report(ctx, r.actor(ctx), i)
	if err != nil {
		return nil, absent(err)
	}
	for _, f := range view.Findings(r.Service, r.actor(ctx), report) {
		if f.ID == id {
			return &f, nil
		}
	}
	proof, err := r.Service.ProofByID(ctx, r.actor(ctx), inspectionID, id)
	if err == nil {
		return proof, nil
	} else if !inspection.Refused(err, inspection.NotFound) {
		return nil, absent(err)
	}
	fw, err := r.Service.Fieldwork(ctx, r.actor(ctx), i)
	if err != nil {
		return nil, absent(err)
	}
	for n := range fw.Answers {
		if fw.Answers[n].ID == id {
			return &fw.Answers[n], nil
		}
	}
	for n := range fw.Evidence {
		if fw.Evidence[n].ID == id {
			return &fw.Evidence[n], nil
		}
	}
	return nil, nil
}

// signedRequest lists the headers in a stable order.
func signedRequest(request *inspection.SignedRequest) *generated.SignedRequest {
	if request == nil {
		return nil
	}
	out := &generated.SignedRequest{Method: request.Method, URL: request.URL, ExpiresAt: request.ExpiresAt}
	for _, name := range slices.Sorted(maps.Keys(request.Header)) {
		out.Headers = append(out.Headers, generated.Header{Name: name, Value: request.Header.Get(name)})
	}
	return out
}
