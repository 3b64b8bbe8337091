package store

import (
	"github.com/uptrace/bun"

	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// The rows of package sla.
type (
	definitionRow struct {
		bun.BaseModel `bun:"table:sla_definitions,alias:d"`

		Rev       int64 `bun:",pk"`
		Stamp     string
		Kind      sla.DefinitionKind
		ID        string
		Version   int64
		ValidFrom micros
		Retired   bool
		Origin    sla.Origin
		Body      string // JSON
		CreatedBy ticket.AccountID
		CreatedAt micros
	}

	clocksRow struct {
		bun.BaseModel `bun:"table:sla_clocks,alias:s"`

		TicketID   ticket.ID `bun:",pk"`
		State      string    // JSON
		DueAt      micros
		BreachedAt micros
		TimerAt    micros
		Unfinished bool
		Promised   bool
	}

	outcomeRow struct {
		bun.BaseModel `bun:"table:sla_outcomes,alias:o"`

		TicketID      ticket.ID `bun:",pk"`
		Clock         sla.Clock `bun:",pk"`
		Cycle         int       `bun:",pk"`
		Met           bool
		EndedAt       micros
		Seconds       int64
		PolicyID      sla.PolicyID
		PolicyVersion int64
		Cause         string
	}
)
