package server

import (
	"time"

	"github.com/ticketkit/ticketkit/sla"
)

// levels reads what the desk promises.
func (c *Config) levels(e *Env) (err error) {
	first := e.get("SLA_FIRST_RESPONSE_MINUTES", "30")
	if c.SLA.FirstResponse, err = spanOf(e, "SLA_FIRST_RESPONSE_MINUTES", first, time.Minute); err != nil {
		return err
	}
	if c.SLA.Resolution, err = span(e, "SLA_RESOLUTION_MINUTES", time.Minute); err != nil {
		return err
	}
	c.SLA.Hours = e.get("BUSINESS_HOURS", "24/7")
	if _, err := sla.ParseHours(c.SLA.Hours); err != nil {
		return e.bad("BUSINESS_HOURS", "%v", err)
	}
	for key, d := range map[string]*time.Duration{"SLA_FIRST_RESPONSE_MINUTES": &c.SLA.FirstResponse, "SLA_RESOLUTION_MINUTES": &c.SLA.Resolution} {
		whole := d.Truncate(time.Second)
		if *d > 0 && whole == 0 {
			return e.bad(key, "is less than a second")
		}
		*d = whole
	}
	if err := c.SLA.Validate(); err != nil {
		return e.bad("SLA_FIRST_RESPONSE_MINUTES", "%v", err)
	}
	return nil
}
