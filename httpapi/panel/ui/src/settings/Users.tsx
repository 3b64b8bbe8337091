import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, Failure, type Schema } from '../api/client';
import { queuesQuery } from '../api/lists';
import { can, whoAmI } from '../app/session';
import { toast } from '../app/toasts';
import { t, term } from '../lib/i18n';
import { Ago, Avatar, When } from '../parts/bits';
import { Field } from '../parts/form';
import { Icon } from '../parts/Icon';
import { Actions, ask, Modal } from '../parts/overlay';
import { Table } from '../pages/Table';
import { doing, Head, Loaded, SendForm, text } from './common';
import { UserLinks, UserTokens } from './Links';

type User = Schema<'User'>;
const keys = [['admin', 'users'], ['agents']];

async function allUsers(): Promise<User[]> {
  const out: User[] = [];
  let cursor: string | undefined;
  do {
    const page = await call('get', '/admin/users', { query: { limit: 100, cursor } });
    out.push(...page.items);
    cursor = page.items.length > 0 ? (page.next_cursor ?? undefined) : undefined;
  } while (cursor);
  return out;
}

const rolesQuery = { queryKey: ['admin', 'roles'], queryFn: async () => (await call('get', '/admin/roles')).items };

/** A password that can be read out: four groups of letters and digits that are not mistaken for each other. */
function suggest(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  const random = crypto.getRandomValues(new Uint32Array(16));
  const chars = [...random].map((n) => letters[n % letters.length]);
  return [0, 4, 8, 12].map((i) => chars.slice(i, i + 4).join('')).join('-');
}

function PasswordField({ error }: { error?: string }) {
  const [value, set] = useState('');
  return (
    <div className="wide with-button">
      <Field label={t('users.password')} hint={t('users.password.hint')} error={error}>
        <input name="password" required minLength={8} maxLength={128} autoComplete="new-password" value={value} onChange={(e) => set(e.target.value)} />
      </Field>
      <button type="button" className="button" onClick={() => set(suggest())}>
        {t('users.password.make')}
      </button>
    </div>
  );
}

function RoleField({ value, error }: { value?: string; error?: string }) {
  const roles = useQuery(rolesQuery);
  return (
    <Field label={t('users.role')} error={error}>
      <select name="role" defaultValue={value ?? 'support'} key={roles.data ? 'loaded' : 'loading'}>
        {(roles.data ?? [{ name: value ?? 'support' }]).map((r) => (
          <option key={r.name} value={r.name}>
            {term('role', r.name)}
          </option>
        ))}
      </select>
    </Field>
  );
}

function QueueFields({ value }: { value: string[] }) {
  const queues = useQuery(queuesQuery);
  if ((queues.data ?? []).length < 2) return null;
  return (
    <fieldset className="wide plain">
      <legend className="label">{t('users.queues')}</legend>
      <div className="perms">
        {(queues.data ?? []).map((q) => (
          <label key={q.id}>
            <input type="checkbox" name="queue" value={q.id} defaultChecked={value.includes(q.id)} /> {q.name}
          </label>
        ))}
      </div>
      <p className="hint">{t('users.queues.hint')}</p>
    </fieldset>
  );
}

/** A name that exists already is said at its field. */
function named(e: unknown): never {
  if (e instanceof Failure && e.status === 409) throw new Failure(400, { ...e.problem, detail: t('users.taken'), errors: [{ field: 'username', message: t('users.taken') }] });
  throw e;
}

function AddUser({ onClose }: { onClose: () => void }) {
  return (
    <SendForm
      action={t('users.add')}
      onCancel={onClose}
      onDone={onClose}
      send={async (f) => {
        const made = await call('post', '/admin/users', {
          body: { username: text(f, 'username'), name: text(f, 'name'), email: text(f, 'email') || undefined, role: text(f, 'role'), password: text(f, 'password'), queues: f.getAll('queue') as string[] },
        }).catch(named);
        toast(t('users.created.done', { name: made.name || made.username }), { tone: 'good' });
        await doing(keys, async () => undefined);
      }}
    >
      {(s) => (
        <>
          <Field label={t('users.username')} hint={t('users.username.hint')} error={s.at('username')}>
            <input name="username" required autoComplete="off" autoCapitalize="none" spellCheck={false} />
          </Field>
          <Field label={t('users.name')} hint={t('users.name.hint')} error={s.at('name')}>
            <input name="name" autoComplete="off" />
          </Field>
          <Field label={t('users.email')} hint={t('users.email.hint')} error={s.at('email')}>
            <input name="email" type="email" autoComplete="off" />
          </Field>
          <RoleField error={s.at('role')} />
          <PasswordField error={s.at('password')} />
          <QueueFields value={[]} />
        </>
      )}
    </SendForm>
  );
}

