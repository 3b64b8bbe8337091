import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type Schema } from '../api/client';
import { toast } from '../app/toasts';
import { number, t } from '../lib/i18n';
import { Empty } from '../parts/bits';
import { Field } from '../parts/form';
import { ask, Modal } from '../parts/overlay';
import { Table } from '../pages/Table';
import { sorts } from '../tickets/views';
import { doing, Head, Loaded, SendForm, text } from './common';

type View = Schema<'View'>;
const keys = [['views'], ['view-counts']];

function ViewForm({ view, onClose }: { view: View | null; onClose: () => void }) {
  return (
    <SendForm
      action={t('save')}
      onCancel={onClose}
      onDone={onClose}
      send={async (f) => {
        const body = { name: text(f, 'name'), filter: text(f, 'filter'), sort: text(f, 'sort') as '-updated_at', columns: view?.columns ?? [], position: Number(text(f, 'position') || 0), shared: true, version: view?.version ?? 0 };
        if (view) await call('put', '/views/{id}', { path: { id: view.id }, body });
        else await call('post', '/views', { body });
        await doing(keys, async () => undefined);
        toast(t('done.saved'), { tone: 'good' });
      }}
    >
      {(s) => (
        <>
          <Field label={t('views.name')} error={s.at('name')}>
            <input name="name" required maxLength={80} defaultValue={view?.name} autoComplete="off" />
          </Field>
          <Field label={t('views.sort')} error={s.at('sort')}>
            <select name="sort" defaultValue={view?.sort ?? '-updated_at'}>
              {sorts.map((x) => (
                <option key={x} value={x}>
                  {t(`sort.${x}`)}
                </option>
              ))}
            </select>
          </Field>
          <Field wide label={t('views.filter')} hint={t('views.filter.hint')} error={s.at('filter')}>
            <input name="filter" defaultValue={view?.filter} autoComplete="off" spellCheck={false} className="mono" />
          </Field>
          <Field label={t('views.position')} error={s.at('position')}>
            <input name="position" type="number" min={0} defaultValue={view?.position ?? 0} />
          </Field>
        </>
      )}
    </SendForm>
  );
}

/** The lists that everybody has; one's own are made where they are used. */
export function Views() {
  const list = useQuery({ queryKey: ['views', 'shared'], queryFn: async () => (await call('get', '/views')).items.filter((v) => v.shared && !v.builtin) });
  const ids = (list.data ?? []).map((v) => v.id).join(',');
  const counts = useQuery({ queryKey: ['view-counts', 'shared', ids], queryFn: async () => (await call('get', '/views/counts', { query: { ids } })).items, enabled: ids !== '' });
  const [open, setOpen] = useState<{ view: View | null } | null>(null);
  const close = () => setOpen(null);
  const remove = async (v: View) => {
    if ((await ask({ title: t('views.delete.title', { name: v.name }), text: t('views.delete.text'), action: t('delete'), danger: true })) === null) return;
    await doing(keys, () => call('delete', '/views/{id}', { path: { id: v.id } }));
  };
  const holds = (v: View) => {
    const c = counts.data?.find((x) => x.id === v.id);
    return c ? number(c.count) + (c.more ? '+' : '') : '…';
  };
  return (
    <>
      <Head title={t('settings.views')} text={t('views.text')} action={{ label: t('views.add'), run: () => setOpen({ view: null }) }} />
      <Loaded query={list}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon="list" title={t('views.none')} text={t('views.none.text')} />
          ) : (
            <Table
              rows={all}
              id={(v) => v.id}
              label={t('settings.views')}
              columns={[
                { key: 'name', head: t('views.name'), cell: (v) => v.name },
                { key: 'filter', head: t('views.filter'), cell: (v) => <code className="mono muted">{v.filter || '–'}</code> },
                { key: 'count', head: t('views.count'), look: 'num', cell: holds },
                {
                  key: 'tools',
                  look: 'tools',
                  cell: (v) => (
                    <>
                      <button className="button button-small" aria-label={`${t('edit')}: ${v.name}`} onClick={() => setOpen({ view: v })}>
                        {t('edit')}
                      </button>{' '}
                      <button className="button button-small" aria-label={`${t('delete')}: ${v.name}`} onClick={() => void remove(v)}>
                        {t('delete')}
                      </button>
                    </>
                  ),
                },
              ]}
            />
          )
        }
      </Loaded>
      <Modal open={open !== null} onClose={close} title={open?.view?.name ?? t('views.add')} wide>
        {open && <ViewForm view={open.view} onClose={close} />}
      </Modal>
    </>
  );
}
