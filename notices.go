package ticketkit

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/transcript"
)

// addresser is what Config.Mail may be, beside adapters.Sender: it tells from which addresses it writes.
type addresser interface{ Addresses() []string }

// notices is what the desk mails by itself. Without somebody who carries mail that is nothing.
func (d *Desk) notices() ticket.Notices {
	n := d.cfg.Notices
	if d.cfg.Mail == nil {
		n.Mails = nil
		return n
	}
	if n.Mails = maps.Clone(n.Mails); n.Mails == nil {
		n.Mails = map[ticket.NoticeKind]bool{ticket.NoticeReceipt: true, ticket.NoticeClosed: true, ticket.NoticeAssigned: true, ticket.NoticeBounced: true}
	}
	if own, ok := d.cfg.Mail.(addresser); ok {
		n.Own = append(slices.Clone(n.Own), own.Addresses()...)
	}
	return n
}

// transcript is the conversation as its requester may have it: a signed page without notes.
func (d *Desk) transcript(ctx context.Context, id ticket.ID, locale string) (adapters.Attachment, error) {
	src, err := transcript.FromService(ctx, d.service, ticket.SystemActor("transcript"), id)
	if err != nil {
		return adapters.Attachment{}, err
	}
	signer, err := d.seal.Signer(ctx)
	if err != nil {
		return adapters.Attachment{}, err
	}
	zone := d.cfg.Zone
	own, err := d.service.Branding(ctx, ticket.SystemActor("transcript"))
	if err != nil {
		return adapters.Attachment{}, err
	}
	if z, err := time.LoadLocation(own.TimeZone); err == nil && own.TimeZone != "" {
		zone = z
	}
	var b bytes.Buffer
	err = transcript.Render(ctx, &b, transcript.HTML, src, transcript.Options{Lang: locale, Zone: zone, Brand: transcript.Brand{Name: d.cfg.Name}.With(own), Now: d.now(), Signer: signer})
	if err != nil {
		return adapters.Attachment{}, err
	}
	return adapters.Attachment{
		Attachment: ticket.Attachment{Name: fmt.Sprintf("ticket-%d.html", src.Ticket.Number), ContentType: "text/html; charset=utf-8", Size: int64(b.Len())},
		Open:       func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil },
	}, nil
}