function EditUser({ user, onClose }: { user: User; onClose: () => void }) {
  const several = new Set(user.grants.map((g) => g.role)).size > 1;
  return (
    <SendForm
      action={t('save')}
      onCancel={onClose}
      onDone={onClose}
      send={async (f) => {
        await call('patch', '/admin/users/{id}', {
          path: { id: user.id },
          body: { name: text(f, 'name'), email: text(f, 'email'), ...(several ? {} : { role: text(f, 'role'), queues: f.has('queue') || user.queues.length > 0 ? (f.getAll('queue') as string[]) : undefined }) },
        });
        await doing(keys, async () => undefined);
        toast(t('done.saved'), { tone: 'good' });
      }}
    >
      {(s) => (
        <>
          <Field label={t('users.name')} hint={t('users.name.hint')} error={s.at('name')}>
            <input name="name" defaultValue={user.name} />
          </Field>
          <Field label={t('users.email')} hint={t('users.email.hint')} error={s.at('email')}>
            <input name="email" type="email" defaultValue={user.email} />
          </Field>
          {!several && <RoleField value={user.role} error={s.at('role')} />}
          {!several && <QueueFields value={user.queues} />}
        </>
      )}
    </SendForm>
  );
}

function ResetPassword({ user, onClose }: { user: User; onClose: () => void }) {
  return (
    <SendForm
      action={t('users.reset')}
      onCancel={onClose}
      onDone={onClose}
      send={async (f) => {
        await call('patch', '/admin/users/{id}', { path: { id: user.id }, body: { password: text(f, 'password') } });
        await doing(keys, async () => undefined);
        toast(t('users.reset.done', { name: user.name || user.username }), { tone: 'good' });
      }}
    >
      {(s) => <PasswordField error={s.at('password')} />}
    </SendForm>
  );
}

type Window = { kind: 'add' } | { kind: 'edit' | 'reset' | 'links' | 'tokens'; user: User } | null;

