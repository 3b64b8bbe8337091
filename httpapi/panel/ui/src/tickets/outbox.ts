import { putTicket, queries } from '../api/cache';
import { call, type Schema, type Ticket } from '../api/client';
import { failed } from '../app/failures';
import { dismiss, toast } from '../app/toasts';
import { t } from '../lib/i18n';
import { store } from '../lib/store';
import { readDraft, restored, writeDraft, type Kind, type MacroChange } from './drafts';

export type Then = 'stay' | 'pending' | 'closed';
export interface Pending {
  key: number;
  ticket: Ticket;
  kind: Kind;
  body: string;
  files: Schema<'Attachment'>[];
  then: Then;
  macro?: MacroChange;
  at: number;
}

export const UNDO_MS = 10_000;

/** What was sent and can still be held back; a note goes at once, for it reaches nobody outside. */
export const outbox = store<readonly Pending[]>([]);
const timers = new Map<number, { timer: ReturnType<typeof setTimeout>; toast: number }>();
let next = 1;

export function submit(ticket: Ticket, kind: Kind, body: string, files: Schema<'Attachment'>[], then: Then, macro?: MacroChange): void {
  const item: Pending = { key: next++, ticket, kind, body, files, then, macro, at: Date.now() };
  writeDraft(ticket.id, kind, { body: '', files: [] });
  outbox.set((all) => [...all, item]);
  if (kind === 'note') {
    void deliver(item);
    return;
  }
  const id = toast(t(then === 'closed' ? 'send.soon.closed' : then === 'pending' ? 'send.soon.pending' : 'send.soon', { number: `#${ticket.number}` }), {
    stay: UNDO_MS,
    until: item.at + UNDO_MS,
    action: { label: t('undo'), run: () => hold(item) },
  });
  timers.set(item.key, { toast: id, timer: setTimeout(() => void deliver(item), UNDO_MS) });
}

/** Takes something back into the composer before it has gone. */
export function hold(item: Pending): void {
  const waiting = timers.get(item.key);
  if (!waiting) return;
  clearTimeout(waiting.timer);
  timers.delete(item.key);
  dismiss(waiting.toast);
  restore(item);
}

function restore(item: Pending): void {
  outbox.set((all) => all.filter((x) => x.key !== item.key));
  const now = readDraft(item.ticket.id, item.kind);
  writeDraft(item.ticket.id, item.kind, { body: now.body ? `${item.body}\n\n${now.body}` : item.body, files: [...item.files, ...now.files], macro: now.macro ?? item.macro });
  restored.set((n) => n + 1);
}

/** What a macro does beside its text and the state, once the text has gone. That it failed does not bring the text back. */
async function change(item: Pending): Promise<void> {
  const { priority, tags = [] } = item.macro ?? {};
  if (!priority && tags.length === 0) return;
  try {
    if (tags.length > 0) await call('post', '/tickets/{id}/tags', { path: { id: item.ticket.id }, body: { add: tags, remove: [] } });
    if (priority) await call('patch', '/tickets/{id}', { path: { id: item.ticket.id }, body: { priority: priority as Ticket['priority'] } });
  } catch (e) {
    failed(e);
  }
}

async function deliver(item: Pending, keepalive = false): Promise<void> {
  const waiting = timers.get(item.key);
  if (waiting) {
    clearTimeout(waiting.timer);
    timers.delete(item.key);
    dismiss(waiting.toast);
  }
  const id = item.ticket.id;
  try {
    await call('post', '/tickets/{id}/messages', {
      path: { id },
      keepalive,
      body: { kind: item.kind, body: item.body, attachment_ids: item.files.map((f) => f.id), status: item.then === 'stay' ? item.macro?.status || undefined : item.then },
    });
    await change(item);
    await queries.invalidateQueries({ queryKey: ['messages', id] });
    putTicket(await call('get', '/tickets/{id}', { path: { id } }));
    void queries.invalidateQueries({ queryKey: ['events', id] });
    outbox.set((all) => all.filter((x) => x.key !== item.key));
    if (item.kind === 'note') toast(t('done.noted'), { tone: 'good' });
  } catch (e) {
    restore(item);
    failed(e);
  }
}

/** What still waits goes out when the window closes: who has pressed send has sent. */
export function flushOnLeave(): void {
  window.addEventListener('pagehide', () => {
    for (const item of outbox.get()) if (timers.has(item.key)) void deliver(item, true);
  });
}
