import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Schema, Ticket } from '../../api/client';
import { fieldsQuery } from '../../api/lists';
import { can } from '../../app/session';
import { lang } from '../../lib/base';
import { t, term } from '../../lib/i18n';
import { When } from '../../parts/bits';
import { channelIcon, Icon } from '../../parts/Icon';
import { setField } from '../actions';
import { Part } from './Part';

type Field = Schema<'Field'>;

function show(f: Field, v: unknown): string {
  if (v === null || v === undefined || v === '') return '–';
  if (typeof v === 'boolean') return t(v ? 'yes' : 'no');
  const label = (x: unknown) => f.options.find((o) => o.value === x)?.label[lang] || String(x);
  return Array.isArray(v) ? v.map(label).join(', ') : label(v);
}

function FieldRow({ ticket, field }: { ticket: Ticket; field: Field }) {
  const value = (ticket.fields as Record<string, unknown>)[field.key];
  const [editing, setEditing] = useState<string | null>(null);
  const may = can('ticket:update') && !field.archived;
  const label = field.label[lang] || field.key;
  const save = (text: string) => {
    setEditing(null);
    if (text === String(value ?? '')) return;
    const parsed = text === '' ? null : ['number', 'integer'].includes(field.type) ? Number(text) : field.type === 'boolean' ? text === 'true' : text;
    void setField(ticket, field.key, parsed);
  };
  const choices = field.type === 'boolean' ? [['true', t('yes')], ['false', t('no')]] : field.type === 'select' ? field.options.map((o) => [o.value, o.label[lang] || o.value]) : null;
  return (
    <div className="fact">
      <dt>{label}</dt>
      <dd>
        {may && choices ? (
          <select value={String(value ?? '')} aria-label={label} onChange={(e) => save(e.target.value)}>
            <option value="">–</option>
            {choices.map(([v, l]) => (
              <option key={v} value={v}>
                {l}
              </option>
            ))}
          </select>
        ) : editing !== null ? (
          <input
            autoFocus
            aria-label={label}
            type={field.type === 'date' ? 'date' : ['number', 'integer'].includes(field.type) ? 'number' : field.type === 'email' ? 'email' : 'text'}
            value={editing}
            onChange={(e) => setEditing(e.target.value)}
            onBlur={() => save(editing)}
            onKeyDown={(e) => {
              if (e.key === 'Enter') save(editing);
              if (e.key === 'Escape') {
                e.stopPropagation();
                setEditing(null);
              }
            }}
          />
        ) : may && field.type !== 'multi_select' ? (
          <button className="fact-edit" onClick={() => setEditing(String(value ?? ''))}>
            {show(field, value)}
          </button>
        ) : (
          show(field, value)
        )}
      </dd>
    </div>
  );
}

/** Where a ticket is from, and the desk's own fields. */
export function Facts({ ticket }: { ticket: Ticket }) {
  const fields = useQuery(fieldsQuery);
  const own = (fields.data ?? []).filter((f) => (!f.archived || f.key in ticket.fields) && (f.queues.length === 0 || f.queues.includes(ticket.queue_id))).sort((a, b) => a.position - b.position);
  return (
    <Part title={t('side.facts')}>
      <dl className="facts">
        <div className="fact">
          <dt>{t('field.queue')}</dt>
          <dd>{ticket.queue}</dd>
        </div>
        <div className="fact">
          <dt>{t('field.channel')}</dt>
          <dd>
            <Icon name={channelIcon(ticket.channel)} size={13} /> {term('channel', ticket.channel)}
            {ticket.source && term('channel', ticket.source) !== term('channel', ticket.channel) && <span className="muted"> · {term('channel', ticket.source)}</span>}
          </dd>
        </div>
        <div className="fact">
          <dt>{t('field.created_at')}</dt>
          <dd>
            <When at={ticket.created_at} />
          </dd>
        </div>
        {ticket.first_response_at && (
          <div className="fact">
            <dt>{t('clock.first_response')}</dt>
            <dd>
              <When at={ticket.first_response_at} />
            </dd>
          </div>
        )}
        {own.map((f) => (
          <FieldRow key={f.id} ticket={ticket} field={f} />
        ))}
      </dl>
    </Part>
  );
}
