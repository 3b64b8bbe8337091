import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, Failure, type Schema } from '../api/client';
import { queuesQuery } from '../api/lists';
import { explain } from '../app/failures';
import { can } from '../app/session';
import { useLast } from '../lib/hooks';
import { carrier, number, t, term } from '../lib/i18n';
import { Ago, cx } from '../parts/bits';
import { Field } from '../parts/form';
import { channelIcon, Icon } from '../parts/Icon';
import { ask, Modal } from '../parts/overlay';
import { doing, Head, Loaded, SendForm, text } from './common';
import { MailboxSignIn } from './MailboxSignIn';

type Mailbox = Schema<'Mailbox'>;
const boxKeys = [['admin', 'mailboxes'], ['admin', 'channels']];

function ChannelCard({ channel }: { channel: Schema<'Channel'> }) {
  return (
    <section className="card">
      <div className="card-head">
        <Icon name={channelIcon(channel.name)} />
        <h2 className="card-title">{carrier(channel.name)}</h2>
        <span className="muted grow">{channel.name}</span>
        <span className="muted small">{t('channels.received', { n: number(channel.received) })}</span>
        {channel.parked > 0 && <span className="muted small">{t('channels.parked.count', { n: number(channel.parked) })}</span>}
        <span className={cx('badge', channel.state === 'running' ? 'badge-good' : channel.state === 'waiting' ? 'badge-warn' : 'badge-bad')}>{term('runstate', channel.state)}</span>
      </div>
      {channel.last_error && <p className="form-error">{channel.last_error}</p>}
      {channel.sources.map((s) => (
        <div className="source" key={s.id}>
          <div className="card-head">
            <span className="grow">{s.name}</span>
            {s.last_contact && (
              <span className="muted small">
                {t('channels.contact')} <Ago at={s.last_contact} />
              </span>
            )}
            <span className={cx('badge', s.state === 'stopped' ? 'badge-bad' : s.state === 'waiting' ? 'badge-warn' : 'badge-good')}>{term('sourcestate', s.state)}</span>
          </div>
          {s.last_error && <p className="form-error">{s.last_error}</p>}
          {s.fix && <p className="muted small">{s.fix}</p>}
        </div>
      ))}
    </section>
  );
}

/** onSignIn is for a mailbox that was set up without what opens it. */
function MailboxForm({ box, onClose, onSignIn }: { box: Mailbox | null; onClose: () => void; onSignIn: (m: Mailbox) => void }) {
  const queues = useQuery(queuesQuery);
  const [signIn, setSignIn] = useState<string>(box?.sign_in ?? 'password');
  const oauth = signIn === 'oauth';
  const secret = (f: FormData, name: string) => text(f, name) || undefined;
  return (
    <SendForm
      action={t('save')}
      onCancel={onClose}
      onDone={onClose}
      send={async (f) => {
        const common = {
          server: text(f, 'server'),
          user: text(f, 'user'),
          queue: text(f, 'queue'),
          folder: text(f, 'folder'),
          ...(oauth ? { client_id: text(f, 'client_id'), tenant_id: text(f, 'tenant_id'), client_secret: secret(f, 'client_secret'), refresh_token: secret(f, 'refresh_token') } : { password: secret(f, 'password') }),
        };
        if (box) await call('patch', '/admin/mailboxes/{id}', { path: { id: box.id }, body: { ...common, server: common.server === box.server ? undefined : common.server, active: f.has('active') } });
        else {
          const made = await call('post', '/admin/mailboxes', { body: { ...common, address: text(f, 'address'), sign_in: signIn as 'password' } });
          if (oauth && !text(f, 'refresh_token')) onSignIn(made);
        }
        await doing(boxKeys, async () => undefined);
      }}
    >
      {(s) => (
        <>
          {!box && (
            <Field label={t('channels.address')} error={s.at('address')}>
              <input name="address" type="email" required autoComplete="off" />
            </Field>
          )}
          <Field label={t('channels.server')} hint={t('channels.server.hint')} error={s.at('server')}>
            <input name="server" required defaultValue={box?.server} autoComplete="off" spellCheck={false} />
          </Field>
          {!box && (
            <Field label={t('channels.sign_in')}>
              <select value={signIn} onChange={(e: React.ChangeEvent<HTMLSelectElement>) => setSignIn(e.target.value)}>
                <option value="password">{t('channels.sign_in.password')}</option>
                <option value="oauth">{t('channels.sign_in.oauth')}</option>
              </select>
            </Field>
          )}
          <Field label={t('channels.user')} hint={t('channels.user.hint')} error={s.at('user')}>
            <input name="user" defaultValue={box?.user} autoComplete="off" />
          </Field>
          {!oauth && (
            <Field label={t('channels.secret')} hint={box?.has_secret ? t('channels.secret.set') : undefined} error={s.at('password')}>
              <input name="password" type="password" autoComplete="new-password" required={!box} placeholder={box?.has_secret ? '••••••••' : undefined} />
            </Field>
          )}
          {oauth && (
            <>
              <Field label={t('channels.client_id')} error={s.at('client_id')}>
                <input name="client_id" defaultValue={box?.client_id} autoComplete="off" />
              </Field>
              <Field label={t('channels.tenant_id')} error={s.at('tenant_id')}>
                <input name="tenant_id" defaultValue={box?.tenant_id} autoComplete="off" />
              </Field>
              <Field label={t('channels.client_secret')} hint={box?.has_secret ? t('channels.secret.set') : undefined} error={s.at('client_secret')}>
                <input name="client_secret" type="password" autoComplete="new-password" />
              </Field>
              <Field label={t('channels.refresh_token')} hint={t('channels.refresh_token.hint')} error={s.at('refresh_token')}>
                <input name="refresh_token" type="password" autoComplete="new-password" />
              </Field>
            </>
          )}
          <Field label={t('channels.queue')} error={s.at('queue')}>
            <select name="queue" defaultValue={box?.queue ?? ''} key={queues.data ? 'loaded' : 'loading'}>
              <option value="">{t('new.queue.default')}</option>
              {(queues.data ?? []).map((q) => (
                <option key={q.id} value={q.id}>
                  {q.name}
                </option>
              ))}
            </select>
          </Field>
          <Field label={t('channels.folder')} hint={t('channels.folder.hint')} error={s.at('folder')}>
            <input name="folder" defaultValue={box?.folder} />
          </Field>
          {box && (
            <label className="switch wide">
              <input type="checkbox" name="active" defaultChecked={box.active} />
              <span>{t('channels.active')}</span>
            </label>
          )}
        </>
      )}
    </SendForm>
  );
}

