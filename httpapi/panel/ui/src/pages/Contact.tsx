import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { queries } from '../api/cache';
import { call, Failure, url, type Schema } from '../api/client';
import { failed } from '../app/failures';
import { can } from '../app/session';
import { toast } from '../app/toasts';
import { useSettled, useTitle } from '../lib/hooks';
import { count, formatDateTime, t, term } from '../lib/i18n';
import { Ago, Avatar, Empty, Fault, PriorityMark, Skeleton, SLABadge, StatusMark } from '../parts/bits';
import { Field } from '../parts/form';
import { Icon, type IconName } from '../parts/Icon';
import { ask, Modal } from '../parts/overlay';
import { SendForm, text } from '../settings/common';
import '../text/lead';
import '../text/more';
import { Table } from './Table';

export type Contact = Schema<'Contact'>;
type Identity = Contact['identities'][number];
const kinds = ['email', 'phone', 'discord'] as const;
const icons: Record<string, IconName> = { email: 'mail', phone: 'phone', discord: 'chat' };

/** By what somebody is known, each with what is to be known of it. */
export function Identities({ list, full = false }: { list: Identity[]; full?: boolean }) {
  return (
    <ul className={full ? 'identities' : 'identities identities-line'}>
      {list.map((i) => (
        <li key={i.kind + i.value}>
          <Icon name={icons[i.kind] ?? 'link'} size={14} label={term('identity', i.kind)} />
          <span>{i.value}</span>
          {full && <span className={i.verified ? 'badge badge-good' : 'badge'}>{t(i.verified ? 'contact.verified' : 'contact.unverified')}</span>}
          {i.bounced_at && <span className="badge badge-bad">{full ? t('contact.bounced', { at: formatDateTime(i.bounced_at) }) : <Icon name="alert" size={12} label={t('contact.bounced', { at: formatDateTime(i.bounced_at) })} />}</span>}
        </li>
      ))}
    </ul>
  );
}

const refresh = () => Promise.all([['contact'], ['contacts'], ['tickets'], ['ticket'], ['earlier']].map((queryKey) => queries.invalidateQueries({ queryKey })));

