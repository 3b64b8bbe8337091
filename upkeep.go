package ticketkit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"time"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/internal/jobs/cron"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// What the desk does by the clock. Each is one run for all processes on the database.
const (
	cronSweep = "cron.sweep" // removes files that no row uses any more
	cronClean = "cron.clean" // removes rows that nobody needs any more
	cronPin   = "cron.pin"   // pins the newest history; see ticket.EventCheckpoint
	cronRoll  = "cron.roll"  // packs the facts of days, so that the numbers of an interval are soon read
)

const (
	sweepEvery = time.Hour
	// sweepAge is how long a blob may lie without a row before it is taken for a leftover: bytes are kept before the transaction that
	// uses them commits.
	sweepAge = 2 * time.Hour

	pinEvery = 10 * time.Minute

	rollEvery = 10 * time.Minute
	// rollLeast is how many tickets must have changed on a day before it is packed again; at night one is enough.
	rollLeast = 50

	// keepDone is how long a finished job can still be looked at. The id of a scheduled run is remembered for as long.
	keepDone = 7 * 24 * time.Hour
	// keepReceipts is how long an item that was taken in is known. It is longer than mailboxes keep what was imported: after the server has
	// numbered a mailbox anew, only this memory keeps old mail from becoming new tickets.
	keepReceipts = 3 * 366 * 24 * time.Hour

	// keepAutoMails is how long the caps of automatic mail can look back; see ticket.Notices.Every.
	keepAutoMails = 31 * 24 * time.Hour

	// maxPruned bounds what one run removes; the rest waits for the next night.
	maxPruned = 1_000_000
)

// sweeper is what Config.Blobs may be, beside ticket.Blobs: it removes what no row uses any more, such as the files of deleted tickets.
type sweeper interface {
	Sweep(ctx context.Context, olderThan time.Time, inUse func(ctx context.Context, sha256 string) (bool, error)) (int, error)
}

// clock wires what is done by the clock.
func (d *Desk) clock() (*cron.Cron, error) {
	night, err := cron.DailyAt(4, 10, d.cfg.Zone)
	if err != nil {
		return nil, err
	}
	entries := map[string]cron.Entry{cronClean: {Schedule: night, Work: d.clean}, cronPin: {Schedule: cron.Every(pinEvery), Work: d.pin},
		cronRoll: {Schedule: cron.Every(rollEvery), Work: func(ctx context.Context, _ time.Time) error { return d.rollUp(ctx, rollLeast) }}}
	if blobs, ok := d.cfg.Blobs.(sweeper); ok {
		entries[cronSweep] = cron.Entry{Schedule: cron.Every(sweepEvery), Work: func(ctx context.Context, _ time.Time) error {
			n, err := blobs.Sweep(ctx, d.now().Add(-sweepAge), d.cfg.Store.BlobInUse)
			if n > 0 {
				d.log.Info("unused files removed", "files", n)
			}
			return err
		}}
	}
	for _, w := range d.cfg.Daily {
		at, err := cron.DailyAt(w.Hour, w.Minute, d.cfg.Zone)
		if err != nil || !dailyName.MatchString(w.Name) || w.Work == nil {
			return nil, ticket.InvalidField("daily", "%q: its name, its time or what it does", w.Name)
		}
		kind := "daily." + w.Name
		if _, twice := entries[kind]; twice {
			return nil, ticket.InvalidField("daily", "%q is there twice", w.Name)
		}
		entries[kind] = cron.Entry{Schedule: at, Work: func(ctx context.Context, _ time.Time) error { return w.Work(ctx) }}
	}
	return cron.New(cron.Config{Store: d.cfg.Store, Entries: entries, Now: d.cfg.Now, Log: d.log})
}

// Daily is one thing that a host wants done each day. A run that was missed is made up for once, and one that fails is tried again a few times;
// so it must be harmless when it is repeated.
type Daily struct {
	Name         string // [a-z0-9_]{1,32}; another for each
	Hour, Minute int    // by the clock of Config.Zone
	Work         func(ctx context.Context) error
}

var dailyName = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

