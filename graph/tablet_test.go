package graph_test

import (
	"net/http"
	"net/http/httptest"
	"time"

	"plumbline/graph"
	"plumbline/graph/auth"
	"plumbline/graph/edge"
	"plumbline/graph/generated"
	"plumbline/inspection"
)

// registered puts a registered device into the hands of a user. What registering takes is tested with the
// registration.
func (w *world) registered(of, name string) inspection.ActorDevice {
	w.t.Helper()
	device := inspection.ActorDevice{ID: inspection.NewID()}
	w.mustExec(w.behind(), `insert into device (id, user_id, name, public_key, registered_at) values ($1::uuid, $2, $3, decode(replace($1::uuid::text, '-', ''), 'hex'), now())`,
		device.ID, w.users[of].ID, name)
	return device
}

// revoke takes a tablet out of use.
func (w *world) revoke(device *inspection.ActorDevice) {
	w.t.Helper()
	device.Revoked = true
	w.mustExec(w.behind(), "update device set revoked_at = now(), revoked_by = user_id, revoked_reason = 'lost' where id = $1", device.ID)
}

// on is the same Plumbline, asked from a tablet.
func (w *world) on(device inspection.ActorDevice) *world {
	w.t.Helper()
	handler := edge.NewHandler(generated.NewExecutableSchema(generated.Config{Resolvers: &graph.Resolver{Service: w.service}}), edge.Options{})
	from := *w
	from.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		actor, err := w.store.ActorByEmail(r.Context(), r.Header.Get("X-Test-User"))
		if err != nil {
			http.Error(rw, err.Error(), http.StatusForbidden)
			return
		}
		actor.Device = device
		handler.ServeHTTP(rw, r.WithContext(auth.WithActor(r.Context(), actor)))
	}))
	w.t.Cleanup(from.server.Close)
	return &from
}

// admitted is the same Plumbline, asked from a tablet that comes in by the door: whether it is trusted is
// what the database says when it comes.
func (w *world) admitted(device inspection.ID) *world {
	w.t.Helper()
	from := *w
	from.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		r.Header.Set(auth.HeaderDevice, device.String())
		r.Header.Set(auth.HeaderDeviceTime, w.now().Format(time.RFC3339))
		w.server.Config.Handler.ServeHTTP(rw, r)
	}))
	w.t.Cleanup(from.server.Close)
	return &from
}
