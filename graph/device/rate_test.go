package device_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"plumbline/graph/device"
)

// However many callers there are, what is kept of them is bounded, and each window starts anew.
func TestARateIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	rate := device.NewRate(2, time.Minute, func() time.Time { return now })
	refused := 0
	for n := range 30_000 {
		if _, ok := rate.Allow(fmt.Sprint(n)); !ok {
			refused++
		}
	}
	if rate.Callers() > 10_001 || refused != 30_000-10_000-2 {
		t.Errorf("%d callers are kept, %d were refused", rate.Callers(), refused)
	}
	for n, want := range []bool{true, false, false} { // 5 was let in once before
		if wait, ok := rate.Allow("5"); ok != want || (!ok && wait != time.Minute) {
			t.Errorf("%d: %t, wait %s", n, ok, wait)
		}
	}
	now = now.Add(time.Minute)
	if _, ok := rate.Allow("5"); !ok || rate.Callers() != 1 {
		t.Errorf("a minute later: %t, %d callers", ok, rate.Callers())
	}
	now = now.Add(-time.Hour)
	if _, ok := rate.Allow("5"); !ok {
		t.Error("a clock that was put back locks callers out")
	}
}

// Hosts are told apart by address, and of IPv6 by network.
func TestWhoIsCounted(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"192.0.2.7:4711": "192.0.2.7", "[::ffff:192.0.2.7]:4711": "192.0.2.7", "[2001:db8:1:2:3:4:5:6]:80": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:80": "fe80::/64", "@": "@",
	} {
		if got := device.AddressOf(&http.Request{RemoteAddr: from}); got != want {
			t.Errorf("%s counts as %s, want %s", from, got, want)
		}
	}
}
