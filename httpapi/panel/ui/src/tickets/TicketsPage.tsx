import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { queries } from '../api/cache';
import { call, type Ticket } from '../api/client';
import { viewsQuery } from '../api/lists';
import { viewAsked } from '../app/asked';
import { useCommands, type Command } from '../app/commands';
import { navOpen } from '../app/Nav';
import { keepLastView } from '../app/lastview';
import { can } from '../app/session';
import { useLatest, useMedia, useTitle } from '../lib/hooks';
import { t } from '../lib/i18n';
import { useStore } from '../lib/store';
import { failed } from '../app/failures';
import { cx, Empty, Skeleton } from '../parts/bits';
import { Icon } from '../parts/Icon';
import { Actions, ask, type Choice } from '../parts/overlay';
import { BulkBar } from './BulkBar';
import { Detail } from './Detail';
import { FilterBar, SearchField } from './Filters';
import { List } from './List';
import { useTicketList } from './useList';
import { isForeign, labelOf, listQuery, readSelection, savedViews, selectionPath, standardView, viewOf, views, type Selection } from './views';

const none: ReadonlySet<string> = new Set();

/** A list that was saved has to be known before it can be asked for. */
export function TicketsPage({ number }: { number?: string }) {
  const foreign = isForeign(new URLSearchParams(useSearch()).get('view'));
  const saved = useQuery({ ...viewsQuery, enabled: foreign });
  if (foreign && saved.isPending) return <Skeleton kind="list" rows={9} />;
  return <Lists number={number} />;
}

/** What can be done with the list that is shown as a whole. */
function useViewChoices(selection: Selection, change: (next: Partial<Selection>, replace?: boolean) => void): (Choice | '-')[] {
  const view = viewOf(selection.view);
  const old = view.saved;
  const may = old?.shared ? can('view:share') : can('view:own');
  const then = (id: string) => change({ view: id, filters: {}, q: '', sort: '' }, false);
  const remove = async () => {
    if (!old || (await ask({ title: t('view.delete.title', { name: old.name }), text: t('view.delete.text'), action: t('delete'), danger: true })) === null) return;
    try {
      await call('delete', '/views/{id}', { path: { id: old.id } });
      then(standardView);
      await queries.fetchQuery({ ...viewsQuery, staleTime: 0 });
    } catch (e) {
      failed(e);
    }
  };
  return [
    ...(can('view:own') ? ['-' as const, { key: '+save', label: t('view.save.menu'), icon: 'bookmark' as const, run: () => viewAsked.set({ selection, then }) }] : []),
    ...(old && may
      ? [
          { key: '+edit', label: t('view.edit.menu'), icon: 'pencil' as const, run: () => viewAsked.set({ selection, view: old, then }) },
          { key: '+delete', label: t('view.delete'), icon: 'trash' as const, danger: true, run: () => void remove() },
        ]
      : []),
  ];
}

