import type { ReactNode } from 'react';
import { Failure, type Schema, type Ticket } from '../api/client';
import { explain } from '../app/failures';
import { useNow, useSlow } from '../lib/hooks';
import { age, formatDateTime, formatFull, span, t, term } from '../lib/i18n';
import { Icon, type IconName } from './Icon';

export function cx(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(' ');
}

/** A time in few letters, with the whole of it for who points at it. */
export function Ago({ at, className }: { at: string; className?: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={formatFull(at)} className={className}>
      {age(at, now)}
    </time>
  );
}

export function When({ at }: { at: string }) {
  return (
    <time dateTime={at} title={formatFull(at)}>
      {formatDateTime(at)}
    </time>
  );
}

function initials(name: string): string {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  const first = words[0]?.[0] ?? '?';
  const last = words.length > 1 ? (words.at(-1)?.[0] ?? '') : '';
  return (first + last).toUpperCase();
}

/** One of eight tones, always the same for a name. */
function toneOf(name: string): number {
  let h = 7;
  for (const c of name) h = (h * 31 + c.codePointAt(0)!) >>> 0;
  return h % 8;
}

export function Avatar({ name, size = 'm', title }: { name: string; size?: 's' | 'm' | 'l'; title?: string }) {
  return (
    <span className={`avatar avatar-${size} tone-${toneOf(name)}`} title={title ?? name} aria-hidden="true">
      {initials(name)}
    </span>
  );
}

/** Four steps of one shape, told apart without colour. */
export function PriorityMark({ priority, text = false }: { priority: Ticket['priority']; text?: boolean }) {
  const label = term('priority', priority);
  const bars = { low: 1, normal: 2, high: 3, urgent: 3 }[priority];
  return (
    <span className={`prio prio-${priority}`} title={text ? undefined : t('priority.is', { priority: label })}>
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        {priority === 'urgent' ? (
          <path d="M6 .8 11.600 11H.4Z M5.300 4.300h1.400v3.200H5.300Z M5.300 8.400h1.400v1.300H5.300Z" fillRule="evenodd" fill="currentColor" />
        ) : (
          [0, 1, 2].map((i) => <rect key={i} x={1 + i * 3.700} y={8 - i * 3} width="2.600" height={3.500 + i * 3} rx=".8" fill="currentColor" opacity={i < bars ? 1 : 0.25} />)
        )}
      </svg>
      {text ? label : <span className="hidden">{t('priority.is', { priority: label })}</span>}
    </span>
  );
}

export function StatusMark({ ticket }: { ticket: Pick<Ticket, 'status' | 'category'> }) {
  return <span className={`status status-${ticket.category}`}>{term('status', ticket.status)}</span>;
}

export type SLATone = 'ok' | 'warn' | 'breached' | 'paused';

/** Whether less is left of a promise than a quarter, or than 15 minutes of working time: the server knows the hours of the desk. */
export const pressing = (s: { soon_at: string | null }, now: number): boolean => s.soon_at !== null && Date.parse(s.soon_at) <= now;

/** How the most pressing promise of a ticket stands, by the server's time: null when nothing is promised. */
export function slaOf(s: Schema<'Sla'>, now: number): { tone: SLATone; icon: IconName; text: string; title: string } | null {
  const clock = s.clock ? term('clock', s.clock) : '';
  // When no clock is open the summary does not say whether all were met: that stands beside the ticket, clock by clock.
  if (s.state === 'none' || s.state === 'done') return null;
  if (s.state === 'paused') return { tone: 'paused', icon: 'pause', text: t('sla.paused'), title: `${clock}: ${t('sla.paused')}` };
  const due = s.due_at ? Date.parse(s.due_at) : now;
  const left = (due - now) / 1000;
  const title = `${clock}: ${t('sla.due_at', { at: formatDateTime(due) })}`;
  if (s.state === 'overdue' || left < 0) return { tone: 'breached', icon: 'alert', text: t('sla.overdue', { span: span(-left) }), title };
  const soon = pressing(s, now);
  return { tone: soon ? 'warn' : 'ok', icon: soon ? 'hourglass' : 'clock', text: t('sla.due', { span: span(left) }), title };
}

export function SLABadge({ sla }: { sla: Schema<'Sla'> }) {
  const now = useNow();
  const s = slaOf(sla, now);
  if (!s) return null;
  return (
    <span className={`sla sla-${s.tone}`} title={s.title} data-sla={s.tone}>
      <Icon name={s.icon} size={12} />
      <span>{s.text}</span>
    </span>
  );
}

export function Kbd({ keys }: { keys: string }) {
  return (
    <span className="keys">
      {keys.split(' ').map((k, i) => (
        <kbd key={i}>{k}</kbd>
      ))}
    </span>
  );
}

export function Empty({ icon, title, text, children }: { icon: IconName; title: string; text?: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={icon} size={28} />
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children}
    </div>
  );
}

/** What could not be loaded, why, and the way to try again. */
export function Fault({ error, retry, compact = false }: { error: unknown; retry?: () => void; compact?: boolean }) {
  const { title, detail, request } = explain(error);
  const denied = error instanceof Failure && (error.status === 403 || error.status === 404);
  return (
    <div className={cx('fault', compact && 'fault-compact')} role="alert">
      <h2>{title}</h2>
      {detail && <p>{detail}</p>}
      {request && !denied && <p className="muted small">{t('fault.request', { id: request })}</p>}
      {retry && !denied && (
        <button className="button" onClick={retry}>
          <Icon name="refresh" /> {t('retry')}
        </button>
      )}
    </div>
  );
}

/** Bars where content will be, once it takes longer than nobody notices. */
export function Skeleton({ rows = 5, kind = 'lines' }: { rows?: number; kind?: 'lines' | 'list' | 'cards' }) {
  const slow = useSlow(true);
  return (
    <div className={`skeleton skeleton-${kind}`} aria-busy="true" data-slow={slow || undefined}>
      <span className="hidden">{t('loading')}</span>
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} className="bar" />
      ))}
    </div>
  );
}

export function Tag({ name }: { name: string }) {
  return <span className="tag">{name}</span>;
}
