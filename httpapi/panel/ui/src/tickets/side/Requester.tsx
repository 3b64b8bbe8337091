import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { call, type Ticket } from '../../api/client';
import { participantsOf } from '../../api/lists';
import { listOf, t } from '../../lib/i18n';
import { cx } from '../../parts/bits';
import { Part } from './Part';

/** Who asks, who gets copies, and what they asked before. */
export function Requester({ ticket }: { ticket: Ticket }) {
  const r = ticket.requester;
  const earlier = useQuery({
    queryKey: ['earlier', r.id],
    queryFn: async () => (await call('get', '/tickets', { query: { requester: r.id, limit: 6, sort: '-created_at' } })).items,
    enabled: r.id !== '',
    staleTime: 60_000,
  });
  const copies = useQuery(participantsOf(ticket.id));
  const others = (earlier.data ?? []).filter((x) => x.id !== ticket.id);
  return (
    <Part title={t('side.requester')}>
      <p className="side-name">{r.name || t('nameless')}</p>
      {r.email && (
        <p className="side-mail" title={r.email}>
          {r.email}
        </p>
      )}
      {copies.data && copies.data.length > 0 && (
        <p className="side-copies small" title={copies.data.map((p) => p.contact.email || p.contact.name).join('\n')}>
          <span className="muted">{t('side.copies')}</span> {listOf(copies.data.map((p) => p.contact.name || p.contact.email).filter(Boolean))}
        </p>
      )}
      <p className="side-earlier-title muted small">{t('side.earlier')}</p>
      {others.length === 0 ? (
        <p className="muted small">{earlier.isPending ? '…' : t('side.earlier.none')}</p>
      ) : (
        <ul className="side-tickets">
          {others.slice(0, 5).map((x) => (
            <li key={x.id}>
              <Link href={`/tickets/${x.number}`} className={cx('side-ticket', ['closed', 'resolved', 'merged', 'spam'].includes(x.category) && 'side-over')}>
                <span className="muted">#{x.number}</span> <span className="side-ticket-subject">{x.subject}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      {earlier.data && earlier.data.length > 5 && (
        <Link className="link small" href={`/tickets?view=all&requester=${r.id}`}>
          {t('side.earlier.all')}
        </Link>
      )}
    </Part>
  );
}
