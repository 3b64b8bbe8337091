import { useState } from 'react';
import type { Ticket } from '../api/client';
import { can, whoAmI } from '../app/session';
import { useCommands, keyLabel, type Command } from '../app/commands';
import { formatDateTime, listOf, t } from '../lib/i18n';
import { useStore } from '../lib/store';
import { company } from '../live/sync';
import { Avatar, PriorityMark, SLABadge, StatusMark } from '../parts/bits';
import { Icon } from '../parts/Icon';
import { Actions, ask, Bubble, type Choice } from '../parts/overlay';
import { url } from '../api/client';
import * as act from './actions';
import { PeoplePicker, priorityChoices, QueuePicker, snoozeChoices, statusChoices, TagPicker } from './pickers';

type Open = 'assign' | 'queue' | 'tag' | null;

function Subject({ ticket }: { ticket: Ticket }) {
  const [editing, setEditing] = useState<string | null>(null);
  const save = () => {
    const next = (editing ?? '').trim();
    setEditing(null);
    if (next && next !== ticket.subject) void act.setSubject(ticket, next);
  };
  if (editing !== null)
    return (
      <input
        className="subject-input"
        autoFocus
        value={editing}
        aria-label={t('field.subject')}
        onChange={(e) => setEditing(e.target.value)}
        onBlur={save}
        onKeyDown={(e) => {
          if (e.key === 'Enter') save();
          if (e.key === 'Escape') {
            e.stopPropagation();
            setEditing(null);
          }
        }}
      />
    );
  return (
    <h1 className="subject" dir="auto">
      {ticket.subject}
      {can('ticket:update') && (
        <button className="icon-button subject-edit" aria-label={t('subject.edit')} onClick={() => setEditing(ticket.subject)}>
          <Icon name="pencil" size={14} />
        </button>
      )}
    </h1>
  );
}

export async function askEscalate(ticket: Ticket): Promise<void> {
  const reason = await ask({ title: t('escalate.title', { number: `#${ticket.number}` }), text: t('escalate.text'), action: t('escalate'), reason: t('reason') });
  if (reason !== null) await act.escalate(ticket, reason);
}

/** Claims what nobody has; from somebody it is taken over, which is to assign it to oneself. */
export async function take(ticket: Ticket): Promise<void> {
  const me = whoAmI();
  if (ticket.assignee?.id === me.id) return;
  if (ticket.assignee && can('ticket:assign')) await act.assign(ticket, { id: me.id, name: me.name });
  else await act.claim(ticket);
}

export async function askDelete(ticket: Ticket, then: () => void): Promise<void> {
  const yes = await ask({ title: t('delete.title', { number: `#${ticket.number}` }), text: t('delete.text', { subject: ticket.subject }), action: t('delete'), danger: true });
  if (yes !== null && (await act.erase(ticket))) then();
}

