import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Suspense, useMemo, useState } from 'react';
import { call, url, type Schema } from '../api/client';
import { queuesQuery } from '../api/lists';
import { can } from '../app/session';
import { useTitle } from '../lib/hooks';
import { carrier, number, percent, span, t, term } from '../lib/i18n';
import { Fault, Skeleton } from '../parts/bits';
import { Icon } from '../parts/Icon';
import '../text/lead';
import '../text/more';
import { ChoiceBar } from './analytics/Bar';
import { Beams, ChartCard } from './analytics/Card';
import { weekdays } from './analytics/dates';
import { mean } from './analytics/mean';
import { countColumn, dayColumn, FlowCard, Plot, PlotWait } from './analytics/Flow';
import { Heat } from './analytics/Heat';
import type { Line } from './analytics/Plot';
import { begins, useChoice } from './analytics/range';

type Analytics = Schema<'Analytics'>;
type Durations = Schema<'Durations'>;
type Breakdown = Schema<'Breakdown'>;

const time = (s: number | null | undefined): string => (s === null || s === undefined ? '–' : span(s));
const rate = (s: Schema<'Share'> | null | undefined): string => (s?.rate === null || s?.rate === undefined ? '–' : percent(s.rate));

function Tile({ label, value, note }: { label: string; value: string; note?: string }) {
  return (
    <div className="tile">
      <span className="tile-label">{label}</span>
      <span className="tile-value">{value}</span>
      <span className="tile-note">{note ?? '\u00a0'}</span>
    </div>
  );
}

/** Times in calendar or in working hours, as the reader chooses. */
const p = (d: Durations | null | undefined, share: 50 | 90, business: boolean): number | null =>
  d ? (business ? (share === 50 ? d.business_p50_seconds : d.business_p90_seconds) : share === 50 ? d.p50_seconds : d.p90_seconds) : null;

function Tiles({ a, business }: { a: Analytics; business: boolean }) {
  const wait = a.waiting;
  return (
    <div className="tiles tiles-fit">
      <Tile label={t('numbers.created')} value={number(a.backlog.created)} note={t('numbers.reopened.n', { n: number(a.backlog.reopened) })} />
      <Tile label={t('numbers.resolved')} value={number(a.backlog.resolved)} note={t('numbers.one_touch.n', { rate: rate(a.one_touch) })} />
      <Tile label={t('numbers.backlog')} value={number(a.backlog.to)} note={t('numbers.backlog.from', { n: number(a.backlog.from) })} />
      <Tile label={t('numbers.first')} value={time(p(a.first_response, 50, business))} note={t('numbers.p90', { time: time(p(a.first_response, 90, business)), n: number(a.first_response.n) })} />
      <Tile label={t('numbers.resolution')} value={time(p(a.last_resolution, 50, business))} note={t('numbers.p90', { time: time(p(a.last_resolution, 90, business)), n: number(a.last_resolution.n) })} />
      <Tile label={t('numbers.waiting')} value={number(wait.open)} note={wait.oldest_seconds === null ? undefined : t('numbers.waiting.oldest', { time: span(wait.oldest_seconds) })} />
      <Tile label={t('numbers.reopen')} value={rate(a.reopen_rate)} note={t('numbers.of', { n: number(a.reopen_rate.n), of: number(a.reopen_rate.of) })} />
      {a.rating && <Tile label={t('numbers.rating')} value={t('rating.of', { n: mean(a.rating), best: 5 })} note={t('numbers.rating.note', { rate: rate(a.rating.positive), n: number(a.rating.positive.of) })} />}
    </div>
  );
}

function Days({ a }: { a: Analytics }) {
  const days = useMemo(() => a.days.map((d) => d.date), [a]);
  const level = useMemo<Line[]>(() => [{ label: t('numbers.backlog'), colour: 'paused', values: a.days.map((d) => d.backlog), filled: true }], [a]);
  const rows = [...a.days].reverse();
  return (
    <>
      <FlowCard wide days={a.days} />
      <ChartCard title={t('numbers.backlog.days')} note={t('numbers.backlog.note')} rows={rows} id={(d) => d.date} columns={[dayColumn(), countColumn('backlog', t('numbers.backlog'))]}>
        <Suspense fallback={<PlotWait />}>
          <Plot days={days} lines={level} label={t('numbers.backlog.label', { from: number(a.backlog.from), to: number(a.backlog.to) })} />
        </Suspense>
      </ChartCard>
    </>
  );
}

