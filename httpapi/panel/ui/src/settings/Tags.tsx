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
import { Table } from '../pages/Table';
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
            <Table
              rows={tags}
              id={(x) => x.tag}
              label={t('settings.tags')}
              columns={[
                { key: 'tag', head: t('field.tag'), cell: (x) => <Link href={`/tickets?view=all&tag=${encodeURIComponent(x.tag)}`}>{x.tag}</Link> },
                { key: 'tickets', head: t('tags.tickets'), look: 'num', cell: (x) => number(x.tickets) },
                {
                  key: 'tools',
                  look: 'tools',
                  cell: (x) => (
                    <>
                      <button className="button button-small" aria-label={`${t('queues.rename')}: ${x.tag}`} onClick={() => setTag(x.tag)}>
                        {t('queues.rename')}
                      </button>{' '}
                      <button className="button button-small" aria-label={`${t('remove')}: ${x.tag}`} onClick={() => void remove(x.tag)}>
                        {t('remove')}
                      </button>
                    </>
                  ),
                },
              ]}
            />
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
