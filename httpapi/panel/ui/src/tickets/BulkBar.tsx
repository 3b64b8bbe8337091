import { useState } from 'react';
import type { Ticket } from '../api/client';
import { can } from '../app/session';
import { count, t } from '../lib/i18n';
import { Icon } from '../parts/Icon';
import { Actions, ask, Bubble } from '../parts/overlay';
import { bulk, type BulkChange } from './bulk';
import { PeoplePicker, priorityChoices, QueuePicker, snoozeChoices, statusChoices, TagPicker } from './pickers';

/** What can be done with the tickets that are checked. */
export function BulkBar({ tickets, onDone, onAll, all }: { tickets: Ticket[]; onDone: () => void; onAll: () => void; all: boolean }) {
  const [open, setOpen] = useState<'assign' | 'tag' | 'queue' | null>(null);
  const run = (change: BulkChange) => {
    void bulk(tickets, change);
    onDone();
  };
  const close = async () => {
    const yes = tickets.length > 10 ? await ask({ title: count('bulk.close.title', tickets.length), text: t('bulk.close.text'), action: t('close.ticket') }) : '';
    if (yes !== null) run({ action: 'close' });
  };
  return (
    <div className="bulk" role="toolbar" aria-label={t('bulk')}>
      <button className="icon-button" onClick={onDone} aria-label={t('bulk.clear')}>
        <Icon name="x" />
      </button>
      <span className="bulk-count">{count('bulk.chosen', tickets.length)}</span>
      {!all && (
        <button className="link" onClick={onAll}>
          {t('bulk.all')}
        </button>
      )}
      <span className="grow" />
      {can('ticket:claim') && (
        <button className="button button-small" onClick={() => run({ action: 'claim' })} title={t('claim')}>
          <Icon name="hand" size={14} /> <span className="bulk-label">{t('claim')}</span>
        </button>
      )}
      {can('ticket:assign') && (
        <Bubble
          open={open === 'assign'}
          onOpenChange={(o) => setOpen(o ? 'assign' : null)}
          label={t('assign.to')}
          trigger={
            <button className="button button-small">
              <Icon name="user" size={14} />
            </button>
          }
        >
          <PeoplePicker onPick={(a) => run({ action: 'assign', assignee: a?.id ?? null })} onDone={() => setOpen(null)} />
        </Bubble>
      )}
      {can('ticket:close') && (
        <button className="button button-small" onClick={() => void close()} title={t('close.ticket')}>
          <Icon name="check" size={14} /> <span className="bulk-label">{t('close.ticket')}</span>
        </button>
      )}
      <Actions
        align="end"
        label={t('more')}
        trigger={
          <button className="button button-small">
            <Icon name="dots" size={14} />
          </button>
        }
        choices={[
          ...(can('priority:update') ? [...priorityChoices(undefined, (priority) => run({ action: 'priority', priority })), '-' as const] : []),
          ...(can('ticket:update') ? [...statusChoices(undefined, (status) => run({ action: 'status', status })).filter((c) => c.key !== 'new' && c.key !== 'closed'), '-' as const] : []),
          ...(can('ticket:snooze') ? [...snoozeChoices((until) => run({ action: 'snooze', until: until.toISOString() })).slice(2, 4), '-' as const] : []),
          ...(can('ticket:tag') ? [{ key: 'tag', label: t('command.tag'), icon: 'tag' as const, run: () => setTimeout(() => setOpen('tag')) }] : []),
          ...(can('ticket:update') ? [{ key: 'queue', label: t('command.queue'), icon: 'inbox' as const, run: () => setTimeout(() => setOpen('queue')) }] : []),
          ...(can('ticket:spam') ? [{ key: 'spam', label: t('command.spam'), icon: 'ban' as const, danger: true, run: () => run({ action: 'spam' }) }] : []),
        ]}
      />
      <Bubble open={open === 'tag' || open === 'queue'} onOpenChange={(o) => !o && setOpen(null)} align="end" label={t('more')} trigger={<span className="anchor" tabIndex={-1} aria-hidden="true" />}>
        {open === 'tag' ? <TagPicker current={[]} onToggle={(x) => run({ action: 'tags', add: [x] })} onDone={() => setOpen(null)} /> : <QueuePicker onPick={(q) => run({ action: 'queue', queue: q.id })} onDone={() => setOpen(null)} />}
      </Bubble>
    </div>
  );
}
