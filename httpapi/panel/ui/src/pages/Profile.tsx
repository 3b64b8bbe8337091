import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { queries } from '../api/cache';
import { call, Failure, type Schema } from '../api/client';
import { failed } from '../app/failures';
import { can, whoAmI } from '../app/session';
import { setShortcuts, shortcuts } from '../app/commands';
import { toast } from '../app/toasts';
import { base, lang, languageURL, setTheme, theme, type Theme } from '../lib/base';
import { useTitle } from '../lib/hooks';
import { count, t, term } from '../lib/i18n';
import { useStore } from '../lib/store';
import { Ago, Fault, Skeleton, When } from '../parts/bits';
import { Field } from '../parts/form';
import { ask, Modal } from '../parts/overlay';
import { OwnLinks } from '../settings/Links';
import '../text/more';
import { Table } from './Table';

function Looks() {
  const [now, set] = useState<Theme>(theme);
  const on = useStore(shortcuts);
  return (
    <section className="card stack">
      <h2>{t('profile.looks')}</h2>
      <div className="row-form">
        <div className="field">
          <span className="label">{t('theme')}</span>
          <div className="segmented" role="group" aria-label={t('theme')}>
            {(['auto', 'light', 'dark'] as const).map((x) => (
              <button
                key={x}
                aria-pressed={now === x}
                onClick={() => {
                  setTheme(x);
                  set(x);
                }}
              >
                {t(`theme.${x}`)}
              </button>
            ))}
          </div>
        </div>
        <div className="field">
          <span className="label">{t('language')}</span>
          <div className="segmented" role="group" aria-label={t('language')}>
            <a href={languageURL('de')} aria-current={lang === 'de'} lang="de">
              Deutsch
            </a>
            <a href={languageURL('en')} aria-current={lang === 'en'} lang="en">
              English
            </a>
          </div>
        </div>
      </div>
      <label className="switch">
        <input type="checkbox" checked={on} onChange={(e) => setShortcuts(e.target.checked)} />
        <span>
          {t('keys.on')}
          <small className="muted">{t('keys.on.hint')}</small>
        </span>
      </label>
    </section>
  );
}

/** The browser and system behind what a browser says of itself. */
function device(agent: string): string {
  const browser = /Edg\//.test(agent) ? 'Edge' : /Firefox\//.test(agent) ? 'Firefox' : /Chrome\//.test(agent) ? 'Chrome' : /Safari\//.test(agent) ? 'Safari' : '';
  const system = /Windows/.test(agent) ? 'Windows' : /iPhone|iPad/.test(agent) ? 'iOS' : /Mac OS/.test(agent) ? 'macOS' : /Android/.test(agent) ? 'Android' : /Linux/.test(agent) ? 'Linux' : '';
  return [browser, system].filter(Boolean).join(', ') || agent.slice(0, 40) || t('profile.device.unknown');
}

function Sessions() {
  const list = useQuery({ queryKey: ['sessions'], queryFn: async () => (await call('get', '/auth/sessions')).items });
  const end = async (s: Schema<'Session'>) => {
    try {
      await call('delete', '/auth/sessions/{id}', { path: { id: s.id } });
      await queries.invalidateQueries({ queryKey: ['sessions'] });
      toast(t('done.session'), { tone: 'good' });
    } catch (e) {
      failed(e);
    }
  };
  return (
    <section className="card">
      <div className="card-head">
        <h2 className="grow">{t('profile.sessions')}</h2>
        <a className="button" href={base + '/password'}>
          {t('profile.password')}
        </a>
      </div>
      {list.isPending && <Skeleton rows={2} />}
      {list.error && <Fault error={list.error} retry={() => void list.refetch()} compact />}
      {list.data && (
        <Table
          rows={list.data}
          id={(s) => s.id}
          label={t('profile.sessions')}
          columns={[
            {
              key: 'device',
              head: t('profile.device'),
              cell: (s) => (
                <>
                  {device(s.user_agent)} {s.current && <span className="badge badge-good">{t('profile.current')}</span>}
                </>
              ),
            },
            { key: 'address', head: t('profile.address'), cell: (s) => s.address },
            { key: 'seen', head: t('profile.seen'), look: 'nowrap', cell: (s) => <Ago at={s.last_seen_at} /> },
            {
              key: 'tools',
              look: 'tools',
              cell: (s) =>
                !s.current && (
                  <button className="button button-small" onClick={() => void end(s)}>
                    {t('profile.end')}
                  </button>
                ),
            },
          ]}
        />
      )}
    </section>
  );
}

