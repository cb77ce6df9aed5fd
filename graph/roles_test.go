package graph_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"plumbline/storage"
)

// The server refuses a role that row-level security does not bind, or that may do nothing.
func TestWhichRolesTheServerRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	name := "role_" + w.database.Name
	app, err := pgx.Connect(t.Context(), w.database.AppURL)
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close(context.WithoutCancel(t.Context()))
	var server string
	if err := app.QueryRow(t.Context(), "select current_user::text").Scan(&server); err != nil {
		t.Fatal(err)
	}
	url := strings.Replace(w.database.AppURL, server, name, 1)
	t.Cleanup(func() {
		if _, err := db.Exec(context.Background(), "drop owned by "+name+"; drop role "+name); err != nil {
			t.Error(err)
		}
	})
	open := func(url string, asOwner bool) string {
		store, err := storage.Open(t.Context(), storage.Config{URL: url, AuditKey: auditKey, AsOwner: asOwner, MaxConns: 1})
		if err != nil {
			return err.Error()
		}
		store.Close()
		return ""
	}
	w.mustExec(db, "create role "+name+" login")
	for _, c := range []struct{ setup, want string }{
		{"select 1", "does not belong to plumbline_app; grant plumbline_app to it"},
		{"grant plumbline_app to " + name, ""},
		{"alter role " + name + " bypassrls", "bypasses row-level security (BYPASSRLS)"},
		{"alter role " + name + " nobypassrls superuser", "is a superuser"},
		{"alter role " + name + " nosuperuser", ""},
		{"grant plumbline_owner to " + name, "owns the database or its tables"},
		{"revoke plumbline_owner from " + name, ""},
		{"create table public.theirs (x int); alter table public.theirs owner to " + name, "owns the database or its tables"},
		{"drop table public.theirs", ""},
		{"alter database " + w.database.Name + " owner to " + name, "owns the database or its tables"},
		{"alter database " + w.database.Name + " owner to plumbline_owner", ""},
	} {
		w.mustExec(db, c.setup)
		got := open(url, false)
		if (c.want == "") != (got == "") || !contains(got, c.want) {
			t.Errorf("after %s: %q, want %q", c.setup, got, c.want)
		}
	}
	for what, got := range map[string]string{
		"the owner":     open(w.database.OwnerURL, false),
		"the superuser": open(w.database.SuperuserURL, false),
		"a short key": func() string {
			_, err := storage.Open(t.Context(), storage.Config{URL: w.database.AppURL, AuditKey: auditKey[:31]})
			return fmt.Sprint(err)
		}(),
		"no URL": open("::", false),
	} {
		if got == "" || strings.Contains(got, "<nil>") {
			t.Errorf("%s is let in", what)
		}
	}
	if got := open(w.database.OwnerURL, true); got != "" {
		t.Errorf("the owner cannot load data: %s", got)
	}
}
