package inspection

import "context"

// StreamOf lets tests run a stream over a collection of their own.
func StreamOf[T any](ctx context.Context, feed Feed, reader ID, stand func(context.Context) (scope string, topics []Topic, checkpoint string, err error),
	pull func(context.Context, string, int) (Bulk[T], error), trouble Trouble) (<-chan Bulk[T], error) {
	return stream(ctx, feed, reader, streamed[T]{pull: pull, stand: func(ctx context.Context) (footing, error) {
		scope, topics, checkpoint, err := stand(ctx)
		return footing{scope, topics, checkpoint}, err
	}}, trouble)
}

// StreamPage is the most documents of one event.
const StreamPage = streamPage
