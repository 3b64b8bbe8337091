import { useState } from 'react';
import { Link } from 'wouter';
import type { Ticket } from '../../api/client';
import { can } from '../../app/session';
import { t } from '../../lib/i18n';
import { Icon } from '../../parts/Icon';
import { setTags } from '../actions';
import { Part } from './Part';

export function Tags({ ticket }: { ticket: Ticket }) {
  const may = can('ticket:tag');
  const [adding, setAdding] = useState<string | null>(null);
  const add = () => {
    const names = (adding ?? '').split(/[\s,]+/).map((x) => x.toLowerCase()).filter((x) => x && !ticket.tags.includes(x));
    setAdding(null);
    if (names.length > 0) void setTags(ticket, [...ticket.tags, ...names]);
  };
  return (
    <Part
      title={t('field.tags')}
      action={
        may && (
          <button className="icon-button" aria-label={t('tag.add')} onClick={() => setAdding('')}>
            <Icon name="plus" size={14} />
          </button>
        )
      }
    >
      <div className="tags">
        {ticket.tags.map((x) => (
          <span className="chip" key={x}>
            <Link href={`/tickets?view=all&tag=${encodeURIComponent(x)}`} className="chip-text">
              {x}
            </Link>
            {may && (
              <button className="chip-x" aria-label={t('tag.remove', { tag: x })} onClick={() => void setTags(ticket, ticket.tags.filter((y) => y !== x))}>
                <Icon name="x" size={12} />
              </button>
            )}
          </span>
        ))}
        {ticket.tags.length === 0 && adding === null && <span className="muted small">{t('none')}</span>}
        {adding !== null && (
          <input
            className="tag-input"
            autoFocus
            value={adding}
            aria-label={t('tag.add')}
            onChange={(e) => setAdding(e.target.value)}
            onBlur={add}
            onKeyDown={(e) => {
              if (e.key === 'Enter') add();
              if (e.key === 'Escape') {
                e.stopPropagation();
                setAdding(null);
              }
            }}
          />
        )}
      </div>
    </Part>
  );
}
