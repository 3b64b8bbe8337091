package slatest_test

import (
	"testing"

	"github.com/ticketkit/ticketkit/sla/slatest"
	"github.com/ticketkit/ticketkit/store/storetest"
)

// The store in memory keeps the same contract as the databases.
func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) storetest.Harness {
		s := slatest.New()
		return storetest.Harness{Store: s, SLA: s}
	})
}
