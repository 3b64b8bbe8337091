import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type Schema } from '../api/client';
import { can } from '../app/session';
import { toast } from '../app/toasts';
import { t, term } from '../lib/i18n';
import { cx, Empty } from '../parts/bits';
import { Field } from '../parts/form';
import { ask, Modal } from '../parts/overlay';
import { Table } from '../pages/Table';
import { choosable, priorities } from '../tickets/actions';
import { doing, Head, Loaded, SendForm, text, words } from './common';

type Macro = Schema<'Macro'>;
const keys = [['macros']];
const listQuery = { queryKey: ['macros'], queryFn: async () => (await call('get', '/macros')).items };

function MacroForm({ macro, onClose }: { macro: Macro | null; onClose: () => void }) {
  const begin = useQuery({ queryKey: ['bootstrap'], queryFn: () => call('get', '/bootstrap'), staleTime: Infinity });
  const [de, setDe] = useState(macro?.de ?? '');
  const [en, setEn] = useState(macro?.en ?? '');
  const [last, setLast] = useState<'de' | 'en'>('de');
  const insert = (name: string) => {
    const field = document.querySelector<HTMLTextAreaElement>(`textarea[name=${last}]`);
    const at = field?.selectionStart ?? Infinity;
    const put = (s: string) => s.slice(0, at) + `{{${name}}}` + s.slice(at);
    if (last === 'de') setDe(put);
    else setEn(put);
    field?.focus();
  };
  return (
    <SendForm
      action={t('save')}
      onCancel={onClose}
      onDone={onClose}
      send={async (f) => {
        const body = { name: text(f, 'name'), de, en, status: text(f, 'status'), priority: text(f, 'priority') as 'low', tags: words(text(f, 'tags')), position: Number(text(f, 'position') || 0), shared: macro ? macro.shared : text(f, 'shared') === 'true', version: macro?.version ?? 0 };
        if (macro) await call('put', '/macros/{id}', { path: { id: macro.id }, body });
        else await call('post', '/macros', { body });
        await doing(keys, async () => undefined);
        toast(t('done.saved'), { tone: 'good' });
      }}
    >
      {(s) => (
        <>
          <Field label={t('macros.name')} error={s.at('name')}>
            <input name="name" required maxLength={80} defaultValue={macro?.name} autoComplete="off" />
          </Field>
          {!macro && can('macro:manage') ? (
            <Field label={t('macros.scope')}>
              <select name="shared" defaultValue="true">
                <option value="true">{t('macros.shared')}</option>
                <option value="false">{t('macros.own')}</option>
              </select>
            </Field>
          ) : (
            <Field label={t('macros.position')} error={s.at('position')}>
              <input name="position" type="number" min={0} defaultValue={macro?.position ?? 0} />
            </Field>
          )}
          <Field wide label={t('macros.de')} hint={t('macros.lang.hint')} error={s.at('de')}>
            <textarea name="de" rows={6} lang="de" value={de} onChange={(e: React.ChangeEvent<HTMLTextAreaElement>) => setDe(e.target.value)} onFocus={() => setLast('de')} />
          </Field>
          <Field wide label={t('macros.en')} error={s.at('en')}>
            <textarea name="en" rows={6} lang="en" value={en} onChange={(e: React.ChangeEvent<HTMLTextAreaElement>) => setEn(e.target.value)} onFocus={() => setLast('en')} />
          </Field>
          <div className="wide" role="group" aria-label={t('macros.placeholders')}>
            <span className="label">{t('macros.placeholders')}</span>
            <div className="chips">
              {(begin.data?.placeholders ?? []).map((x) => (
                <button key={x} type="button" className="button button-small mono" title={t('macros.placeholder.add', { name: x })} onClick={() => insert(x.replace(/[{}]/g, ''))}>
                  {x.replace(/[{}]/g, '')}
                </button>
              ))}
            </div>
          </div>
          <Field label={t('macros.status')} error={s.at('status')}>
            <select name="status" defaultValue={macro?.status ?? ''}>
              <option value="">{t('macros.keep')}</option>
              {[...new Set([...choosable().filter((x) => x !== 'new'), ...(macro?.status ? [macro.status] : [])])].map((x) => (
                <option key={x} value={x}>
                  {term('status', x)}
                </option>
              ))}
            </select>
          </Field>
          <Field label={t('macros.priority')} error={s.at('priority')}>
            <select name="priority" defaultValue={macro?.priority ?? ''}>
              <option value="">{t('macros.keep')}</option>
              {priorities.map((x) => (
                <option key={x} value={x}>
                  {term('priority', x)}
                </option>
              ))}
            </select>
          </Field>
          <Field wide label={t('macros.tags')} hint={t('macros.tags.hint')} error={s.at('tags')}>
            <input name="tags" defaultValue={macro?.tags.join(', ')} autoComplete="off" />
          </Field>
        </>
      )}
    </SendForm>
  );
}

export function Macros() {
  const list = useQuery(listQuery);
  const [open, setOpen] = useState<{ macro: Macro | null } | null>(null);
  const may = (m: Macro) => !m.shared || can('macro:manage');
  const remove = async (m: Macro) => {
    if ((await ask({ title: t('macros.delete.title', { name: m.name }), text: t('macros.delete.text'), action: t('delete'), danger: true })) === null) return;
    await doing(keys, () => call('delete', '/macros/{id}', { path: { id: m.id } }));
  };
  const does = (m: Macro) => [m.status && term('status', m.status), m.priority && term('priority', m.priority), ...m.tags].filter(Boolean).join(', ');
  return (
    <>
      <Head title={t('settings.macros')} text={t('macros.text')} action={{ label: t('macros.add'), run: () => setOpen({ macro: null }) }} />
      <Loaded query={list}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon="note" title={t('macros.none')} text={t('macros.none.text')} />
          ) : (
            <Table
              rows={all}
              id={(m) => m.id}
              label={t('settings.macros')}
              columns={[
                {
                  key: 'name',
                  head: t('macros.name'),
                  cell: (m) => (
                    <>
                      {m.name}
                      <div className="muted small one-line">{m.de || m.en}</div>
                    </>
                  ),
                },
                { key: 'shared', head: t('macros.scope'), look: 'nowrap', cell: (m) => <span className={cx('badge', m.shared && 'badge-good')}>{t(m.shared ? 'macros.shared' : 'macros.own')}</span> },
                { key: 'does', head: t('macros.does'), cell: (m) => <span className="muted">{does(m) || '–'}</span> },
                {
                  key: 'tools',
                  look: 'tools',
                  cell: (m) =>
                    may(m) && (
                      <>
                        <button className="button button-small" aria-label={`${t('edit')}: ${m.name}`} onClick={() => setOpen({ macro: m })}>
                          {t('edit')}
                        </button>{' '}
                        <button className="button button-small" aria-label={`${t('delete')}: ${m.name}`} onClick={() => void remove(m)}>
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
      <Modal open={open !== null} onClose={() => setOpen(null)} title={open?.macro?.name ?? t('macros.add')} wide>
        {open && <MacroForm macro={open.macro} onClose={() => setOpen(null)} />}
      </Modal>
    </>
  );
}
