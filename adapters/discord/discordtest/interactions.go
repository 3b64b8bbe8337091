package discordtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// The rules of interactions.
const (
	answerWithin   = 3 * time.Second
	followUpWithin = 15 * time.Minute
)

// The kinds of answer.
const (
	callbackMessage        = 4
	callbackDeferred       = 5
	callbackDeferredUpdate = 6
	callbackUpdate         = 7
	callbackChoices        = 8
	callbackModal          = 9
)

// Interaction is what a person did with the bot: pressed a button, sent a form, gave a command.
type Interaction struct {
	ID, Token string

	s        *Server
	user     *User
	typ      int
	at       time.Time
	channel  *channel
	source   *message // with the button
	answered bool
	deferred bool // answered, but without content so far
	kind     int
	reply    *message // the @original
	modal    obj
	follow   []*message
	choices  []Choice
	after    time.Duration
}

// Answer is what the person sees.
type Answer struct {
	Message   *Message // nil for a form, and while the bot thinks
	Modal     *Modal   // nil for a message
	FollowUps []Message
	Choices   []Choice      // what is offered while somebody types
	After     time.Duration // between the interaction and its first answer, by the clock of the Server
}

// Choice is something that is offered while somebody types.
type Choice struct{ Name, Value string }

// Modal is a form.
type Modal struct {
	CustomID, Title string
	Fields          []Field
}

// Field is a question of a form.
type Field struct {
	CustomID, Label string
	Required        bool
	Min, Max        int
	Options         []string // values to choose from; nil for a text
}

// Answer waits for the bot's first answer: a message, a form, or that it thinks, which gives an Answer without either. It ends with the
// context.
func (i *Interaction) Answer(ctx context.Context) (Answer, error) {
	return i.wait(ctx, func() bool { return i.answered })
}

// Final waits for what the bot says in the end, after it has thought.
func (i *Interaction) Final(ctx context.Context) (Answer, error) {
	return i.wait(ctx, func() bool { return i.answered && !i.deferred })
}

func (i *Interaction) wait(ctx context.Context, ok func() bool) (out Answer, err error) {
	err = i.s.Wait(ctx, func() bool {
		i.s.mu.Lock()
		defer i.s.mu.Unlock()
		if !ok() {
			return false
		}
		out = i.answer()
		return true
	})
	if err != nil {
		return out, fmt.Errorf("discordtest: the interaction was not answered: %w", err)
	}
	return out, nil
}

func (i *Interaction) answer() (out Answer) {
	out.Choices, out.After = i.choices, i.after
	if i.modal != nil {
		out.Modal = readModal(i.modal)
	}
	if i.reply != nil && !i.deferred {
		m := i.reply.view()
		out.Message = &m
	}
	for _, m := range i.follow {
		out.FollowUps = append(out.FollowUps, m.view())
	}
	return out
}

func readModal(o obj) *Modal {
	m := &Modal{CustomID: str(o["custom_id"]), Title: str(o["title"])}
	rows, _ := o["components"].([]any)
	for _, r := range rows {
		row, _ := r.(obj)
		label := str(row["label"])
		in, _ := row["component"].(obj)
		if subs, _ := row["components"].([]any); in == nil && len(subs) > 0 {
			in, _ = subs[0].(obj)
			label = str(in["label"])
		}
		if in == nil {
			continue
		}
		f := Field{CustomID: str(in["custom_id"]), Label: label, Required: true, Min: num(in["min_length"]), Max: num(in["max_length"])}
		if v, ok := in["required"].(bool); ok {
			f.Required = v
		}
		options, _ := in["options"].([]any)
		for _, v := range options {
			v, _ := v.(obj)
			f.Options = append(f.Options, str(v["value"]))
		}
		m.Fields = append(m.Fields, f)
	}
	return m
}

