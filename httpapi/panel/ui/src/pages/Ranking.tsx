import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { call, Failure, url, type Schema } from '../api/client';
import { can, whoAmI } from '../app/session';
import { useTitle } from '../lib/hooks';
import { count, number, percent, span, t } from '../lib/i18n';
import { Avatar, Empty, Fault, Skeleton } from '../parts/bits';
import { Icon } from '../parts/Icon';
import '../text/lead';
import '../text/more';
import { ChoiceBar } from './analytics/Bar';
import { mean } from './analytics/mean';
import { useChoice } from './analytics/range';
import { Table } from './Table';

type Rank = Schema<'Rank'>;

/** By what the table can be put in order. Less is better for times and for tickets that came back. */
const orders = {
  resolved: (a: Rank, b: Rank) => b.resolved - a.resolved,
  first: (a: Rank, b: Rank) => (a.first_response.p50_seconds ?? Infinity) - (b.first_response.p50_seconds ?? Infinity),
  sla: (a: Rank, b: Rank) => (b.sla.rate ?? -1) - (a.sla.rate ?? -1),
  rating: (a: Rank, b: Rank) => (b.rating?.average ?? 0) - (a.rating?.average ?? 0),
  reopened: (a: Rank, b: Rank) => a.reopened / Math.max(1, a.resolved) - b.reopened / Math.max(1, b.resolved),
};
type Order = keyof typeof orders;

export default function RankingPage() {
  useTitle(t('nav.ranking'));
  const choice = useChoice('/ranking');
  const [order, setOrder] = useState<Order>('resolved');
  const query = { ...choice.query, agent: undefined };
  const answer = useQuery({ queryKey: ['ranking', query], queryFn: ({ signal }) => call('get', '/ranking', { query, signal }), placeholderData: keepPreviousData, staleTime: 60_000, retry: false });
  const off = answer.error instanceof Failure && answer.error.status === 404;
  const r = answer.data;
  const me = whoAmI().id;
  const rows = r ? [...r.items].sort(orders[order]) : [];
  return (
    <div className="page">
      <div className="page-in" aria-busy={answer.isFetching || undefined}>
        <header className="page-head">
          <h1 className="grow">{t('nav.ranking')}</h1>
          {can('settings:write') && (
            <Link className="button" href="/settings/ranking">
              <Icon name="gear" /> {t('nav.settings')}
            </Link>
          )}
          {!off && (
            <a className="button" href={url('/ranking', undefined, { ...query, format: 'excel' })} download>
              <Icon name="download" /> CSV
            </a>
          )}
          <p>{t('ranking.text')}</p>
        </header>
        {off ? (
          <Empty icon="users" title={t('ranking.off')} text={t('ranking.off.text')} />
        ) : (
          <>
            <ChoiceBar choice={choice}>
              <label className="field">
                <span className="label">{t('ranking.order')}</span>
                <select value={order} onChange={(e) => setOrder(e.target.value as Order)}>
                  {(Object.keys(orders) as Order[]).map((o) => (
                    <option key={o} value={o}>
                      {t(`ranking.order.${o}`)}
                    </option>
                  ))}
                </select>
              </label>
            </ChoiceBar>
            {answer.error && <Fault error={answer.error} retry={() => void answer.refetch()} />}
            {answer.isPending && <Skeleton rows={8} />}
            {r && rows.length === 0 && <Empty icon="users" title={t('ranking.none')} text={t('ranking.none.text', { n: number(r.minimum) })} />}
            {rows.length > 0 && (
              <Table
                rows={rows}
                id={(x, i) => x.agent_id || String(i)}
                label={t('nav.ranking')}
                columns={[
                  { key: 'place', head: t('ranking.place'), look: 'num', cell: (_, i) => number(i + 1) },
                  {
                    key: 'name',
                    head: t('ranking.name'),
                    cell: (x) => (
                      <span className="cell-main">
                        <Avatar name={x.name || '?'} />
                        <span>
                          <span>
                            {x.name || t('actor.erased')} {x.agent_id === me && <span className="badge">{t('users.self')}</span>}
                          </span>
                        </span>
                      </span>
                    ),
                  },
                  { key: 'resolved', head: t('numbers.resolved'), look: 'num', cell: (x) => number(x.resolved) },
                  { key: 'first', head: t('numbers.first.short'), title: t('numbers.p50.title'), look: 'num', cell: (x) => (x.first_response.p50_seconds === null ? '–' : span(x.first_response.p50_seconds)) },
                  { key: 'n', head: t('ranking.answers'), title: t('ranking.answers.title'), look: 'num', cell: (x) => number(x.first_response.n) },
                  { key: 'sla', head: t('ranking.sla'), title: t('ranking.sla.title'), look: 'num', cell: (x) => (x.sla.rate === null ? '–' : <span title={t('numbers.of', { n: number(x.sla.n), of: number(x.sla.of) })}>{percent(x.sla.rate)}</span>) },
                  { key: 'reopened', head: t('numbers.reopened'), title: t('ranking.reopened.title'), look: 'num', cell: (x) => number(x.reopened) },
                  rows.some((x) => x.rating) && { key: 'rating', head: t('numbers.rating'), title: t('ranking.rating.title'), look: 'num' as const, cell: (x: Rank) => (x.rating ? <span title={t('numbers.count', { n: number(x.rating.positive.of) })}>{mean(x.rating)}</span> : '–') },
                ]}
              />
            )}
            {r && (r.left_out > 0 || r.anonymous) && (
              <p className="muted small chart-note">{[r.left_out > 0 && count('ranking.left_out', r.left_out, { n: number(r.minimum) }), r.anonymous && t('ranking.anonymous')].filter(Boolean).join(' ')}</p>
            )}
          </>
        )}
      </div>
    </div>
  );
}
