package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/imap"
	"github.com/ticketkit/ticketkit/internal/testdovecot"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
)

const (
	mailName  = "mail import"
	mailbox   = "support@bench.example"
	mailWait  = 10 * time.Minute
	mailBytes = 20 << 10
)

// letter is an ordinary mail of about 20 KB. Each fourth answers the one before it.
func letter(n int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "From: Customer %d <customer%d@bench.example>\r\nTo: %s\r\nSubject: Order %d\r\nMessage-ID: <%d@mail.bench.example>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0100\r\n", n%200, n%200, mailbox, n, n)
	if n%4 == 3 {
		fmt.Fprintf(&b, "In-Reply-To: <%d@mail.bench.example>\r\n", n-1)
	}
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n")
	for i := 0; b.Len() < mailBytes; i++ {
		fmt.Fprintf(&b, "Line %d of letter %d: the printer on the third floor does not print since this morning.\r\n", i, n)
	}
	return []byte(b.String())
}

// mailImport takes mails in from a real Dovecot, beside merely fetching them with the same client and a connection like the desk's.
func mailImport(ctx context.Context, mails int) error {
	t := &borrowed{}
	defer t.close()
	var dove *testdovecot.Server
	if err := t.try(func() { dove = testdovecot.Start(t) }); err != nil {
		fmt.Println("left out: "+mailName+":", err)
		return nil
	}
	if err := dove.User(mailbox, password); err != nil {
		return err
	}
	for n := range mails {
		if err := dove.Put(mailbox, letter(n)); err != nil {
			return err
		}
	}
	took, err := fetchAll(ctx, dove.IMAP, mails)
	if err != nil {
		return err
	}
	fmt.Printf("\n%d mails of %d KB from Dovecot: merely fetched %.0f/s", mails, mailBytes>>10, float64(mails)/took.Seconds())
	return importAll(ctx, dove, mails, took)
}

// fetchAll reads the bodies of all mails and throws them away.
func fetchAll(ctx context.Context, addr string, mails int) (time.Duration, error) {
	c, err := imapclient.DialInsecure(addr, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = c.Close() }()
	if err := c.Login(mailbox, password).Wait(); err != nil {
		return 0, err
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		return 0, err
	}
	list, err := c.UIDSearch(&goimap.SearchCriteria{}, nil).Wait() // the server's index is made by now
	if err != nil {
		return 0, err
	}
	var all goimap.UIDSet
	all.AddNum(list.AllUIDs()...)
	began, n := time.Now(), 0
	cmd := c.Fetch(all, &goimap.FetchOptions{UID: true, RFC822Size: true, InternalDate: true, Flags: true, BodySection: []*goimap.FetchItemBodySection{{Peek: true}}})
	for msg := cmd.Next(); msg != nil && ctx.Err() == nil; msg = cmd.Next() {
		for item := msg.Next(); item != nil; item = msg.Next() {
			if body, ok := item.(imapclient.FetchItemDataBodySection); ok && body.Literal != nil {
				if _, err := io.Copy(io.Discard, body.Literal); err != nil {
					return 0, err
				}
				n++
			}
		}
	}
	if err := errors.Join(cmd.Close(), ctx.Err()); err != nil {
		return 0, err
	}
	if n != mails {
		return 0, fmt.Errorf("the server gave %d of %d mails", n, mails)
	}
	return time.Since(began), nil
}

// importAll lets a desk of its own take the mails in, with files and SQLite as a program has them, and move them to Processed.
func importAll(ctx context.Context, dove *testdovecot.Server, mails int, fetched time.Duration) error {
	dir, err := os.MkdirTemp("", "ticketkit-bench-mail-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	blobs := store.NewFileBlobs(filepath.Join(dir, "blobs"))
	st, err := sqlite.Open(ctx, filepath.Join(dir, "desk.db"), sqlite.Options{Blobs: blobs})
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }()
	if err := st.Migrate(ctx); err != nil {
		return err
	}
	reader, adapter, err := imap.New(imap.Config{State: st, Source: imap.Static{{ID: "bench", Address: mailbox, Password: password, Server: dove.IMAP, Security: imap.Plain}}})
	if err != nil {
		return err
	}
	desk, err := ticketkit.New(ticketkit.Config{Store: st, Blobs: blobs, Secret: []byte("vN3x-8Kq2WzLr7TbPy5McHd9JsGf4Ae6u"), Adapters: []adapters.Adapter{adapter}})
	if err != nil {
		return err
	}
	run, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	began, used := time.Now(), cpuTime()
	go func() { done <- desk.Run(run) }()
	tick := time.NewTicker(500 * time.Millisecond) // who counts uses the same machine
	defer tick.Stop()
	for dove.Count(mailbox, "Processed") < mails && time.Since(began) < mailWait {
		<-tick.C
	}
	took, cpu := time.Since(began), cpuTime()-used
	imported := int64(0)
	for _, s := range reader.Sources() {
		imported += s.Imported
	}
	stop()
	if err := <-done; err != nil {
		return err
	}
	if imported != int64(mails) {
		return fmt.Errorf("%d of %d mails were taken in", imported, mails)
	}
	fmt.Printf(", taken in and moved %.0f/s: ratio %.3f\n", float64(mails)/took.Seconds(), fetched.Seconds()/took.Seconds())
	if err := st.Close(); err != nil {
		return err
	}
	handTook, handCPU, err := mailByHand(ctx, dir, mails)
	if err != nil {
		return err
	}
	fmt.Printf("the same rows and files by hand %.0f/s: ratio %.2f; CPU of a mail %s and by hand %s: ratio %.2f\n", float64(mails)/handTook.Seconds(), handTook.Seconds()/took.Seconds(),
		short(cpu/time.Duration(mails)), short(handCPU/time.Duration(mails)), handCPU.Seconds()/cpu.Seconds())
	return nil
}
