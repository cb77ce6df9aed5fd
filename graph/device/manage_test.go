package device_test

import (
	"strings"
	"testing"

	"plumbline/inspection"
)

const (
	rename = `mutation($id: ID!, $name: String!) { renameDevice(input: {deviceId: $id, name: $name}) { device { id name revision } problems { code message } } }`
	byID   = `query($id: ID!) { node(id: $id) { __typename ... on Device { name revokedReason } } }`
)

// problem is the code of a payload's first problem, empty if there is none.
func problem(data map[string]any, mutation string) string {
	problems := dig(data, mutation, "problems").([]any)
	if len(problems) == 0 {
		return ""
	}
	return dig(problems[0], "code").(string)
}

// Devices are their user's and the administrator's; nobody else learns of them.
func TestWhoSeesAndManagesADevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	made, others := s.register(inspector), s.register(lead)
	everybody := []string{inspector, lead, reviewer, admin, facility}
	sees := map[string]string{inspector: made.id, lead: others.id}
	for _, email := range everybody {
		token := w.signIn(email)
		a := s.ask(token, `{ devices { edges { node { id } } } }`, nil)
		own := sees[email]
		if email == facility {
			if a.code() != "FORBIDDEN" {
				t.Errorf("%s lists %s", email, a.text)
			}
		} else if edges := dig(a.body, "data", "devices", "edges").([]any); (len(edges) == 1) != (own != "") || (own != "" && dig(edges[0], "node", "id") != own) {
			t.Errorf("%s lists %v", email, edges)
		}
		for _, all := range []string{`{ devices(everybody: true) { edges { node { id } } } }`, `{ devices(userId: "` + w.users[inspector].ID.String() + `") { edges { node { id } } } }`} {
			a := s.ask(token, all, nil)
			allowed := email == admin || (email == inspector && strings.Contains(all, "userId"))
			if (a.code() == "FORBIDDEN") == allowed || strings.Contains(a.text, made.id) != allowed {
				t.Errorf("%s asks %s: %s", email, all, a.text)
			}
		}
		node := dig(s.data(token, byID, map[string]any{"id": made.id}), "node")
		if allowed := email == inspector || email == admin; (node != nil) != allowed || (allowed && dig(node, "__typename") != "Device") {
			t.Errorf("%s: the node is %v", email, node)
		}
		for mutation, query := range map[string]string{"renameDevice": rename, "revokeDevice": revoke} {
			want := map[string]string{inspector: "", admin: "", lead: "NOT_FOUND", reviewer: "NOT_FOUND", facility: "NOT_FOUND"}
			target := made
			if want[email] == "" && mutation == "revokeDevice" {
				target = s.register(inspector)
			}
			if got := problem(s.data(token, query, map[string]any{"id": target.id, "name": "tablet of " + email}), mutation); got != want[email] {
				t.Errorf("%s by %s: %q", mutation, email, got)
			}
		}
	}
	if got := w.behind("select name || ' ' || revision from device where id = $1", made.id); got != "tablet of admin@opr.example 3" {
		t.Errorf("the device is %s", got)
	}
}

// A change that changes nothing leaves no trace; one that does has one event, in the device's own chain.
func TestEveryChangeOfADeviceIsAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	made, token := s.register(inspector), w.signIn(inspector)
	events := func() string {
		return w.behind("select string_agg(action || ' ' || detail::text, ', ' order by n) from audit_event where chain = 'Device:' || $1", made.id)
	}
	for range 2 {
		payload := s.data(token, rename, map[string]any{"id": made.id, "name": " the red one "})
		if dig(payload, "renameDevice", "device", "name") != "the red one" || dig(payload, "renameDevice", "device", "revision") != 2.0 {
			t.Errorf("renamed: %v", payload)
		}
	}
	first := s.data(token, revoke, map[string]any{"id": made.id})
	if dig(first, "revokeDevice", "device", "revokedBy") != w.users[inspector].ID.String() || dig(first, "revokeDevice", "device", "revokedReason") != "lost" {
		t.Errorf("revoked: %v", first)
	}
	again := s.data(w.signIn(admin), strings.Replace(revoke, "lost", "found", 1), map[string]any{"id": made.id})
	if dig(again, "revokeDevice", "device", "revokedReason") != "lost" || dig(again, "revokeDevice", "device", "revision") != 3.0 {
		t.Errorf("revoked again: %v", again)
	}
	want := `REGISTER_DEVICE {"user":"` + w.users[inspector].ID.String() + `"}, MANAGE_DEVICES {"renamed":true}, MANAGE_DEVICES {"revoked":true}`
	if got := events(); got != want {
		t.Errorf("audited: %s", got)
	}
	for _, c := range []struct {
		what, mutation, query string
		variables             map[string]any
		want                  string
	}{
		{"no name", "renameDevice", rename, map[string]any{"id": made.id, "name": " "}, "INVALID"},
		{"a name too long", "renameDevice", rename, map[string]any{"id": made.id, "name": strings.Repeat("x", 201)}, "INVALID"},
		{"no device", "renameDevice", rename, map[string]any{"id": inspection.NewID(), "name": "x"}, "NOT_FOUND"},
		{"no reason", "revokeDevice", strings.Replace(revoke, "lost", " ", 1), map[string]any{"id": made.id}, "INVALID"},
	} {
		if got := problem(s.data(token, c.query, c.variables), c.mutation); got != c.want {
			t.Errorf("%s: %q", c.what, got)
		}
	}
	if got := events(); got != want {
		t.Errorf("audited after refusals: %s", got)
	}
}

