package view

import "plumbline/inspection"

// Bulks hands the pages of a stream on as the API has them, until the stream ends. Whoever no longer
// reads it must end the stream's context.
func Bulks[T, B any](pages <-chan inspection.Bulk[T], err error, page func(inspection.Bulk[T]) B, done <-chan struct{}) (<-chan *B, error) {
	if err != nil {
		return nil, err
	}
	out := make(chan *B)
	go func() {
		defer close(out)
		for bulk := range pages {
			b := page(bulk)
			select {
			case out <- &b:
			case <-done:
				return
			}
		}
	}()
	return out, nil
}
