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

/** A table as all pages have it: one head, a box that scrolls sideways where there is no room, buttons at the end. */
export function Table<T>({ rows, columns, id, label, className, marks }: { rows: readonly T[]; columns: readonly (Column<T> | false)[]; id: (row: T, index: number) => string; label?: string; className?: string; marks?: (row: T) => Record<`data-${string}`, string> }) {
  const shown = columns.filter((c) => c !== false);
  const look = (c: Column<T>) => (c.look === 'quiet' ? 'muted nowrap' : c.look);
  return (
    <div className={cx('table-box', className)}>
      <table aria-label={label}>
        <thead>
          <tr>
            {shown.map((c) => (
              <th key={c.key} className={c.look === 'num' ? 'num' : undefined} title={c.title}>
                {c.head ?? <span className="hidden">{t('actions')}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={id(row, i)} {...marks?.(row)}>
              {shown.map((c) => (
                <td key={c.key} className={look(c)}>
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
