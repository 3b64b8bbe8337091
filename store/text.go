package store

import (
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/ticketkit/ticketkit/ticket"
)

// PostgreSQL and MySQL hold only text: valid UTF-8, and without the character NUL in PostgreSQL. SQLite would take anything, so that a desk
// could never move; therefore every database refuses the same.

func storable(s string) bool { return strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) }

// textOf gives the text of an argument, "" when it is none.
func textOf(arg any) string {
	switch v := arg.(type) {
	case string:
		return v
	case int64, int, bool, micros, []byte, nil:
		return ""
	case *string:
		if v == nil {
			return ""
		}
		return *v
	}
	if v := reflect.ValueOf(arg); v.Kind() == reflect.String {
		return v.String()
	}
	return ""
}

// checkText refuses to write what not every database can keep.
func checkText(args []any) error {
	for _, a := range args {
		if !storable(textOf(a)) {
			return ticket.Errorf(ticket.Invalid, "text must be valid UTF-8 without the character NUL")
		}
	}
	return nil
}

// known replaces in place what no row can hold by NULL, which compares with nothing.
func known(args []any) []any {
	for i, a := range args {
		if !storable(textOf(a)) {
			args[i] = nil
		}
	}
	return args
}
