import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { queries } from '../api/cache';
import { call, Failure, url, type Schema, type Ticket } from '../api/client';
import { fieldsQuery } from '../api/lists';
import { failed } from '../app/failures';
import { can } from '../app/session';
import { lang } from '../lib/base';
import { useNow } from '../lib/hooks';
import { bytes, formatDateTime, span, t, term } from '../lib/i18n';
import { Ago, cx, When } from '../parts/bits';
import { channelIcon, Icon } from '../parts/Icon';
import { setField, setTags } from './actions';

function Part({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <section className="side-part">
      <header>
        <h2>{title}</h2>
        {action}
      </header>
      {children}
    </section>
  );
}

function Requester({ ticket }: { ticket: Ticket }) {
  const r = ticket.requester;
  const earlier = useQuery({
    queryKey: ['earlier', r.id],
    queryFn: async () => (await call('get', '/tickets', { query: { requester: r.id, limit: 6, sort: '-created_at' } })).items,
    enabled: r.id !== '',
    staleTime: 60_000,
  });
  const others = (earlier.data ?? []).filter((x) => x.id !== ticket.id);
  return (
    <Part title={t('side.requester')}>
      <p className="side-name">{r.name || t('nameless')}</p>
      {r.email && (
        <p className="side-mail" title={r.email}>
          {r.email}
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

function Clock({ clock, ticket, now }: { clock: Schema<'Clock'>; ticket: Ticket; now: number }) {
  const due = clock.due_at ? Date.parse(clock.due_at) : 0;
  const late = clock.state === 'missed' || (clock.state === 'running' && due > 0 && due < now);
  const tone = clock.state === 'met' ? 'met' : clock.state === 'paused' ? 'paused' : clock.state === 'cancelled' ? 'off' : late ? 'breached' : 'ok';
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
          <Icon name={tone === 'breached' ? 'alert' : tone === 'met' ? 'check' : tone === 'paused' ? 'pause' : 'clock'} size={12} />
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

function Clocks({ ticket }: { ticket: Ticket }) {
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

function Tags({ ticket }: { ticket: Ticket }) {
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

function Facts({ ticket }: { ticket: Ticket }) {
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
            {ticket.source && ticket.source !== ticket.channel && <span className="muted"> · {term('channel', ticket.source)}</span>}
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

function Links({ ticket }: { ticket: Ticket }) {
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

export function Side({ ticket }: { ticket: Ticket }) {
  return (
    <aside className="side" aria-label={t('side')}>
      <Requester ticket={ticket} />
      <Clocks ticket={ticket} />
      <Facts ticket={ticket} />
      <Tags ticket={ticket} />
      <Links ticket={ticket} />
      <Part title={t('side.history')}>
        <ul className="side-tickets">
          {can('audit:read') && (
            <li>
              <Link className="link" href={`/audit?ticket=${ticket.id}`}>
                {t('side.audit')}
              </Link>
            </li>
          )}
          {can('transcript:read') && (
            <li>
              <a className="link" href={url('/tickets/{id}/transcript', { id: ticket.id }, { format: 'html' })} target="_blank" rel="noopener">
                {t('transcript')}
              </a>
            </li>
          )}
        </ul>
        <p className="muted small">
          {t('side.changed')} <Ago at={ticket.updated_at} />
        </p>
      </Part>
    </aside>
  );
}

export { bytes };
