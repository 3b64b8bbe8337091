import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { call, Failure, type Ticket } from '../api/client';
import { queuesQuery } from '../api/lists';
import { explain } from '../app/failures';
import { t, term } from '../lib/i18n';
import { newTicketOpen } from '../app/asked';
import { useStore } from '../lib/store';
import { stirred } from '../live/sync';
import { Modal } from '../parts/overlay';
import { Field } from '../parts/form';
import { priorities } from '../tickets/actions';

export function NewTicket({ onMade }: { onMade: (x: Ticket) => void }) {
  const open = useStore(newTicketOpen);
  const queues = useQuery({ ...queuesQuery, enabled: open });
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const close = () => {
    newTicketOpen.set(false);
    setFailure(null);
  };
  const submit = async (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const f = new FormData(e.currentTarget);
    const get = (k: string) => String(f.get(k) ?? '').trim();
    setBusy(true);
    try {
      const made = await call('post', '/tickets', {
        body: { subject: get('subject'), body: get('body'), requester: { name: get('name'), email: get('email') }, queue: get('queue') || undefined, priority: get('priority') as Ticket['priority'], source: get('source') },
      });
      stirred.set((n) => n + 1);
      close();
      onMade(made);
    } catch (err) {
      setFailure(err);
    }
    setBusy(false);
  };
  const at = (name: string) => (failure instanceof Failure ? failure.field(name) : undefined);
  const known = ['subject', 'body', 'requester.email', 'requester.name'].some((n) => at(n));
  return (
    <Modal open={open} onClose={close} title={t('new.title')} text={t('new.text')} wide>
      <form className="modal-body form-grid" onSubmit={(e) => void submit(e)}>
        <Field label={t('new.email')} error={at('requester.email')}>
          <input name="email" type="email" required autoComplete="off" />
        </Field>
        <Field label={t('new.name')} error={at('requester.name')}>
          <input name="name" autoComplete="off" />
        </Field>
        <Field label={t('field.subject')} error={at('subject')} wide>
          <input name="subject" required maxLength={200} />
        </Field>
        <Field label={t('new.body')} hint={t('new.body.hint')} error={at('body')} wide>
          <textarea name="body" rows={6} />
        </Field>
        <Field label={t('field.queue')}>
          <select name="queue">
            <option value="">{t('new.queue.default')}</option>
            {(queues.data ?? []).map((q) => (
              <option key={q.id} value={q.id}>
                {q.name}
              </option>
            ))}
          </select>
        </Field>
        <Field label={t('field.priority')}>
          <select name="priority" defaultValue="normal">
            {priorities.map((p) => (
              <option key={p} value={p}>
                {term('priority', p)}
              </option>
            ))}
          </select>
        </Field>
        <Field label={t('new.source')}>
          <select name="source" defaultValue="phone">
            {['phone', 'chat', 'email', 'web'].map((s) => (
              <option key={s} value={s}>
                {term('channel', s)}
              </option>
            ))}
          </select>
        </Field>
        {failure !== null && !known && (
          <p className="form-error wide" role="alert">
            {explain(failure).title}. {explain(failure).detail}
          </p>
        )}
        <div className="modal-actions wide">
          <button type="button" className="button" onClick={close}>
            {t('cancel')}
          </button>
          <button className="button button-primary" disabled={busy}>
            {t('new.button')}
          </button>
        </div>
      </form>
    </Modal>
  );
}
