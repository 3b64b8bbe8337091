import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { call, url, type TicketEvent } from '../api/client';
import { agentsQuery, queuesQuery } from '../api/lists';
import { can } from '../app/session';
import { useTitle } from '../lib/hooks';
import { compare, formatDateTime, has, number, t, term } from '../lib/i18n';
import { Empty, Fault, Skeleton } from '../parts/bits';
import { Icon } from '../parts/Icon';
import { sentence } from '../tickets/timeline';
import { eventKinds } from '../text/more';
import { Table } from './Table';

/** What the sentence about an event says already. */
const told = new Set(['ticket.priority_changed', 'ticket.status_changed', 'ticket.closed', 'ticket.reopened', 'ticket.tagged', 'ticket.queue_changed']);

/** What an event says beyond its sentence: a reason, and values before and after. What has no name for people is for programs. */
function details(e: TicketEvent): string {
  return Object.entries((e.data ?? {}) as Record<string, unknown>)
    .filter(([k, v]) => v !== '' && v !== null && typeof v !== 'object' && has('detail.' + k) && !(told.has(e.type) && k !== 'reason'))
    .map(([k, v]) => `${t(('detail.' + k) as 'detail.from')}: ${String(v)}`)
    .join(' · ');
}

export default function Audit() {
  useTitle(t('nav.audit'));
  const search = useSearch();
  const [, navigate] = useLocation();
  const params = useMemo(() => new URLSearchParams(search), [search]);
  const get = (k: string) => params.get(k) ?? '';
  const agents = useQuery(agentsQuery);
  const queues = useQuery(queuesQuery);
  const day = (v: string, next = false) => {
    if (!v) return undefined;
    const d = new Date(v + 'T00:00:00');
    if (next) d.setDate(d.getDate() + 1);
    return d.toISOString();
  };
  const query = { type: get('type') || undefined, actor: get('actor') || undefined, ticket: get('ticket') || undefined, desk: get('desk') === 'true' || undefined, since: day(get('since')), until: day(get('until'), true) };
  const list = useInfiniteQuery({
    queryKey: ['audit', query],
    queryFn: ({ pageParam, signal }) => call('get', '/audit', { query: { ...query, limit: 50, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    staleTime: 5_000,
  });
  const chain = useQuery({ queryKey: ['audit-chain'], queryFn: () => call('get', '/audit/chain'), staleTime: 60_000 });
  const events = list.data?.pages.flatMap((p) => p.items) ?? [];
  const names = useMemo(() => {
    const map = new Map<string, string>([...(agents.data ?? []).map((a) => [a.id, a.name] as const), ...(queues.data ?? []).map((q) => [q.id, q.name] as const)]);
    return (x: string) => map.get(x) ?? t('somebody');
  }, [agents.data, queues.data]);
  const set = (k: string, v: string) => {
    const p = new URLSearchParams(params);
    if (v) p.set(k, v);
    else p.delete(k);
    navigate('/audit' + (p.size > 0 ? '?' + p : ''), { replace: true });
  };
  return (
    <div className="page">
      <div className="page-in">
        <header className="page-head">
          <h1 className="grow">{t('nav.audit')}</h1>
          {can('audit:export') && (
            <a className="button" href={url('/audit', undefined, { ...query, format: 'excel' })} download title={t('audit.csv')}>
              <Icon name="download" /> CSV
            </a>
          )}
          <p>
            {t('audit.text')}
            {chain.data && (
              <span className="chain">
                <Icon name="lock" size={12} /> {chain.data.checkpoint_at ? t('audit.chain', { n: number(chain.data.events), at: formatDateTime(chain.data.checkpoint_at) }) : t('audit.chain.never', { n: number(chain.data.events) })}
              </span>
            )}
          </p>
        </header>
        <div className="row-form audit-filters">
          <label className="field">
            <span className="label">{t('audit.type')}</span>
            <select value={get('type')} onChange={(e) => set('type', e.target.value)}>
              <option value="">{t('filter.any')}</option>
              {[...eventKinds]
                .sort((a, b) => compare(term('kind', a), term('kind', b)))
                .map((x) => (
                  <option key={x} value={x}>
                    {term('kind', x)}
                  </option>
                ))}
            </select>
          </label>
          <label className="field">
            <span className="label">{t('audit.actor')}</span>
            <select value={get('actor')} onChange={(e) => set('actor', e.target.value)}>
              <option value="">{t('filter.anybody')}</option>
              {(agents.data ?? []).map((a) => (
                <option key={a.id} value={a.id}>
                  {a.name}
                </option>
              ))}
            </select>
          </label>
          <label className="field">
            <span className="label">{t('audit.since')}</span>
            <input type="date" value={get('since')} onChange={(e) => set('since', e.target.value)} />
          </label>
          <label className="field">
            <span className="label">{t('audit.until')}</span>
            <input type="date" value={get('until')} onChange={(e) => set('until', e.target.value)} />
          </label>
          <label className="switch">
            <input type="checkbox" checked={get('desk') === 'true'} onChange={(e) => set('desk', e.target.checked ? 'true' : '')} />
            <span>{t('audit.desk')}</span>
          </label>
          {params.size > 0 && (
            <button className="button button-quiet" onClick={() => navigate('/audit', { replace: true })}>
              {t('filter.reset')}
            </button>
          )}
        </div>
        {list.isPending && <Skeleton rows={8} />}
        {list.error && <Fault error={list.error} retry={() => void list.refetch()} />}
        {list.data && events.length === 0 && <Empty icon="history" title={t('audit.empty')} text={t('audit.empty.text')} />}
        {events.length > 0 && (
          <Table
            rows={events}
            id={(e) => e.id}
            label={t('nav.audit')}
            columns={[
              { key: 'at', head: t('audit.at'), look: 'quiet', cell: (e) => formatDateTime(e.at) },
              {
                key: 'what',
                head: t('audit.what'),
                cell: (e) => (
                  <>
                    {sentence(e, names)}
                    {details(e) && <div className="audit-data">{details(e)}</div>}
                  </>
                ),
              },
              { key: 'about', head: t('audit.about'), look: 'nowrap', cell: (e) => (e.ticket_id ? can('ticket:read') ? <Link href={`/tickets/${e.ticket_id}`}>{t('audit.ticket')}</Link> : t('audit.ticket') : <span className="muted">{t('audit.the_desk')}</span>) },
            ]}
          />
        )}
        {list.hasNextPage && (
          <div className="more">
            <button className="button" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {t('more.load')}
            </button>
          </div>
        )}
      </div>
    </div>
  );
}
