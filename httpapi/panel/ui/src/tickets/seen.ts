import { call, type Ticket } from '../api/client';
import { whoAmI } from '../app/session';
import { store } from '../lib/store';

/** Up to which version one has seen which ticket, as far as it was asked for; 0 is never. */
const seen = new Map<string, number>();
const wanted = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;
const MOST = 100;
export const seenChanged = store(0);

/** When one looked at a ticket last before this visit, in milliseconds; 0 is never. */
export const visits = store<Record<string, number>>({});

/** Asks for the marks of tickets, of many at once. */
export function askMarks(ids: readonly string[]): void {
  for (const id of ids) if (!seen.has(id)) wanted.add(id);
  if (wanted.size > 0) timer ??= setTimeout(() => void askNow(), 50);
}

async function askNow(): Promise<void> {
  timer = undefined;
  const ids = [...wanted].slice(0, MOST);
  for (const id of ids) wanted.delete(id);
  try {
    const { items } = await call('get', '/marks', { query: { tickets: ids.join(',') } });
    const found = new Map(items.map((m) => [m.ticket_id, m.version]));
    for (const id of ids) seen.set(id, Math.max(seen.get(id) ?? 0, found.get(id) ?? 0));
    seenChanged.set((n) => n + 1);
  } catch {
    // they stay as if they were not known
  }
  if (wanted.size > 0) askMarks([]);
}

/** Notes that one has seen a ticket as it is; at the first time of a visit it is learnt when the last one was. */
export function markSeen(t: Ticket, first: boolean): void {
  if (!first && (seen.get(t.id) ?? 0) >= t.version) return;
  seen.set(t.id, Math.max(seen.get(t.id) ?? 0, t.version));
  seenChanged.set((n) => n + 1);
  void call('post', '/tickets/{id}/seen', { path: { id: t.id }, body: { version: t.version } }).then(
    (before) => first && visits.set((all) => ({ ...all, [t.id]: before.at ? Date.parse(before.at) : 0 })),
    () => undefined,
  );
}

/** A ticket is unread when it is newer than what was seen of it; of what was never opened, what is new or one's own. */
export function isUnread(t: Ticket): boolean {
  const v = seen.get(t.id);
  if (v === undefined) return false; // not known yet
  if (v > 0) return v < t.version;
  return t.category === 'new' || (t.assignee?.id === whoAmI().id && t.category === 'open');
}
