import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { Link } from 'wouter';
import { call, type Schema } from '../api/client';
import { agentsQuery, kpiQuery } from '../api/lists';
import { can, whoAmI } from '../app/session';
import { useNow, useTitle } from '../lib/hooks';
import { carrier, compare, count, number, percent, span, t } from '../lib/i18n';
import { Avatar, cx, Empty, Fault, PriorityMark, SLABadge, Skeleton } from '../parts/bits';
import { Icon } from '../parts/Icon';
import '../text/overview';

const LastDays = lazy(() => import('./LastDays'));
type KPI = Schema<'KPI'>;

function Tile({ label, value, href, note, bad }: { label: string; value: string | null; href?: string; note?: string | null; bad?: boolean }) {
  const inner = (
    <>
      <span className="tile-label">{label}</span>
      <span className="tile-value">{value ?? '–'}</span>
      <span className="tile-note">{value === null ? t('kpi.none') : note}</span>
    </>
  );
  return href ? (
    <Link href={href} className={cx('tile', bad && 'tile-bad')}>
      {inner}
    </Link>
  ) : (
    <div className={cx('tile', bad && 'tile-bad')}>{inner}</div>
  );
}

const num = (n: number | null | undefined): string | null => (n === null || n === undefined ? null : number(n));

/** What the mean of the seven days before was, where the server can say. */
function before(k: KPI, name: 'created_today' | 'resolved_today'): string | null {
  const previous = (k as { previous?: Record<string, number | null> | null }).previous;
  const v = previous?.[name];
  return typeof v === 'number' ? t('kpi.mean', { n: number(Math.round(v * 10) / 10) }) : null;
}

function Tiles({ k }: { k: KPI }) {
  return (
    <div className="tiles">
      <Tile label={t('kpi.mine')} value={num(k.mine)} href="/tickets?view=mine" />
      <Tile label={t('kpi.unassigned')} value={num(k.unassigned)} href="/tickets?view=unassigned" />
      <Tile label={t('kpi.open')} value={num(k.open)} href="/tickets?view=open" />
      <Tile label={t('kpi.breached')} value={num(k.breached)} href="/tickets?view=breached" bad={(k.breached ?? 0) > 0} />
      <Tile label={t('kpi.due_within_hour')} value={num(k.due_within_hour)} href="/tickets?view=all&q=sla%3A%3C1h" />
      <Tile label={t('kpi.pending')} value={num(k.pending)} href="/tickets?view=pending" />
      <Tile label={t('kpi.created_today')} value={num(k.created_today)} href="/tickets?view=all&sort=-created_at" note={before(k, 'created_today')} />
      <Tile label={t('kpi.resolved_today')} value={num(k.resolved_today)} href="/tickets?view=closed" note={before(k, 'resolved_today')} />
      <Tile label={t('kpi.first_response')} value={k.first_response_p50_seconds === null || k.first_response_p50_seconds === undefined ? null : span(k.first_response_p50_seconds)} />
      <Tile label={t('kpi.sla')} value={k.sla_attainment_7d === null || k.sla_attainment_7d === undefined ? null : percent(k.sla_attainment_7d)} />
    </div>
  );
}

