package storetest

import (
	"time"

	"github.com/ticketkit/ticketkit/ticket/report"
)

// rating is what somebody said, and of whose work.
type rating struct {
	at    time.Time
	value float64
	of    string
}

// opinions are the mean of ratings and how many of them are good.
func opinions(values []float64) *report.Ratings {
	if len(values) == 0 {
		return nil
	}
	var sum, good float64
	for _, v := range values {
		sum += v
		if v > 3 {
			good++
		}
	}
	mean, rate := sum/float64(len(values)), good/float64(len(values))
	return &report.Ratings{Average: &mean, Positive: report.Share{N: int64(good), Of: int64(len(values)), Rate: &rate}}
}
