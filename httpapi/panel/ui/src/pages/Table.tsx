import type { ReactNode } from 'react';
import { t } from '../lib/i18n';
import { cx } from '../parts/bits';

export interface Column<T> {
  key: string;
  /** What stands above it; a column of buttons has none. */
  head?: string;
  /** Says more about the head to who points at it. */
  title?: string;
  /** num: numbers, at the end of their cell; tools: buttons; nowrap: one line; quiet: one line in grey. */
  look?: 'num' | 'tools' | 'nowrap' | 'quiet';
  cell: (row: T, index: number) => ReactNode;
}

/**
 * A table as all pages have it: one head, buttons at the end. On a phone each row is a card, headed by its first cell, with the heads of the columns beside
 * the others; the roles say that it is a table still.
 */
export function Table<T>({ rows, columns, id, label, className, marks }: { rows: readonly T[]; columns: readonly (Column<T> | false)[]; id: (row: T, index: number) => string; label?: string; className?: string; marks?: (row: T) => Record<`data-${string}`, string> }) {
  const shown = columns.filter((c) => c !== false);
  const look = (c: Column<T>) => (c.look === 'quiet' ? 'muted nowrap' : c.look);
  return (
    <div className={cx('table-box', className)}>
      <table role="table" aria-label={label}>
        <thead role="rowgroup">
          <tr role="row">
            {shown.map((c) => (
              <th key={c.key} role="columnheader" className={c.look === 'num' ? 'num' : undefined} title={c.title}>
                {c.head ?? <span className="hidden">{t('actions')}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row, i) => (
            <tr key={id(row, i)} role="row" {...marks?.(row)}>
              {shown.map((c) => (
                <td key={c.key} role="cell" className={look(c)} data-head={c.head}>
                  {c.cell(row, i)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