func readChoices(o obj) ([]Choice, *apiError) {
	in, _ := o["choices"].([]any)
	if len(in) > maxOptions {
		return nil, invalid("choices", "BASE_TYPE_BAD_LENGTH", "Must be 25 or fewer in length.")
	}
	out := []Choice{}
	for _, e := range in {
		e, _ := e.(obj)
		c := Choice{str(e["name"]), str(e["value"])}
		if n := utf8.RuneCountInString(c.Name); n < 1 || n > 100 || utf8.RuneCountInString(c.Value) > 100 {
			return nil, invalid("choices", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
		}
		out = append(out, c)
	}
	return out, nil
}

func checkModal(o obj) *apiError {
	bad := func(field, text string) *apiError { return invalid(field, "BASE_TYPE_BAD_LENGTH", text) }
	if n := utf8.RuneCountInString(str(o["title"])); n < 1 || n > 45 {
		return bad("title", "Must be between 1 and 45 in length.")
	}
	if n := utf8.RuneCountInString(str(o["custom_id"])); n < 1 || n > maxCustomID {
		return bad("custom_id", "Must be between 1 and 100 in length.")
	}
	if rows, _ := o["components"].([]any); len(rows) < 1 || len(rows) > 5 {
		return bad("components", "Must be between 1 and 5 in length.")
	}
	for _, f := range readModal(o).Fields {
		if n := utf8.RuneCountInString(f.Label); n < 1 || n > 45 || f.CustomID == "" || len(f.Options) > maxOptions || f.Max > 4000 {
			return bad("components", "A question has a label of 1 to 45 characters and at most 25 options.")
		}
	}
	return nil
}

func answerInteraction(c *call) (int, any, *apiError) {
	i := c.s.interactions[c.r.PathValue("interaction_token")]
	if i == nil || i.ID != c.r.PathValue("interaction_id") {
		return 0, nil, errUnknownInteraction
	}
	if i.answered {
		return 0, nil, errAcknowledged
	}
	if c.s.cfg.Now().Sub(i.at) > c.s.cfg.AnswerWithin {
		return 0, nil, errUnknownInteraction
	}
	kind := num(c.body["type"])
	data, _ := c.body["data"].(obj)
	files := c.files
	sub := &call{s: c.s, r: c.r, body: data, files: files}
	if sub.body == nil {
		sub.body = obj{}
	}
	switch {
	case (kind == callbackChoices) != (i.typ == typeAutocomplete):
		return 0, nil, invalid("type", "UNION_TYPE_CHOICES", "This type of answer does not fit the interaction.")
	case kind == callbackChoices:
		choices, err := readChoices(sub.body)
		if err != nil {
			return 0, nil, err
		}
		i.choices = choices
	case kind == callbackModal && i.typ == typeModal, (kind == callbackUpdate || kind == callbackDeferredUpdate) && i.source == nil:
		return 0, nil, invalid("type", "UNION_TYPE_CHOICES", "This type of answer does not fit the interaction.")
	case kind == callbackModal:
		if err := checkModal(sub.body); err != nil {
			return 0, nil, err
		}
		i.modal = sub.body
	case kind == callbackDeferredUpdate:
		i.reply = i.source
	case kind == callbackUpdate:
		if err := sub.fill(i.source); err != nil {
			return 0, nil, err
		}
		i.reply = i.source
		c.s.change(i.source)
	case kind == callbackMessage, kind == callbackDeferred:
		m := &message{channel: i.channel, author: c.s.bot, interaction: i, flags: num(sub.body["flags"])}
		if kind == callbackMessage {
			if err := sub.fill(m); err != nil {
				return 0, nil, err
			}
			sub.ping(m, 0)
		}
		i.reply, i.deferred = m, kind == callbackDeferred
		c.s.deliver(m, i)
	default:
		return 0, nil, invalid("type", "BASE_TYPE_CHOICES", "Value must be one of (1, 4, 5, 6, 7, 8, 9, 10, 12).")
	}
	i.answered, i.kind, i.after = true, kind, c.s.cfg.Now().Sub(i.at)
	return 204, nil, nil
}

// deliver shows an answer: to everybody in the channel, or to one person.
func (s *Server) deliver(m *message, i *Interaction) {
	if m.flags&flagEphemeral != 0 {
		m.id, m.at, m.ephemeralTo = s.snowflake(), s.cfg.Now(), i.user.u
		i.user.u.ephemeral = append(i.user.u.ephemeral, m)
		return
	}
	s.post(m)
}

// webhook finds the interaction of a follow-up.
func (c *call) webhook() (*Interaction, *apiError) {
	i := c.s.interactions[c.r.PathValue("webhook_token")]
	switch {
	case c.r.PathValue("webhook_id") != c.s.application || i == nil || !i.answered:
		return nil, errUnknownWebhook
	case c.s.cfg.Now().Sub(i.at) > followUpWithin:
		return nil, errWebhookToken
	}
	return i, nil
}

func (c *call) answerMessage() (*Interaction, *message, *apiError) {
	i, err := c.webhook()
	if err != nil {
		return nil, nil, err
	}
	id := c.r.PathValue("message_id")
	if i.reply != nil && (id == "@original" || id == i.reply.id) {
		return i, i.reply, nil
	}
	for _, m := range i.follow {
		if m.id == id {
			return i, m, nil
		}
	}
	return nil, nil, errUnknownMessage
}

func followUp(c *call) (int, any, *apiError) {
	i, err := c.webhook()
	if err != nil {
		return 0, nil, err
	}
	m := &message{channel: i.channel, author: c.s.bot, interaction: i, flags: num(c.body["flags"])}
	if err := c.fill(m); err != nil {
		return 0, nil, err
	}
	c.ping(m, 0)
	c.s.deliver(m, i)
	i.follow = append(i.follow, m)
	return 200, m.wire(c.s, true), nil
}

func getAnswer(c *call) (int, any, *apiError) {
	_, m, err := c.answerMessage()
	if err != nil {
		return 0, nil, err
	}
	return 200, m.wire(c.s, true), nil
}

func patchAnswer(c *call) (int, any, *apiError) {
	if w := c.s.webhook(c.r.PathValue("webhook_id")); w != nil {
		return w.patch(c)
	}
	i, m, err := c.answerMessage()
	if err != nil {
		return 0, nil, err
	}
	if err := c.fill(m); err != nil {
		return 0, nil, err
	}
	c.ping(m, 0)
	if m == i.reply {
		i.deferred = false
	}
	if m.ephemeralTo == nil {
		c.s.change(m)
	}
	return 200, m.wire(c.s, true), nil
}

func deleteAnswer(c *call) (int, any, *apiError) {
	_, m, err := c.answerMessage()
	if err != nil {
		return 0, nil, err
	}
	if m.ephemeralTo == nil {
		c.s.remove(m)
	}
	return 204, nil, nil
}

// ErrNoSuchField is what a form says that is filled in wrongly.
var ErrNoSuchField = errors.New("discordtest: the form has no such question, or the answer does not fit it")

// Submit sends the form that the bot has answered with. values are by custom_id: a string for a text, []string for a choice.
func (i *Interaction) Submit(values map[string]any) (*Interaction, error) {
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	if i.modal == nil {
		return nil, errors.New("discordtest: the bot has shown no form")
	}
	rows, known := []any{}, 0
	for n, f := range readModal(i.modal).Fields {
		v, given := values[f.CustomID]
		if given {
			known++
		}
		in := obj{"type": 4, "id": 2*n + 2, "custom_id": f.CustomID, "value": ""}
		switch v := v.(type) {
		case string:
			if k := utf8.RuneCountInString(v); f.Options != nil || f.Required && k == 0 || k < f.Min || f.Max > 0 && k > f.Max {
				return nil, fmt.Errorf("%w: %s", ErrNoSuchField, f.CustomID)
			}
			in["value"] = v
		case []string:
			if f.Options == nil {
				return nil, fmt.Errorf("%w: %s", ErrNoSuchField, f.CustomID)
			}
			in = obj{"type": 3, "id": 2*n + 2, "custom_id": f.CustomID, "values": v}
		default:
			if f.Required {
				return nil, fmt.Errorf("%w: %s is required", ErrNoSuchField, f.CustomID)
			}
		}
		rows = append(rows, obj{"type": 18, "id": 2*n + 1, "component": in})
	}
	if known != len(values) {
		return nil, ErrNoSuchField
	}
	data := obj{"custom_id": i.modal["custom_id"], "components": rows}
	return i.user.interact(typeModal, i.channel, i.source, data), nil
}

func newToken() string { return rand.Text() + rand.Text() }
