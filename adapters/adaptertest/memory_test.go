package adaptertest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/adaptertest"
	"github.com/ticketkit/ticketkit/ticket"
)

// faults are ways in which the adapter below breaks the contract. The zero value breaks nothing.
type faults struct {
	badName        bool
	undeclared     bool // sends without saying so
	ackAlways      bool
	ackFirst       bool // before the intake is asked
	parkOnError    bool
	newKeys        bool
	oneKey         bool
	loseFiles      bool
	changeFiles    bool // turns line ends around
	renameFiles    bool
	dropText       bool
	asciiOnly      bool
	noIdentity     bool
	sameIdentity   bool
	dropHTML       bool
	humansOnly     bool
	trustAll       bool
	dropThread     bool
	serial         bool // refuses a second item while one is under way
	ignoreCancel   bool
	errorOnCancel  bool
	servesOn       bool // takes items in after Run has returned
	abandons       bool // returns without waiting for what it began
	stopsForGood   bool // a second Run does nothing
	checkHangs     bool
	checkTakes     bool
	checkNonsense  bool
	retryNewKey    bool
	retrySilent    bool
	sendRace       bool // panics when two Sends meet
	newID          bool // a new external id with every Send
	oneID          bool
	noID           bool
	scribbles      bool
	leaksFiles     bool
	sendsLess      bool // leaves a file out that it cannot read
	losesSent      bool
	wrongPerson    bool
	sendIgnoresCtx bool
	allPermanent   bool
	allTemporary   bool
	dropsOutgoing  bool // the token on the way out
}

type offer struct {
	it  adaptertest.Item
	ack func(bool)
}

// memory is an adapter and its world in one: a channel of offers, and a list of what arrived.
type memory struct {
	f       faults
	offers  chan offer
	late    chan struct{} // closed at the end of the test: whoever hangs on purpose goes home
	broken  chan struct{}
	runs    atomic.Int32
	busy    atomic.Int32
	sending atomic.Int32
	n       atomic.Int64
	met     chan struct{} // closed once two Sends have met
	meet    func()

	mu      sync.Mutex
	refusal adaptertest.Refusal
	outbox  []adaptertest.Sent
}

func newMemory(t testing.TB, f faults) *memory {
	m := &memory{f: f, offers: make(chan offer), late: make(chan struct{}), broken: make(chan struct{}, 1), met: make(chan struct{})}
	m.meet = sync.OnceFunc(func() { close(m.met) })
	t.Cleanup(func() { close(m.late) })
	return m
}

func (m *memory) harness() adaptertest.Harness {
	h := adaptertest.Harness{
		Adapter: m,
		Inject:  m.inject,
		Sent: func(context.Context) ([]adaptertest.Sent, error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			return slices.Clone(m.outbox), nil
		},
		To:     adapters.Recipient{Name: "Erika Beispiel", Identity: ticket.Identity{Kind: "memory", Value: "erika"}},
		Origin: "origin-1",
		FailSends: func(r adaptertest.Refusal) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.refusal = r
		},
		Break: func() { m.broken <- struct{}{} },
	}
	return h
}

func (m *memory) inject(ctx context.Context, it adaptertest.Item) (bool, error) {
	acks := make(chan bool, 2)
	select {
	case m.offers <- offer{it, func(ok bool) { acks <- ok }}:
	case <-ctx.Done():
		return false, nil
	}
	select {
	case ok := <-acks:
		return ok, nil
	case <-ctx.Done():
		return false, nil
	}
}

func (m *memory) Name() string {
	if m.f.badName {
		return "Memory!"
	}
	return "memory"
}

func (m *memory) Run(ctx context.Context, in adapters.Intake) error {
	if m.runs.Add(1) > 1 && m.f.stopsForGood {
		<-ctx.Done()
		return nil
	}
	end := ctx.Done()
	if m.f.ignoreCancel {
		end = nil
	}
	var wg sync.WaitGroup
	if !m.f.abandons {
		defer wg.Wait()
	}
	for {
		select {
		case <-end:
			if m.f.servesOn {
				go m.serveOne(context.WithoutCancel(ctx), in)
			}
			if m.f.errorOnCancel {
				return ctx.Err()
			}
			return nil
		case <-m.late:
			return nil
		case <-m.broken:
			return errors.New("the world broke down")
		case o := <-m.offers:
			wg.Go(func() { m.handle(context.WithoutCancel(ctx), in, o) })
		}
	}
}

func (m *memory) serveOne(ctx context.Context, in adapters.Intake) {
	select {
	case o := <-m.offers:
		m.handle(ctx, in, o)
	case <-m.late:
	}
}

func (m *memory) handle(ctx context.Context, in adapters.Intake, o offer) {
	if m.f.serial && m.busy.Add(1) > 1 {
		o.ack(false)
		return
	}
	defer m.busy.Add(-1)
	if m.f.ackFirst {
		o.ack(true)
	}
	err := in.Receive(ctx, m.read(o.it))
	if err != nil && m.f.parkOnError {
		err = in.Park(ctx, adapters.Parked{Key: o.it.ID})
	}
	o.ack(err == nil || m.f.ackAlways)
}