// clean removes finished jobs, expired sessions, answers kept for repeats and the memory of what came in years ago.
func (d *Desk) clean(ctx context.Context, _ time.Time) error {
	now := d.now()
	done, err := d.cfg.Store.PruneJobs(ctx, now.Add(-keepDone), maxPruned)
	if err != nil {
		return fmt.Errorf("finished jobs: %w", err)
	}
	receipts, err := d.cfg.Store.PruneReceipts(ctx, now.Add(-keepReceipts), maxPruned)
	if err != nil {
		return fmt.Errorf("old receipts: %w", err)
	}
	if _, err := d.cfg.Store.PruneCalls(ctx, now, maxPruned); err != nil {
		return fmt.Errorf("calls that may come again: %w", err)
	}
	if _, err := d.cfg.Store.PruneAutoMails(ctx, now.Add(-keepAutoMails), maxPruned); err != nil {
		return fmt.Errorf("automatic mails: %w", err)
	}
	if _, err := d.cfg.Store.PruneSaved(ctx, ticket.SavedUndo, now.Add(-ticket.UndoFor)); err != nil {
		return fmt.Errorf("bulk changes that cannot be undone any more: %w", err)
	}
	if err := d.cfg.Store.UpdateAccounts(ctx, func(tx rbac.Tx) error { return tx.DeleteExpiredSessions(ctx, now) }); err != nil {
		return fmt.Errorf("expired sessions: %w", err)
	}
	if err := d.rollUp(ctx, 1); err != nil {
		return err
	}
	d.log.Debug("old rows removed", "jobs", done, "receipts", receipts)
	return nil
}

// rollUp packs the facts of a number of days.
func (d *Desk) rollUp(ctx context.Context, least int) error {
	n, err := d.cfg.Store.RollUp(ctx, least)
	if err != nil {
		return fmt.Errorf("packed facts: %w", err)
	}
	d.log.Debug("facts packed", "days", n)
	return nil
}

// pin makes a checkpoint of the history, under the key of this process.
func (d *Desk) pin(ctx context.Context, _ time.Time) error {
	actor := ticket.SystemActor("history")
	if _, err := d.service.RotateKeys(ctx, actor); err != nil {
		return err
	}
	_, err := d.service.Checkpoint(ctx, actor)
	return err
}

// rotate tells the history at the start of a process that the secret was changed, and seals anew what is kept. What of the history fails is tried again by the
// next pin, and the rest by the next start.
func (d *Desk) rotate(ctx context.Context) {
	if d.cfg.Mailboxes != nil {
		if err := d.cfg.Mailboxes.Renew(ctx); err != nil && ctx.Err() == nil {
			d.log.Error("secrets of mailboxes cannot be sealed with the present secret", "err", err)
		}
	}
	rotated, err := d.service.RotateKeys(ctx, ticket.SystemActor("history"))
	switch {
	case err != nil && ctx.Err() == nil:
		d.log.Error("the history cannot be sealed with the present secret", "err", err)
	case rotated:
		d.log.Info("the history is sealed with a new key; the previous secret is needed no longer than its tokens are")
	}
}

func (d *Desk) now() time.Time {
	if d.cfg.Now != nil {
		return d.cfg.Now()
	}
	return time.Now()
}

// keepUpJob sets the timers of tickets that were there before the settings of Config.Upkeep, from one number on.
const keepUpJob = "keep_up"

// keepUpBatch is how many tickets one job looks after.
const keepUpBatch = 100

// keepUpState is the name under which the settings are remembered that the timers follow.
const keepUpState = "desk.upkeep"

type keepUpPayload struct {
	After int64 `json:"after"`
}

// renewUpkeep lets the timers of all tickets follow settings that are not those of the last start. What fails is tried by the next start.
func (d *Desk) renewUpkeep(ctx context.Context) {
	err := func() error {
		b, err := json.Marshal(d.cfg.Upkeep)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		now := hex.EncodeToString(sum[:])
		was, err := d.cfg.Store.Get(ctx, keepUpState)
		if err != nil || was == now {
			return err
		}
		if was == "" && reflect.ValueOf(d.cfg.Upkeep).IsZero() { // there never was a promise, so no ticket has a timer to lose
			return d.cfg.Store.Set(ctx, keepUpState, now)
		}
		job, err := jobs.NewJob(keepUpJob, "", d.now(), keepUpPayload{})
		if err != nil {
			return err
		}
		if err := d.cfg.Store.EnqueueJob(ctx, job); err != nil {
			return err
		}
		return d.cfg.Store.Set(ctx, keepUpState, now)
	}()
	if err != nil && ctx.Err() == nil {
		d.log.Error("the timers of tickets do not follow the present settings", "err", err)
	}
	d.runner.Wake()
}

// keepUp is the handler of keepUpJob. It leaves the rest to the next job, so that a lease is never long, and rests as long as it has worked: a
// million tickets take a while, and people work beside it.
func (d *Desk) keepUp(ctx context.Context, job jobs.Job) error {
	began := time.Now()
	var p keepUpPayload
	if err := json.Unmarshal(job.Payload, &p); err != nil {
		return jobs.Permanent(fmt.Errorf("payload of %s: %w", job.ID, err))
	}
	last, err := d.service.KeepUp(ctx, ticket.SystemActor("upkeep"), p.After, keepUpBatch)
	if err != nil || last == 0 {
		return err
	}
	next, err := jobs.NewJob(keepUpJob, "", d.now().Add(time.Since(began)), keepUpPayload{last})
	if err == nil {
		err = d.cfg.Store.EnqueueJob(ctx, next)
	}
	return err
}
