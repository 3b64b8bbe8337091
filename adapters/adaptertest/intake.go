package adaptertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

func nameIsValid(w *world) error {
	name := w.h.Adapter.Name()
	if !adapters.ValidName(name) {
		return fmt.Errorf("%q is no valid name: [a-z0-9-]{1,32}", name)
	}
	if again := w.h.Adapter.Name(); again != name {
		return fmt.Errorf("the name changed from %q to %q", name, again)
	}
	return nil
}

func declaresWhatItCan(w *world) error {
	var errs []error
	if _, has := w.h.Adapter.(adapters.Sender); has != w.f.Sends {
		errs = append(errs, fmt.Errorf("implements Sender: %t, Features.Sends: %t", has, w.f.Sends))
	}
	if _, has := w.h.Adapter.(adapters.Routes); has != w.f.Routes {
		errs = append(errs, fmt.Errorf("implements Routes: %t, Features.Routes: %t", has, w.f.Routes))
	}
	return errors.Join(errs...)
}

// item is a plain item; n tells items apart.
func item(n int) Item {
	return Item{
		ID:      fmt.Sprintf("item-%d", n),
		Name:    "Erika Beispiel",
		Address: "erika@kunde.example",
		Subject: "The printer is on fire",
		Text:    fmt.Sprintf("It began this morning.\nPlease help soon.\nOur reference is case%dx.", n),
	}
}

func takesAnItem(w *world) error {
	it := item(1)
	got, err := w.take(it)
	if err != nil {
		return err
	}
	return w.compare(it, got)
}

func takesAnyLanguage(w *world) error {
	var errs []error
	for n, s := range []struct{ name, subject, text string }{
		{"Jürgen Größe", "Grüße aus Köln: „Straße“ gesperrt", "Öl läuft über.\nÄußerst dringend, 50 € Schaden."},
		{"山田太郎", "プリンターが動きません", "昨日から印刷できません。\nよろしくお願いします。"},
		{"שרה כהן", "שאלה על החשבון", "שלום רב\nהחשבון שגוי"},
		{"Zoë 🎟️", "🔥 on floor 3 🔥", "Thanks 👩‍🚒\ncafe\u0301 and naïve"},
		{"Long", strings.Repeat("word ", 30) + "end", strings.Repeat("a line of some length that goes on and on\n", 200) + "the end"},
	} {
		it := item(100 + n)
		it.Name, it.Subject, it.Text = s.name, s.subject, s.text+"\n"+it.Text
		got, err := w.take(it)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, w.compare(it, got))
	}
	return errors.Join(errs...)
}

// compare checks what every channel must keep of an item.
func (w *world) compare(it Item, got Call) error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("item %s: "+format, append([]any{it.ID}, args...)...))
	}
	if got.Item.Key == "" || len(got.Item.Key) > 500 {
		bad("the key has %d bytes, must have 1 to 500", len(got.Item.Key))
	}
	if !w.f.NoSubject && got.Item.Subject != it.Subject {
		bad("the subject is %q, was %q", got.Item.Subject, it.Subject)
	}
	if missing := missingLine(it.Text, got.Item.Text); missing != "" {
		bad("the text lost the line %q; it is %q", missing, got.Item.Text)
	}
	if !w.f.NoSender {
		if got.Item.From.Name != it.Name {
			bad("the sender's name is %q, was %q", got.Item.From.Name, it.Name)
		}
		if got.Item.From.Identity.Kind == "" || got.Item.From.Identity.Value == "" {
			bad("the sender has no identity: %+v", got.Item.From.Identity)
		}
	}
	return errors.Join(errs...)
}

// missingLine gives the first line of want that got does not have, ignoring blanks at the ends of lines and empty lines.
func missingLine(want, got string) string {
	have := map[string]bool{}
	for line := range strings.SplitSeq(got, "\n") {
		have[strings.TrimSpace(line)] = true
	}
	for line := range strings.SplitSeq(want, "\n") {
		if line = strings.TrimSpace(line); line != "" && !have[line] {
			return line
		}
	}
	return ""
}