function Lists({ number }: { number?: string }) {
  const search = useSearch();
  const [, navigate] = useLocation();
  const selection = useMemo(() => readSelection(search, number), [search, number]);
  const sel = useLatest(selection);
  const scroller = useRef<HTMLDivElement>(null);
  const pane = useRef<HTMLElement>(null);
  const narrow = useMedia('(max-width: 767px)');
  const [checked, setChecked] = useState<ReadonlySet<string>>(none);
  const lastChecked = useRef<string | null>(null);

  const busy = useCallback(() => {
    const el = pane.current;
    return !!el && (el.matches(':hover') || el.contains(document.activeElement) || (scroller.current?.scrollTop ?? 0) > 4);
  }, []);
  const list = useTicketList(listQuery(selection), busy);
  const { items } = list;

  // What a person looked at last is where they come back to.
  useEffect(() => {
    if (!selection.filters.requester) keepLastView(selection.view);
  }, [selection.view, selection.filters.requester]);
  useEffect(() => {
    setChecked(none);
    scroller.current?.scrollTo(0, 0);
  }, [selection.view, selection.q, selection.sort, JSON.stringify(selection.filters)]);
  const own = useStore(savedViews);
  const label = labelOf(viewOf(selection.view));
  useTitle(selection.open ? '' : label);

  const change = useCallback((next: Partial<Selection>, replace = true) => navigate(selectionPath({ ...sel.current, ...next }), { replace }), [navigate, sel]);
  const open = useCallback((x: Ticket | null, replace = sel.current.open !== null) => change({ open: x?.number ?? null }, replace), [change, sel]);
  const onOpen = useCallback((x: Ticket) => open(x), [open]);

  const viewChoices = useViewChoices(selection, change);

  const at = items.findIndex((x) => x.number === selection.open);
  const step = (by: number) => {
    const to = items[at < 0 ? (by > 0 ? 0 : -1) : at + by];
    if (to) open(to);
  };
  const next = () => step(items[at + 1] ? 1 : -1);

  const onCheck = useCallback(
    (x: Ticket, range: boolean) => {
      setChecked((before) => {
        const after = new Set(before);
        const from = range && lastChecked.current ? items.findIndex((i) => i.id === lastChecked.current) : -1;
        if (from >= 0) {
          const to = items.findIndex((i) => i.id === x.id);
          for (const i of items.slice(Math.min(from, to), Math.max(from, to) + 1)) after.add(i.id);
        } else if (!after.delete(x.id)) after.add(x.id);
        lastChecked.current = x.id;
        return after;
      });
    },
    [items],
  );
  const current = items[at];
  const canBulk = can('ticket:bulk');
  const chosen = useMemo(() => items.filter((x) => checked.has(x.id)), [items, checked]);

  const commands: (Command | false)[] = [
    { id: 'next', label: t('command.next'), icon: 'down', keys: 'j | ] | ArrowDown', group: 'list', run: () => step(1) },
    { id: 'previous', label: t('command.previous'), icon: 'down', keys: 'k | [ | ArrowUp', group: 'list', run: () => step(-1) },
    { id: 'open', label: t('command.open'), icon: 'right', keys: 'o | Enter', group: 'list', silent: true, run: () => (at < 0 ? step(1) : document.querySelector<HTMLElement>('.timeline')?.focus()) },
    { id: 'leave', label: t('command.leave'), icon: 'left', keys: 'u | Escape', group: 'list', run: () => (checked.size > 0 ? setChecked(none) : open(null, false)) },
    { id: 'apply', label: t('command.apply'), icon: 'refresh', keys: '.', group: 'list', run: list.apply },
    can('view:own') && { id: 'save-view', label: t('view.save.menu'), icon: 'bookmark', group: 'list', run: () => viewAsked.set({ selection, then: (id) => change({ view: id, filters: {}, q: '', sort: '' }, false) }) },
    canBulk && { id: 'check', label: t('command.check'), icon: 'check', keys: 'x', group: 'list', run: () => current && onCheck(current, false) },
    canBulk && { id: 'check-range', label: t('command.check_range'), icon: 'check', keys: 'shift+x', group: 'list', silent: true, run: () => current && onCheck(current, true) },
    canBulk && { id: 'check-all', label: t('command.check_all'), icon: 'checks', keys: '* a', group: 'list', run: () => setChecked(new Set(items.map((x) => x.id))) },
  ];
  useCommands(commands.filter((c) => c !== false));

  const showList = !narrow || selection.open === null;
  const showDetail = !narrow || selection.open !== null;
  return (
    <div className={cx('tickets', selection.open !== null && 'tickets-open')}>
      {showList && (
        <section className="list" ref={pane} aria-label={label}>
          <header className="list-head">
            <div className="list-title">
              <button className="icon-button nav-toggle" onClick={() => navOpen.set(true)} aria-label={t('nav.open')}>
                <Icon name="list" />
              </button>
              <h1>
                <Actions
                  trigger={
                    <button className="view-switch">
                      <span className="view-name">{label}</span> <Icon name="down" size={14} />
                    </button>
                  }
                  choices={[...[...views, ...own].map((v) => ({ key: v.name, label: labelOf(v), icon: v.icon, chosen: v.name === selection.view, run: () => change({ view: v.name, filters: {}, q: '', open: null }, false) })), ...viewChoices]}
                />
              </h1>
            </div>
            <SearchField selection={selection} change={change} />
            <FilterBar selection={selection} change={change} />
          </header>
          <List list={list} selection={selection} onOpen={onOpen} checked={checked} onCheck={onCheck} canCheck={canBulk} onReset={() => change({ q: '', filters: {} })} scroller={scroller} />
          {chosen.length > 0 && <BulkBar tickets={chosen} onDone={() => setChecked(none)} onAll={() => setChecked(new Set(items.map((x) => x.id)))} all={chosen.length === items.length} />}
        </section>
      )}
      {showDetail &&
        (selection.open !== null ? (
          <Detail number={selection.open} known={current} onBack={() => open(null, false)} onClosed={() => (narrow ? open(null, false) : next())} onGo={(n) => change({ open: n }, false)} />
        ) : (
          <section className="detail detail-none">
            <Empty icon="ticket" title={t('detail.none')} text={t('detail.none.text')} />
          </section>
        ))}
    </div>
  );
}
