package adaptertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

// outbound is a message to send; n tells messages apart, and the same n gives equal messages with the same key.
func (w *world) outbound(n int) adapters.Outbound {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	id := func(kind int) string { return fmt.Sprintf("01955f00-0000-7000-8000-%04d%08d", kind, n) }
	channel := w.h.Adapter.Name()
	t := ticket.Ticket{
		ID: ticket.ID(id(1)), Number: int64(1000 + n), Subject: "The printer is on fire", Status: "open", Category: ticket.Open,
		Priority: ticket.Normal, Channel: channel, Source: channel, Locale: "en", CreatedAt: at, UpdatedAt: at, MessageCount: 2,
		Requester: ticket.ContactRef{ID: ticket.ContactID(id(2)), Name: w.h.To.Name},
	}
	m := ticket.Message{
		ID: ticket.MessageID(id(3)), TicketID: t.ID, N: 2, Kind: ticket.Public, Channel: channel, CreatedAt: at,
		Author: ticket.Author{Type: ticket.ActorAccount, ID: id(4), Name: "Anna Agentin"}, To: []ticket.Identity{w.h.To.Identity},
		Text:     fmt.Sprintf("Please use the extinguisher.\n.\nGrüße aus Köln\nThis is answer%dx.", n),
		Delivery: &ticket.Delivery{State: ticket.Queued, At: at},
	}
	out := adapters.Outbound{Key: string(m.ID), Ticket: t, Message: m, To: []adapters.Recipient{w.h.To}, InReplyTo: w.h.Origin,
		ReplyToken: strings.Repeat("abcdefghijklmnopqrstuvwxyz234567", 2)[n%22 : n%22+42], Locale: "en"}
	if w.h.Origin != "" {
		out.References = []string{w.h.Origin}
	}
	return out
}

// marker is a word that only message n has.
func marker(n int) string { return fmt.Sprintf("answer%dx", n) }

// send calls Send as the worker does.
func (w *world) send(ctx context.Context, m adapters.Outbound) (id string, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("Send panicked: %v\n%s", v, debug.Stack())
		}
	}()
	s, ok := w.h.Adapter.(adapters.Sender)
	if !ok {
		return "", errors.New("the adapter is no Sender")
	}
	ctx, cancel := context.WithTimeout(ctx, w.f.Patience)
	defer cancel()
	return s.Send(ctx, m)
}

// sent gives what arrived of message n, waiting until it has: what the next hop took may need a moment to be seen behind it.
func (w *world) sent(n int) ([]Sent, error) {
	ctx, cancel := context.WithTimeout(w.ctx, w.f.Patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		all, err := w.h.Sent(ctx)
		if err != nil {
			return nil, fmt.Errorf("harness: sent: %w", err)
		}
		if all = slices.DeleteFunc(all, func(s Sent) bool { return !strings.Contains(s.Text, marker(n)) }); len(all) > 0 {
			return all, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("message %d was sent without error, but never arrived", n)
		}
	}
}

func sendsAMessage(w *world) error {
	m := w.outbound(1)
	id, err := w.send(w.ctx, m)
	if err != nil {
		return fmt.Errorf("Send: %w", err)
	}
	if id == "" {
		return errors.New("Send gave no external id, so that answers cannot be recognised by it")
	}
	got, err := w.sent(1)
	if err != nil {
		return err
	}
	if len(got) != 1 {
		return fmt.Errorf("one Send brought %d messages", len(got))
	}
	var errs []error
	if got[0].ExternalID != "" && got[0].ExternalID != id {
		errs = append(errs, fmt.Errorf("Send gave the external id %q, the receiver sees %q", id, got[0].ExternalID))
	}
	if missing := missingLine(m.Message.Text, got[0].Text); missing != "" && missing != "." { // a lone dot may be marked up
		errs = append(errs, fmt.Errorf("the text lost the line %q; it is %q", missing, got[0].Text))
	}
	if !w.f.NoSubject && !strings.Contains(got[0].Subject, m.Ticket.Subject) {
		errs = append(errs, fmt.Errorf("the subject is %q, must have %q in it", got[0].Subject, m.Ticket.Subject))
	}
	if !slices.Contains(got[0].To, w.h.To.Identity.Value) {
		errs = append(errs, fmt.Errorf("it went to %q, not to %q", got[0].To, w.h.To.Identity.Value))
	}
	return errors.Join(errs...)
}