function Ages({ a }: { a: Analytics }) {
  const rows = a.ages.map((x, i) => ({ ...x, label: x.below_seconds === null ? t('age.over', { time: span(a.ages[i - 1]?.below_seconds ?? 0) }) : t('age.below', { time: span(x.below_seconds) }) }));
  return (
    <ChartCard
      title={t('numbers.ages')}
      note={t('numbers.ages.note')}
      rows={rows}
      id={(r) => r.label}
      columns={[
        { key: 'age', head: t('numbers.age'), cell: (r) => r.label },
        { key: 'n', head: t('tags.tickets'), look: 'num', cell: (r) => number(r.tickets) },
      ]}
      none={rows.every((r) => r.tickets === 0)}
    >
      <Beams beams={rows.map((r, i) => ({ key: r.label, label: r.label, value: r.tickets, text: number(r.tickets), tone: i === rows.length - 1 ? 'bad' : undefined }))} />
    </ChartCard>
  );
}

function Times({ a, business }: { a: Analytics; business: boolean }) {
  const rows = [
    { key: 'first', name: t('clock.first_response'), d: a.first_response },
    { key: 'next', name: t('clock.next_response'), d: a.next_response },
    { key: 'once', name: t('numbers.first_resolution'), d: a.first_resolution },
    { key: 'last', name: t('numbers.last_resolution'), d: a.last_resolution },
  ];
  const most = Math.max(1, ...rows.map((r) => p(r.d, 90, business) ?? 0));
  return (
    <ChartCard
      title={t('numbers.times')}
      note={t(business ? 'numbers.times.business' : 'numbers.times.calendar')}
      rows={rows}
      id={(r) => r.key}
      columns={[
        { key: 'what', head: t('numbers.what'), cell: (r) => r.name },
        { key: 'n', head: t('numbers.n'), look: 'num', cell: (r) => number(r.d.n) },
        { key: 'p50', head: 'p50', title: t('numbers.p50.title'), look: 'num', cell: (r) => time(p(r.d, 50, business)) },
        { key: 'p90', head: 'p90', title: t('numbers.p90.title'), look: 'num', cell: (r) => time(p(r.d, 90, business)) },
      ]}
      none={rows.every((r) => r.d.n === 0)}
    >
      {rows.map((r) => (
        <div key={r.key} className="times-row">
          <h3>
            {r.name} <span className="muted small">{t('numbers.count', { n: number(r.d.n) })}</span>
          </h3>
          <Beams
            most={most}
            beams={([50, 90] as const).map((s) => ({ key: String(s), label: <span title={t(s === 50 ? 'numbers.p50.title' : 'numbers.p90.title')}>{`p${s}`}</span>, value: p(r.d, s, business) ?? 0, text: time(p(r.d, s, business)), tone: s === 90 ? 'paused' : undefined }))}
          />
        </div>
      ))}
    </ChartCard>
  );
}

