import { putTickets } from '../api/cache';
import { call, type Schema, type Ticket } from '../api/client';
import { bulkShown } from '../app/asked';
import { failed } from '../app/failures';
import { toast } from '../app/toasts';
import { count, listOf, t } from '../lib/i18n';

export type BulkBody = Schema<'Bulk'>;
export type BulkChange = Omit<BulkBody, 'ids' | 'versions'>;
type Result = Schema<'BulkResult'>;
const MOST = 100;
/** How long taking back is offered. The server takes a change back for longer, so that an answer on its way is not too late. */
const OFFERED = 10_000;

function keep(results: Result[]): Result[] {
  putTickets(results.flatMap((r) => r.ticket ?? []));
  return results;
}

/** Says how many have changed, and which did not. */
function tell(tickets: Ticket[], results: Result[], done: string, undo?: () => void): void {
  const bad = results.filter((r) => r.problem);
  const numberOf = (r: Result) => `#${tickets.find((x) => x.id === r.id)?.number ?? r.ticket?.number ?? ''}`;
  toast(done, {
    tone: bad.length > 0 ? 'bad' : 'good',
    detail: bad.length > 0 ? count('bulk.refused', bad.length, { numbers: listOf(bad.slice(0, 5).map(numberOf)) }) : undefined,
    stay: OFFERED,
    action: undo && { label: t('undo'), run: undo },
    more: bad.length > 0 ? { label: t('bulk.details'), run: () => bulkShown.set({ tickets, results }) } : undefined,
  });
}

async function takeBack(tickets: Ticket[], token: string): Promise<void> {
  try {
    const results = keep((await call('post', '/tickets/bulk/undo', { body: { token } })).items);
    tell(tickets, results, results.some((r) => r.problem) ? count('bulk.undone', results.filter((r) => !r.problem).length) : t('undone'));
  } catch (e) {
    failed(e);
  }
}

/** Does one thing to many tickets in one call, tells which refused, and offers to take it back. */
export async function bulk(tickets: Ticket[], change: BulkChange): Promise<void> {
  const chosen = tickets.slice(0, MOST);
  try {
    const { items, undo } = await call('post', '/tickets/bulk', { body: { ...change, ids: chosen.map((x) => x.id) } });
    const results = keep(items);
    tell(chosen, results, count('bulk.done', results.filter((r) => !r.problem).length), undo ? () => void takeBack(chosen, undo) : undefined);
    if (tickets.length > MOST) toast(t('bulk.most', { most: MOST }));
  } catch (e) {
    failed(e);
  }
}
