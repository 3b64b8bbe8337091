package ticket

import "context"

// ChainReader is the part of Reader for checking the history as a whole.
type ChainReader interface {
	// LostChains gives the tickets that have events but do not exist (any more), in order of their ids: at most limit behind after.
	LostChains(ctx context.Context, after ID, limit int) ([]ID, error)
}
