package report

import "github.com/ticketkit/ticketkit/ticket"

// Ratings are what requesters have said of how their tickets were handled, of each ticket what they said last.
type Ratings struct {
	Average  *float64 `json:"average"`  // from 1, the worst, to 5; nil of none
	Positive Share    `json:"positive"` // 4 and 5, of all
}

// opinions collects ratings.
type opinions struct{ n, sum, positive int64 }

func (o *opinions) add(r *FactRow) {
	if r.UndoneAt != 0 {
		return // a newer one counts
	}
	o.n++
	o.sum += int64(r.Rating)
	if r.Rating >= ticket.MaxRating-1 {
		o.positive++
	}
}

// ratings is nil of none.
func (o *opinions) ratings() *Ratings {
	if o.n == 0 {
		return nil
	}
	average := float64(o.sum) / float64(o.n)
	return &Ratings{Average: &average, Positive: share(o.positive, o.n)}
}
