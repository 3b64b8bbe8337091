package tickettest

import (
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ticketkit/ticketkit/ticket"
)

// checkText refuses what databases refuse: text that is not UTF-8 or holds the character NUL.
func checkText(v any) error {
	if !clean(reflect.ValueOf(v)) {
		return ticket.Errorf(ticket.Invalid, "text must be valid UTF-8 without the character NUL")
	}
	return nil
}

func clean(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return utf8.ValidString(v.String()) && !strings.ContainsRune(v.String(), 0)
	case reflect.Pointer, reflect.Interface:
		return v.IsNil() || clean(v.Elem())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return true
		}
		for _, f := range v.Fields() {
			if !clean(f) {
				return false
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return true
		}
		for _, e := range v.Seq2() {
			if !clean(e) {
				return false
			}
		}
	}
	return true // what is in a map goes into JSON, which has a form for every character
}
