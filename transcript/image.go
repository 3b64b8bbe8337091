package transcript

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// safeImages are the types that are put into a document. SVG is none of them: it is a program.
var safeImages = [...]string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// inline gives an attachment as a data: URI (RFC 2397) if it is a small image, and takes its bytes from the budget. Only what the
// bytes say counts (WHATWG MIME Sniffing); what the attachment claims merely saves opening it. Damaged means that the bytes do not have
// the SHA-256 that is known of them.
func (r *htmlRenderer) inline(ctx context.Context, a *ticket.Attachment) (uri string, damaged bool, err error) {
	limit := min(r.o.InlineLimit, r.budget)
	if r.src.Open == nil || a.Size <= 0 || a.Size > int64(limit) || !strings.HasPrefix(strings.ToLower(a.ContentType), "image/") {
		return "", false, nil
	}
	b, err := r.read(ctx, *a, limit)
	if kind := ticket.KindOf(err); kind == ticket.NotFound || kind == ticket.Denied {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	if sum := sha256.Sum256(b); a.SHA256 != "" && !strings.EqualFold(a.SHA256, hex.EncodeToString(sum[:])) {
		return "", true, nil
	}
	found := http.DetectContentType(b)
	for _, typ := range safeImages {
		if found == typ && len(b) <= limit {
			r.budget -= len(b)
			return "data:" + typ + ";base64," + base64.StdEncoding.EncodeToString(b), false, nil
		}
	}
	return "", false, nil
}

// read gives at most one byte more than limit, so that what is longer than it said can be told.
func (r *htmlRenderer) read(ctx context.Context, a ticket.Attachment, limit int) (b []byte, err error) {
	body, err := r.src.Open(ctx, a)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	b, err = io.ReadAll(io.LimitReader(body, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return b, nil
}
