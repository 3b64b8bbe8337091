package tickettest_test

import (
	"testing"

	"github.com/ticketkit/ticketkit/store/storetest"
	"github.com/ticketkit/ticketkit/ticket/tickettest"
)

// The store in memory keeps the same contract as the databases, as far as tickets go.
func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) storetest.Harness { return storetest.Harness{Store: tickettest.New()} })
}
