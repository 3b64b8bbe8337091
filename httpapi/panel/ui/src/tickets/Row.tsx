import { memo } from 'react';
import type { Schema, Ticket } from '../api/client';
import { t, term } from '../lib/i18n';
import { Ago, Avatar, cx, PriorityMark, SLABadge } from '../parts/bits';
import { channelIcon, Icon } from '../parts/Icon';
import { hasDraft } from './drafts';
import { isUnread } from './seen';

export interface RowProps {
  ticket: Ticket;
  href: string;
  active: boolean;
  checked: boolean;
  gone: boolean;
  people: Schema<'Presence'>[] | undefined;
  onOpen: (t: Ticket) => void;
  onCheck: (t: Ticket, range: boolean) => void;
  canCheck: boolean;
  /** Change when marks from outside of the ticket do. */
  marks: string;
}

/** Tickets that nobody has are worth a word; who has one is a face. */
function Holder({ ticket }: { ticket: Ticket }) {
  if (!ticket.assignee) return null;
  return (
    <span className="row-who">
      <Avatar name={ticket.assignee.name} size="s" title={t('assigned.to', { name: ticket.assignee.name })} />
      <span className="hidden">{t('assigned.to', { name: ticket.assignee.name })}</span>
    </span>
  );
}

export const Row = memo(function Row({ ticket, href, active, checked, gone, people, onOpen, onCheck, canCheck }: RowProps) {
  const unread = isUnread(ticket);
  const requester = ticket.requester.name || ticket.requester.email || t('nameless');
  return (
    <div className={cx('row', active && 'row-active', checked && 'row-checked', unread && 'row-unread', gone && 'row-gone', canCheck && 'row-checkable')} data-ticket={ticket.number}>
      {canCheck && (
        <label className="row-check">
          <input type="checkbox" checked={checked} onChange={(e) => onCheck(ticket, (e.nativeEvent as MouseEvent).shiftKey)} aria-label={t('list.check', { number: `#${ticket.number}` })} />
        </label>
      )}
      <a
        className="row-link"
        href={href}
        aria-current={active ? 'true' : undefined}
        onClick={(e) => {
          if (e.metaKey || e.ctrlKey || e.shiftKey || e.button !== 0) return;
          e.preventDefault();
          onOpen(ticket);
        }}
      >
        <span className="row-1">
          {unread && <span className="dot" title={t('unread')} />}
          {unread && <span className="hidden">{t('unread')}</span>}
          <span className="row-number">#{ticket.number}</span>
          <span className="row-requester">{requester}</span>
          <SLABadge sla={ticket.sla} />
          <Ago at={ticket.updated_at} className="row-age" />
        </span>
        <span className="row-2">
          <PriorityMark priority={ticket.priority} />
          <span className="row-subject">{ticket.subject}</span>
          {ticket.escalation > 0 && <Icon name="flag" size={13} label={t('escalated.times', { n: ticket.escalation })} className="row-flag" />}
        </span>
        <span className="row-3">
          <Icon name={channelIcon(ticket.channel)} size={13} label={term('channel', ticket.channel)} />
          <span className="row-preview">{gone ? t('list.gone') : ticket.preview}</span>
          {hasDraft(ticket.id) && (
            <span className="row-draft">
              <Icon name="pencil" size={12} /> {t('draft')}
            </span>
          )}
          {people && people.length > 0 && (
            <span className="row-present" title={people.map((p) => t(p.state === 'replying' ? 'presence.writes' : 'presence.views', { name: p.name })).join('\n')}>
              <Icon name={people.some((p) => p.state === 'replying') ? 'pencil' : 'eye'} size={13} label={people.map((p) => p.name).join(', ')} />
            </span>
          )}
          <Holder ticket={ticket} />
        </span>
      </a>
    </div>
  );
});