function Mailboxes() {
  const list = useQuery({ queryKey: boxKeys[0]!, queryFn: async () => (await call('get', '/admin/mailboxes')).items, retry: false });
  const [open, setOpen] = useState<{ box: Mailbox | null } | null>(null);
  const [signing, setSigning] = useState<Mailbox | null>(null);
  const shown = useLast(signing);
  const [found, setFound] = useState<Record<string, Schema<'Finding'>[] | 'busy'>>({});
  const may = can('adapter:manage');
  if (list.error instanceof Failure && list.error.status === 404) return null; // a desk without mailboxes of its own
  const check = async (m: Mailbox) => {
    setFound((f) => ({ ...f, [m.id]: 'busy' }));
    try {
      const r = await call('post', '/admin/mailboxes/{id}/check', { path: { id: m.id } });
      setFound((f) => ({ ...f, [m.id]: r.items }));
    } catch (e) {
      const x = explain(e);
      setFound((f) => ({ ...f, [m.id]: [{ level: 'error', check: '', text: `${x.title}. ${x.detail}`, fix: '' }] }));
    }
  };
  const remove = async (m: Mailbox) => {
    if ((await ask({ title: t('channels.delete.title', { address: m.address }), text: t('channels.delete.text'), action: t('remove'), danger: true })) === null) return;
    await doing(boxKeys, () => call('delete', '/admin/mailboxes/{id}', { path: { id: m.id } }));
  };
  return (
    <section className="card">
      <div className="card-head">
        <h2 className="card-title grow">{t('channels.mailboxes')}</h2>
        {may && (
          <button className="button" onClick={() => setOpen({ box: null })}>
            <Icon name="plus" /> {t('channels.mailbox.add')}
          </button>
        )}
      </div>
      <Loaded query={list}>
        {(boxes) =>
          boxes.length === 0 ? (
            <p className="muted">{t('channels.mailbox.none')}</p>
          ) : (
            boxes.map((m) => {
              const f = found[m.id];
              return (
                <div className="source" key={m.id}>
                  <div className="card-head">
                    <span className="grow">
                      {m.address} <span className="muted small">{m.server}</span>
                    </span>
                    {m.read_only && <span className="badge">{t('channels.fixed')}</span>}
                    {!m.active && <span className="badge">{t('channels.off')}</span>}
                    {may && (
                      <>
                        {m.sign_in === 'oauth' && (
                          <button className="button button-small" aria-label={t('signin.title', { address: m.address })} onClick={() => setSigning(m)}>
                            {t('signin.short')}
                          </button>
                        )}
                        <button className="button button-small" disabled={f === 'busy'} onClick={() => void check(m)}>
                          {t(f === 'busy' ? 'channels.checking' : 'channels.check')}
                        </button>
                        {!m.read_only && (
                          <>
                            <button className="button button-small" onClick={() => setOpen({ box: m })}>
                              {t('edit')}
                            </button>
                            <button className="button button-small" onClick={() => void remove(m)}>
                              {t('remove')}
                            </button>
                          </>
                        )}
                      </>
                    )}
                  </div>
                  {Array.isArray(f) && (
                    <ul className="source-list" role="status">
                      {f.map((x, i) => (
                        <li key={i} className="finding">
                          <span className={cx('badge', x.level === 'ok' ? 'badge-good' : x.level === 'warning' ? 'badge-warn' : 'badge-bad')}>
                            <Icon name={x.level === 'ok' ? 'check' : 'alert'} size={12} />
                          </span>
                          <span>
                            {x.text}
                            {x.fix && <span className="muted"> {x.fix}</span>}
                          </span>
                        </li>
                      ))}
                    </ul>
                  )}
                </div>
              );
            })
          )
        }
      </Loaded>
      <Modal open={open !== null} onClose={() => setOpen(null)} title={open?.box?.address ?? t('channels.mailbox.add')} wide>
        {open && <MailboxForm box={open.box} onClose={() => setOpen(null)} onSignIn={setSigning} />}
      </Modal>
      <Modal open={signing !== null} onClose={() => setSigning(null)} title={t('signin.title', { address: shown?.address ?? '' })}>
        {shown && <MailboxSignIn key={shown.id} id={shown.id} onDone={() => void doing(boxKeys, async () => undefined)} />}
      </Modal>
    </section>
  );
}

export function Channels() {
  const list = useQuery({ queryKey: ['admin', 'channels'], queryFn: async () => (await call('get', '/admin/channels')).items, enabled: can('adapter:read'), refetchInterval: 30_000, retry: false });
  return (
    <>
      <Head title={t('settings.channels')} text={t('channels.text')} />
      {can('adapter:read') && (list.data ?? []).map((c) => <ChannelCard key={c.name} channel={c} />)}
      {can('adapter:read') && <Mailboxes />}
    </>
  );
}
