import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type Schema } from '../api/client';
import { queuesQuery } from '../api/lists';
import { t } from '../lib/i18n';
import { When } from '../parts/bits';
import { Field } from '../parts/form';
import { Icon } from '../parts/Icon';
import { Actions, Modal } from '../parts/overlay';
import { Table } from '../pages/Table';
import { doing, Head, Loaded, SendForm, text } from './common';

type Queue = Schema<'Queue'>;
const keys = [['queues']];

export function Queues() {
  const list = useQuery(queuesQuery);
  const [open, setOpen] = useState<{ kind: 'add' } | { kind: 'rename' | 'delete'; queue: Queue } | null>(null);
  const close = () => setOpen(null);
  const queue = open && 'queue' in open ? open.queue : null;
  return (
    <>
      <Head title={t('settings.queues')} text={t('queues.text')} action={{ label: t('queues.add'), run: () => setOpen({ kind: 'add' }) }} />
      <Loaded query={list}>
        {(queues) => (
          <Table
            rows={queues}
            id={(q) => q.id}
            label={t('settings.queues')}
            columns={[
              {
                key: 'name',
                head: t('queues.name'),
                cell: (q) => (
                  <>
                    {q.name} {q.default && <span className="badge">{t('queues.default')}</span>}
                  </>
                ),
              },
              { key: 'created', head: t('users.created'), look: 'quiet', cell: (q) => <When at={q.created_at} /> },
              {
                key: 'tools',
                look: 'tools',
                cell: (q) => (
                      <Actions
                        align="end"
                        label={`${t('actions')}: ${q.name}`}
                        trigger={
                          <button className="icon-button">
                            <Icon name="dots" />
                          </button>
                        }
                        choices={[
                          { key: 'rename', label: t('queues.rename'), icon: 'pencil', run: () => setOpen({ kind: 'rename', queue: q }) },
                          ...(q.default ? [] : [{ key: 'default', label: t('queues.make_default'), icon: 'check' as const, run: () => void doing(keys, () => call('patch', '/queues/{id}', { path: { id: q.id }, body: { default: true } })) }]),
                          ...(q.default ? [] : ['-' as const, { key: 'delete', label: t('delete'), icon: 'trash' as const, danger: true, run: () => setOpen({ kind: 'delete', queue: q }) }]),
                        ]}
                      />
                ),
              },
            ]}
          />
        )}
      </Loaded>
      <Modal open={open?.kind === 'add' || open?.kind === 'rename'} onClose={close} title={t(open?.kind === 'rename' ? 'queues.rename.title' : 'queues.add')}>
        <SendForm
          action={t('save')}
          onCancel={close}
          onDone={close}
          send={async (f) => {
            const name = text(f, 'name');
            if (queue) await call('patch', '/queues/{id}', { path: { id: queue.id }, body: { name } });
            else await call('post', '/queues', { body: { name } });
            await doing(keys, async () => undefined);
          }}
        >
          {(s) => (
            <div className="wide">
              <Field label={t('queues.name')} error={s.at('name')}>
                <input name="name" required maxLength={80} defaultValue={queue?.name} />
              </Field>
            </div>
          )}
        </SendForm>
      </Modal>
      <Modal open={open?.kind === 'delete'} onClose={close} title={t('queues.delete.title', { name: queue?.name ?? '' })} text={t('queues.delete.text')}>
        <SendForm
          action={t('delete')}
          danger
          onCancel={close}
          onDone={close}
          send={async (f) => {
            await call('delete', '/queues/{id}', { path: { id: queue!.id }, query: { move_to: text(f, 'to') } });
            await doing(keys, async () => undefined);
          }}
        >
          {(s) => (
            <div className="wide">
              <Field label={t('queues.move_to')} error={s.at('move_to')}>
                <select name="to">
                  {(list.data ?? [])
                    .filter((q) => q.id !== queue?.id)
                    .map((q) => (
                      <option key={q.id} value={q.id}>
                        {q.name}
                      </option>
                    ))}
                </select>
              </Field>
            </div>
          )}
        </SendForm>
      </Modal>
    </>
  );
}
