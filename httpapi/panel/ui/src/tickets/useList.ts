import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { putTickets, queries, type TicketPage, type TicketPages } from '../api/cache';
import { call, type Ticket } from '../api/client';
import { useLatest } from '../lib/hooks';
import { useStore } from '../lib/store';
import { stirred } from '../live/sync';

const PAGE = 50;

export interface TicketList {
  items: Ticket[];
  /** Tickets that belong to the list by now and are not in it yet. */
  fresh: number;
  /** Tickets that are in it and do not belong to it any more. */
  gone: ReadonlySet<string>;
  apply(): void;
  loading: boolean;
  error: unknown;
  retry(): void;
  more(): void;
  whole: boolean;
}

/**
 * A list of tickets that stays where it is. Tickets in it are kept up to date in place; what came, went or moved is noted and applied when
 * nobody points at the list or works in it, or when somebody asks for it.
 */
export function useTicketList(params: Record<string, string>, busy: () => boolean): TicketList {
  const key = useMemo(() => ['tickets', params] as const, [JSON.stringify(params)]); // eslint-disable-line react-hooks/exhaustive-deps
  const fetchPage = useCallback(
    (cursor: string | undefined, signal?: AbortSignal) => call('get', '/tickets', { query: { ...params, limit: PAGE, cursor } as never, signal }) as Promise<TicketPage>,
    [key], // eslint-disable-line react-hooks/exhaustive-deps
  );
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => fetchPage(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    staleTime: Infinity,
  });

  const [waiting, setWaiting] = useState<TicketPage | null>(null);
  const items = useMemo(() => {
    const seen = new Set<string>();
    return (query.data?.pages ?? []).flatMap((p) => p.items.filter((i) => !seen.has(i.id) && seen.add(i.id)));
  }, [query.data]);

  const apply = useCallback(() => {
    setWaiting((w) => {
      if (w) queries.setQueryData<TicketPages>(key, { pages: [w], pageParams: [undefined] });
      return null;
    });
  }, [key]);
  useEffect(() => setWaiting(null), [key]);

  // A list that comes back on the screen, or that something has stirred, is asked for anew behind what is shown.
  const stir = useStore(stirred);
  const isBusy = useLatest(busy);
  const current = useLatest(items);
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    const stop = new AbortController();
    void (async () => {
      if (!queries.getQueryData(key)) return;
      try {
        const page = await fetchPage(undefined, stop.signal);
        if (stop.signal.aborted) return;
        putTickets(page.items);
        const shown = current.current.slice(0, page.items.length).map((t) => t.id);
        const same = page.items.length === Math.min(shown.length, PAGE) && page.items.every((t, i) => t.id === shown[i]) && (page.next_cursor !== null || current.current.length === page.items.length);
        if (same) setWaiting(null);
        else if (!isBusy.current()) {
          queries.setQueryData<TicketPages>(key, { pages: [page], pageParams: [undefined] });
          setWaiting(null);
        } else setWaiting(page);
      } catch {
        // the next event asks again
      }
    })();
    return () => stop.abort();
  }, [stir, key, fetchPage, current, isBusy]);

  const { fresh, gone } = useMemo(() => {
    if (!waiting) return { fresh: 0, gone: new Set<string>() };
    const have = new Set(items.map((t) => t.id));
    const now = new Set(waiting.items.map((t) => t.id));
    const within = waiting.next_cursor === null ? items : items.slice(0, waiting.items.length);
    const left = within.filter((t) => !now.has(t.id)).map((t) => t.id);
    return {
      fresh: waiting.items.filter((t) => !have.has(t.id)).length,
      // On a full page a ticket may just have moved on to the next; only on the last page is what is missing surely gone.
      gone: new Set(waiting.next_cursor === null ? left : []),
    };
  }, [waiting, items]);

  return {
    items,
    fresh,
    gone,
    apply,
    loading: query.isPending,
    error: query.error,
    retry: () => void query.refetch(),
    more: () => {
      if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
    },
    whole: !query.hasNextPage,
  };
}
