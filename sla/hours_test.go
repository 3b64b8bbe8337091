package sla_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/sla"
)

func TestParseHours(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"24/7":                                   `null`,
		" 24 / 7 ":                               `null`,
		"Mo-Fr 08:00-18:00":                      `{"fri":["08:00-18:00"],"mon":["08:00-18:00"],"thu":["08:00-18:00"],"tue":["08:00-18:00"],"wed":["08:00-18:00"]}`,
		"Mo-Di 08:00-12:00,13:00-17:00; Sa 9-12": `{"mon":["08:00-12:00","13:00-17:00"],"sat":["09:00-12:00"],"tue":["08:00-12:00","13:00-17:00"]}`,
		"Mon,Wed 9-17":                           `{"mon":["09:00-17:00"],"wed":["09:00-17:00"]}`,
		"montag–Dienstag 8:30 - 24:00;":          `{"mon":["08:30-24:00"],"tue":["08:30-24:00"]}`,
		"Sa-Mo 00:00-24:00":                      `{"mon":["00:00-24:00"],"sat":["00:00-24:00"],"sun":["00:00-24:00"]}`,
		"Fr 22-6":                                `{"fri":["22:00-24:00"],"sat":["00:00-06:00"]}`,
		"So 22:00-00:00":                         `{"sun":["22:00-24:00"]}`,
		"Do. 13-17; Thursday 8-12":               `{"thu":["08:00-12:00","13:00-17:00"]}`,
		"Mi 08:00-12:00, 12:00-13:00":            `{"wed":["08:00-12:00","12:00-13:00"]}`,
		"Sonnabend 9-12":                         `{"sat":["09:00-12:00"]}`,
	} {
		week, err := sla.ParseHours(in)
		require.NoError(t, err, in)
		short := map[string][]string{}
		for day, ws := range week {
			for _, w := range ws {
				b, err := json.Marshal(w)
				require.NoError(t, err)
				var span struct{ Open, Close string }
				require.NoError(t, json.Unmarshal(b, &span))
				short[day] = append(short[day], span.Open+"-"+span.Close)
			}
		}
		got := []byte("null")
		if week != nil {
			got, err = json.Marshal(short)
			require.NoError(t, err)
		}
		require.Equal(t, want, string(got), in)
	}
	for _, in := range []string{"", ";", "Mo", "8-18", "Xx 8-18", "M 8-18", "Mo-Fr 8", "Mo-Fr 8-", "Mo-Fr 8-25", "Mo-Fr 08:60-18:00", "Mo 8-8", "Mo 24:00-06:00",
		"Mo 8-12,11-14", "Mo-Mi,Di 8-12", "Mo 8-12; Mo 9-10", "Mo 008-12", "Mo 8:0-12:00", "Mo 8-12 13-17", "Mo +8-12", "24/8", "Son 8-12", "Sonn 8-12"} {
		_, err := sla.ParseHours(in)
		require.Error(t, err, in)
	}
}

func FuzzParseHours(f *testing.F) {
	for _, s := range []string{"24/7", "Mo-Fr 08:00-18:00", "Mo-Fr 08:00-12:00,13:00-17:00; Sa 9-12", "Fr 22-6", "Sa-Mo 0-24", "–;,:-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		week, err := sla.ParseHours(s)
		if err != nil || week == nil {
			return
		}
		c := sla.Calendar{Name: "x", Zone: "Europe/Berlin", Week: week}
		require.NoError(t, c.Validate(), "what is read can be kept")
	})
}
