import { useId, useState, type ReactNode } from 'react';
import { t } from '../../lib/i18n';
import { Table, type Column } from '../Table';

/** A picture of numbers, and beside it the same numbers as a table: for who reads them better so, or not at all otherwise. */
export function ChartCard<T>({ title, note, rows, columns, id, children, wide = false, none = false }: { title: string; note?: string; rows: readonly T[]; columns: readonly (Column<T> | false)[]; id: (row: T, i: number) => string; children: ReactNode; wide?: boolean; none?: boolean }) {
  const [table, setTable] = useState(false);
  const name = useId();
  return (
    <section className={wide ? 'card chart chart-wide' : 'card chart'} aria-labelledby={name}>
      <div className="card-head">
        <h2 className="grow" id={name}>
          {title}
        </h2>
        {!none && (
          <div className="segmented segmented-small" role="group" aria-label={t('numbers.as', { title })}>
            <button aria-pressed={!table} onClick={() => setTable(false)}>
              {t('numbers.chart')}
            </button>
            <button aria-pressed={table} onClick={() => setTable(true)}>
              {t('numbers.table')}
            </button>
          </div>
        )}
      </div>
      {note && <p className="muted small chart-note">{note}</p>}
      {none ? <p className="muted chart-none">{t('numbers.none')}</p> : table ? <Table rows={rows} columns={columns} id={id} label={title} className="chart-table" /> : children}
    </section>
  );
}

export interface Beam {
  key: string;
  label: ReactNode;
  value: number;
  /** What stands at its end; the value itself when nothing. */
  text?: string;
  tone?: 'bad' | 'ok' | 'paused';
}

/** Bars that lie, the longest as wide as there is room. */
export function Beams({ beams, most }: { beams: Beam[]; most?: number }) {
  const top = most ?? Math.max(1, ...beams.map((b) => b.value));
  return (
    <ul className="beams">
      {beams.map((b) => (
        <li key={b.key}>
          <span className="beam-label">{b.label}</span>
          <span className="beam-track">
            {b.value > 0 && <span className={b.tone ? `beam beam-${b.tone}` : 'beam'} style={{ width: `${(100 * b.value) / top}%` }} />}
          </span>
          <span className="beam-value">{b.text ?? b.value}</span>
        </li>
      ))}
    </ul>
  );
}