function Tokens() {
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState<{ name: string; secret: string } | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const list = useQuery({ queryKey: ['tokens'], queryFn: async () => (await call('get', '/tokens')).items });
  const submit = async (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const f = new FormData(e.currentTarget);
    const until = String(f.get('expires') ?? '');
    try {
      const made = await call('post', '/tokens', { body: { name: String(f.get('name')), scopes: f.getAll('scope') as never, expires_at: until ? new Date(until + 'T23:59:59').toISOString() : undefined } });
      setMaking(false);
      setFailure(null);
      setSecret({ name: made.token.name, secret: made.secret });
      await queries.invalidateQueries({ queryKey: ['tokens'] });
    } catch (err) {
      setFailure(err);
    }
  };
  const revoke = async (x: Schema<'Token'>) => {
    if ((await ask({ title: t('token.revoke.title', { name: x.name }), text: t('token.revoke.text'), action: t('token.revoke'), danger: true })) === null) return;
    try {
      await call('delete', '/tokens/{id}', { path: { id: x.id } });
      await queries.invalidateQueries({ queryKey: ['tokens'] });
    } catch (e) {
      failed(e);
    }
  };
  return (
    <section className="card">
      <div className="card-head">
        <h2 className="grow">{t('profile.tokens')}</h2>
        <button className="button" onClick={() => setMaking(true)}>
          {t('token.new')}
        </button>
      </div>
      <p>
        <a href={base + '/api/openapi.json'} target="_blank" rel="noopener">
          {t('token.api')}
        </a>
      </p>
      {list.isPending && <Skeleton rows={1} />}
      {list.data?.length === 0 && <p className="muted">{t('token.none')}</p>}
      {list.data && list.data.length > 0 && (
        <Table
          rows={list.data}
          id={(x) => x.id}
          label={t('profile.tokens')}
          columns={[
            {
              key: 'name',
              head: t('token.name'),
              cell: (x) => (
                <>
                  {x.name} <span className="muted mono">{x.prefix}…</span>
                </>
              ),
            },
            { key: 'scopes', head: t('token.scopes'), cell: (x) => <span title={x.scopes.map((s) => term('permission', s)).join('\n')}>{count('token.count', x.scopes.length)}</span> },
            { key: 'used', head: t('token.used'), look: 'nowrap', cell: (x) => (x.last_used_at ? <Ago at={x.last_used_at} /> : t('never')) },
            { key: 'expires', head: t('token.expires'), look: 'nowrap', cell: (x) => (x.expires_at ? <When at={x.expires_at} /> : t('never')) },
            {
              key: 'tools',
              look: 'tools',
              cell: (x) => (
                <button className="button button-small" onClick={() => void revoke(x)}>
                  {t('token.revoke')}
                </button>
              ),
            },
          ]}
        />
      )}
      <Modal open={making} onClose={() => setMaking(false)} title={t('token.new')} text={t('token.new.text')} wide>
        <form className="modal-body form-grid" onSubmit={(e) => void submit(e)}>
          <Field label={t('token.name')} error={failure instanceof Failure ? failure.field('name') : undefined}>
            <input name="name" required maxLength={80} />
          </Field>
          <Field label={t('token.expires')} hint={t('token.expires.hint')} error={failure instanceof Failure ? failure.field('expires_at') : undefined}>
            <input name="expires" type="date" />
          </Field>
          <fieldset className="wide plain">
            <legend className="label">{t('token.scopes')}</legend>
            <div className="perms">
              {whoAmI().permissions.map((p) => (
                <label key={p}>
                  <input type="checkbox" name="scope" value={p} /> {term('permission', p)}
                </label>
              ))}
            </div>
          </fieldset>
          {failure instanceof Failure && failure.problem.detail && (
            <p className="form-error wide" role="alert">
              {failure.problem.detail}
            </p>
          )}
          <div className="modal-actions wide">
            <button type="button" className="button" onClick={() => setMaking(false)}>
              {t('cancel')}
            </button>
            <button className="button button-primary">{t('token.button')}</button>
          </div>
        </form>
      </Modal>
      <Modal open={secret !== null} onClose={() => setSecret(null)} title={t('token.made', { name: secret?.name ?? '' })} text={t('token.once')}>
        <div className="modal-body">
          <code className="secret mono">{secret?.secret}</code>
          <div className="modal-actions">
            <button className="button button-primary" onClick={() => void navigator.clipboard?.writeText(secret?.secret ?? '').then(() => toast(t('copied'), { tone: 'good' }))}>
              {t('copy')}
            </button>
          </div>
        </div>
      </Modal>
    </section>
  );
}

export default function Profile() {
  useTitle(t('nav.profile'));
  const me = whoAmI();
  return (
    <div className="page">
      <div className="page-in">
        <header className="page-head">
          <h1>{me.name}</h1>
          <p>
            {me.username} · {term('role', me.role)}
          </p>
        </header>
        <Looks />
        <Sessions />
        <OwnLinks />
        {can('token:own') && <Tokens />}
      </div>
    </div>
  );
}
