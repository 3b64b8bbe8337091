package ticket

import (
	"context"
	"slices"
)

// JobCopy asks for a copy of a mail that has left to be kept; payload CopyPayload. See Config.Copies.
const JobCopy = "mail.copy"

// CopyPayload says which mail: a message, or what the desk has said by itself.
type CopyPayload struct {
	MessageID MessageID      `json:"message_id,omitempty"`
	Notice    *NoticePayload `json:"notice,omitempty"`
}

func (s *Service) copies() bool { return s.cfg.Copies != nil && s.cfg.Copies() }

// copySent asks for a copy of a message that has just left by mail. The key makes one of several requests.
func (c *change) copySent(ctx context.Context, m *Message) error {
	if !c.s.copies() || !slices.ContainsFunc(m.To, func(i Identity) bool { return i.Kind == KindEmail }) {
		return nil
	}
	return c.enqueue(ctx, Job{Kind: JobCopy, Key: "copy:" + string(m.ID), RunAt: c.now, Payload: CopyPayload{MessageID: m.ID}})
}

// copyNotice asks for a copy of what the desk has mailed by itself to somebody outside.
func (c *change) copyNotice(ctx context.Context, p NoticePayload) error {
	if !c.s.copies() {
		return nil
	}
	return c.enqueue(ctx, Job{Kind: JobCopy, Key: "copy:" + string(p.Kind) + "." + string(p.EventID), RunAt: c.now, Payload: CopyPayload{Notice: &p}})
}