func (m *memory) read(it adaptertest.Item) ticket.Incoming {
	in := ticket.Incoming{
		Key: it.ID, From: ticket.Person{Name: it.Name, Identity: ticket.Identity{Kind: "memory", Value: it.Address}},
		Subject: it.Subject, Text: it.Text, HTML: it.HTML, Machine: it.Machine, Raw: []byte(it.ID + "\n" + it.Text), ExternalID: it.ID,
	}
	if it.Proven || m.f.trustAll {
		yes := true
		in.Verified = &yes
	}
	for n, f := range it.Files {
		if m.f.loseFiles && n > 0 {
			break
		}
		if m.f.changeFiles {
			f.Data = bytes.ReplaceAll(f.Data, []byte("\r\n"), []byte("\n"))
		}
		if m.f.renameFiles {
			f.Name = "file"
		}
		in.Uploads = append(in.Uploads, ticket.Upload{Name: f.Name, ContentType: f.ContentType, Body: bytes.NewReader(f.Data)})
	}
	if a := it.Answers; a != nil && !m.f.dropThread {
		in.Token, in.Refs = a.Token, []string{a.ExternalID}
	}
	switch {
	case m.f.newKeys:
		in.Key = fmt.Sprintf("%s-%d", it.ID, m.n.Add(1))
	case m.f.oneKey:
		in.Key = "key"
	}
	if m.f.dropText {
		in.Text, _, _ = cut(in.Text)
	}
	if m.f.asciiOnly {
		in.Subject = string(slices.DeleteFunc([]byte(in.Subject), func(b byte) bool { return b > 127 }))
	}
	if m.f.noIdentity {
		in.From.Identity = ticket.Identity{}
	}
	if m.f.sameIdentity {
		in.From.Identity.Value = "somebody"
	}
	if m.f.dropHTML {
		in.HTML = ""
	}
	if m.f.humansOnly {
		in.Machine = false
	}
	return in
}

func cut(s string) (string, string, bool) {
	b, a, ok := bytes.Cut([]byte(s), []byte("\n"))
	return string(b), string(a), ok
}

func (m *memory) Retry(ctx context.Context, in adapters.Intake, p adapters.Parked) error {
	id, text, ok := cut(string(p.Raw))
	switch {
	case m.f.retrySilent:
		return nil
	case m.f.retryNewKey:
		id += "-again"
	}
	if !ok {
		return in.Park(ctx, p)
	}
	return in.Receive(ctx, ticket.Incoming{Key: id, Text: text})
}

func (m *memory) Check(ctx context.Context) []adapters.Finding {
	switch {
	case m.f.checkHangs:
		<-m.late
	case m.f.checkTakes:
		acks := make(chan bool, 1)
		m.offers <- offer{adaptertest.Item{ID: "check"}, func(ok bool) { acks <- ok }}
		<-acks
	case m.f.checkNonsense:
		return []adapters.Finding{{Level: "fine"}}
	}
	return []adapters.Finding{{Level: "ok", Check: "memory", Text: "it remembers"}}
}

func (m *memory) Send(ctx context.Context, out adapters.Outbound) (string, error) {
	if m.f.sendIgnoresCtx && ctx.Err() != nil {
		<-m.late
	}
	if m.f.sendRace {
		defer m.sending.Add(-1)
		if m.sending.Add(1) > 1 {
			m.meet()
			panic("two at a time")
		}
		select { // until somebody else is here as well
		case <-m.met:
		case <-ctx.Done():
		}
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	m.mu.Lock()
	refusal := m.refusal
	m.mu.Unlock()
	switch refusal {
	case adaptertest.Temporarily:
		return "", m.refuse(errors.New("try later"), m.f.allPermanent)
	case adaptertest.Permanently:
		return "", m.refuse(errors.New("never"), !m.f.allTemporary)
	}
	s := adaptertest.Sent{ExternalID: "out-" + out.Key, To: []string{out.To[0].Identity.Value}, Subject: "Re: " + out.Ticket.Subject,
		Text: out.Message.Text, ReplyToken: out.ReplyToken}
	for _, a := range out.Attachments {
		r, err := a.Open(ctx)
		var b []byte
		if err == nil {
			b, err = io.ReadAll(r)
			if !m.f.leaksFiles {
				_ = r.Close()
			}
		}
		if err != nil && !m.f.sendsLess {
			return "", err
		}
		s.Files = append(s.Files, adaptertest.File{Name: a.Name, ContentType: a.ContentType, Data: b})
	}
	switch {
	case m.f.newID:
		s.ExternalID = fmt.Sprintf("out-%d", m.n.Add(1))
	case m.f.oneID:
		s.ExternalID = "out"
	case m.f.noID:
		s.ExternalID = ""
	case m.f.wrongPerson:
		s.To = []string{"somebody-else"}
	case m.f.dropsOutgoing:
		s.ReplyToken = "somethingelse"
	case m.f.scribbles:
		out.To[0].Name = "scribbled"
	case m.f.changeFiles:
		for n := range s.Files {
			s.Files[n].Data = bytes.ReplaceAll(s.Files[n].Data, []byte("\r\n"), []byte("\n"))
		}
	}
	if !m.f.losesSent {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.outbox = append(m.outbox, s)
	}
	return s.ExternalID, nil
}

func (m *memory) refuse(err error, permanent bool) error {
	if permanent {
		return adapters.Permanent(err)
	}
	return err
}
