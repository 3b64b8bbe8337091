import { putTicket } from '../api/cache';
import { call, type Schema, type Ticket } from '../api/client';
import { failed } from '../app/failures';
import { toast } from '../app/toasts';
import { count, listOf, t } from '../lib/i18n';

export type BulkBody = Schema<'Bulk'>;
export type BulkChange = Omit<BulkBody, 'ids' | 'versions'>;
const MOST = 100;

async function run(body: BulkBody): Promise<Schema<'BulkResult'>[]> {
  const answer = await call('post', '/tickets/bulk', { body });
  for (const r of answer.items) if (r.ticket) putTicket(r.ticket);
  return answer.items;
}

/** What takes a change of one ticket back; undefined when nothing does. */
function inverse(before: Ticket, change: BulkChange): BulkChange | undefined {
  switch (change.action) {
    case 'claim':
    case 'unclaim':
    case 'assign':
      return { action: 'assign', assignee: before.assignee?.id ?? null };
    case 'priority':
      return { action: 'priority', priority: before.priority };
    case 'queue':
      return { action: 'queue', queue: before.queue_id };
    case 'status':
    case 'close':
    case 'spam':
    case 'reopen':
    case 'snooze':
      return ['merged', 'snoozed'].includes(before.category) ? undefined : { action: 'status', status: before.status };
    case 'tags':
      return { action: 'tags', add: change.remove?.filter((x) => before.tags.includes(x)), remove: change.add?.filter((x) => !before.tags.includes(x)) };
    default:
      return undefined;
  }
}

async function takeBack(done: Ticket[], change: BulkChange): Promise<void> {
  const groups = new Map<string, { change: BulkChange; ids: string[] }>();
  for (const before of done) {
    const inv = inverse(before, change);
    if (!inv || (inv.action === 'tags' && !inv.add?.length && !inv.remove?.length)) continue;
    const key = JSON.stringify(inv);
    const g = groups.get(key) ?? { change: inv, ids: [] };
    g.ids.push(before.id);
    groups.set(key, g);
  }
  try {
    for (const g of groups.values()) await run({ ...g.change, ids: g.ids });
    toast(t('undone'), { tone: 'good' });
  } catch (e) {
    failed(e);
  }
}

/** Does one thing to many tickets in one call, tells which refused, and offers to take it back. */
export async function bulk(tickets: Ticket[], change: BulkChange): Promise<void> {
  const chosen = tickets.slice(0, MOST);
  try {
    const results = await run({ ...change, ids: chosen.map((x) => x.id) });
    const bad = results.filter((r) => r.problem);
    const done = chosen.filter((x) => !results.find((r) => r.id === x.id)?.problem);
    const undoable = done.length > 0 && done.some((x) => inverse(x, change));
    const detail = bad.length > 0 ? count('bulk.refused', bad.length, { numbers: listOf(bad.slice(0, 5).map((r) => `#${chosen.find((x) => x.id === r.id)?.number ?? ''}`)) }) : undefined;
    toast(count('bulk.done', done.length), {
      tone: bad.length > 0 ? 'bad' : 'good',
      detail,
      stay: bad.length > 0 ? 12_000 : 10_000,
      action: undoable ? { label: t('undo'), run: () => void takeBack(done, change) } : undefined,
    });
    if (tickets.length > MOST) toast(t('bulk.most', { most: MOST }));
  } catch (e) {
    failed(e);
  }
}
