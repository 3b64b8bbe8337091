import { useEffect, useRef, useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { agentsQuery, queuesQuery } from '../api/lists';
import { useCommands } from '../app/commands';
import { t, term } from '../lib/i18n';
import { Icon } from '../parts/Icon';
import { Actions, Bubble, type Choice } from '../parts/overlay';
import { choosable, priorities } from './actions';
import { PeoplePicker, QueuePicker, TagPicker } from './pickers';
import { filterNames, sorts, type FilterName, type Selection } from './views';

type Change = (next: Partial<Selection>) => void;

/** The field for words and filters as text. It asks once somebody has stopped typing. */
export function SearchField({ selection, change }: { selection: Selection; change: Change }) {
  const [text, setText] = useState(selection.q);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => setText(selection.q), [selection.q]);
  useEffect(() => {
    if (text === selection.q) return;
    const timer = setTimeout(() => change({ q: text }), 350);
    return () => clearTimeout(timer);
  }, [text]); // eslint-disable-line react-hooks/exhaustive-deps
  useCommands([{ id: 'search', label: t('command.search'), icon: 'search', keys: '/', group: 'list', run: () => input.current?.select() }]);
  return (
    <div className="search">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        value={text}
        aria-label={t('search')}
        placeholder={t('search.hint')}
        title={t('search.syntax')}
        onChange={(e) => setText(e.target.value)}
        onKeyDown={(e) => {
          if (e.key === 'Enter') change({ q: text });
          if (e.key === 'Escape') {
            if (text) {
              setText('');
              change({ q: '' });
            }
            e.currentTarget.blur();
            e.stopPropagation();
          }
        }}
      />
    </div>
  );
}

function useFilterLabel(): (name: FilterName, value: string) => string {
  const agents = useQuery({ ...agentsQuery, enabled: false });
  const queues = useQuery({ ...queuesQuery, enabled: false });
  return (name, value) => {
    switch (name) {
      case 'status':
        return term('status', value);
      case 'priority':
        return term('priority', value);
      case 'channel':
        return term('channel', value);
      case 'assignee':
        return value === 'me' ? t('filter.me') : value === 'none' ? t('nobody') : (agents.data?.find((a) => a.id === value)?.name ?? t('filter.one'));
      case 'queue':
        return queues.data?.find((q) => q.id === value)?.name ?? value;
      case 'requester':
        return t('filter.requester.one');
      default:
        return value;
    }
  };
}

export function FilterBar({ selection, change }: { selection: Selection; change: Change }) {
  const [open, setOpen] = useState<'assignee' | 'queue' | 'tag' | null>(null);
  const label = useFilterLabel();
  const set = (name: FilterName, value: string | undefined) => {
    const filters = { ...selection.filters };
    if (value) filters[name] = value;
    else delete filters[name];
    change({ filters });
  };
  const add: (Choice | '-')[] = [
    ...choosable().map((s) => ({ key: 's' + s, label: `${t('field.status')}: ${term('status', s)}`, icon: <span className={`status-dot status-${s}`} />, run: () => set('status', s) })),
    '-',
    ...priorities.map((p) => ({ key: 'p' + p, label: `${t('field.priority')}: ${term('priority', p)}`, run: () => set('priority', p) })),
    '-',
    { key: 'assignee', label: t('filter.assignee'), icon: 'user', run: () => setTimeout(() => setOpen('assignee')) },
    { key: 'queue', label: t('filter.queue'), icon: 'inbox', run: () => setTimeout(() => setOpen('queue')) },
    { key: 'tag', label: t('filter.tag'), icon: 'tag', run: () => setTimeout(() => setOpen('tag')) },
  ];
  const active = filterNames.filter((n) => selection.filters[n]);
  return (
    <div className="filters">
      <Actions
        trigger={
          <button className="button button-small button-quiet">
            <Icon name="filter" size={14} /> {t('filter')}
          </button>
        }
        choices={add}
      />
      <Bubble open={open !== null} onOpenChange={(o) => !o && setOpen(null)} label={t('filter.add')} trigger={<span className="anchor" tabIndex={-1} aria-hidden="true" />}>
        {open === 'assignee' && <PeoplePicker onPick={(a) => set('assignee', a ? a.id : 'none')} onDone={() => setOpen(null)} />}
        {open === 'queue' && <QueuePicker onPick={(q) => set('queue', q.id)} onDone={() => setOpen(null)} />}
        {open === 'tag' && <TagPicker current={[]} onToggle={(x) => set('tag', x)} onDone={() => setOpen(null)} />}
      </Bubble>
      {active.map((n) => (
        <span className="chip" key={n}>
          <span className="chip-text">{label(n, selection.filters[n]!)}</span>
          <button className="chip-x" aria-label={t('filter.remove', { name: t(`field.${n}`) })} onClick={() => set(n, undefined)}>
            <Icon name="x" size={12} />
          </button>
        </span>
      ))}
      <span className="grow" />
      <Actions
        align="end"
        trigger={
          <button className="button button-small button-quiet">
            <span className="hidden">{t('sort')}: </span>
            {t(`sort.${(selection.sort || '-updated_at') as '-updated_at'}`)} <Icon name="down" size={12} />
          </button>
        }
        choices={sorts.map((s) => ({ key: s, label: t(`sort.${s}`), chosen: (selection.sort || '-updated_at') === s, run: () => change({ sort: s === '-updated_at' ? '' : s }) }))}
      />
    </div>
  );
}