export function Header({ ticket, onBack, onClosed, onSide, side, onMerge }: { ticket: Ticket; onBack: () => void; onClosed: () => void; onSide: () => void; side: boolean; onMerge: () => void }) {
  const [open, setOpen] = useState<Open>(null);
  const people = useStore(company)[ticket.id] ?? [];
  const over = act.isOver(ticket);
  const mine = ticket.assignee !== null;
  const close = () => void act.closeTicket(ticket).then((ok) => ok && onClosed());
  const toggleTag = (tag: string, on: boolean) => void act.setTags(ticket, on ? [...ticket.tags, tag] : ticket.tags.filter((x) => x !== tag));

  const keys: (Command | false)[] = [
    can('ticket:claim') && { id: 'claim', label: t('claim'), icon: 'hand', keys: 'c', group: 'ticket', run: () => void take(ticket) },
    can('ticket:claim') && ticket.assignee?.id === whoAmI().id && { id: 'unclaim', label: t('unclaim'), icon: 'hand', group: 'ticket', run: () => void act.unclaim(ticket) },
    can('ticket:assign') && { id: 'assign', label: t('command.assign'), icon: 'user', keys: 'a', group: 'ticket', run: () => setOpen('assign') },
    can('ticket:escalate') && !over && { id: 'escalate', label: t('escalate'), icon: 'flag', keys: 'e', group: 'ticket', run: () => void askEscalate(ticket) },
    can('ticket:close') && !over && { id: 'close', label: t('close.ticket'), icon: 'check', keys: '#', group: 'ticket', run: close },
    can('ticket:reopen') && over && { id: 'reopen', label: t('reopen'), icon: 'refresh', group: 'ticket', run: () => void act.reopen(ticket) },
    can('ticket:tag') && { id: 'tag', label: t('command.tag'), icon: 'tag', keys: 'l', group: 'ticket', run: () => setOpen('tag') },
    can('ticket:update') && { id: 'queue', label: t('command.queue'), icon: 'inbox', group: 'ticket', run: () => setOpen('queue') },
    can('ticket:merge') && { id: 'merge', label: t('command.merge'), icon: 'merge', group: 'ticket', run: onMerge },
    can('ticket:spam') && { id: 'spam', label: t('command.spam'), icon: 'ban', group: 'ticket', run: () => void act.markSpam(ticket) },
    { id: 'side', label: t('command.side'), icon: 'panel', group: 'ticket', run: onSide },
  ];
  useCommands(keys.filter((k) => k !== false));
  const opener = (id: string) => () => document.getElementById(id)?.click();
  useCommands([
    ...(can('priority:update') ? [{ id: 'priority', label: t('command.priority'), icon: 'alert' as const, keys: 'p', group: 'ticket' as const, run: opener('priority-menu') }] : []),
    ...(can('ticket:update') ? [{ id: 'status', label: t('command.status'), icon: 'list' as const, keys: 's', group: 'ticket' as const, run: opener('status-menu') }] : []),
    ...(can('ticket:snooze') && !over ? [{ id: 'snooze', label: t('snooze'), icon: 'moon' as const, keys: 'z', group: 'ticket' as const, run: opener('snooze-menu') }] : []),
  ]);

  const more: (Choice | '-')[] = [
    ...(can('ticket:claim') && ticket.assignee?.id === whoAmI().id ? [{ key: 'unclaim', label: t('unclaim'), icon: 'hand' as const, run: () => void act.unclaim(ticket) }] : []),
    ...(can('ticket:update') ? [{ key: 'queue', label: t('command.queue'), icon: 'inbox' as const, run: () => setTimeout(() => setOpen('queue')) }] : []),
    ...(can('ticket:tag') ? [{ key: 'tag', label: t('command.tag'), icon: 'tag' as const, hint: 'L', run: () => setTimeout(() => setOpen('tag')) }] : []),
    ...(can('ticket:merge') && !over ? [{ key: 'merge', label: t('command.merge'), icon: 'merge' as const, run: onMerge }] : []),
    ...(can('transcript:read') ? ['-' as const, { key: 'transcript', label: t('transcript'), icon: 'download' as const, run: () => void window.open(url('/tickets/{id}/transcript', { id: ticket.id }, { format: 'html' }), '_blank', 'noopener') }] : []),
    ...(can('ticket:spam') && !over ? ['-' as const, { key: 'spam', label: t('command.spam'), icon: 'ban' as const, run: () => void act.markSpam(ticket) }] : []),
    ...(can('ticket:delete') ? [{ key: 'delete', label: t('delete'), icon: 'trash' as const, danger: true, run: () => void askDelete(ticket, onBack) }] : []),
  ];

  return (
    <header className="detail-head">
      <div className="detail-line">
        <button className="icon-button detail-back" onClick={onBack} aria-label={t('back')}>
          <Icon name="left" />
        </button>
        <span className="detail-number">#{ticket.number}</span>
        <Subject ticket={ticket} key={ticket.id} />
        <span className="grow" />
        <button className="icon-button detail-side-toggle" onClick={onSide} aria-label={t('command.side')} aria-pressed={side}>
          <Icon name="panel" />
        </button>
      </div>
      <div className="detail-tools">
        <div className="detail-props">
          {can('ticket:update') && ticket.category !== 'merged' ? (
            <Actions
              trigger={
                <button id="status-menu" className="property">
                  <span className="hidden">{t('field.status')}: </span>
                  <StatusMark ticket={ticket} />
                  <Icon name="down" size={12} />
                </button>
              }
              choices={statusChoices(ticket.status, (s) => void act.setStatus(ticket, s))}
            />
          ) : (
            <StatusMark ticket={ticket} />
          )}
          {can('priority:update') ? (
            <Actions
              trigger={
                <button id="priority-menu" className="property">
                  <span className="hidden">{t('field.priority')}: </span>
                  <PriorityMark priority={ticket.priority} text />
                  <Icon name="down" size={12} />
                </button>
              }
              choices={priorityChoices(ticket.priority, (p) => void act.setPriority(ticket, p))}
            />
          ) : (
            <PriorityMark priority={ticket.priority} text />
          )}
          <Bubble
            open={open === 'assign'}
            onOpenChange={(o) => setOpen(o ? 'assign' : null)}
            trigger={
              <button id="assign-menu" className="property" disabled={!can('ticket:assign')}>
                {ticket.assignee ? <Avatar name={ticket.assignee.name} size="s" /> : <Icon name="user" size={14} />}
                <span className="hidden">{t('field.assignee')}: </span>
                <span className="property-text">{ticket.assignee?.name ?? t('nobody')}</span>
                <Icon name="down" size={12} />
              </button>
            }
          >
            <PeoplePicker current={ticket.assignee?.id ?? null} onPick={(a) => void act.assign(ticket, a)} onDone={() => setOpen(null)} />
          </Bubble>
          <SLABadge sla={ticket.sla} />
          {ticket.snoozed_until && ticket.category === 'snoozed' && (
            <span className="muted small">
              <Icon name="moon" size={13} /> {t('until', { at: formatDateTime(ticket.snoozed_until) })}
            </span>
          )}
        </div>
        <div className="detail-actions">
          {can('ticket:claim') && !mine && !over && (
            <button className="button button-primary" onClick={() => void act.claim(ticket)} title={keyLabel('c')}>
              <Icon name="hand" /> {t('claim')}
            </button>
          )}
          {can('ticket:escalate') && !over && (
            <button className="button" onClick={() => void askEscalate(ticket)} title={keyLabel('e')}>
              <Icon name="flag" /> <span className="wide-only">{t('escalate')}</span>
            </button>
          )}
          {can('ticket:snooze') && !over && (
            <Actions
              align="end"
              label={t('snooze')}
              trigger={
                <button id="snooze-menu" className="button" title={keyLabel('z')}>
                  <Icon name="moon" />
                </button>
              }
              choices={snoozeChoices((until) => void act.snooze(ticket, until))}
            />
          )}
          {can('ticket:close') && !over && (
            <button className="button" onClick={close} title="#">
              <Icon name="check" /> {t('close.ticket')}
            </button>
          )}
          {can('ticket:reopen') && over && ticket.category !== 'merged' && (
            <button className="button" onClick={() => void act.reopen(ticket)}>
              <Icon name="refresh" /> {t('reopen')}
            </button>
          )}
          {more.length > 0 && (
            <Actions
              align="end"
              label={t('more')}
              trigger={
                <button className="button">
                  <Icon name="dots" />
                </button>
              }
              choices={more}
            />
          )}
          <Bubble open={open === 'queue' || open === 'tag'} onOpenChange={(o) => !o && setOpen(null)} align="end" label={open === 'tag' ? t('command.tag') : t('command.queue')} trigger={<span className="anchor" tabIndex={-1} aria-hidden="true" />}>
            {open === 'tag' ? <TagPicker current={ticket.tags} onToggle={toggleTag} onDone={() => setOpen(null)} /> : <QueuePicker current={ticket.queue_id} onPick={(q) => void act.setQueue(ticket, q)} onDone={() => setOpen(null)} />}
          </Bubble>
        </div>
      </div>
      <div className="present-place" role="status">
        {people.length > 0 && (
          <span className="present">
            {people.slice(0, 3).map((p) => (
              <Avatar key={p.id} name={p.name} size="s" />
            ))}
            <span className="present-text">{people.some((p) => p.state === 'replying') ? t('presence.write', { names: listOf(people.filter((p) => p.state === 'replying').map((p) => p.name)) }) : t('presence.view', { names: listOf(people.map((p) => p.name)) })}</span>
          </span>
        )}
      </div>
    </header>
  );
}