func takesItemsAtTheSameTime(w *world) error {
	const n = 5
	errs := make([]error, n)
	release := w.rec.Hold() // so that they meet, as far as the adapter lets them
	defer release()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = w.inject(item(i)) })
	}
	ctx, cancel := context.WithTimeout(w.ctx, w.f.Settle)
	defer cancel()
	_ = w.rec.Wait(ctx, func(r *Recorder) bool { return len(r.Calls()) == n }) // one after the other is fine
	release()
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if got := len(w.rec.Taken()); got != n {
		return fmt.Errorf("%d items were acknowledged, %d came in", n, got)
	}
	return nil
}

// offer delivers an item to an intake that fails, and reports whether the source was told OK all the same.
func (w *world) offer(it Item) (acked bool, err error) {
	ctx, cancel := context.WithTimeout(w.ctx, w.f.Patience)
	defer cancel()
	type answer struct {
		acked bool
		err   error
	}
	answered := make(chan answer, 1)
	go func() {
		acked, err := w.h.Inject(ctx, it)
		answered <- answer{acked, err}
	}()
	seen := w.rec.Wait(ctx, func(r *Recorder) bool {
		for _, c := range r.Calls() {
			if c.Done && c.Err != nil {
				return true
			}
		}
		return false
	})
	if seen != nil { // nobody asked the intake: an answer, if there is one, is a lie
		cancel()
	}
	settle := time.NewTimer(w.f.Settle)
	defer settle.Stop()
	select {
	case a := <-answered:
		return a.acked, a.err
	case <-settle.C:
		cancel()
	}
	select {
	case a := <-answered:
		return a.acked, a.err
	case <-time.After(w.f.Patience):
		return false, errors.New("harness: Inject did not return when its context ended")
	}
}

func acknowledgesAfterCommit(w *world) error {
	w.rec.FailWith(errIntake)
	acked, err := w.offer(item(1))
	if err != nil {
		return err
	}
	if len(w.rec.Calls()) == 0 {
		return errors.New("the item never reached the intake")
	}
	if n := len(w.rec.Parked()); n > 0 {
		return errors.New("the item was parked because the intake failed for a while")
	}
	if acked {
		return errors.New("the source was told OK although the intake had failed: the item is lost")
	}
	w.rec.FailWith(nil)
	if err := w.inject(item(1)); err != nil {
		return fmt.Errorf("offered again: %w", err)
	}
	if n := len(w.rec.Taken()); n != 1 {
		return fmt.Errorf("the item came in as %d tickets after it was offered again: %q", n, keysOf(w.rec.Calls()))
	}
	return w.oneKey()
}

func repeatsHaveOneKey(w *world) error {
	for range 2 {
		if err := w.inject(item(1)); err != nil {
			return err
		}
	}
	return w.oneKey()
}

func (w *world) oneKey() error {
	keys := keysOf(w.rec.Calls())
	if len(keys) == 0 {
		return errors.New("the item was acknowledged, but never reached the intake")
	}
	for _, k := range keys[1:] {
		if k != keys[0] {
			return fmt.Errorf("one item came with several keys, so a repeat makes a second ticket: %q", keys)
		}
	}
	return nil
}

func keysOf(calls []Call) []string {
	var out []string
	for _, c := range calls {
		out = append(out, c.Item.Key)
	}
	return out
}

func itemsHaveTheirOwnKeys(w *world) error {
	one, same, other := item(1), item(2), item(3)
	other.Name, other.Address = "Max Muster", "max@andere.example"
	var got []Call
	for _, it := range []Item{one, same, other} {
		c, err := w.take(it)
		if err != nil {
			return err
		}
		got = append(got, c)
	}
	keys := map[string]bool{}
	for _, c := range got {
		if keys[c.Item.Key] {
			return fmt.Errorf("two items have the key %q, so one of them is lost", c.Item.Key)
		}
		keys[c.Item.Key] = true
	}
	if w.f.NoSender {
		return nil
	}
	a, b, c := identity(got[0].Item), identity(got[1].Item), identity(got[2].Item)
	if a != b {
		return fmt.Errorf("one sender has two identities: %q and %q", a, b)
	}
	if a == c {
		return fmt.Errorf("two senders have one identity: %q", a)
	}
	return nil
}