// keepsTheThread sends a message, if the adapter can, and answers what arrived.
func keepsTheThread(w *world) error {
	m := w.outbound(1)
	answers := &Answers{Token: m.ReplyToken, ExternalID: "earlier-1@desk.example"}
	if w.f.Sends {
		id, err := w.send(w.ctx, m)
		if err != nil {
			return fmt.Errorf("Send: %w", err)
		}
		got, err := w.sent(1)
		if err != nil {
			return err
		}
		if t := got[0].ReplyToken; t != "" && t != m.ReplyToken {
			return fmt.Errorf("an answer would go to the token %q, must be %q", t, m.ReplyToken)
		}
		answers = &Answers{Token: got[0].ReplyToken, ExternalID: id}
	}
	it := item(1)
	it.Subject, it.Answers = "Re: "+it.Subject, answers
	got, err := w.take(it)
	if err != nil {
		return err
	}
	if answers.Token != "" && got.Item.Token == answers.Token || slices.Contains(got.Item.Refs, answers.ExternalID) {
		return nil
	}
	return fmt.Errorf("an answer to %+v came in with token %q and references %q: it would become a ticket of its own", *answers, got.Item.Token, got.Item.Refs)
}

// outFiles gives files as attachments, and counts how many of their readers are open.
func outFiles(fs []File) ([]adapters.Attachment, *atomic.Int32) {
	open := &atomic.Int32{}
	var out []adapters.Attachment
	for n, f := range fs {
		a := adapters.Attachment{Attachment: ticket.Attachment{ID: ticket.AttachmentID(fmt.Sprintf("01955f00-0000-7000-8000-%012d", n)),
			Name: f.Name, ContentType: f.ContentType, Size: int64(len(f.Data))}}
		a.Open = func(context.Context) (io.ReadCloser, error) {
			open.Add(1)
			return &countedCloser{Reader: bytes.NewReader(f.Data), open: open}, nil
		}
		out = append(out, a)
	}
	return out, open
}

type countedCloser struct {
	io.Reader
	open *atomic.Int32
	once sync.Once
}

func (c *countedCloser) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return nil
}

func sendsFiles(w *world) error {
	m := w.outbound(1)
	atts, open := outFiles(files())
	m.Attachments = atts
	if _, err := w.send(w.ctx, m); err != nil {
		return fmt.Errorf("Send: %w", err)
	}
	if n := open.Load(); n != 0 {
		return fmt.Errorf("%d attachments were opened and not closed", n)
	}
	got, err := w.sent(1)
	if err != nil {
		return err
	}
	return w.compareFiles(files(), got[0].Files)
}

// sendsNoHalfMessage has an attachment that breaks off: once it has left without it, nobody notices.
func sendsNoHalfMessage(w *world) error {
	for n, open := range []func(context.Context) (io.ReadCloser, error){
		func(context.Context) (io.ReadCloser, error) { return nil, errors.New("adaptertest: no such file") },
		func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(strings.NewReader("half"), &brokenReader{})), nil
		},
	} {
		m := w.outbound(n)
		m.Attachments, _ = outFiles(files()[:1])
		m.Attachments[0].Open = open
		if _, err := w.send(w.ctx, m); err == nil {
			return errors.New("a message left although one of its files could not be read")
		} else if adapters.IsPermanent(err) {
			return fmt.Errorf("a file that cannot be read just now is no reason to give up: %w", err)
		}
	}
	return nil
}

