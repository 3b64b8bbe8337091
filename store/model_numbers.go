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
		Rating     int
	}

	// factDayRow is a part of the facts of a day, packed; see rollup.go. A day that has one has part 0, whose version counts.
	factDayRow struct {
		bun.BaseModel `bun:"table:fact_days,alias:fd"`

		Day     int64 `bun:",pk"`
		Part    int   `bun:",pk"`
		Version int64
		Body    []byte
	}

	// factChangeRow says that facts of a ticket on a day are not those that are packed.
	factChangeRow struct {
		bun.BaseModel `bun:"table:fact_changes,alias:fc"`

		Day    int64  `bun:",pk"`
		Number int64  `bun:",pk"`
		ID     string `bun:",pk"`
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
