import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type Schema } from '../api/client';
import { can } from '../app/session';
import { toast } from '../app/toasts';
import { formatDateTime, t } from '../lib/i18n';
import { Ago, When } from '../parts/bits';
import { Field } from '../parts/form';
import { ask } from '../parts/overlay';
import { Table } from '../pages/Table';
import { doing, Loaded, SendForm, text } from './common';
import '../text/lead';

type Link = Schema<'Subject'>;

function LinkTable({ list, end }: { list: Link[]; end: (subject: string) => void }) {
  if (list.length === 0) return <p className="muted">{t('links.none')}</p>;
  return (
    <Table
      rows={list}
      id={(l) => l.subject}
      label={t('links.title')}
      columns={[
        { key: 'account', head: t('links.account'), cell: (l) => <code className="mono">{l.subject}</code> },
        { key: 'since', head: t('links.since'), look: 'quiet', cell: (l) => <When at={l.created_at} /> },
        {
          key: 'tools',
          look: 'tools',
          cell: (l) => (
            <button className="button button-small" aria-label={`${t('links.end')}: ${l.subject}`} onClick={() => end(l.subject)}>
              {t('links.end')}
            </button>
          ),
        },
      ]}
    />
  );
}

const sure = async (subject: string) => (await ask({ title: t('links.end.title', { subject }), text: t('links.end.text'), action: t('links.end'), danger: true })) !== null;

/** Who one is elsewhere, and the code that says so there. */
export function OwnLinks() {
  const key = ['links'];
  const list = useQuery({ queryKey: key, queryFn: async () => (await call('get', '/auth/links')).items });
  const [code, setCode] = useState<Schema<'SubjectCode'> | null>(null);
  return (
    <section className="card stack">
      <div className="card-head">
        <h2 className="grow">{t('links.title')}</h2>
        <button className="button" onClick={() => void doing([key], async () => setCode(await call('post', '/auth/link-code')))}>
          {t('links.make')}
        </button>
      </div>
      <p className="muted">{t('links.text')}</p>
      {code && (
        <div role="status">
          <code className="secret mono">{t('links.code', { code: code.code })}</code>
          <p className="muted small">{t('links.code.until', { at: formatDateTime(code.expires_at) })}</p>
        </div>
      )}
      <Loaded query={list} rows={1}>{(all) => <LinkTable list={all} end={(subject) => void sure(subject).then((yes) => yes && doing([key], () => call('delete', '/auth/links/{subject}', { path: { subject } })))} />}</Loaded>
    </section>
  );
}

/** Who an account is elsewhere, for who looks after accounts. */
export function UserLinks({ id, onClose }: { id: string; onClose: () => void }) {
  const key = ['admin', 'links', id];
  const list = useQuery({ queryKey: key, queryFn: async () => (await call('get', '/admin/users/{id}/links', { path: { id } })).items });
  const [round, setRound] = useState(0);
  return (
    <div className="modal-body stack">
      <Loaded query={list}>{(all) => <LinkTable list={all} end={(subject) => void sure(subject).then((yes) => yes && doing([key], () => call('delete', '/admin/users/{id}/links/{subject}', { path: { id, subject } })))} />}</Loaded>
      {can('user:update') && (
        <SendForm
          key={round}
          action={t('links.add')}
          onCancel={onClose}
          onDone={() => {
            setRound(round + 1);
            toast(t('done.saved'), { tone: 'good' });
          }}
          send={async (f) => {
            await call('put', '/admin/users/{id}/links/{subject}', { path: { id, subject: 'discord:' + text(f, 'discord') } });
            await doing([key], async () => undefined);
          }}
        >
          {(s) => (
            <Field wide label={t('links.add')} hint={t('links.add.hint')} error={s.at('subject')}>
              <input name="discord" required inputMode="numeric" pattern="[0-9]+" autoComplete="off" />
            </Field>
          )}
        </SendForm>
      )}
    </div>
  );
}

/** The API keys of an account, for who may end them. */
export function UserTokens({ id }: { id: string }) {
  const key = ['admin', 'tokens', id];
  const list = useQuery({ queryKey: key, queryFn: async () => (await call('get', '/admin/users/{id}/tokens', { path: { id } })).items });
  const revoke = async (x: Schema<'Token'>) => {
    if ((await ask({ title: t('token.revoke.title', { name: x.name }), text: t('token.revoke.text'), action: t('token.revoke'), danger: true })) === null) return;
    await doing([key], () => call('delete', '/admin/users/{id}/tokens/{tid}', { path: { id, tid: x.id } }));
  };
  return (
    <div className="modal-body stack">
      <Loaded query={list}>
        {(all) =>
          all.length === 0 ? (
            <p className="muted">{t('tokens.of.none')}</p>
          ) : (
            <Table
              rows={all}
              id={(x) => x.id}
              label={t('profile.tokens')}
              columns={[
                { key: 'name', head: t('token.name'), cell: (x) => <>{x.name} <span className="muted mono">{x.prefix}…</span></> },
                { key: 'used', head: t('token.used'), look: 'quiet', cell: (x) => (x.last_used_at ? <Ago at={x.last_used_at} /> : t('never')) },
                { key: 'expires', head: t('token.expires'), look: 'quiet', cell: (x) => (x.expires_at ? <When at={x.expires_at} /> : t('never')) },
                { key: 'tools', look: 'tools', cell: (x) => <button className="button button-small" aria-label={`${t('token.revoke')}: ${x.name}`} onClick={() => void revoke(x)}>{t('token.revoke')}</button> },
              ]}
            />
          )
        }
      </Loaded>
    </div>
  );
}
