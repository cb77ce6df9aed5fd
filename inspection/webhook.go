package inspection

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Webhook is an address that events are delivered to. It is added and removed, never changed.
type Webhook struct {
	ID        ID
	URL       string
	Kinds     []EventKind
	AddedBy   ID
	AddedAt   time.Time
	RemovedAt *time.Time
}

// webhookTx keeps webhooks and their deliveries.
type webhookTx interface {
	AddWebhook(ctx context.Context, w Webhook, secret []byte) error
	RemoveWebhook(ctx context.Context, w Webhook, by ID) error
	// Webhooks loads all, the first added first, removed ones among them.
	Webhooks(ctx context.Context) ([]Webhook, error)
	ListDeliveries(ctx context.Context, q DeliveryQuery) (DeliveryPage, error)
	// Dispatch makes a delivery, and the job that sends it, for each waiting event and each webhook that
	// asks for its kind, at most limit events, and returns how many. Events that another transaction
	// dispatches are left to it.
	Dispatch(ctx context.Context, now time.Time, limit int) (int, error)
	// Parcel loads a delivery to send it.
	Parcel(ctx context.Context, event, webhook ID) (Parcel, error)
	// RecordDelivery writes what came of an attempt.
	RecordDelivery(ctx context.Context, d Delivery) error
}

// WebhookInput is a webhook as an administrator adds it.
type WebhookInput struct {
	// ID is minted by the caller (UUIDv7), so that a retry adds no second one.
	ID    ID
	URL   string
	Kinds []EventKind
}

// secretPrefix marks a secret of the Standard Webhooks form; what follows is base64.
const secretPrefix = "whsec_"

// AddWebhook adds a webhook and returns its secret, which is shown this once: the same again returns
// the webhook without it.
func (s *Service) AddWebhook(ctx context.Context, actor Actor, in WebhookInput) (w Webhook, secret string, err error) {
	if err := Allow(actor, ManageWebhooks, Subject{}); err != nil {
		return w, "", err
	}
	if err := refusal(in.check(s.settings.PrivateWebhooks)); err != nil {
		return w, "", err
	}
	w = Webhook{ID: in.ID, URL: in.URL, Kinds: in.Kinds, AddedBy: actor.ID, AddedAt: s.now()}
	err = s.store.InTx(ctx, actor, func(tx Tx) error {
		all, err := tx.Webhooks(ctx)
		if err != nil {
			return err
		}
		if n := slices.IndexFunc(all, func(old Webhook) bool { return old.ID == w.ID }); n >= 0 {
			if all[n].URL != w.URL || !slices.Equal(all[n].Kinds, w.Kinds) {
				return Refuse(Conflict, "input.id", "this id names another webhook; mint a new one")
			}
			w = all[n]
			return nil
		}
		key := make([]byte, 32)
		rand.Read(key) // never fails
		if err := tx.AddWebhook(ctx, w, key); err != nil {
			return err
		}
		secret = secretPrefix + base64.StdEncoding.EncodeToString(key)
		return tx.Audit(ctx, AuditEvent{ID: NewID(), At: w.AddedAt, Actor: actor, Action: ManageWebhooks, Outcome: Done,
			TargetType: "Webhook", TargetID: w.ID, Detail: map[string]any{"added": w.Kinds}})
	})
	return w, secret, err
}

// mostURL bounds an address, in characters.
const mostURL = 2000

func (in WebhookInput) check(private bool) Problems {
	var ps Problems
	if in.ID == (ID{}) {
		ps = append(ps, newProblem(Invalid, "input.id", "give the webhook an id (UUIDv7)"))
	}
	if len(in.Kinds) == 0 {
		ps = append(ps, newProblem(Invalid, "input.events", "name at least one kind of event"))
	}
	for n, kind := range in.Kinds {
		if slices.Contains(in.Kinds[:n], kind) {
			ps = append(ps, newProblem(Invalid, "input.events", "name each kind of event once"))
		}
	}
	u, err := url.Parse(in.URL)
	switch {
	case err != nil || u.Hostname() == "" || len(in.URL) > mostURL || u.User != nil || u.Fragment != "":
		ps = append(ps, newProblem(Invalid, "input.url", "give an https address of at most %d characters, without user, password or fragment", mostURL))
	case u.Scheme != "https" && !(private && u.Scheme == "http" && isLoopback(u.Hostname())):
		ps = append(ps, newProblem(Invalid, "input.url", "events are sent by https only"))
	case !private && isPrivate(u.Hostname()):
		ps = append(ps, newProblem(Invalid, "input.url", "this address is of a private network; name a public host, or have the operator allow it"))
	}
	return ps
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && addr.IsLoopback())
}

// isPrivate knows hosts that are plainly private; what a name resolves to is judged when it is called.
func isPrivate(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || strings.HasSuffix(strings.ToLower(host), ".localhost") || (err == nil && !PublicAddress(addr))
}

// PublicAddress reports whether an address is one that any host of the internet may have: no
// loopback, link-local, private, shared, multicast or unspecified one, nor one embedded in IPv6.
func PublicAddress(addr netip.Addr) bool {
	addr = addr.Unmap()
	if !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return false
	}
	return !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// special are ranges of the IANA special-purpose registries that IsPrivate does not know: shared
// address space, protocol assignments, documentation, benchmarking, reserved, NAT64, discard, Teredo and
// 6to4.
var special = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16")}

// RemoveWebhook removes a webhook. What is on its way to it is given up; its deliveries stay listed.
func (s *Service) RemoveWebhook(ctx context.Context, actor Actor, id ID) (Webhook, error) {
	var w Webhook
	if err := Allow(actor, ManageWebhooks, Subject{}); err != nil {
		return w, err
	}
	err := s.store.InTx(ctx, actor, func(tx Tx) error {
		all, err := tx.Webhooks(ctx)
		if err != nil {
			return err
		}
		n := slices.IndexFunc(all, func(old Webhook) bool { return old.ID == id })
		if n < 0 {
			return Refuse(NotFound, "input.webhookId", "there is no such webhook")
		}
		if w = all[n]; w.RemovedAt != nil {
			return nil
		}
		now := s.now()
		w.RemovedAt = &now
		if err := tx.RemoveWebhook(ctx, w, actor.ID); err != nil {
			return err
		}
		return tx.Audit(ctx, AuditEvent{ID: NewID(), At: now, Actor: actor, Action: ManageWebhooks, Outcome: Done,
			TargetType: "Webhook", TargetID: w.ID, Detail: map[string]any{"removed": true}})
	})
	return w, err
}

// Webhooks lists all webhooks, without their secrets.
func (s *Service) Webhooks(ctx context.Context, actor Actor) ([]Webhook, error) {
	var all []Webhook
	if err := Allow(actor, ManageWebhooks, Subject{}); err != nil {
		return nil, err
	}
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		all, err = tx.Webhooks(ctx)
		return err
	})
	return all, err
}
