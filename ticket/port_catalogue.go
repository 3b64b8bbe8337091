package ticket

import "context"

// CatalogueReader reads what the desk's administrators define.
type CatalogueReader interface {
	// FieldDefinitions gives every definition, archived ones too, in order of position and name.
	FieldDefinitions(ctx context.Context) ([]Field, error)
	// TagCounts gives every tag that a ticket in scope has, with the number of such tickets, in order of the tags.
	TagCounts(ctx context.Context, s Scope) ([]TagCount, error)
	// QueueGrants tells how many accounts have rights that name the queue.
	QueueGrants(ctx context.Context, id QueueID) (int, error)
}

// CatalogueTx writes it.
type CatalogueTx interface {
	// InsertField and UpdateField write every property. Both are a Conflict with the field "name" when another definition has the name.
	InsertField(ctx context.Context, f *Field) error
	UpdateField(ctx context.Context, f *Field) error
	// UpdateQueue writes name and default. It is a Conflict with the field "name" when another queue has the name.
	UpdateQueue(ctx context.Context, q *Queue) error
	// DeleteQueue is a Conflict while a ticket is in the queue or an account has rights that name it.
	DeleteQueue(ctx context.Context, id QueueID) error
}

// TagCount is a tag and how many tickets have it.
type TagCount struct {
	Tag     string
	Tickets int64
}
