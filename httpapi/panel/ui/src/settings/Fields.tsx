import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type Schema } from '../api/client';
import { fieldsQuery } from '../api/lists';
import { lang } from '../lib/base';
import { t, term } from '../lib/i18n';
import { Table } from '../pages/Table';
import { Empty } from '../parts/bits';
import { Field } from '../parts/form';
import { Modal } from '../parts/overlay';
import { doing, Head, Loaded, SendForm, text } from './common';

type Definition = Schema<'Field'>;
const keys = [['fields']];
const types = ['text', 'long_text', 'number', 'integer', 'boolean', 'date', 'datetime', 'select', 'multi_select', 'url', 'email'] as const;

function FieldForm({ field, onClose }: { field: Definition | null; onClose: () => void }) {
  const [type, setType] = useState<string>(field?.type ?? 'text');
  const chooses = type === 'select' || type === 'multi_select';
  return (
    <SendForm
      action={t('save')}
      onCancel={onClose}
      onDone={onClose}
      send={async (f) => {
        const label = { de: text(f, 'de'), en: text(f, 'en') };
        const options = chooses
          ? text(f, 'options')
              .split('\n')
              .map((l) => l.trim())
              .filter(Boolean)
              .map((l) => field?.options.find((o) => o.label[lang] === l || o.value === l) ?? { value: l, label: { de: l, en: l } })
          : undefined;
        const required = text(f, 'required') as 'never';
        if (field) await call('patch', '/admin/fields/{id}', { path: { id: field.id }, body: { label, required, options } });
        else await call('post', '/admin/fields', { body: { key: text(f, 'key'), type: type as 'text', label, required, options } });
        await doing(keys, async () => undefined);
      }}
    >
      {(s) => (
        <>
          <Field label={t('fields.label.de')} error={s.at('label')}>
            <input name="de" required defaultValue={field?.label.de} />
          </Field>
          <Field label={t('fields.label.en')}>
            <input name="en" required defaultValue={field?.label.en} />
          </Field>
          {!field && (
            <Field label={t('fields.key')} hint={t('fields.key.hint')} error={s.at('key')}>
              <input name="key" required maxLength={64} pattern="[a-z][a-z0-9_]*" autoCapitalize="none" spellCheck={false} />
            </Field>
          )}
          {!field && (
            <Field label={t('fields.type')}>
              <select value={type} onChange={(e: React.ChangeEvent<HTMLSelectElement>) => setType(e.target.value)}>
                {types.map((x) => (
                  <option key={x} value={x}>
                    {term('fieldtype', x)}
                  </option>
                ))}
              </select>
            </Field>
          )}
          <Field label={t('fields.required')}>
            <select name="required" defaultValue={field?.required ?? 'never'}>
              {(['never', 'create', 'resolve'] as const).map((x) => (
                <option key={x} value={x}>
                  {t(`fields.required.${x}`)}
                </option>
              ))}
            </select>
          </Field>
          {chooses && (
            <div className="wide">
              <Field label={t('fields.options')} hint={t('fields.options.hint')} error={s.at('options')}>
                <textarea name="options" rows={4} required defaultValue={field?.options.map((o) => o.label[lang] || o.value).join('\n')} />
              </Field>
            </div>
          )}
        </>
      )}
    </SendForm>
  );
}

export function Fields() {
  const list = useQuery(fieldsQuery);
  const [open, setOpen] = useState<{ field: Definition | null } | null>(null);
  return (
    <>
      <Head title={t('settings.fields')} text={t('fields.text')} action={{ label: t('fields.add'), run: () => setOpen({ field: null }) }} />
      <Loaded query={list}>
        {(fields) =>
          fields.length === 0 ? (
            <Empty icon="sliders" title={t('fields.none')} text={t('fields.none.text')} />
          ) : (
            <Table
              rows={fields}
              id={(f) => f.id}
              label={t('settings.fields')}
              columns={[
                {
                  key: 'name',
                  head: t('queues.name'),
                  cell: (f) => (
                    <>
                      {f.label[lang] || f.key} {f.archived && <span className="badge">{t('fields.archived')}</span>}
                    </>
                  ),
                },
                { key: 'key', head: t('fields.key'), cell: (f) => <span className="mono muted">{f.key}</span> },
                { key: 'type', head: t('fields.type'), cell: (f) => term('fieldtype', f.type) },
                { key: 'required', head: t('fields.required'), cell: (f) => <span className="muted">{t(`fields.required.${f.required}`)}</span> },
                {
                  key: 'tools',
                  look: 'tools',
                  cell: (f) => (
                    <>
                      <button className="button button-small" onClick={() => setOpen({ field: f })}>
                        {t('edit')}
                      </button>{' '}
                      <button className="button button-small" onClick={() => void doing(keys, () => call('patch', '/admin/fields/{id}', { path: { id: f.id }, body: { archived: !f.archived } }))}>
                        {t(f.archived ? 'fields.restore' : 'fields.archive')}
                      </button>
                    </>
                  ),
                },
              ]}
            />
          )
        }
      </Loaded>
      <Modal open={open !== null} onClose={() => setOpen(null)} title={open?.field ? (open.field.label[lang] ?? '') : t('fields.add')} wide>
        {open && <FieldForm field={open.field} onClose={() => setOpen(null)} />}
      </Modal>
    </>
  );
}
