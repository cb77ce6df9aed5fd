package storage_test

import (
	"bytes"
	"testing"

	"plumbline/storage"
	"plumbline/storage/storagetest"
)

// Every connection of a server's pool has what the server rests on: a transaction that its process forgot
// is ended, times are UTC, and whoever looks at the database sees whose connection it is.
func TestWhatEveryConnectionIsSetTo(t *testing.T) {
	t.Parallel()
	store, err := storage.Open(t.Context(), storage.Config{URL: storagetest.Database(t).AppURL, AuditKey: bytes.Repeat([]byte("k"), 32), MaxConns: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	for n := range 3 {
		connection, err := storage.PoolOf(store).Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Release() // at the end: the next one is another
		for setting, want := range map[string]string{"idle_in_transaction_session_timeout": "1min", "timezone": "UTC", "application_name": "plumbline"} {
			var got string
			if err := connection.QueryRow(t.Context(), "select current_setting($1)", setting).Scan(&got); err != nil || got != want {
				t.Errorf("connection %d: %s is %q, want %q (%v)", n, setting, got, want, err)
			}
		}
	}
}
