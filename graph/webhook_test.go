package graph_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

// Webhooks are the administrator's alone; the secret is shown once and read by the job alone.
func TestWhoManagesWebhooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.behind()
	input := map[string]any{"id": inspection.NewID().String(), "url": "https://hooks.example/plumbline", "events": []any{"ACTION_OVERDUE"}}
	add := func(as string) map[string]any {
		return w.try(as, "addWebhook", "AddWebhookInput", "webhook { id url events } secret", input)
	}
	for _, as := range everybody {
		if as == admin {
			continue
		}
		w.untouched(db, "adding as "+as, func() { w.refusedAs("ForbiddenProblem", as, "addWebhook", add(as)) })
		for _, query := range []string{"{ webhooks { id } }", "{ webhookDeliveries { edges { cursor } } }"} {
			if _, errs := w.send(as, query, nil); len(errs) == 0 {
				t.Errorf("%s reads %s", as, query)
			}
		}
	}
	secret := add(admin)["secret"].(string)
	w.untouched(db, "the same webhook again", func() {
		if again := add(admin); again["secret"] != nil || len(messages(again)) > 0 {
			t.Errorf("again: %v", again)
		}
	})
	w.untouched(db, "another address under its id, no events, no https", func() {
		for field, value := range map[string]any{"url": "https://other.example/", "events": []any{"ACTION_PLANNED"}} {
			changed := map[string]any{"id": input["id"], "url": input["url"], "events": input["events"], field: value}
			w.refused("ConflictProblem", w.try(admin, "addWebhook", "AddWebhookInput", "secret", changed))
		}
		for field, value := range map[string]any{"url": "http://hooks.example/", "events": []any{}} {
			changed := map[string]any{"id": inspection.NewID(), "url": input["url"], "events": input["events"], field: value}
			w.refused("ValidationProblem", w.try(admin, "addWebhook", "AddWebhookInput", "secret", changed))
		}
	})
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(raw) != 32 {
		t.Errorf("the secret has %d bytes, %v", len(raw), err)
	}
	dump := w.dump(db)
	if contains(dump, secret) || contains(dump, fmt.Sprintf("%x", raw)) {
		t.Error("the database holds the secret")
	}
	remove := map[string]any{"webhookId": input["id"]}
	w.untouched(db, "removing as another", func() {
		w.refused("ForbiddenProblem", w.try(reviewer, "removeWebhook", "RemoveWebhookInput", "webhook { id }", remove))
	})
	w.do(admin, "removeWebhook", "RemoveWebhookInput", "webhook { removedAt }", remove)
	w.untouched(db, "removing again", func() {
		if again := w.do(admin, "removeWebhook", "RemoveWebhookInput", "webhook { removedAt }", remove); fields(again, "webhook", "removedAt") == nil {
			t.Errorf("again: %v", again)
		}
		w.refused("NotFoundProblem", w.try(admin, "removeWebhook", "RemoveWebhookInput", "webhook { id }", map[string]any{"webhookId": inspection.NewID()}))
	})
	if node := w.ask(admin, "query($id: ID!) { node(id: $id) { __typename } }", map[string]any{"id": input["id"]}); fields(node, "node", "__typename") != "Webhook" {
		t.Errorf("the node is %v", node)
	}
	if node := w.ask(reviewer, "query($id: ID!) { node(id: $id) { __typename } }", map[string]any{"id": input["id"]}); node["node"] != nil {
		t.Errorf("a reviewer's node is %v", node)
	}
	for _, as := range append(slices.Clone(everybody), "") {
		w.asRole(as, func(ctx context.Context, tx pgx.Tx) {
			if n := w.count(tx, "select count(*) from webhook_secret"); n != 0 {
				t.Errorf("%q reads the secret", as)
			}
			for table, own := range map[string]bool{"webhook": as == admin, "outbox_event": false} {
				if n := w.count(tx, "select count(*) from "+table); (n > 0) != own {
					t.Errorf("%q sees %d rows of %s", as, n, table)
				}
			}
		})
	}
}
