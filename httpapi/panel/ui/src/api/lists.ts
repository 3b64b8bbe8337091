import { queryOptions } from '@tanstack/react-query';
import { keepViews } from '../tickets/views';
import { call } from './client';

const FIVE_MINUTES = 5 * 60_000;

/** To whom tickets can be assigned. */
export const agentsQuery = queryOptions({ queryKey: ['agents'], queryFn: async () => (await call('get', '/agents')).items, staleTime: FIVE_MINUTES });
export const queuesQuery = queryOptions({ queryKey: ['queues'], queryFn: async () => (await call('get', '/queues')).items, staleTime: FIVE_MINUTES });
export const tagsQuery = queryOptions({ queryKey: ['tags'], queryFn: async () => (await call('get', '/tags')).items, staleTime: FIVE_MINUTES });
export const fieldsQuery = queryOptions({ queryKey: ['fields'], queryFn: async () => (await call('get', '/admin/fields')).items, staleTime: FIVE_MINUTES });
/** The lists that somebody has saved, and those that everybody has. */
export const viewsQuery = queryOptions({ queryKey: ['views'], queryFn: async () => keepViews((await call('get', '/views')).items), staleTime: FIVE_MINUTES });
export const countsQuery = queryOptions({ queryKey: ['counts', 'views'], queryFn: async () => (await call('get', '/views/counts')).items, staleTime: 15_000 });
/** Who gets copies of what is written to a ticket. */
export const participantsOf = (id: string) =>
  queryOptions({ queryKey: ['participants', id], queryFn: async () => (await call('get', '/tickets/{id}/participants', { path: { id } })).items, staleTime: 60_000 });
export const macrosQuery = queryOptions({ queryKey: ['macros'], queryFn: async () => (await call('get', '/macros')).items, staleTime: FIVE_MINUTES });
export const parkedKey = ['admin', 'parked'];
/** How much has arrived and is no ticket, up to a hundred. */
export const parkedQuery = queryOptions({
  queryKey: [...parkedKey, 'count'],
  queryFn: async () => {
    const page = await call('get', '/parked', { query: { limit: 100 } });
    return { count: page.items.length, more: Boolean(page.next_cursor) };
  },
  refetchInterval: FIVE_MINUTES,
});
export const kpiQuery = queryOptions({ queryKey: ['kpi'], queryFn: () => call('get', '/kpi'), staleTime: 15_000 });
