import { infiniteQueryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { call } from '../api/client';

const EVENTS = 100;
const PAGES = 5; // fetched without being asked for

const historyOf = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['events', id],
    queryFn: async ({ pageParam, signal }) =>
      (await Promise.all([call('get', '/tickets/{id}/events', { path: { id }, query: { limit: EVENTS, cursor: pageParam, newest_first: true }, signal }), import('../text/events')]))[0],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

/**
 * What has happened to a ticket since a moment in milliseconds, in the order in which it happened; the texts for it come along. It is fetched from the newest
 * backwards, as far as that moment; of a great many events those before the newest hundreds only when older is called.
 */
export function useHistory(id: string, since: number) {
  const query = useInfiniteQuery(historyOf(id));
  const [allowed, allow] = useState({ id, pages: PAGES });
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = query;
  const events = useMemo(() => (data?.pages ?? []).flatMap((p) => p.items).reverse(), [data]);
  const short = hasNextPage && events[0] !== undefined && Date.parse(events[0].at) >= since;
  const pages = allowed.id === id ? allowed.pages : PAGES;
  const loaded = data?.pages.length ?? 0;
  const more = short && loaded < pages;
  useEffect(() => {
    // What is under way may be a look for news, which a call would cut short: it is waited for.
    if (more && !isFetching && !isError) void fetchNextPage();
  }, [more, loaded, isFetching, isError, fetchNextPage]);
  const older = () => {
    allow({ id, pages: loaded + PAGES });
    if (isError) void fetchNextPage();
  };
  return { events, short, waits: short && (!more || isError), older };
}

/** What the requester has said of how the ticket was handled, of several times the last: undefined if nothing. */
export function useRating(id: string): number | undefined {
  const { data, hasNextPage } = useInfiniteQuery(historyOf(id));
  const found = data?.pages.flatMap((p) => p.items).find((e) => e.type === 'ticket.rated');
  const older = useQuery({
    queryKey: ['events', id, 'rating'],
    queryFn: async () => (await call('get', '/tickets/{id}/events', { path: { id }, query: { type: 'ticket.rated', newest_first: true, limit: 1 } })).items,
    enabled: !found && hasNextPage,
  }).data?.[0];
  return ((found ?? older)?.data as { rating?: number } | undefined)?.rating;
}
