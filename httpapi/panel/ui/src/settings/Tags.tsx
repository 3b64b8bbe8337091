import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { call } from '../api/client';
import { tagsQuery } from '../api/lists';
import { toast } from '../app/toasts';
import { count, number, t } from '../lib/i18n';
import { Empty } from '../parts/bits';
import { Field } from '../parts/form';
import { ask, Modal } from '../parts/overlay';
import { doing, Head, Loaded, SendForm, text } from './common';

const keys = [['tags'], ['tickets']];

export function Tags() {
  const list = useQuery(tagsQuery);
  const [tag, setTag] = useState<string | null>(null);
  const close = () => setTag(null);
  const remove = async (x: string) => {
    if ((await ask({ title: t('tags.delete.title', { tag: x }), text: t('tags.delete.text'), action: t('remove'), danger: true })) === null) return;
    await doing(keys, async () => {
      const r = await call('delete', '/tags/{tag}', { path: { tag: x } });
      toast(count('tags.changed', r.tickets), { tone: 'good' });
    });
  };
  return (
    <>
      <Head title={t('settings.tags')} text={t('tags.text')} />
      <Loaded query={list}>
        {(tags) =>
          tags.length === 0 ? (
            <Empty icon="tag" title={t('tags.none')} text={t('tags.none.text')} />
          ) : (
            <div className="table-box">
              <table>
                <thead>
                  <tr>
                    <th>{t('field.tag')}</th>
                    <th className="num">{t('tags.tickets')}</th>
                    <th>
                      <span className="hidden">{t('actions')}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {tags.map((x) => (
                    <tr key={x.tag}>
                      <td>
                        <Link href={`/tickets?view=all&tag=${encodeURIComponent(x.tag)}`}>{x.tag}</Link>
                      </td>
                      <td className="num">{number(x.tickets)}</td>
                      <td className="tools">
                        <button className="button button-small" onClick={() => setTag(x.tag)}>
                          {t('queues.rename')}
                        </button>{' '}
                        <button className="button button-small" onClick={() => void remove(x.tag)}>
                          {t('remove')}
                        </button>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
      <Modal open={tag !== null} onClose={close} title={t('tags.rename.title', { tag: tag ?? '' })}>
        <SendForm
          action={t('save')}
          onCancel={close}
          onDone={close}
          send={async (f) => {
            const r = await call('patch', '/tags/{tag}', { path: { tag: tag! }, body: { name: text(f, 'name') } });
            toast(count('tags.changed', r.tickets), { tone: 'good' });
            await doing(keys, async () => undefined);
          }}
        >
          {(s) => (
            <div className="wide">
              <Field label={t('queues.name')} error={s.at('name')}>
                <input name="name" required defaultValue={tag ?? ''} />
              </Field>
            </div>
          )}
        </SendForm>
      </Modal>
    </>
  );
}
