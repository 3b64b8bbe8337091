package i18n_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/i18n"
)

func TestFormatDateTime(t *testing.T) {
	t.Parallel()
	cet := time.FixedZone("CET", 3600)
	at := time.Date(2026, 11, 22, 13, 5, 59, 0, time.UTC)
	require.Equal(t, "22.11.2026, 14:05", i18n.FormatDateTime("de", at, cet))
	require.Equal(t, "22 Nov 2026, 14:05", i18n.FormatDateTime("en", at, cet))
	require.Equal(t, "22.11.2026, 13:05", i18n.FormatDateTime("de-AT", at.In(cet), nil), "no location is UTC")

	eve := time.Date(2026, 3, 4, 23, 30, 0, 0, time.UTC)
	require.Equal(t, "05.03.2026", i18n.FormatDate("de", eve, cet), "the date is the zone's")
	require.Equal(t, "5 Mar 2026", i18n.FormatDate("fr", eve, cet))
	require.Equal(t, "00:30", i18n.FormatTime("de", eve, cet))
	require.Equal(t, "00:30", i18n.FormatTime("en", eve, cet))
}

func TestFormatAcrossDaylightSaving(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("this machine has no time zone database: ", err)
	}
	require.Equal(t, "25.10.2026, 02:30", i18n.FormatDateTime("de", time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC), berlin))
	require.Equal(t, "25.10.2026, 02:30", i18n.FormatDateTime("de", time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC), berlin))
	require.Equal(t, "29 Mar 2026, 03:30", i18n.FormatDateTime("en", time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC), berlin))
}

func TestAge(t *testing.T) {
	t.Parallel()
	c := load(t)
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for _, tc := range []struct {
		ago    time.Duration
		de, en string
	}{
		{0, "gerade eben", "just now"},
		{59 * time.Second, "gerade eben", "just now"},
		{-59 * time.Second, "gerade eben", "just now"},
		{time.Minute, "vor 1 Minute", "1 minute ago"},
		{59*time.Minute + 59*time.Second, "vor 59 Minuten", "59 minutes ago"},
		{time.Hour, "vor 1 Stunde", "1 hour ago"},
		{23 * time.Hour, "vor 23 Stunden", "23 hours ago"},
		{day, "vor 1 Tag", "1 day ago"},
		{29 * day, "vor 29 Tagen", "29 days ago"},
		{30 * day, "vor 1 Monat", "1 month ago"},
		{364 * day, "vor 12 Monaten", "12 months ago"},
		{365 * day, "vor 1 Jahr", "1 year ago"},
		{800 * day, "vor 2 Jahren", "2 years ago"},
		{-time.Minute, "in 1 Minute", "in 1 minute"},
		{-3 * time.Hour, "in 3 Stunden", "in 3 hours"},
		{-2 * day, "in 2 Tagen", "in 2 days"},
		{-60 * day, "in 2 Monaten", "in 2 months"},
		{-1000 * day, "in 2 Jahren", "in 2 years"},
	} {
		require.Equal(t, tc.de, c.Age("de", now.Add(-tc.ago), now), tc.ago)
		require.Equal(t, tc.en, c.Age("en", now.Add(-tc.ago), now), tc.ago)
	}
	require.Equal(t, "292 years ago", c.Age("en", time.Time{}, now), "as much as a Duration holds")
	require.Equal(t, "in 292 years", c.Age("en", now, time.Time{}))
}

func TestBytes(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64][2]string{
		math.MinInt64: {"0 B", "0 B"}, -1: {"0 B", "0 B"}, 0: {"0 B", "0 B"}, 999: {"999 B", "999 B"},
		1000: {"1 kB", "1 kB"}, 1500: {"1,5 kB", "1.5 kB"}, 9949: {"9,9 kB", "9.9 kB"}, 9950: {"10 kB", "10 kB"}, 12_345: {"12 kB", "12 kB"},
		999_499: {"999 kB", "999 kB"}, 999_500: {"1 MB", "1 MB"}, 1_049_999: {"1 MB", "1 MB"}, 25_000_000: {"25 MB", "25 MB"},
		3_200_000_000: {"3,2 GB", "3.2 GB"}, math.MaxInt64: {"9,2 EB", "9.2 EB"},
	} {
		require.Equal(t, want[0], i18n.Bytes("de", n), n)
		require.Equal(t, want[1], i18n.Bytes("en", n), n)
	}
}
