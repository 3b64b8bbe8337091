import { Fragment } from 'react';
import { number, t } from '../../lib/i18n';
import { weekdays } from './dates';

/** Hours of the week, the darker the more. Every field says its number to who points at it; the table has them all. */
export function Heat({ values, tone }: { values: number[][]; tone: 'bad' | 'accent' }) {
  const most = Math.max(1, ...values.flat());
  return (
    <div className={`heat heat-${tone}`} role="img" aria-label={t('heat.label', { sum: number(values.flat().reduce((a, b) => a + b, 0)) })}>
      <span />
      {Array.from({ length: 24 }, (_, h) => (
        <span key={h} className="heat-hour">
          {h % 3 === 0 ? h : ''}
        </span>
      ))}
      {values.map((day, d) => (
        <Fragment key={d}>
          <span className="heat-day">{weekdays[d]}</span>
          {day.map((n, h) => (
            <span key={h} className="heat-cell" data-level={n === 0 ? 0 : Math.max(1, Math.ceil((4 * n) / most))} title={t('heat.cell', { day: weekdays[d]!, from: h, to: h + 1, n: number(n) })} />
          ))}
        </Fragment>
      ))}
    </div>
  );
}
