import type { Message, TicketEvent } from '../api/client';
import { dayName, formatDateTime, has, t, term, type Key, type Vars } from '../lib/i18n';

export type Entry =
  | { kind: 'day'; key: string; label: string }
  | { kind: 'new'; key: string }
  | { kind: 'message'; key: string; message: Message }
  | { kind: 'events'; key: string; events: TicketEvent[] };

/** What the messages themselves show already. */
const shownByMessages = new Set(['message.received', 'message.sent', 'note.added', 'delivery.sent', 'delivery.failed', 'delivery.bounced', 'attachment.added']);

/** Puts messages in the order of the server, events between them, a line where a day begins, and one where the last visit ended. */
export function entries(messages: Message[], events: TicketEvent[], now: number, whole: boolean, seenUntil: number): Entry[] {
  const ms = [...messages].sort((a, b) => a.n - b.n);
  const from = whole || !ms[0] ? 0 : Date.parse(ms[0].created_at);
  const es = events.filter((e) => !shownByMessages.has(e.type) && Date.parse(e.at) >= from).sort((a, b) => a.seq - b.seq);
  const out: Entry[] = [];
  let day = '';
  let marked = seenUntil === 0;
  const begin = (at: string) => {
    const label = dayName(at, now);
    if (label !== day) {
      day = label;
      out.push({ kind: 'day', key: 'day:' + label, label });
    }
    if (!marked && Date.parse(at) > seenUntil) {
      marked = true;
      if (out.some((e) => e.kind === 'message')) out.push({ kind: 'new', key: 'new' });
    }
  };
  let i = 0;
  let j = 0;
  while (i < ms.length || j < es.length) {
    const m = ms[i];
    const e = es[j];
    if (m && (!e || (Date.parse(m.created_at) <= Date.parse(e.at) && e.type !== 'ticket.created'))) {
      begin(m.created_at);
      out.push({ kind: 'message', key: m.id, message: m });
      i++;
      continue;
    }
    if (!e) break;
    begin(e.at);
    const last = out.at(-1);
    if (last?.kind === 'events') last.events.push(e);
    else out.push({ kind: 'events', key: 'e' + e.id, events: [e] });
    j++;
  }
  return out;
}

const text = (v: unknown): string => (Array.isArray(v) ? v.map(String).join(', ') : typeof v === 'string' || typeof v === 'number' ? String(v) : '');

/** One sentence about an event. Names of people and queues come from outside, for the event has only their ids. */
export function sentence(e: TicketEvent, names: (id: string) => string): string {
  const d = (e.data ?? {}) as Record<string, unknown>;
  const actor = e.actor.type === 'system' ? t('actor.system') : e.actor.name || t(e.actor.type === 'contact' ? 'actor.contact' : 'actor.erased');
  const vars: Vars = { actor };
  for (const [k, v] of Object.entries(d)) vars[k] = text(v);
  const value = (k: string) => text(d[k]);
  switch (e.type) {
    case 'ticket.assigned':
      vars.assignee = names(value('assignee_id'));
      if (!value('assignee_id')) return t('event.ticket.unassigned', vars);
      break;
    case 'ticket.priority_changed':
      vars.from = term('priority', value('from'));
      vars.to = term('priority', value('to'));
      break;
    case 'ticket.status_changed':
    case 'ticket.closed':
    case 'ticket.reopened':
      vars.from = term('status', value('from'));
      vars.to = term('status', value('to'));
      if (e.type === 'ticket.status_changed' && e.actor.type === 'contact') return t('event.ticket.status_by_reply', vars);
      break;
    case 'ticket.snoozed':
      vars.until = value('until') ? formatDateTime(value('until')) : '';
      break;
    case 'ticket.queue_changed':
      vars.from = names(value('from_id'));
      vars.to = names(value('to_id'));
      break;
    case 'ticket.tagged': {
      const parts = [];
      if (text(d.added)) parts.push(t('event.tags.added', { tags: text(d.added) }));
      if (text(d.removed)) parts.push(t('event.tags.removed', { tags: text(d.removed) }));
      return parts.length > 0 ? `${actor} ${parts.join(', ')}` : t('event.ticket.tagged', vars);
    }
    case 'timer.fired':
      return t('event.timer.fired', vars);
    case 'mail.sent':
    case 'mail.failed': {
      const mail = term('mail', value('mail') || value('kind'));
      return t(`event.${e.type}`, { ...vars, mail });
    }
  }
  const key = `event.${e.type}`;
  if (has(key)) return t(key as Key, vars);
  const kind = `kind.${e.type}`;
  return has(kind) ? `${actor}: ${t(kind as Key)}` : `${actor}: ${e.type}`;
}

/** A reason that somebody gave. */
export function reasonOf(e: TicketEvent): string {
  const r = (e.data as Record<string, unknown> | null)?.reason;
  return typeof r === 'string' ? r : '';
}
