import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useRef } from 'react';
import type { Ticket } from '../api/client';
import { base } from '../lib/base';
import { count, t } from '../lib/i18n';
import { useStore } from '../lib/store';
import { company } from '../live/sync';
import { Empty, Fault, Skeleton } from '../parts/bits';
import { Icon } from '../parts/Icon';
import { draftsChanged } from './drafts';
import { Row } from './Row';
import { askMarks, seenChanged } from './seen';
import type { TicketList } from './useList';
import { labelOf, selectionPath, viewOf, type Selection } from './views';

export const ROW = 78;

interface Props {
  list: TicketList;
  selection: Selection;
  onOpen: (t: Ticket) => void;
  checked: ReadonlySet<string>;
  onCheck: (t: Ticket, range: boolean) => void;
  canCheck: boolean;
  onReset: () => void;
  scroller: React.RefObject<HTMLDivElement | null>;
}

export function List({ list, selection, onOpen, checked, onCheck, canCheck, onReset, scroller }: Props) {
  const people = useStore(company);
  const drafts = useStore(draftsChanged);
  const seen = useStore(seenChanged);
  const { items } = list;
  const at = items.findIndex((x) => x.number === selection.open);
  useEffect(() => askMarks(items.map((x) => x.id)), [items]);
  const inner = useRef<HTMLUListElement>(null);

  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 6,
    getItemKey: useCallback((i: number) => items[i]?.id ?? i, [items]), // a new function would measure all of them anew
    // The row that is open is always there, so that focus in it does not get lost.
    rangeExtractor: useCallback(
      (range: Parameters<typeof defaultRangeExtractor>[0]) => {
        const shown = defaultRangeExtractor(range);
        return at < 0 || shown.includes(at) ? shown : [...shown, at].sort((a, b) => a - b);
      },
      [at],
    ),
  });

  useEffect(() => {
    if (at >= 0) rows.scrollToIndex(at, { align: 'auto' });
  }, [at]); // eslint-disable-line react-hooks/exhaustive-deps

  const shown = rows.getVirtualItems();
  const lastShown = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (items.length > 0 && lastShown >= items.length - 15) list.more();
  }, [lastShown, items.length]); // eslint-disable-line react-hooks/exhaustive-deps

  let content;
  if (list.error && items.length === 0) content = <Fault error={list.error} retry={list.retry} />;
  else if (list.loading) content = <Skeleton kind="list" rows={9} />;
  else if (items.length === 0) content = <Nothing selection={selection} onReset={onReset} />;
  else
    content = (
      <ul className="rows" ref={inner} style={{ height: rows.getTotalSize() }} aria-label={t('list.label', { view: labelOf(viewOf(selection.view)) })}>
        {shown.map((v) => {
          const ticket = items[v.index];
          if (!ticket) return null;
          return (
            <li key={ticket.id} className="row-place" style={{ transform: `translateY(${v.start}px)` }} aria-setsize={list.whole ? items.length : -1} aria-posinset={v.index + 1}>
              <Row
                ticket={ticket}
                href={base + selectionPath({ ...selection, open: ticket.number })}
                active={ticket.number === selection.open}
                checked={checked.has(ticket.id)}
                gone={list.gone.has(ticket.id)}
                people={people[ticket.id]}
                onOpen={onOpen}
                onCheck={onCheck}
                canCheck={canCheck}
                marks={`${drafts}.${seen}`}
              />
            </li>
          );
        })}
      </ul>
    );

  return (
    <>
      {(list.fresh > 0 || list.gone.size > 0) && (
        <button className="fresh" onClick={list.apply}>
          <Icon name="refresh" size={14} /> {list.fresh > 0 ? count('list.fresh', list.fresh) : t('list.changed')}
        </button>
      )}
      <div className="list-scroll" ref={scroller} tabIndex={-1}>
        {content}
      </div>
    </>
  );
}

function Nothing({ selection, onReset }: { selection: Selection; onReset: () => void }) {
  const narrowed = selection.q !== '' || Object.keys(selection.filters).length > 0;
  if (narrowed)
    return (
      <Empty icon="search" title={t('empty.filtered')} text={t('empty.filtered.text')}>
        <button className="button" onClick={onReset}>
          {t('filter.reset')}
        </button>
      </Empty>
    );
  const v = viewOf(selection.view);
  const own = selection.view === 'mine' || selection.view === 'unassigned' || selection.view === 'breached' || selection.view === 'due';
  return <Empty icon={v.icon} title={t(own ? (`empty.${v.name}` as 'empty.mine') : 'empty.view')} text={t(own ? (`empty.${v.name}.text` as 'empty.mine.text') : 'empty.view.text')} />;
}