type brokenReader struct{}

func (*brokenReader) Read([]byte) (int, error) { return 0, errors.New("adaptertest: the disk broke") }

func sendsAtTheSameTime(w *world) error {
	const n = 8
	errs, ids := make([]error, n), make([]string, n)
	var wg, here sync.WaitGroup
	here.Add(n) // all are running before the first one sends: else a busy machine would have them send in turn
	for i := range n {
		wg.Go(func() {
			here.Done()
			here.Wait()
			ids[i], errs[i] = w.send(w.ctx, w.outbound(i))
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	slices.Sort(ids)
	if len(slices.Compact(ids)) != n {
		return fmt.Errorf("%d messages have the external ids %q", n, ids)
	}
	for i := range n {
		if _, err := w.sent(i); err != nil {
			return err
		}
	}
	return nil
}

func repeatedSendsAreHarmless(w *world) error {
	first, err := w.send(w.ctx, w.outbound(1))
	if err != nil {
		return fmt.Errorf("Send: %w", err)
	}
	second, err := w.send(w.ctx, w.outbound(1)) // as after a crash between sending and remembering it
	if err != nil {
		return fmt.Errorf("Send with the same key: %w", err)
	}
	if first != second {
		return fmt.Errorf("the same key gave two external ids, %q and %q", first, second)
	}
	got, err := w.sent(1)
	if err != nil {
		return err
	}
	for _, s := range got {
		if len(got) > 1 && s.ExternalID != first {
			return fmt.Errorf("the receiver got %d copies and cannot tell that they are the same: %q is not %q", len(got), s.ExternalID, first)
		}
	}
	other, err := w.send(w.ctx, w.outbound(2))
	if err != nil {
		return fmt.Errorf("Send of another message: %w", err)
	}
	if other == first {
		return fmt.Errorf("two messages have the external id %q", other)
	}
	return nil
}

func leavesTheMessageAlone(w *world) error {
	m, same := w.outbound(1), w.outbound(1)
	if w.f.Attachments {
		m.Attachments, _ = outFiles(files())
		same.Attachments, _ = outFiles(files())
	}
	if _, err := w.send(w.ctx, m); err != nil {
		return fmt.Errorf("Send: %w", err)
	}
	for _, o := range []*adapters.Outbound{&m, &same} {
		for n := range o.Attachments {
			o.Attachments[n].Open = nil // functions do not compare
		}
	}
	if !reflect.DeepEqual(m, same) {
		return fmt.Errorf("Send changed the message:\n%+v\nwas\n%+v", m, same)
	}
	return nil
}

func sendEndsWithItsContext(w *world) error {
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = w.send(ctx, w.outbound(1))
	}()
	select {
	case <-done:
		return nil
	case <-time.After(w.f.Patience):
		return errors.New("Send did not return although its context had ended")
	}
}

func tellsRefusalsApart(w *world) error {
	if w.h.FailSends == nil {
		return &skipError{"the harness has no FailSends"}
	}
	w.h.FailSends(Temporarily)
	switch _, err := w.send(w.ctx, w.outbound(1)); {
	case err == nil:
		return errors.New("the world refused a message for now, and Send gave no error")
	case adapters.IsPermanent(err):
		return fmt.Errorf("the world refused a message for now, and Send gave it up: %w", err)
	}
	w.h.FailSends(Permanently)
	switch _, err := w.send(w.ctx, w.outbound(2)); {
	case err == nil:
		return errors.New("the world refused a message for good, and Send gave no error")
	case !adapters.IsPermanent(err):
		return fmt.Errorf("the world refused a message for good, and Send did not mark the error by Permanent: %w", err)
	}
	w.h.FailSends(Accept)
	if _, err := w.send(w.ctx, w.outbound(1)); err != nil {
		return fmt.Errorf("tried again after a temporary refusal: %w", err)
	}
	_, err := w.sent(1)
	return err
}
