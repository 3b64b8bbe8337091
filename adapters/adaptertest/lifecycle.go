package adaptertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
)

func returnsNilWhenCancelled(w *world) error {
	if err := w.inject(item(1)); err != nil { // it serves
		return err
	}
	w.stop()
	err, ended := w.ended()
	switch {
	case !ended:
		return fmt.Errorf("Run did not return within %s after its context had ended", w.f.Patience)
	case err != nil:
		return fmt.Errorf("Run must return nil when its context ends, not: %w", err)
	case w.f.Routes: // what the desk has mounted is the desk's to take down
		return nil
	}
	before := len(w.rec.Calls())
	ctx, cancel := context.WithTimeout(w.ctx, w.f.Settle)
	defer cancel()
	acked, err := w.h.Inject(ctx, item(2))
	if err == nil && acked || len(w.rec.Calls()) > before {
		return errors.New("an item was taken in after Run had returned")
	}
	return nil
}

func finishesWhatItBegan(w *world) error {
	release := w.rec.Hold()
	defer release()
	ctx, cancel := context.WithTimeout(w.ctx, w.f.Patience)
	defer cancel()
	acks := make(chan bool, 1)
	go func() {
		acked, err := w.h.Inject(ctx, item(1))
		acks <- acked && err == nil
	}()
	if err := w.rec.Wait(ctx, func(r *Recorder) bool { return len(r.Calls()) > 0 }); err != nil {
		return errors.New("the item never reached the intake")
	}
	w.stop()
	settle := time.NewTimer(w.f.Settle)
	defer settle.Stop()
	select {
	case err := <-w.end:
		w.end <- err
		if !w.rec.Calls()[0].Done {
			return errors.New("Run returned while an item was still being taken in")
		}
	case <-settle.C:
	}
	release()
	if err, ended := w.ended(); !ended || err != nil {
		return fmt.Errorf("Run returned: %t, with error: %w", ended, cmpErr(err, context.DeadlineExceeded))
	}
	if err := w.rec.Wait(ctx, func(r *Recorder) bool { return r.Calls()[0].Done }); err != nil {
		return errors.New("Receive was abandoned")
	}
	cancel()
	select {
	case acked := <-acks:
		if c := w.rec.Calls()[0]; acked && c.Err != nil {
			return fmt.Errorf("the source was told OK at the end although the intake had failed with: %w", c.Err)
		}
	case <-time.After(w.f.Patience):
		return errors.New("harness: Inject did not return when its context ended")
	}
	return nil
}

func goesOnAfterAnError(w *world) error {
	if w.h.Break == nil {
		return &skipError{"the harness has no Break"}
	}
	if err := w.inject(item(1)); err != nil {
		return err
	}
	w.h.Break()
	came := make(chan error, 1)
	go func() { came <- w.inject(item(2)) }()
	var ended, lost error
	select {
	case ended = <-w.end:
		w.start() // as the desk does
		lost = <-came
	case lost = <-came:
		if lost == nil {
			return nil // it mended itself, which is as good
		}
		select {
		case ended = <-w.end:
			w.start()
			lost = w.inject(item(2))
		default:
			return lost
		}
	}
	if ended == nil {
		return errors.New("Run returned nil although its context had not ended")
	}
	if lost != nil {
		return fmt.Errorf("after Run was called again: %w", lost)
	}
	return nil
}

func checkIsHarmless(w *world) error {
	c, ok := w.h.Adapter.(adapters.Checker)
	if !ok {
		return &skipError{"the adapter is no Checker"}
	}
	ended, cancel := context.WithCancel(w.ctx)
	cancel()
	for _, ctx := range []context.Context{w.ctx, ended} {
		ctx, cancel := context.WithTimeout(ctx, w.f.Patience)
		defer cancel()
		findings := make(chan []adapters.Finding, 1)
		go func() {
			defer func() {
				if v := recover(); v != nil {
					findings <- []adapters.Finding{{Level: fmt.Sprintf("panic: %v", v)}}
				}
			}()
			findings <- c.Check(ctx)
		}()
		select {
		case got := <-findings:
			for _, f := range got {
				if !slices.Contains([]string{"ok", "warning", "error"}, f.Level) || f.Check == "" || f.Text == "" {
					return fmt.Errorf("a finding must have a known level, a check and a text: %+v", f)
				}
			}
		case <-time.After(2 * w.f.Patience):
			return errors.New("Check did not return with its context")
		}
	}
	if len(w.rec.Calls())+len(w.rec.Parked()) > 0 {
		return errors.New("Check took something in")
	}
	return w.inject(item(1)) // it still serves
}

func retryGivesTheSameItem(w *world) error {
	r, ok := w.h.Adapter.(adapters.Retrier)
	if !ok {
		return &skipError{"the adapter is no Retrier"}
	}
	got, err := w.take(item(1))
	if err != nil {
		return err
	}
	again := &Recorder{}
	if len(got.Item.Raw) > 0 {
		p := adapters.Parked{ID: "1", Channel: w.h.Adapter.Name(), Key: got.Item.Key, Reason: "on trial", Raw: got.Item.Raw, Size: int64(len(got.Item.Raw))}
		if err := r.Retry(w.ctx, again, p); err != nil {
			return fmt.Errorf("read again what the adapter had just read: %w", err)
		}
		calls := again.Calls()
		if len(calls) != 1 || calls[0].Item.Key != got.Item.Key {
			return fmt.Errorf("one Retry must give the same item with the same key %q, gave %q", got.Item.Key, keysOf(calls))
		}
		if missing := missingLine(item(1).Text, calls[0].Item.Text); missing != "" {
			return fmt.Errorf("the text lost the line %q when it was read again", missing)
		}
	}
	nonsense := adapters.Parked{ID: "2", Channel: w.h.Adapter.Name(), Key: "nonsense", Raw: []byte("\xff\xfe\x00 nonsense")}
	again = &Recorder{}
	if err := r.Retry(w.ctx, again, nonsense); err == nil && len(again.Calls())+len(again.Parked()) == 0 {
		return errors.New("Retry of nonsense said nothing: it must receive, park or fail")
	}
	return nil
}

func routesRefuseNonsense(w *world) error {
	r, ok := w.h.Adapter.(adapters.Routes)
	if !ok {
		return errors.New("the adapter has no Routes")
	}
	rec := &Recorder{}
	h := r.Routes(rec)
	if h == nil {
		return errors.New("Routes gave no handler")
	}
	for _, typ := range []string{"", "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain; ;;"} {
		req := httptest.NewRequestWithContext(w.ctx, http.MethodPost, "/", bytes.NewReader([]byte("\xff\x00{]nonsense=%zz--x")))
		if typ != "" {
			req.Header.Set("Content-Type", typ)
		}
		got := httptest.NewRecorder()
		h.ServeHTTP(got, req)
		if got.Code < 400 || got.Code > 499 {
			return fmt.Errorf("nonsense of type %q was answered with %d", typ, got.Code)
		}
	}
	if n := len(rec.Calls()); n > 0 {
		return fmt.Errorf("nonsense became %d items", n)
	}
	return nil
}
