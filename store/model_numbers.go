package store

import (
	"github.com/uptrace/bun"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

// The rows of package report.
type (
	metricsRow struct {
		bun.BaseModel `bun:"table:ticket_metrics,alias:k"`

		TicketID     ticket.ID `bun:",pk"`
		Number       int64
		IsOpen       bool
		CreatedAt    micros
		WaitingSince micros
		Answered     bool
		QueueID      ticket.QueueID
		Channel      string
		Priority     ticket.Priority
		State        string // JSON
	}

	factRow struct {
		bun.BaseModel `bun:"table:ticket_facts,alias:f"`

		Counted    bool            `bun:",pk"`
		HappenedAt micros          `bun:",pk"`
		Number     int64           `bun:",pk"`
		N          int64           `bun:",pk"`
		Kind       report.FactKind `bun:",pk"`
		Cycle      int
		QueueID    ticket.QueueID
		Channel    string
		Priority   ticket.Priority
		ActorID    ticket.AccountID
		Seconds    int64
		Business   int64
		UndoneAt   micros
		OneTouch   bool
	}
)

// The rows of what agents keep.
type (
	savedRow struct {
		bun.BaseModel `bun:"table:saved,alias:sv"`

		Kind      ticket.SavedKind `bun:",pk"`
		ID        string           `bun:",pk"`
		AccountID ticket.AccountID
		Name      string
		Body      string // JSON
		Position  int
		Version   int64
		CreatedAt micros
		UpdatedAt micros
	}

	personalRow struct {
		bun.BaseModel `bun:"table:personal,alias:ps"`

		AccountID ticket.AccountID    `bun:",pk"`
		TicketID  ticket.ID           `bun:",pk"`
		Kind      ticket.PersonalKind `bun:",pk"`
		Body      string
		Version   int64
		UpdatedAt micros
	}

	mentionRow struct {
		bun.BaseModel `bun:"table:mentions,alias:mn"`

		AccountID ticket.AccountID `bun:",pk"`
		Number    int64            `bun:",pk"`
		CreatedAt micros
	}
)
