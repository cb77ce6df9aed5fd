package inspection

// Bulk is a page.
type Bulk[T any] struct {
	Documents  []T
	Checkpoint string
	Resync     bool
}