/** Whether what was promised was kept, under each version of each policy. It counts all tickets that one may see, whatever the filters say. */
function Levels({ from, to }: { from: string; to: string }) {
  const list = useQuery({
    queryKey: ['sla-report', from, to],
    queryFn: () => call('get', '/sla/report', { query: { from: begins(from), to: begins(to) } }),
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (list.error || !list.data) return null;
  const rows = list.data.lines;
  const id = (r: (typeof rows)[number]) => `${r.policy_id}/${r.policy_version}/${r.clock}`;
  const name = (r: (typeof rows)[number]) => `${r.policy} · ${term('clock', r.clock)}`;
  return (
    <ChartCard
      title={t('numbers.sla')}
      note={t('numbers.sla.note')}
      rows={rows}
      id={id}
      columns={[
        { key: 'policy', head: t('numbers.policy'), cell: (r) => r.policy },
        { key: 'v', head: t('numbers.version'), look: 'num', cell: (r) => number(r.policy_version) },
        { key: 'clock', head: t('numbers.clock'), cell: (r) => term('clock', r.clock) },
        { key: 'met', head: t('numbers.met'), look: 'num', cell: (r) => number(r.met) },
        { key: 'missed', head: t('numbers.missed'), look: 'num', cell: (r) => number(r.missed) },
        { key: 'rate', head: t('numbers.rate'), look: 'num', cell: (r) => (r.attainment === null ? '–' : percent(r.attainment)) },
      ]}
      none={rows.length === 0}
    >
      <Beams most={1} beams={rows.map((r) => ({ key: id(r), label: name(r), value: r.attainment ?? 0, text: r.attainment === null ? '–' : t('numbers.share', { rate: percent(r.attainment), n: number(r.met + r.missed) }), tone: (r.attainment ?? 1) < 0.8 ? 'bad' : 'ok' }))} />
    </ChartCard>
  );
}

function HeatCard({ title, note, values, tone }: { title: string; note: string; values: number[][]; tone: 'bad' | 'accent' }) {
  const rows = values.map((hours, d) => ({ d, hours }));
  return (
    <ChartCard
      wide
      title={title}
      note={note}
      rows={rows}
      id={(r) => String(r.d)}
      columns={[{ key: 'day', head: t('numbers.day'), cell: (r) => weekdays[r.d] }, ...Array.from({ length: 24 }, (_, h) => ({ key: String(h), head: String(h), look: 'num' as const, cell: (r: (typeof rows)[number]) => r.hours[h] || '·' }))]}
      none={values.flat().every((n) => n === 0)}
    >
      <Heat values={values} tone={tone} />
    </ChartCard>
  );
}

function Split({ title, note, list, name, business }: { title: string; note?: string; list: Breakdown[]; name: (key: string) => string; business: boolean }) {
  const timed = list.some((b) => b.first_response);
  return (
    <ChartCard
      title={title}
      note={note}
      rows={list}
      id={(b) => b.key}
      columns={[
        { key: 'key', head: title, cell: (b) => name(b.key) },
        { key: 'created', head: t('numbers.created'), look: 'num', cell: (b) => number(b.created) },
        { key: 'resolved', head: t('numbers.resolved'), look: 'num', cell: (b) => number(b.resolved) },
        { key: 'reopened', head: t('numbers.reopened'), look: 'num', cell: (b) => number(b.reopened) },
        timed && { key: 'first', head: t('numbers.first.short'), title: t('numbers.p50.title'), look: 'num', cell: (b) => time(p(b.first_response, 50, business)) },
        timed && { key: 'solved', head: t('numbers.resolution.short'), title: t('numbers.p50.title'), look: 'num', cell: (b) => time(p(b.resolution, 50, business)) },
      ]}
      none={list.length === 0}
    >
      <Beams beams={[...list].sort((x, y) => y.created - x.created).slice(0, 10).map((b) => ({ key: b.key, label: name(b.key), value: b.created, text: number(b.created) }))} />
      {list.length > 10 && <p className="muted small chart-note">{t('numbers.rest', { n: number(list.length - 10) })}</p>}
    </ChartCard>
  );
}

export default function AnalyticsPage() {
  useTitle(t('nav.analytics'));
  const choice = useChoice('/analytics');
  const [business, setBusiness] = useState(false);
  const queues = useQuery(queuesQuery);
  const answer = useQuery({ queryKey: ['analytics', choice.query], queryFn: ({ signal }) => call('get', '/analytics', { query: choice.query, signal }), placeholderData: keepPreviousData, staleTime: 60_000 });
  const a = answer.data;
  const queueName = (id: string) => queues.data?.find((q) => q.id === id)?.name ?? t('numbers.queue.gone');
  return (
    <div className="page">
      <div className="page-in page-wide" aria-busy={answer.isFetching || undefined}>
        <header className="page-head">
          <h1 className="grow">{t('nav.analytics')}</h1>
          <div className="segmented" role="group" aria-label={t('numbers.measure')}>
            <button aria-pressed={!business} onClick={() => setBusiness(false)}>
              {t('numbers.calendar')}
            </button>
            <button aria-pressed={business} onClick={() => setBusiness(true)}>
              {t('numbers.business')}
            </button>
          </div>
          <a className="button" href={url('/analytics', undefined, { ...choice.query, format: 'excel' })} download>
            <Icon name="download" /> CSV
          </a>
          <p>{t('numbers.text')}</p>
        </header>
        <ChoiceBar choice={choice} agent seen={a?.channels.map((c) => c.key)} />
        {answer.error && <Fault error={answer.error} retry={() => void answer.refetch()} />}
        {answer.isPending && <Skeleton rows={10} />}
        {a && (
          <>
            <Tiles a={a} business={business} />
            <div className="charts">
              <Days a={a} />
              <Ages a={a} />
              <Times a={a} business={business} />
              {can('sla:read') && <Levels from={choice.query.from} to={choice.query.to} />}
              <HeatCard title={t('heat.breached')} note={t('heat.breached.note', { zone: a.zone })} values={a.heat_breached as number[][]} tone="bad" />
              <HeatCard title={t('heat.created')} note={t('heat.created.note', { zone: a.zone })} values={a.heat_created as number[][]} tone="accent" />
              <Split title={t('field.channel')} list={a.channels} name={carrier} business={business} />
              <Split title={t('field.queue')} list={a.queues} name={queueName} business={business} />
              <Split title={t('field.priority')} list={a.priorities} name={(k) => term('priority', k)} business={business} />
              <Split title={t('field.tags')} note={t('numbers.tags.note')} list={a.tags} name={(k) => k} business={business} />
            </div>
          </>
        )}
      </div>
    </div>
  );
}
