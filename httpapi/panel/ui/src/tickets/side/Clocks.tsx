import { useQuery } from '@tanstack/react-query';
import { call, type Schema, type Ticket } from '../../api/client';
import { can } from '../../app/session';
import { useNow } from '../../lib/hooks';
import { formatDateTime, span, t, term } from '../../lib/i18n';
import { pressing } from '../../parts/bits';
import { Icon } from '../../parts/Icon';
import { Part } from './Part';

const icons = { met: 'check', paused: 'pause', off: 'clock', breached: 'alert', warn: 'hourglass', ok: 'clock' } as const;

function Clock({ clock, ticket, now }: { clock: Schema<'Clock'>; ticket: Ticket; now: number }) {
  const due = clock.due_at ? Date.parse(clock.due_at) : 0;
  const late = clock.state === 'missed' || (clock.state === 'running' && due > 0 && due < now);
  const tone = clock.state === 'met' ? 'met' : clock.state === 'paused' ? 'paused' : clock.state === 'cancelled' ? 'off' : late ? 'breached' : pressing(clock, now) ? 'warn' : 'ok';
  const text =
    clock.state === 'met'
      ? t('clock.met', { span: span(clock.elapsed_seconds) })
      : clock.state === 'cancelled'
        ? t('clock.cancelled')
        : clock.state === 'paused'
          ? t('clock.paused', { status: term('status', ticket.status), since: clock.paused_since ? formatDateTime(clock.paused_since) : '' })
          : clock.stopped_at
            ? t('clock.missed', { span: span(-clock.remaining_seconds) })
            : late
              ? t('sla.overdue', { span: span((now - due) / 1000) })
              : t('sla.due', { span: span((due - now) / 1000) });
  const share = clock.target_seconds > 0 ? Math.min(1, Math.max(0, clock.elapsed_seconds / clock.target_seconds)) : 0;
  return (
    <li className="clock">
      <div className="clock-line">
        <span>{term('clock', clock.clock)}</span>
        <span className={`sla sla-${tone}`}>
          <Icon name={icons[tone]} size={12} />
          {text}
        </span>
      </div>
      {(clock.state === 'running' || clock.state === 'paused') && (
        <progress className={`meter meter-${tone}`} max={1} value={share} aria-label={term('clock', clock.clock)} />
      )}
      {clock.state !== 'cancelled' && due > 0 && !clock.stopped_at && <p className="muted small">{t('sla.due_at', { at: formatDateTime(due) })}</p>}
    </li>
  );
}

/** How the promises of a ticket stand. */
export function Clocks({ ticket }: { ticket: Ticket }) {
  const now = useNow();
  const clocks = useQuery({ queryKey: ['clocks', ticket.id], queryFn: () => call('get', '/tickets/{id}/sla', { path: { id: ticket.id } }), enabled: can('sla:read') });
  const list = clocks.data?.clocks ?? [];
  if (list.length === 0) return null;
  // Of each clock the newest cycle; those before are in the history.
  const newest = [...new Map(list.map((c) => [c.clock, c])).values()];
  return (
    <Part title={t('side.sla')}>
      <ul className="clocks">
        {newest.map((c) => (
          <Clock key={c.clock + c.cycle} clock={c} ticket={ticket} now={now} />
        ))}
      </ul>
      {clocks.data?.policy && <p className="muted small">{t('side.policy', { name: clocks.data.policy.name })}</p>}
    </Part>
  );
}
