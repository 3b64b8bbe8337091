import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { queries } from '../../api/cache';
import { call, Failure, type Schema, type Ticket } from '../../api/client';
import { failed } from '../../app/failures';
import { can } from '../../app/session';
import { t, term } from '../../lib/i18n';
import { Icon } from '../../parts/Icon';
import { Part } from './Part';

export function Links({ ticket }: { ticket: Ticket }) {
  const links = useQuery({ queryKey: ['links', ticket.id], queryFn: async () => (await call('get', '/tickets/{id}/links', { path: { id: ticket.id } })).items, staleTime: 60_000 });
  const may = can('ticket:link');
  const [adding, setAdding] = useState<string | null>(null);
  const add = async () => {
    const to = (adding ?? '').replace('#', '').trim();
    setAdding(null);
    if (!to) return;
    try {
      await call('post', '/tickets/{id}/links', { path: { id: ticket.id }, body: { ticket: to, relation: 'related' } });
      await queries.invalidateQueries({ queryKey: ['links', ticket.id] });
    } catch (e) {
      failed(e instanceof Failure && e.status === 404 ? new Failure(400, { detail: t('fault.no_ticket', { number: to }) }) : e);
    }
  };
  const remove = async (l: Schema<'Link'>) => {
    try {
      await call('delete', '/tickets/{id}/links/{other}', { path: { id: ticket.id, other: l.ticket.id }, query: { relation: l.relation } });
      await queries.invalidateQueries({ queryKey: ['links', ticket.id] });
    } catch (e) {
      failed(e);
    }
  };
  if (!may && !links.data?.length) return null;
  return (
    <Part
      title={t('side.links')}
      action={
        may && (
          <button className="icon-button" aria-label={t('link.add')} onClick={() => setAdding('')}>
            <Icon name="plus" size={14} />
          </button>
        )
      }
    >
      <ul className="side-tickets">
        {(links.data ?? []).map((l) => (
          <li key={l.relation + l.ticket.id} className="side-link">
            <span className="muted small">{term('relation', l.relation)}</span>
            <Link href={`/tickets/${l.ticket.number}`} className="side-ticket">
              <span className="muted">#{l.ticket.number}</span> <span className="side-ticket-subject">{l.ticket.subject}</span>
            </Link>
            {may && (
              <button className="chip-x" aria-label={t('link.remove', { number: `#${l.ticket.number}` })} onClick={() => void remove(l)}>
                <Icon name="x" size={12} />
              </button>
            )}
          </li>
        ))}
      </ul>
      {!links.data?.length && adding === null && <p className="muted small">{t('none')}</p>}
      {adding !== null && (
        <input
          className="tag-input"
          autoFocus
          value={adding}
          placeholder="#1042"
          aria-label={t('link.add')}
          onChange={(e) => setAdding(e.target.value)}
          onBlur={() => void add()}
          onKeyDown={(e) => {
            if (e.key === 'Enter') void add();
            if (e.key === 'Escape') {
              e.stopPropagation();
              setAdding(null);
            }
          }}
        />
      )}
    </Part>
  );
}
