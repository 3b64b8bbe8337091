package server

import (
	"strconv"
	"strings"
	"time"
)

// discordChannel is the channel whose tickets are closed after two days without a message, and in which nobody has more than three at a time, unless
// the configuration says otherwise: as the bot did that this desk replaces.
const (
	discordChannel = "discord"
	discordClose   = 48 * time.Hour
	discordOpen    = 3
)

// upkeep reads what the desk does by itself with tickets that lie still.
func (c *Config) upkeep(e *Env) (err error) {
	u := &c.Upkeep
	if u.CloseInactive, err = span(e, "AUTO_CLOSE_INACTIVE_HOURS", time.Hour); err != nil {
		return err
	}
	if e.get("AUTO_CLOSE_INACTIVE_HOURS", "") == "" {
		u.CloseByChannel = map[string]time.Duration{discordChannel: discordClose}
	}
	for _, f := range []struct {
		key  string
		unit time.Duration
		into *time.Duration
	}{
		{"AUTO_CLOSE_WARN_HOURS", time.Hour, &u.WarnBefore}, {"AUTO_CLOSE_RESOLVED_DAYS", 24 * time.Hour, &u.CloseResolved},
		{"REMINDER_AFTER_DAYS", 24 * time.Hour, &u.RemindAfter}, {"AGENT_INACTIVE_HOURS", time.Hour, &u.AgentInactive},
	} {
		if *f.into, err = span(e, f.key, f.unit); err != nil {
			return err
		}
	}
	closes := u.CloseInactive
	if len(u.CloseByChannel) > 0 {
		closes = discordClose
	}
	if u.WarnBefore > 0 && u.WarnBefore >= closes {
		return e.bad("AUTO_CLOSE_WARN_HOURS", "must be less than AUTO_CLOSE_INACTIVE_HOURS")
	}
	return nil
}

// span reads a number of units, which may have a fraction; "off", 0 and nothing are zero.
func span(e *Env, key string, unit time.Duration) (time.Duration, error) {
	return spanOf(e, key, e.get(key, "off"), unit)
}

func spanOf(e *Env, key, v string, unit time.Duration) (time.Duration, error) {
	if strings.EqualFold(v, "off") {
		return 0, nil
	}
	n, err := strconv.ParseFloat(v, 64)
	most := float64(10 * 366 * 24 * time.Hour / unit)
	if err != nil || !(n >= 0 && n <= most) {
		return 0, e.bad(key, "%q is neither a number such as 48 nor off", v)
	}
	return time.Duration(n * float64(unit)), nil
}