// Whoever holds a tablet cannot shut out the others, nor give it another name.
func TestATabletManagesNoDevices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	made, other := s.register(inspector), s.register(inspector)
	token := s.token(made)
	for _, id := range []string{made.id, other.id} {
		for mutation, query := range map[string]string{"renameDevice": rename, "revokeDevice": revoke} {
			if got := problem(s.data(token, query, map[string]any{"id": id, "name": "x"}), mutation); got != "FORBIDDEN" {
				t.Errorf("%s: %q", mutation, got)
			}
		}
	}
}

// What each change costs in statements, the sign-in among them.
func TestWhatAChangeOfADeviceCosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	made, token := s.register(inspector), w.signIn(inspector)
	code := s.code(inspector)
	key := newKey(t)
	for _, c := range []struct {
		what string
		do   func()
		want int
	}{
		{"a code", func() { s.data(token, startRegistration, nil) }, 4},
		{"a registration under a wrong code", func() { s.post("/device/register", registration(t, key, code, webCrypto(t, key))) }, 1},
		{"a name", func() { s.data(token, rename, map[string]any{"id": made.id, "name": "x"}) }, 5},
		{"the same name", func() { s.data(token, rename, map[string]any{"id": made.id, "name": "x"}) }, 2},
		{"revoking", func() { s.data(token, revoke, map[string]any{"id": made.id}) }, 5},
		{"a node", func() { s.data(token, byID, map[string]any{"id": made.id}) }, 3},
	} {
		s.statements.Reset()
		c.do()
		if n := s.statements.Count(); n != c.want {
			t.Errorf("%s takes %d statements, want %d: %q", c.what, n, c.want, s.statements.SQL())
		}
	}
	code = s.code(inspector)
	s.statements.Reset()
	if a := s.post("/device/register", registration(t, key, code, webCrypto(t, key))); a.status != 200 || s.statements.Count() != 6 {
		t.Errorf("a registration: %d, %d statements: %q", a.status, s.statements.Count(), s.statements.SQL())
	}
}

// Pages follow each other without a gap, and a page costs one statement however long it is.
func TestPagesOfDevices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	w.behind(`insert into device (id, user_id, name, public_key, registered_at)
		select gen_random_uuid(), $1, 'x' || n, decode(lpad(to_hex(n), 8, '0'), 'hex'), now() - interval '1 second' * (n / 3) from generate_series(1, 230) n`, w.users[inspector].ID)
	token := w.signIn(admin)
	s.data(token, viewer, nil)
	seen := map[string]bool{}
	var after any
	for pages := 0; ; pages++ {
		s.statements.Reset()
		page := dig(s.data(token, `query($after: String) { devices(first: 100, after: $after, everybody: true) { edges { node { name lastSignInAt } } pageInfo { hasNextPage endCursor } } }`,
			map[string]any{"after": after}), "devices")
		if n := s.statements.Count(); n != 2 {
			t.Errorf("a page takes %d statements, the sign-in among them: %q", n, s.statements.SQL())
		}
		for _, edge := range dig(page, "edges").([]any) {
			name := dig(edge, "node", "name").(string)
			if seen[name] {
				t.Errorf("%s twice", name)
			}
			seen[name] = true
		}
		after = dig(page, "pageInfo", "endCursor")
		if dig(page, "pageInfo", "hasNextPage") != true {
			break
		}
		if pages > 3 {
			t.Fatal("the pages do not end")
		}
	}
	if len(seen) != 230 {
		t.Errorf("%d devices", len(seen))
	}
	for _, wrong := range []string{"devices(first: 0)", "devices(first: 101)", `devices(after: "x")`} {
		if a := s.ask(token, "{ "+wrong+" { edges { cursor } } }", nil); a.code() != "INVALID" {
			t.Errorf("%s: %s", wrong, a.text)
		}
	}
}

// What the rules in Go hold the database holds again: a device stays what it is, and nobody writes for
// another.
func TestTheDatabaseHoldsItToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.server
	made, others := s.register(inspector), s.register(lead)
	s.data(w.signIn(lead), revoke, map[string]any{"id": others.id})
	for _, c := range []struct {
		what, as, sql, want string
		args                []any
	}{
		{"another's device", lead, "update device set name = 'x' where id = $1", "0", []any{made.id}},
		{"another's registration", lead, "update device_registration set name = 'x' where user_id = $1", "0", []any{w.users[inspector].ID}},
		{"a device for another", lead, "insert into device (id, user_id, name, public_key, registered_at) values (gen_random_uuid(), $1, 'x', 'x', now())", "42501", []any{w.users[inspector].ID}},
		{"another key", inspector, "update device set public_key = 'x' where id = $1", "PL064", []any{made.id}},
		{"another user", inspector, "update device set user_id = $2 where id = $1", "PL064", []any{made.id, w.users[lead].ID}},
		{"revoked by another", inspector, "update device set revoked_at = now(), revoked_by = $2, revoked_reason = 'x' where id = $1", "PL064", []any{made.id, w.users[lead].ID}},
		{"not revoked after all", lead, "update device set revoked_at = null, revoked_by = null, revoked_reason = '' where id = $1", "PL064", []any{others.id}},
		{"a sign-in", inspector, "update user_sign_in set at = now()", "42501", nil},
		{"a challenge", inspector, "delete from device_challenge", "42501", nil},
		{"a device gone", inspector, "delete from device", "42501", nil},
	} {
		if got := w.asUser(c.as, c.sql, c.args...); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
	if got := w.asUser(facility, "update device set name = 'x'"); got != "0" {
		t.Errorf("the inspected touch %s devices", got)
	}
}
