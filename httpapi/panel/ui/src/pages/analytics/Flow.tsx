import { lazy, Suspense, useMemo } from 'react';
import type { Schema } from '../../api/client';
import { number, t } from '../../lib/i18n';
import { ChartCard } from './Card';
import { weekdayDate } from './dates';
import type { Line } from './Plot';

type Day = Schema<'Day'>;

export const Plot = lazy(() => import('./Plot'));
/** Holds the place of a picture that is on its way. */
export const PlotWait = () => <div className="plot plot-wait" aria-busy="true" />;

export const dayColumn = () => ({ key: 'date', head: t('numbers.day'), look: 'nowrap' as const, cell: (d: Day) => weekdayDate(d.date) });
export const countColumn = (key: 'created' | 'resolved' | 'reopened' | 'removed' | 'backlog', head: string) => ({ key, head, look: 'num' as const, cell: (d: Day) => number(d[key]) });

/** How many tickets came and went on each day. */
export function FlowCard({ days, title = t('numbers.flow'), wide }: { days: Day[]; title?: string; wide?: boolean }) {
  const names = useMemo(() => days.map((d) => d.date), [days]);
  const lines = useMemo<Line[]>(
    () => [
      { label: t('numbers.created'), colour: 'accent', values: days.map((d) => d.created), filled: true },
      { label: t('numbers.resolved'), colour: 'ok', values: days.map((d) => d.resolved), dashed: true },
    ],
    [days],
  );
  const sum = (key: 'created' | 'resolved') => number(days.reduce((n, d) => n + d[key], 0));
  return (
    <ChartCard
      wide={wide}
      title={title}
      rows={[...days].reverse()}
      id={(d) => d.date}
      columns={[dayColumn(), countColumn('created', t('numbers.created')), countColumn('resolved', t('numbers.resolved')), countColumn('reopened', t('numbers.reopened')), countColumn('removed', t('numbers.removed'))]}
    >
      <Suspense fallback={<PlotWait />}>
        <Plot days={names} lines={lines} label={t('numbers.flow.label', { created: sum('created'), resolved: sum('resolved') })} />
      </Suspense>
    </ChartCard>
  );
}
