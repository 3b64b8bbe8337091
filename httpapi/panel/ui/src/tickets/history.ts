import { queryOptions } from '@tanstack/react-query';
import { call, type TicketEvent } from '../api/client';

const EVENT_PAGES = 5;
const EVENTS = 100;

/** The newest, in the order in which they happened. */
async function allEvents(id: string): Promise<TicketEvent[]> {
  const out: TicketEvent[] = [];
  let cursor: string | undefined;
  for (let i = 0; i < EVENT_PAGES; i++) {
    const page = await call('get', '/tickets/{id}/events', { path: { id }, query: { limit: EVENTS, cursor, newest_first: true } });
    out.push(...page.items);
    if (!page.next_cursor) break;
    cursor = page.next_cursor;
  }
  return out.reverse();
}

/** What has happened to a ticket; the texts for it come along. */
export const historyOf = (id: string) => queryOptions({ queryKey: ['events', id], queryFn: async () => (await Promise.all([allEvents(id), import('../text/events')]))[0] });

/** What the requester has said of how the ticket was handled; of several times the last. */
export const ratingOf = (id: string) =>
  queryOptions({ queryKey: ['events', id, 'rating'], queryFn: async () => (await call('get', '/tickets/{id}/events', { path: { id }, query: { type: 'ticket.rated', newest_first: true, limit: 1 } })).items });

/** Whether more has happened than the history brings along. */
export const isPart = (events: TicketEvent[] | undefined): boolean => (events?.length ?? 0) >= EVENT_PAGES * EVENTS;
