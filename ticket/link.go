package ticket

import (
	"cmp"
	"slices"
)

// SortLinks brings links into the order of Reader.Links: as they were made, then by the number of the other end and by kind.
func SortLinks(ls []Linked) {
	slices.SortFunc(ls, func(a, b Linked) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.Other.Number, b.Other.Number), cmp.Compare(a.Kind, b.Kind))
	})
}
