package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
)

// between is how many beats lie between the beginnings of two stories, at first and once all have been told.
const between, later = 4, 40

// play begins one story after the other until ctx ends. The last ones go on while the first are told.
func (r *rehearsal) play(ctx context.Context, d desk) {
	api := &api{desk: d}
	if err := api.signIn(ctx); err != nil {
		r.troubled(ctx, "admin", err)
		return
	}
	var lives sync.WaitGroup
	defer lives.Wait()
	for n := 0; r.rest(ctx, 1); n++ {
		s := &stories[n%len(stories)]
		l := &life{rehearsal: r, api: api, world: d.world, story: s, agent: d.world.agents[s.agent], name: s.people[n/len(stories)%len(s.people)]}
		lives.Go(func() {
			if err := l.live(ctx); err != nil {
				r.troubled(ctx, l.name, err)
			}
		})
		wait := between
		if n >= len(stories) {
			wait = later
		}
		if !r.rest(ctx, wait) {
			return
		}
	}
}

// rest waits for some beats and reports whether the rehearsal goes on.
func (r *rehearsal) rest(ctx context.Context, beats int) bool {
	t := time.NewTimer(time.Duration(beats) * r.beat)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (r *rehearsal) troubled(ctx context.Context, name string, err error) {
	if ctx.Err() == nil {
		r.say("  (%s gives up: %v)", name, err)
	}
}

// life is one telling of a story.
type life struct {
	*rehearsal
	api   *api
	world *world
	story *story
	agent *discordtest.User
	name  string

	customer *discordtest.User
	place    discordtest.Channel // of the ticket
	ticket   string              // id
	newest   string              // own message of the customer
}

// patience bounds how long somebody waits for the bot.
const patience = 2 * time.Minute

func (l *life) live(ctx context.Context) error {
	l.customer = l.world.guild.AddUser(l.name)
	l.customer.SetLocale(l.story.locale)
	for _, s := range l.story.steps {
		if !l.rest(ctx, s.after) {
			return nil
		}
		if err := l.step(ctx, s); err != nil {
			return fmt.Errorf("%q: %w", s.text, err)
		}
	}
	return nil
}

func (l *life) step(ctx context.Context, s step) error {
	if s.deed == open {
		return l.open(ctx, s.text)
	}
	if s.who == panel {
		return l.atDesk(ctx, s)
	}
	u := l.customer
	if s.who == agent {
		u = l.agent
	}
	switch s.deed {
	case claim:
		return l.press(ctx, u, "tk1:claim:", "")
	case finish:
		return l.press(ctx, u, "tk1:close:", s.text)
	case note: // the team talks where the customer does not see it
		for _, c := range u.Channels() {
			if c.Thread && c.Parent == l.place.ID {
				l.tell(u.Name, "(in the team's thread) "+s.text)
				_, err := u.Write(c.ID, s.text)
				return err
			}
		}
		l.tell("admin", "(note) "+s.text)
		return l.api.call(ctx, http.MethodPost, "tickets/"+l.ticket+"/messages", map[string]any{"kind": "note", "body": l.agent.Name + ": " + s.text}, nil)
	case edit:
		l.tell(u.Name, "(edits) "+s.text)
		return u.Edit(l.place.ID, l.newest, s.text)
	}
	return l.write(u, s)
}

func (l *life) write(u *discordtest.User, s step) error {
	var files []discordtest.File
	if s.deed == upload {
		b, err := picture()
		if err != nil {
			return err
		}
		files = append(files, discordtest.File{Name: "display.png", ContentType: "image/png", Data: b})
	}
	about := ""
	if s.deed == answer {
		for _, m := range u.Messages(l.place.ID) {
			if m.AuthorID != u.ID && m.AuthorID != l.world.discord.ApplicationID() {
				about = m.ID
			}
		}
	}
	m, err := u.Reply(l.place.ID, about, s.text, files...)
	if err != nil {
		return err
	}
	if u == l.customer {
		l.newest = m.ID
	}
	l.tell(u.Name, s.text+strings.Repeat(" [display.png]", len(files)))
	return nil
}

// atDesk is done in the pages.
func (l *life) atDesk(ctx context.Context, s step) error {
	at := "tickets/" + l.ticket
	if s.deed == finish {
		l.tell("admin", "(closes at the desk)")
		return l.api.call(ctx, http.MethodPost, at+"/close", map[string]any{}, nil)
	}
	kind := "reply"
	if s.deed == note {
		kind = "note"
	}
	l.tell("admin", "("+kind+" at the desk) "+s.text)
	return l.api.call(ctx, http.MethodPost, at+"/messages", map[string]any{"kind": kind, "body": s.text}, nil)
}

// open presses the first button of the panel and waits for the channel.
func (l *life) open(ctx context.Context, text string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var message discordtest.Message
	if err := l.world.discord.Wait(ctx, func() bool {
		all := l.customer.Messages(l.world.help.ID)
		if len(all) > 0 {
			message = all[0]
		}
		return len(message.Components) > 0
	}); err != nil {
		return errors.New("there is no panel")
	}
	said, form, err := l.use(ctx, l.customer, message, message.Components[0], text)
	if err != nil {
		return err
	}
	if err := l.world.discord.Wait(ctx, func() bool { return l.find() }); err != nil {
		return fmt.Errorf("there is no channel, the bot says %q", said)
	}
	l.tell(l.name, "(opens) "+text)
	if form {
		return nil
	}
	return l.write(l.customer, step{deed: write, text: text})
}

// find looks for the ticket's channel and for its id, which the buttons of its header carry.
func (l *life) find() bool {
	for _, c := range slices.Backward(l.customer.Channels()) {
		for _, m := range l.customer.Messages(c.ID) {
			for _, b := range m.Components {
				if id, ok := strings.CutPrefix(b.CustomID, "tk1:close:"); ok {
					l.place, l.ticket = c, id
					return true
				}
			}
		}
	}
	return false
}

// press presses a button of the ticket's channel.
func (l *life) press(ctx context.Context, u *discordtest.User, button, text string) error {
	for _, m := range u.Messages(l.place.ID) {
		for _, b := range m.Components {
			if strings.HasPrefix(b.CustomID, button) {
				_, _, err := l.use(ctx, u, m, b, text)
				l.tell(u.Name, "("+strings.TrimSuffix(strings.TrimPrefix(button, "tk1:"), ":")+") "+text)
				return err
			}
		}
	}
	return fmt.Errorf("there is no button %s", button)
}

// use presses a button or chooses the first of a list, and fills in the form if one appears.
func (l *life) use(ctx context.Context, u *discordtest.User, m discordtest.Message, c discordtest.Component, text string) (said string, form bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var in *discordtest.Interaction
	if len(c.Options) > 0 {
		in, err = u.Choose(m.ChannelID, m.ID, c.CustomID, c.Options[0])
	} else {
		in, err = u.Click(m.ChannelID, m.ID, c.CustomID)
	}
	if err != nil {
		return "", false, err
	}
	a, err := in.Answer(ctx)
	if err != nil {
		return "", false, err
	}
	if a.Modal != nil {
		values := map[string]any{}
		for _, f := range a.Modal.Fields {
			if values[f.CustomID] = text; len(f.Options) > 0 {
				values[f.CustomID] = f.Options[:1]
			}
		}
		if in, err = in.Submit(values); err != nil {
			return "", true, err
		}
		form = true
	}
	if a, err = in.Final(ctx); err != nil || a.Message == nil {
		return "", form, err
	}
	return a.Message.Content, form, nil
}

func (l *life) tell(name, text string) {
	l.say("  %s  #%-12s %s: %s", time.Now().Format(time.TimeOnly), l.place.Name, name, strings.TrimSpace(text))
}

// picture is a photo of a display, as far as anybody can tell.
func picture() ([]byte, error) {
	img := image.NewRGBA(image.Rect(0, 0, 160, 90))
	for y := range 90 {
		for x := range 160 {
			c := color.RGBA{R: 24, G: 32, B: uint8(60 + y), A: 255} //nolint:gosec // below 150
			if y > 35 && y < 55 && x > 20 && x < 140 && x/8%2 == 0 {
				c = color.RGBA{R: 250, G: 180, B: 40, A: 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return b.Bytes(), err
}

// api is the desk as the pages use it.
type api struct {
	desk  desk
	token string
}

func (a *api) signIn(ctx context.Context) error {
	var in struct{ Token string }
	err := a.call(ctx, http.MethodPost, "auth/login", map[string]string{"username": "admin", "password": a.desk.password}, &in)
	a.token = in.Token
	return err
}

// call makes a call of the API and decodes its answer into out, if that is not nil.
func (a *api) call(ctx context.Context, method, path string, in, out any) error {
	b, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, a.desk.address+"/api/"+path, bytes.NewReader(b))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if a.token != "" {
		r.Header.Set("Authorization", "Bearer "+a.token)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 8<<20))
	switch {
	case err != nil:
		return err
	case res.StatusCode >= 300:
		return fmt.Errorf("%s %s: %s: %s", method, path, res.Status, answer)
	case out == nil:
		return nil
	}
	return json.Unmarshal(answer, out)
}
