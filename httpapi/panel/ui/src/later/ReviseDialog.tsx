import { useEffect, useState } from 'react';
import { queries } from '../api/cache';
import { call } from '../api/client';
import { reviseAsked } from '../app/asked';
import { explain } from '../app/failures';
import { toast } from '../app/toasts';
import { useLast } from '../lib/hooks';
import { t } from '../lib/i18n';
import { useStore } from '../lib/store';
import { Field } from '../parts/form';
import { Modal } from '../parts/overlay';

/** Changes an answer that has left, or takes it back. What the server has against it stands in the window: the text that was written stays. */
export function ReviseDialog() {
  const asked = useStore(reviseAsked);
  const shown = useLast(asked);
  const [text, setText] = useState('');
  const [refused, setRefused] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    setText(asked?.message.text ?? '');
    setRefused('');
  }, [asked]);
  const close = () => reviseAsked.set(null);
  const send = async ({ ticket, message, withdraw }: NonNullable<typeof asked>) => {
    setBusy(true);
    try {
      const path = { id: message.id };
      if (withdraw) await call('delete', '/messages/{id}', { path });
      else await call('patch', '/messages/{id}', { path, body: { body: text } });
      close();
      toast(t(withdraw ? 'withdraw.done' : 'revise.done'), { tone: 'good' });
    } catch (e) {
      const { title, detail } = explain(e);
      setRefused(detail || title);
    }
    setBusy(false);
    for (const part of ['messages', 'events', 'ticket']) void queries.invalidateQueries({ queryKey: [part, ticket.id] });
  };
  return (
    <Modal open={asked !== null} onClose={close} title={t(shown?.withdraw ? 'withdraw.title' : 'revise.title')} text={t(shown?.withdraw ? 'withdraw.text' : 'revise.text')} wide>
      <form
        className="modal-body modal-stack"
        onSubmit={(e) => {
          e.preventDefault();
          if (asked) void send(asked);
        }}
      >
        {shown?.withdraw ? (
          <blockquote className="revise-text">{shown.message.text}</blockquote>
        ) : (
          <Field label={t('revise.field')} wide>
            <textarea name="body" rows={8} required value={text} onChange={(e) => setText(e.target.value)} />
          </Field>
        )}
        {refused && (
          <p className="field-error" role="alert">
            {refused}
          </p>
        )}
        <div className="modal-actions">
          <button type="button" className="button" onClick={close}>
            {t('cancel')}
          </button>
          {shown?.withdraw ? (
            <button className="button button-danger" disabled={busy}>
              {t('message.withdraw')}
            </button>
          ) : (
            <button className="button button-primary" disabled={busy || !text.trim() || text === shown?.message.text}>
              {t('save')}
            </button>
          )}
        </div>
      </form>
    </Modal>
  );
}