function Edit({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const [rows, setRows] = useState(contact.identities.map((i) => ({ kind: i.kind, value: i.value })));
  const same = JSON.stringify(rows) === JSON.stringify(contact.identities.map((i) => ({ kind: i.kind, value: i.value })));
  const put = (i: number, change: Partial<{ kind: string; value: string }>) => setRows(rows.map((r, j) => (j === i ? { ...r, ...change } : r)));
  return (
    <SendForm
      action={t('save')}
      onCancel={onClose}
      onDone={onClose}
      send={async (f) => {
        await call('patch', '/contacts/{id}', { path: { id: contact.id }, body: { name: text(f, 'name'), locale: text(f, 'locale') as 'de', identities: same ? undefined : rows.filter((r) => r.value.trim()).map((r) => ({ kind: r.kind, value: r.value.trim() })) } });
        await refresh();
        toast(t('done.saved'), { tone: 'good' });
      }}
    >
      {(s) => (
        <>
          <Field label={t('contacts.name')} error={s.at('name')}>
            <input name="name" maxLength={200} defaultValue={contact.name} autoComplete="off" />
          </Field>
          <Field label={t('contact.locale')} error={s.at('locale')}>
            <select name="locale" defaultValue={contact.locale}>
              <option value="">{t('contact.locale.desk')}</option>
              <option value="de">{t('contact.language.de')}</option>
              <option value="en">{t('contact.language.en')}</option>
            </select>
          </Field>
          <fieldset className="plain wide stack">
            <legend className="label">{t('contact.identities')}</legend>
            <p className="hint">{t('contact.identities.hint')}</p>
            {rows.map((r, i) => (
              <div key={i} className="identity-edit">
                <select value={r.kind} aria-label={t('contact.identity.kind')} onChange={(e) => put(i, { kind: e.target.value })}>
                  {[...new Set([...kinds, r.kind])].map((k) => (
                    <option key={k} value={k}>
                      {term('identity', k)}
                    </option>
                  ))}
                </select>
                <input value={r.value} aria-label={t('contact.identity.value')} onChange={(e) => put(i, { value: e.target.value })} autoComplete="off" spellCheck={false} />
                <button type="button" className="icon-button" aria-label={`${t('remove')}: ${r.value}`} onClick={() => setRows(rows.filter((_, j) => j !== i))}>
                  <Icon name="x" size={14} />
                </button>
              </div>
            ))}
            <div>
              <button type="button" className="button button-small" onClick={() => setRows([...rows, { kind: 'email', value: '' }])}>
                <Icon name="plus" size={14} /> {t('contact.identity.add')}
              </button>
            </div>
            {s.at('identities') && <p className="field-error">{s.at('identities')}</p>}
          </fieldset>
        </>
      )}
    </SendForm>
  );
}

function Merge({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const [, navigate] = useLocation();
  const [typed, setTyped] = useState('');
  const [into, setInto] = useState<string>('');
  const q = useSettled(typed.trim(), 250);
  const found = useQuery({ queryKey: ['contacts', 'pick', q], queryFn: async () => (await call('get', '/contacts', { query: { q: q || undefined, limit: 10 } })).items, placeholderData: keepPreviousData });
  const others = (found.data ?? []).filter((c) => c.id !== contact.id);
  return (
    <SendForm
      action={t('contact.merge')}
      danger
      onCancel={onClose}
      onDone={onClose}
      send={async () => {
        if (!into) return;
        const done = await call('post', '/contacts/{id}/merge', { path: { id: contact.id }, body: { into } });
        toast(count('contact.merge.done', done.tickets), { tone: 'good' });
        await refresh();
        navigate(`/contacts/${done.contact.id}`, { replace: true });
      }}
    >
      {() => (
        <div className="wide stack">
          <Field label={t('contact.merge.into')}>
            <input type="search" value={typed} onChange={(e) => setTyped(e.target.value)} placeholder={t('contacts.search')} autoComplete="off" />
          </Field>
          <div className="pick-list" role="radiogroup" aria-label={t('contact.merge.into')}>
            {others.map((c) => (
              <label key={c.id} className="pick">
                <input type="radio" name="into" required checked={into === c.id} onChange={() => setInto(c.id)} />
                <span>
                  {c.name || t('nameless')} <span className="muted small">{c.identities.map((i) => i.value).join(', ')}</span>
                </span>
              </label>
            ))}
            {found.data && others.length === 0 && <p className="muted">{t('contacts.none')}</p>}
          </div>
        </div>
      )}
    </SendForm>
  );
}

function Tickets({ contact }: { contact: Contact }) {
  const list = useInfiniteQuery({
    queryKey: ['tickets', 'of', contact.id],
    queryFn: ({ pageParam }) => call('get', '/tickets', { query: { requester: contact.id, sort: '-created_at', limit: 25, cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
  const items = list.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <section className="card">
      <div className="card-head">
        <h2 className="grow">{t('contact.tickets')}</h2>
        <Link className="link small" href={`/tickets?view=all&requester=${contact.id}`}>
          {t('contact.tickets.all')}
        </Link>
      </div>
      {list.isPending && <Skeleton rows={4} />}
      {list.error && <Fault error={list.error} retry={() => void list.refetch()} compact />}
      {list.data && items.length === 0 && <p className="muted">{t('contact.tickets.none')}</p>}
      {items.length > 0 && (
        <Table
          rows={items}
          id={(x) => x.id}
          label={t('contact.tickets')}
          columns={[
            {
              key: 'subject',
              head: t('field.subject'),
              cell: (x) => (
                <Link href={`/tickets/${x.number}`} className="ticket-cell">
                  <span className="muted">#{x.number}</span> <PriorityMark priority={x.priority} /> {x.subject}
                </Link>
              ),
            },
            { key: 'status', head: t('field.status'), look: 'nowrap', cell: (x) => <StatusMark ticket={x} /> },
            { key: 'sla', head: t('settings.sla'), look: 'nowrap', cell: (x) => <SLABadge sla={x.sla} /> },
            { key: 'assignee', head: t('field.assignee'), look: 'quiet', cell: (x) => x.assignee?.name ?? t('nobody') },
            { key: 'at', head: t('field.created_at'), look: 'quiet', cell: (x) => <Ago at={x.created_at} /> },
          ]}
        />
      )}
      {list.hasNextPage && (
        <div className="more">
          <button className="button" onClick={() => void list.fetchNextPage()}>
            {t('more.load')}
          </button>
        </div>
      )}
    </section>
  );
}

export default function ContactPage({ id }: { id: string }) {
  const found = useQuery({ queryKey: ['contact', id], queryFn: () => call('get', '/contacts/{id}', { path: { id } }), retry: false });
  const [open, setOpen] = useState<'edit' | 'merge' | null>(null);
  const [, navigate] = useLocation();
  const c = found.data;
  const name = c ? c.name || c.identities[0]?.value || t('nameless') : '';
  useTitle(name || t('nav.contacts'));
  const close = () => setOpen(null);
  const erase = async () => {
    if ((await ask({ title: t('contact.erase.title', { name }), text: t('contact.erase.text'), action: t('contact.erase'), danger: true })) === null) return;
    try {
      const done = await call('post', '/contacts/{id}/erase', { path: { id } });
      toast(count('contact.erase.done', done.tickets), { tone: 'good' });
      await refresh();
      navigate('/contacts', { replace: true });
    } catch (e) {
      failed(e);
    }
  };
  if (found.error instanceof Failure && found.error.status === 404)
    return (
      <div className="page">
        <Empty icon="user" title={t('contact.gone')} text={t('contact.gone.text')} />
      </div>
    );
  return (
    <div className="page">
      <div className="page-in">
        {found.isPending && <Skeleton rows={6} />}
        {found.error && <Fault error={found.error} retry={() => void found.refetch()} />}
        {c && (
          <>
            <header className="page-head">
              <Avatar name={name} size="l" />
              <h1 className="grow">{name}</h1>
              {can('ticket:update') && (
                <button className="button" onClick={() => setOpen('edit')}>
                  <Icon name="pencil" /> {t('contact.edit')}
                </button>
              )}
              {can('ticket:merge') && (
                <button className="button" onClick={() => setOpen('merge')}>
                  <Icon name="merge" /> {t('contact.merge')}
                </button>
              )}
              {can('contact:export') && (
                <a className="button" href={url('/contacts/{id}/export', { id })} download title={t('contact.export.hint')}>
                  <Icon name="download" /> {t('contact.export')}
                </a>
              )}
              {can('contact:erase') && (
                <button className="button button-danger-quiet" onClick={() => void erase()}>
                  <Icon name="trash" /> {t('contact.erase')}
                </button>
              )}
              <p>
                {t('contacts.since')} {formatDateTime(c.created_at)} · {t('contact.locale')}: {c.locale === 'de' || c.locale === 'en' ? t(`contact.language.${c.locale}`) : t('contact.locale.desk')}
              </p>
            </header>
            <section className="card">
              <h2>{t('contact.identities')}</h2>
              <Identities list={c.identities} full />
            </section>
            {can('ticket:read') && <Tickets contact={c} />}
            <Modal open={open === 'edit'} onClose={close} title={t('contact.edit')} wide>
              <Edit contact={c} onClose={close} />
            </Modal>
            <Modal open={open === 'merge'} onClose={close} title={t('contact.merge.title', { name })} text={t('contact.merge.text')}>
              <Merge contact={c} onClose={close} />
            </Modal>
          </>
        )}
      </div>
    </div>
  );
}