// files are bytes that a careless decoder changes.
func files() []File {
	all := make([]byte, 0, 512)
	for i := range 256 {
		all = append(all, byte(i), byte(255-i))
	}
	return []File{
		{"all-bytes.bin", "application/octet-stream", all},
		{"lines.txt", "text/plain", []byte("one\r\ntwo\nthree\rfour\n.\n..\n\nFrom here on\n\n")},
		{"übersicht.csv", "text/csv", []byte("\xef\xbb\xbfgröße;zahl\r\n1;2\r\n")},
		{"large.bin", "application/octet-stream", bytes.Repeat([]byte("\x00\xff\r\n.ticket"), 30_000)},
	}
}

func (w *world) compareFiles(want, got []File) error {
	if len(want) != len(got) {
		return fmt.Errorf("%d files became %d", len(want), len(got))
	}
	for n := range want {
		if !bytes.Equal(want[n].Data, got[n].Data) {
			return fmt.Errorf("the bytes of file %q (%d) changed: %d arrived", want[n].Name, len(want[n].Data), len(got[n].Data))
		}
	}
	return nil
}

func keepsFiles(w *world) error {
	it := item(1)
	it.Files = files()
	got, err := w.take(it)
	if err != nil {
		return err
	}
	if err := w.compareFiles(it.Files, got.Files); err != nil {
		return err
	}
	for n, f := range got.Files {
		if f.Name != it.Files[n].Name {
			return fmt.Errorf("file %q arrived as %q", it.Files[n].Name, f.Name)
		}
	}
	return w.compare(it, got)
}

func survivesHostileFileNames(w *world) error {
	it := item(1)
	for _, name := range []string{"../../etc/passwd", `..\..\windows\system.ini`, "invoice\u202Egnp.exe", strings.Repeat("long", 100) + ".txt", "-rf", "con", ".htaccess", "a b; c=d.txt"} {
		it.Files = append(it.Files, File{name, "text/plain", []byte("content of " + name)})
	}
	got, err := w.take(it)
	if err != nil {
		return err
	}
	for n := range got.Files {
		if name := ticket.FileName(got.Files[n].Name); name == "" || strings.ContainsAny(name, `/\`) {
			return fmt.Errorf("file %q arrived as %q", it.Files[n].Name, got.Files[n].Name)
		}
	}
	return w.compareFiles(it.Files, got.Files)
}

func keepsHTML(w *world) error {
	it := item(1)
	it.HTML = `<html><body><p>It <b>burns</b> brightly, see <a href="https://example.example/x">here</a>.</p></body></html>`
	got, err := w.take(it)
	if err != nil {
		return err
	}
	if !strings.Contains(got.Item.HTML, "<b>burns</b>") {
		return fmt.Errorf("the HTML is %q", got.Item.HTML)
	}
	if strings.TrimSpace(got.Item.Text) == "" {
		return errors.New("an item with HTML has no text")
	}
	return nil
}

func marksMachines(w *world) error {
	for n, machine := range []bool{false, true} {
		it := item(n)
		it.Machine = machine
		got, err := w.take(it)
		if err != nil {
			return err
		}
		if got.Item.Machine != machine {
			return fmt.Errorf("an item with machine %t came in as %t", machine, got.Item.Machine)
		}
	}
	return nil
}

func verifiesSenders(w *world) error {
	for n, proven := range []bool{false, true} {
		it := item(n)
		it.Proven = proven
		got, err := w.take(it)
		if err != nil {
			return err
		}
		if v := got.Item.Verified; (v != nil && *v) != proven {
			return fmt.Errorf("an item whose sender is proven (%t) came in as verified %t", proven, v != nil && *v)
		}
	}
	return nil
}
