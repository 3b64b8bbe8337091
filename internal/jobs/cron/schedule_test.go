package cron_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/internal/jobs/cron"
)

func zone(t require.TestingT, name string) *time.Location {
	z, err := time.LoadLocation(name)
	require.NoError(t, err)
	return z
}

func utc(s string) time.Time {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return at.UTC()
}

func TestEvery(t *testing.T) {
	t.Parallel()
	for after, want := range map[string]string{
		"2026-11-22T10:00:00Z":           "2026-11-22T11:00:00Z",
		"2026-11-22T10:59:59.999999999Z": "2026-11-22T11:00:00Z",
		"1969-12-31T23:30:00Z":           "1970-01-01T00:00:00Z",
		"1969-12-31T22:00:00Z":           "1969-12-31T23:00:00Z",
	} {
		require.Equal(t, utc(want), cron.Every(time.Hour).Next(utc(after)), after)
	}
	require.Equal(t, utc("2026-11-22T10:00:01Z"), cron.Every(0).Next(utc("2026-11-22T10:00:00Z")))
	require.Equal(t, utc("2026-11-22T10:00:02Z"), cron.Every(2500*time.Millisecond).Next(utc("2026-11-22T10:00:00Z")))
}

func TestDailyAt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone         string
		hour, minute int
		after        string
		want         []string
	}{
		{"Europe/Berlin", 3, 0, "2026-01-10T02:00:00Z", []string{"2026-01-11T02:00:00Z", "2026-01-12T02:00:00Z"}},
		// 2026-03-29: 02:00 CET is 03:00 CEST, so 02:30 is skipped and due at the change.
		{"Europe/Berlin", 2, 30, "2026-03-27T12:00:00Z", []string{"2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}},
		{"Europe/Berlin", 3, 0, "2026-03-28T12:00:00Z", []string{"2026-03-29T01:00:00Z", "2026-03-30T01:00:00Z"}},
		// 2026-10-25: 03:00 CEST is 02:00 CET, so 02:30 comes twice and counts once.
		{"Europe/Berlin", 2, 30, "2026-10-24T12:00:00Z", []string{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
		{"Europe/Berlin", 2, 30, "2026-10-25T01:00:00Z", []string{"2026-10-26T01:30:00Z"}},
		{"America/New_York", 2, 30, "2026-03-07T12:00:00Z", []string{"2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"}},
		// Midnight is skipped in Santiago on 2026-09-06.
		{"America/Santiago", 0, 0, "2026-09-05T12:00:00Z", []string{"2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"}},
		// Apia has no 2011-12-30.
		{"Pacific/Apia", 2, 30, "2011-12-29T12:00:00Z", []string{"2011-12-29T12:30:00Z", "2011-12-30T10:00:00Z", "2011-12-30T12:30:00Z"}},
		{"Asia/Kathmandu", 23, 59, "2026-05-01T00:00:00Z", []string{"2026-05-01T18:14:00Z", "2026-05-02T18:14:00Z"}},
	} {
		s, err := cron.DailyAt(c.hour, c.minute, zone(t, c.zone))
		require.NoError(t, err)
		at := utc(c.after)
		for _, want := range c.want {
			at = s.Next(at)
			require.Equal(t, utc(want), at, "%s %02d:%02d", c.zone, c.hour, c.minute)
		}
	}
	s, err := cron.DailyAt(3, 0, nil)
	require.NoError(t, err)
	require.Equal(t, utc("2026-01-02T03:00:00Z"), s.Next(utc("2026-01-01T03:00:00Z")))
	for _, bad := range [][2]int{{24, 0}, {-1, 0}, {0, 60}, {0, -1}} {
		_, err := cron.DailyAt(bad[0], bad[1], nil)
		require.Error(t, err)
	}
}

// TestDailyAtIsOnceADay: in every sort of zone each run follows the one before within three days, never twice on one date.
func TestDailyAtIsOnceADay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom([]string{"Europe/Berlin", "America/New_York", "America/Havana", "America/Sao_Paulo", "Pacific/Apia",
			"Africa/Casablanca", "Australia/Lord_Howe", "Antarctica/Troll", "Asia/Tehran", "UTC"}).Draw(t, "zone"))
		s, err := cron.DailyAt(rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"), z)
		require.NoError(t, err)
		at := time.Unix(rapid.Int64Range(utc("1990-01-01T00:00:00Z").Unix(), utc("2037-01-01T00:00:00Z").Unix()).Draw(t, "at"), 0)
		last := ""
		for range 400 {
			next := s.Next(at)
			require.True(t, next.After(at))
			require.Equal(t, next, s.Next(next.Add(-time.Nanosecond)), "the instant does not depend on when it is asked for")
			if last != "" {
				require.Less(t, next.Sub(at), 73*time.Hour)
				require.Greater(t, next.Sub(at), time.Duration(0))
			}
			date := next.In(z).Format(time.DateOnly)
			if last == date { // a date that was skipped whole is due at the beginning of the one that follows
				require.Equal(t, "Pacific/Apia", z.String())
			}
			last, at = date, next
		}
	})
}
