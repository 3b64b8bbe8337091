import { useEffect, useState } from 'react';
import { queries, type MessagePages } from '../api/cache';
import { call } from '../api/client';
import { splitAsked } from '../app/asked';
import { clash } from '../tickets/actions';
import { toast } from '../app/toasts';
import { formatDateTime, t } from '../lib/i18n';
import { useStore } from '../lib/store';
import { Field } from '../parts/form';
import { Modal } from '../parts/overlay';

/** Makes a ticket of its own of some messages. One has to stay. */
export function SplitDialog({ onMade }: { onMade: (number: number) => void }) {
  const asked = useStore(splitAsked);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [subject, setSubject] = useState('');
  const [busy, setBusy] = useState(false);
  const all = asked ? (queries.getQueryData<MessagePages>(['messages', asked.ticket.id])?.pages ?? []).flatMap((p) => p.items).filter((m) => m.kind !== 'system') : [];
  const messages = [...new Map(all.map((m) => [m.n, m])).values()].sort((a, b) => a.n - b.n);
  useEffect(() => {
    if (!asked) return;
    setChosen([asked.message.id]);
    setSubject(asked.ticket.subject);
  }, [asked]);
  const close = () => splitAsked.set(null);
  const split = async () => {
    if (!asked) return;
    setBusy(true);
    try {
      const made = await call('post', '/tickets/{id}/split', { path: { id: asked.ticket.id }, version: asked.ticket.version, body: { message_ids: [...chosen], subject: subject.trim() } });
      for (const part of ['messages', 'events', 'links', 'ticket']) void queries.invalidateQueries({ queryKey: [part, asked.ticket.id] });
      close();
      toast(t('done.split', { number: `#${made.number}` }), { tone: 'good' });
      onMade(made.number);
    } catch (e) {
      await clash(asked.ticket.id, e);
    }
    setBusy(false);
  };
  return (
    <Modal open={asked !== null} onClose={close} title={t('split.title')} text={t('split.text')} wide>
      <form
        className="modal-body modal-stack"
        onSubmit={(e) => {
          e.preventDefault();
          void split();
        }}
      >
        <Field label={t('field.subject')}>
          <input name="subject" maxLength={200} value={subject} onChange={(e) => setSubject(e.target.value)} />
        </Field>
        <ul className="split-messages">
          {messages.map((m) => (
            <li key={m.id}>
              <label className="switch">
                <input type="checkbox" checked={chosen.includes(m.id)} onChange={(e) => setChosen(e.target.checked ? [...chosen, m.id] : chosen.filter((x) => x !== m.id))} />
                <span>
                  {m.author.name || m.author.email || t('actor.system')} <span className="muted small">{formatDateTime(m.created_at)}</span>
                  <small className="muted split-text">{m.text}</small>
                </span>
              </label>
            </li>
          ))}
        </ul>
        {chosen.length >= messages.length && <p className="warn small">{t('split.one_stays')}</p>}
        <div className="modal-actions">
          <button type="button" className="button" onClick={close}>
            {t('cancel')}
          </button>
          <button className="button button-primary" disabled={busy || chosen.length === 0 || chosen.length >= messages.length}>
            {t('split.button')}
          </button>
        </div>
      </form>
    </Modal>
  );
}
