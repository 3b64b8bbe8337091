package ticket

import "context"

// ChainReader is the part of Reader for checking the history as a whole.
type ChainReader interface {
	// LostChains gives the tickets that have events but do not exist (any more), in order of their ids: at most limit behind after.
	LostChains(ctx context.Context, after ID, limit int) ([]ID, error)
	// Places gives which tickets the entries of the whole history belong to, without reading them: at most limit behind the place after, in order of
	// their places. They are the entries that Events gives of all chains to a scope that reaches all.
	Places(ctx context.Context, after int64, limit int) ([]Place, error)
	// Heads gives the newest ends of the chains of many tickets; one that does not exist is absent. In a transaction it keeps nobody else waiting.
	Heads(ctx context.Context, ids []ID) (map[ID]Head, error)
}

// Place is that of an entry in the whole history.
type Place struct {
	Seq      int64
	TicketID ID // "" for an entry of the desk itself
}
