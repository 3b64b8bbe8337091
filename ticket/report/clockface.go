package report

import "time"

// clockFace tells the local weekday and hour of many instants. It remembers the offset of each stretch of fifteen minutes, because zones change
// theirs at no finer time, and looking one up costs more than everything else that is done to a fact.
type clockFace struct {
	zone    *time.Location
	offsets map[int64]int64 // seconds, by stretch
}

const stretch = int64(15 * time.Minute / time.Microsecond)

func newClockFace(zone *time.Location) *clockFace {
	return &clockFace{zone, map[int64]int64{}}
}

// at gives the weekday, 0 for Monday, and the hour of an instant in microseconds since 1970.
func (c *clockFace) at(micros int64) (weekday, hour int) {
	part := floor(micros, stretch)
	offset, known := c.offsets[part]
	if !known {
		_, seconds := time.UnixMicro(micros).In(c.zone).Zone()
		offset = int64(seconds)
		c.offsets[part] = offset
	}
	hours := floor(micros+offset*1e6, 3600e6)
	days := floor(hours, 24)
	return int(((days+3)%7 + 7) % 7), int(hours - days*24) // the first of January 1970 was a Thursday
}

func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
