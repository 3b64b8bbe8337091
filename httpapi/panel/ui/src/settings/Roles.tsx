import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type Schema } from '../api/client';
import { can } from '../app/session';
import { count, t, term } from '../lib/i18n';
import { Field } from '../parts/form';
import { Icon } from '../parts/Icon';
import { Actions, ask, Modal } from '../parts/overlay';
import { Table } from '../pages/Table';
import { doing, Head, Loaded, SendForm, text } from './common';

type Role = Schema<'Role'>;
const keys = [['admin', 'roles']];

function RoleForm({ role, onClose }: { role: Role | null; onClose: () => void }) {
  const all = useQuery({ queryKey: ['permissions'], queryFn: async () => (await call('get', '/admin/permissions')).items, staleTime: Infinity });
  const has = (p: string) => role?.permissions.find((x) => x.permission === p);
  const fixed = role?.builtin ?? false;
  return (
    <SendForm
      action={t('save')}
      onCancel={onClose}
      onDone={onClose}
      send={async (f) => {
        if (fixed) return;
        const permissions = (all.data ?? []).filter((p) => f.has('p:' + p.permission)).map((p) => ({ permission: p.permission, scope: (text(f, 's:' + p.permission) || 'queue') as 'queue' }));
        const body = { description: text(f, 'description'), permissions };
        if (role) await call('patch', '/admin/roles/{id}', { path: { id: role.name }, version: role.version, body });
        else await call('post', '/admin/roles', { body: { ...body, name: text(f, 'name') } });
        await doing(keys, async () => undefined);
      }}
    >
      {(s) => (
        <>
          {!role && (
            <Field label={t('roles.name')} hint={t('roles.name.hint')} error={s.at('name')}>
              <input name="name" required maxLength={40} autoCapitalize="none" spellCheck={false} />
            </Field>
          )}
          <Field label={t('roles.description')} error={s.at('description')}>
            <input name="description" maxLength={200} defaultValue={role?.description} disabled={fixed} />
          </Field>
          <fieldset className="wide plain" disabled={fixed}>
            <legend className="label">{t('roles.permissions')}</legend>
            <div className="perms">
              {(all.data ?? []).map((p) => (
                <div key={p.permission} className="perm">
                  <label>
                    <input type="checkbox" name={'p:' + p.permission} defaultChecked={has(p.permission) !== undefined} /> {term('permission', p.permission)}
                  </label>
                  {p.scopes.length > 0 && (
                    <select name={'s:' + p.permission} defaultValue={has(p.permission)?.scope ?? 'queue'} aria-label={t('roles.scope', { name: term('permission', p.permission) })}>
                      {p.scopes.map((x) => (
                        <option key={x} value={x}>
                          {term('scope', x)}
                        </option>
                      ))}
                    </select>
                  )}
                </div>
              ))}
            </div>
          </fieldset>
        </>
      )}
    </SendForm>
  );
}

export function Roles() {
  const list = useQuery({ queryKey: keys[0]!, queryFn: async () => (await call('get', '/admin/roles')).items });
  const [open, setOpen] = useState<{ role: Role | null } | null>(null);
  const may = can('role:manage');
  const remove = async (r: Role) => {
    if ((await ask({ title: t('roles.delete.title', { name: term('role', r.name) }), text: t('roles.delete.text'), action: t('delete'), danger: true })) === null) return;
    await doing(keys, () => call('delete', '/admin/roles/{id}', { path: { id: r.name }, version: r.version }));
  };
  return (
    <>
      <Head title={t('settings.roles')} text={t('roles.text')} action={may && { label: t('roles.add'), run: () => setOpen({ role: null }) }} />
      <Loaded query={list}>
        {(roles) => (
          <Table
            rows={roles}
            id={(r) => r.name}
            label={t('settings.roles')}
            columns={[
              {
                key: 'name',
                head: t('roles.name'),
                cell: (r) => (
                  <>
                    {term('role', r.name)} {r.builtin && <span className="badge">{t('roles.builtin')}</span>}
                    {r.description && <div className="muted small">{r.description}</div>}
                  </>
                ),
              },
              { key: 'permissions', head: t('roles.permissions'), cell: (r) => <span className="muted">{count('roles.count', r.permissions.length)}</span> },
              {
                key: 'tools',
                look: 'tools',
                cell: (r) =>
                  may &&
                  !r.builtin && (
                    <Actions
                      align="end"
                      label={`${t('actions')}: ${r.name}`}
                      trigger={
                        <button className="icon-button">
                          <Icon name="dots" />
                        </button>
                      }
                      choices={[
                        { key: 'edit', label: t('edit'), icon: 'pencil', run: () => setOpen({ role: r }) },
                        { key: 'delete', label: t('delete'), icon: 'trash', danger: true, run: () => void remove(r) },
                      ]}
                    />
                  ),
              },
            ]}
          />
        )}
      </Loaded>
      <Modal open={open !== null} onClose={() => setOpen(null)} title={open?.role ? t('roles.edit.title', { name: term('role', open.role.name) }) : t('roles.new.title')} wide>
        {open && <RoleForm role={open.role} onClose={() => setOpen(null)} />}
      </Modal>
    </>
  );
}