/** The tickets whose promise is due first: what is overdue, then what comes next. */
function Attention() {
  const due = useQuery({
    queryKey: ['counts', 'attention'],
    queryFn: async () => {
      const [late, soon] = await Promise.all([call('get', '/tickets', { query: { sla: 'breached', limit: 30 } }), call('get', '/tickets', { query: { sla: '<8h', limit: 30 } })]);
      const all = new Map([...late.items, ...soon.items].map((x) => [x.id, x]));
      return [...all.values()].sort((a, b) => Date.parse(a.sla.due_at ?? a.updated_at) - Date.parse(b.sla.due_at ?? b.updated_at)).slice(0, 10);
    },
    staleTime: 20_000,
  });
  return (
    <section className="card">
      <h2>{t('overview.attention')}</h2>
      {due.isPending && <Skeleton rows={5} />}
      {due.error && <Fault error={due.error} retry={() => void due.refetch()} compact />}
      {due.data?.length === 0 && <Empty icon="check" title={t('overview.calm')} text={t('overview.calm.text')} />}
      <ul className="attention">
        {(due.data ?? []).map((x) => (
          <li key={x.id}>
            <Link href={`/tickets/${x.number}`}>
              <span className="muted">#{x.number}</span>
              <PriorityMark priority={x.priority} />
              <span className="attention-subject">{x.subject}</span>
              <span className="muted small wide-only">{x.assignee?.name ?? t('nobody')}</span>
              <SLABadge sla={x.sla} />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Channels() {
  const list = useQuery({ queryKey: ['admin', 'channels'], queryFn: async () => (await call('get', '/admin/channels')).items, refetchInterval: 60_000 });
  if (!list.data || list.data.length === 0) return null;
  return (
    <section className="card">
      <h2>{t('overview.channels')}</h2>
      <ul className="attention">
        {list.data.map((c) => {
          const stopped = c.state !== 'running' || c.sources.some((s) => s.state === 'stopped');
          const waiting = c.sources.some((s) => s.state === 'waiting');
          return (
            <li key={c.name}>
              <Link href="/settings/channels">
                <span className="attention-subject">
                  {carrier(c.name)} {c.sources.length > 0 && <span className="muted small">{c.sources.map((s) => s.name).join(', ')}</span>}
                </span>
                {c.parked > 0 && <span className="muted small">{t('overview.parked', { n: number(c.parked) })}</span>}
                <span className={cx('badge', stopped ? 'badge-bad' : waiting ? 'badge-warn' : 'badge-good')}>
                  <Icon name={stopped || waiting ? 'alert' : 'check'} size={12} /> {t(stopped ? 'health.stopped' : waiting ? 'health.waiting' : 'health.good')}
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

const SHOWN = 12;

/** Which of those who answer tickets are here. */
function Online() {
  const agents = useQuery({ ...agentsQuery, refetchInterval: 60_000 });
  const here = (agents.data ?? []).filter((a) => a.online).sort((a, b) => compare(a.name, b.name));
  if (!agents.data) return null;
  return (
    <section className="card">
      <h2>{t('overview.online')}</h2>
      {here.length === 0 && <p className="muted">{t('overview.online.none')}</p>}
      <ul className="online">
        {here.slice(0, SHOWN).map((a) => (
          <li key={a.id}>
            <Avatar name={a.name} size="s" />
            <span className="attention-subject">{a.name}</span>
            {a.id === whoAmI().id && <span className="badge">{t('overview.online.you')}</span>}
          </li>
        ))}
      </ul>
      {here.length > SHOWN && <p className="muted small">{count('overview.online.more', here.length - SHOWN)}</p>}
    </section>
  );
}

export default function Overview() {
  useTitle(t('nav.overview'));
  const kpi = useQuery(kpiQuery);
  const hour = new Date(useNow()).getHours();
  const me = whoAmI();
  return (
    <div className="page">
      <div className="page-in">
        <header className="page-head">
          <h1>{t(hour < 11 ? 'hello.morning' : hour < 18 ? 'hello.day' : 'hello.evening', { name: me.name })}</h1>
        </header>
        {kpi.error && <Fault error={kpi.error} retry={() => void kpi.refetch()} compact />}
        {kpi.data ? <Tiles k={kpi.data} /> : kpi.isPending && <div className="tiles">{Array.from({ length: 10 }, (_, i) => <div key={i} className="tile"><span className="tile-label">&nbsp;</span><span className="tile-value">&nbsp;</span><span className="tile-note">&nbsp;</span></div>)}</div>}
        <div className="two">
          <div className="stack">
            {can('ticket:read') && <Attention />}
            {can('analytics:read') && (
              <Suspense fallback={<div className="plot plot-wait" aria-busy="true" />}>
                <LastDays />
              </Suspense>
            )}
          </div>
          <div className="stack">
            {can('ticket:read') && <Online />}
            {can('adapter:read') && <Channels />}
          </div>
        </div>
      </div>
    </div>
  );
}