export function Users() {
  const list = useQuery({ queryKey: keys[0]!, queryFn: allUsers });
  const [open, setOpen] = useState<Window>(null);
  const queues = useQuery(queuesQuery);
  const close = () => setOpen(null);
  const shown = (u: User) => u.name || u.username;

  const setActive = async (u: User) => {
    if (u.active && (await ask({ title: t('users.deactivate.title', { name: shown(u) }), text: t('users.deactivate.text'), action: t('users.deactivate'), danger: true })) === null) return;
    await doing(keys, () => call('patch', '/admin/users/{id}', { path: { id: u.id }, body: { active: !u.active } }));
  };
  const remove = async (u: User) => {
    if ((await ask({ title: t('users.delete.title', { name: shown(u) }), text: t('users.delete.text'), action: t('users.delete'), danger: true })) === null) return;
    if (
      await doing(keys, async () => {
        try {
          await call('delete', '/admin/users/{id}', { path: { id: u.id } });
        } catch (e) {
          if (e instanceof Failure && e.status === 409) throw new Failure(409, { ...e.problem, detail: t('users.last_admin') });
          throw e;
        }
      })
    )
      toast(t('users.deleted', { name: shown(u) }), { tone: 'good' });
  };
  const me = whoAmI().id;

  return (
    <>
      <Head title={t('settings.users')} text={t('users.text')} action={can('user:create') && { label: t('users.add'), run: () => setOpen({ kind: 'add' }) }} />
      <Loaded query={list}>
        {(users) => (
          <Table
            rows={users}
            id={(u) => u.id}
            marks={(u) => ({ 'data-user': u.username })}
            label={t('settings.users')}
            columns={[
              {
                key: 'user',
                head: t('users.user'),
                cell: (u) => (
                      <span className="cell-main">
                        <Avatar name={shown(u)} />
                        <span>
                          <span>
                            {shown(u)} {u.id === me && <span className="muted">({t('users.self')})</span>}
                          </span>
                          <span className="muted small">{u.username}</span>
                        </span>
                      </span>
                ),
              },
              { key: 'role', head: t('users.role'), cell: (u) => [...new Set(u.grants.map((g) => term('role', g.role)))].join(', ') || term('role', u.role) },
              { key: 'queues', head: t('users.queues'), cell: (u) => <span className="muted">{u.queues.length === 0 ? t('users.queues.all') : u.queues.map((q) => queues.data?.find((x) => x.id === q)?.name ?? '…').join(', ')}</span> },
              { key: 'created', head: t('users.created'), look: 'quiet', cell: (u) => <When at={u.created_at} /> },
              { key: 'last', head: t('users.last'), look: 'quiet', cell: (u) => (u.last_login_at ? <Ago at={u.last_login_at} /> : t('never')) },
              {
                key: 'state',
                head: t('users.state'),
                look: 'nowrap',
                cell: (u) => (
                  <>
                      <span className={u.active ? 'badge badge-good' : 'badge'}>{t(u.active ? 'users.active' : 'users.inactive')}</span> {u.must_change_password && <span className="badge badge-warn">{t('users.must_change')}</span>}
                      {u.external && <span className="badge">{t('users.external')}</span>}
                  </>
                ),
              },
              {
                key: 'tools',
                look: 'tools',
                cell: (u) =>
                  (can('user:update') || can('user:delete')) && (
                        <Actions
                          align="end"
                          label={`${t('actions')}: ${shown(u)}`}
                          trigger={
                            <button className="icon-button">
                              <Icon name="dots" />
                            </button>
                          }
                          choices={[
                            ...(can('user:update') ? [{ key: 'edit', label: t('edit'), icon: 'pencil' as const, run: () => setOpen({ kind: 'edit', user: u }) }] : []),
                            ...(can('user:update') && !u.external ? [{ key: 'reset', label: t('users.reset'), icon: 'key' as const, run: () => setOpen({ kind: 'reset', user: u }) }] : []),
                            ...(can('user:update') ? [{ key: 'active', label: t(u.active ? 'users.deactivate' : 'users.activate'), icon: u.active ? ('ban' as const) : ('check' as const), run: () => void setActive(u) }] : []),
                            { key: 'links', label: t('links.title'), icon: 'link' as const, run: () => setOpen({ kind: 'links', user: u }) },
                            ...(can('token:manage') ? [{ key: 'tokens', label: t('profile.tokens'), icon: 'lock' as const, run: () => setOpen({ kind: 'tokens', user: u }) }] : []),
                            ...(can('user:delete') ? ['-' as const, { key: 'delete', label: t('users.delete'), icon: 'trash' as const, danger: true, run: () => void remove(u) }] : []),
                          ]}
                        />
                  ),
              },
            ]}
          />
        )}
      </Loaded>
      <Modal open={open?.kind === 'add'} onClose={close} title={t('users.add')} wide>
        <AddUser onClose={close} />
      </Modal>
      <Modal open={open?.kind === 'edit'} onClose={close} title={t('users.edit.title', { name: open && 'user' in open ? shown(open.user) : '' })} wide>
        {open?.kind === 'edit' && <EditUser user={open.user} onClose={close} />}
      </Modal>
      <Modal open={open?.kind === 'reset'} onClose={close} title={t('users.reset.title', { name: open && 'user' in open ? shown(open.user) : '' })} text={t('users.reset.text')}>
        {open?.kind === 'reset' && <ResetPassword user={open.user} onClose={close} />}
      </Modal>
      <Modal open={open?.kind === 'links'} onClose={close} title={t('links.of', { name: open && 'user' in open ? shown(open.user) : '' })}>
        {open?.kind === 'links' && <UserLinks id={open.user.id} onClose={close} />}
      </Modal>
      <Modal open={open?.kind === 'tokens'} onClose={close} title={t('tokens.of', { name: open && 'user' in open ? shown(open.user) : '' })}>
        {open?.kind === 'tokens' && <UserTokens id={open.user.id} />}
      </Modal>
    </>
  );
}
