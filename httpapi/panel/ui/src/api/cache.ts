import { QueryClient, type InfiniteData } from '@tanstack/react-query';
import { Failure, type Schema, type Ticket } from './client';

export type TicketPage = { items: Ticket[]; next_cursor: string | null };
export type TicketPages = InfiniteData<TicketPage, string | undefined>;

/** What is asked again by itself: nobody there, too much at once, or the server is starting. */
function again(failures: number, error: unknown): boolean {
  if (!(error instanceof Failure)) return false;
  return [0, 429, 502, 503, 504].includes(error.status) && failures < 4;
}

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 5 * 60_000,
      refetchOnWindowFocus: false,
      networkMode: 'always',
      retry: again,
      retryDelay: (n, error) => (error instanceof Failure && error.retryAfter > 0 ? error.retryAfter * 1000 : Math.min(8000, 500 * 2 ** n)),
    },
    mutations: { networkMode: 'always' },
  },
});

/** The ticket as it was last heard of. */
export function cachedTicket(id: string): Ticket | undefined {
  const own = queries.getQueryData<Ticket>(['ticket', id]);
  if (own) return own;
  for (const [, pages] of queries.getQueriesData<TicketPages>({ queryKey: ['tickets'] })) {
    for (const p of pages?.pages ?? []) {
      const found = p.items.find((t) => t.id === id);
      if (found) return found;
    }
  }
  return undefined;
}

/** Puts a ticket into everything that shows it, without moving it. An answer that was overtaken by a newer one changes nothing. */
export function putTicket(t: Ticket, force = false): void {
  if (!queries.getQueryData(['ticket', t.id])) queries.setQueryData<Ticket>(['ticket', t.id], t);
  putTickets([t], force);
}

/** Puts tickets into what shows them already: all of them at once, as a long list is gone through for each call. */
export function putTickets(list: readonly Ticket[], force = false): void {
  const by = new Map(list.map((t) => [t.id, t]));
  const latest = (old: Ticket) => {
    const t = by.get(old.id);
    return t && (force || old.version <= t.version) ? t : old;
  };
  for (const t of list) queries.setQueryData<Ticket>(['ticket', t.id], (old) => old && latest(old));
  queries.setQueriesData<TicketPages>({ queryKey: ['tickets'] }, (data) => {
    if (!data?.pages.some((p) => p.items.some((i) => latest(i) !== i))) return data;
    return { ...data, pages: data.pages.map((p) => ({ ...p, items: p.items.map(latest) })) };
  });
}

/** Changes a ticket on the screen before the server has answered, and gives what takes it back. */
export function optimistic(id: string, change: Partial<Ticket>): () => void {
  const before = cachedTicket(id);
  if (!before) return () => undefined;
  putTicket({ ...before, ...change }, true);
  return () => {
    const now = cachedTicket(id);
    if (now && now.version === before.version) putTicket(before, true);
  };
}

export type MessagePage = { items: Schema<'Message'>[]; next_cursor: string | null };
export type MessagePages = InfiniteData<MessagePage, string | undefined>;
