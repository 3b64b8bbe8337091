import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { MessagePage, MessagePages } from '../api/cache';
import { queries } from '../api/cache';
import { call, type Message, type Ticket, type TicketEvent } from '../api/client';
import { agentsQuery, queuesQuery } from '../api/lists';
import { whoAmI } from '../app/session';
import { useNow } from '../lib/hooks';
import { count, formatTime, t } from '../lib/i18n';
import { useStore } from '../lib/store';
import { Ago, Fault, Skeleton } from '../parts/bits';
import { Icon } from '../parts/Icon';
import { useHistory } from './history';
import { MessageCard } from './MessageCard';
import { hold, outbox } from './outbox';
import { visits } from './seen';
import { entries, reasonOf, sentence } from './timeline';

const PAGE = 30;
/** The messages that are loaded, in the order of the server however they came in. */
function useMessages(id: string) {
  const key = ['messages', id] as const;
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: async ({ pageParam, signal }) => {
      const page = (await call('get', '/tickets/{id}/messages', { path: { id }, query: { newest: true, limit: PAGE, cursor: pageParam }, signal })) as MessagePage;
      if (pageParam) return page;
      // What is asked for anew begins later than what is shown when there was more than a page in between: what was loaded stays.
      const before = queries.getQueryData<MessagePages>(key)?.pages[0];
      if (!before) return page;
      const merged = new Map(before.items.map((m) => [m.n, m]));
      for (const m of page.items) merged.set(m.n, m);
      return { items: [...merged.values()], next_cursor: before.next_cursor };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
  const messages = useMemo(() => {
    const byN = new Map<number, Message>();
    for (const p of query.data?.pages ?? []) for (const m of p.items) byN.set(m.n, byN.get(m.n) ?? m);
    return [...byN.values()];
  }, [query.data]);
  return { query, messages };
}

function Events({ events, names }: { events: TicketEvent[]; names: (id: string) => string }) {
  const [open, setOpen] = useState(false);
  if (events.length > 2 && !open)
    return (
      <button className="events-more" onClick={() => setOpen(true)}>
        <Icon name="history" size={13} /> {count('events', events.length)}
      </button>
    );
  return (
    <ul className="events">
      {events.map((e) => (
        <li key={e.id}>
          <span className="events-text">
            {sentence(e, names)}
            {reasonOf(e) && <q className="events-reason">{reasonOf(e)}</q>}
          </span>
          <Ago at={e.at} />
        </li>
      ))}
    </ul>
  );
}

export function Timeline({ ticket }: { ticket: Ticket }) {
  const id = ticket.id;
  const now = useNow();
  const { query, messages } = useMessages(id);
  const from = query.hasNextPage ? Math.min(...messages.map((m) => Date.parse(m.created_at))) : 0;
  const { events, ...history } = useHistory(id, query.isPending ? Infinity : from);
  const agents = useQuery({ ...agentsQuery, enabled: events.length > 1 });
  const queues = useQuery({ ...queuesQuery, enabled: events.some((e) => e.type === 'ticket.queue_changed') });
  const names = useMemo(() => {
    const map = new Map<string, string>([...(agents.data ?? []).map((a) => [a.id, a.name] as const), ...(queues.data ?? []).map((q) => [q.id, q.name] as const), [whoAmI().id, whoAmI().name]]);
    return (x: string) => map.get(x) ?? t('somebody');
  }, [agents.data, queues.data]);

  // Until when the ticket was seen before this visit: what is newer stands below a line.
  const seenUntil = useStore(visits)[id] ?? 0;
  const list = useMemo(() => entries(messages, events, now, !query.hasNextPage, seenUntil), [messages, events, now, query.hasNextPage, seenUntil]);
  const waiting = useStore(outbox).filter((p) => p.ticket.id === id);

  // The end stays in sight while new things come, unless somebody reads further up.
  const box = useRef<HTMLDivElement>(null);
  const pinned = useRef(true);
  const grow = list.length + waiting.length;
  useLayoutEffect(() => {
    pinned.current = true;
  }, [id]);
  useLayoutEffect(() => {
    const el = box.current;
    if (el && pinned.current) el.scrollTop = el.scrollHeight;
  }, [grow, id]);

  const older = async () => {
    const el = box.current;
    const from = el ? el.scrollHeight - el.scrollTop : 0;
    pinned.current = false;
    if (history.short) history.older();
    const looking = query.isFetching; // for news, which is cut short
    if (query.hasNextPage) await query.fetchNextPage();
    if (looking) void query.refetch();
    requestAnimationFrame(() => {
      if (el) el.scrollTop = el.scrollHeight - from;
    });
  };

  return (
    <div
      className="timeline"
      ref={box}
      tabIndex={0}
      role="region"
      aria-label={t('timeline')}
      onScroll={(e) => {
        const el = e.currentTarget;
        pinned.current = el.scrollHeight - el.scrollTop - el.clientHeight < 60;
      }}
    >
      {query.isPending && <Skeleton kind="cards" rows={3} />}
      {query.error && messages.length === 0 && <Fault error={query.error} retry={() => void query.refetch()} compact />}
      {(query.hasNextPage || history.waits) && (
        <button className="button button-quiet older" onClick={() => void older()} disabled={query.isFetchingNextPage}>
          {t(query.hasNextPage ? 'timeline.older' : 'timeline.older_events')}
        </button>
      )}
      {query.data &&
        list.map((e) => {
          switch (e.kind) {
            case 'day':
              return (
                <h2 key={e.key} className="day">
                  <span>{e.label}</span>
                </h2>
              );
            case 'new':
              return (
                <p key={e.key} className="since">
                  <span>{t('timeline.new')}</span>
                </p>
              );
            case 'message':
              return <MessageCard key={e.key} ticket={ticket} message={e.message} />;
            case 'events':
              return <Events key={e.key} events={e.events} names={names} />;
          }
        })}
      {waiting.map((p) => (
        <article key={p.key} className={`message message-waiting ${p.kind === 'note' ? 'message-note' : 'message-own'}`}>
          <header className="message-head">
            <Icon name="clock" size={14} />
            <span className="message-author">{t(p.kind === 'note' ? 'sending' : 'sending.soon')}</span>
            {p.kind === 'reply' && (
              <button className="link" onClick={() => hold(p)}>
                {t('undo')}
              </button>
            )}
            <span className="message-time">{formatTime(p.at)}</span>
          </header>
          <div className="message-text">{p.body}</div>
        </article>
      ))}
    </div>
  );
}
