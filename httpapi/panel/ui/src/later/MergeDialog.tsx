import { useState } from 'react';
import { mergeAsked } from '../app/asked';
import { t } from '../lib/i18n';
import { useStore } from '../lib/store';
import { Modal } from '../parts/overlay';
import { merge } from '../tickets/actions';

export function MergeDialog() {
  const asked = useStore(mergeAsked);
  const [into, setInto] = useState('');
  const close = () => {
    mergeAsked.set(null);
    setInto('');
  };
  return (
    <Modal open={asked !== null} onClose={close} title={t('merge.title', { number: asked ? `#${asked.ticket.number}` : '' })} text={t('merge.text')}>
      <form
        className="modal-body"
        onSubmit={(e) => {
          e.preventDefault();
          if (!asked) return;
          void merge(asked.ticket, into.replace('#', '').trim()).then((after) => {
            if (!after) return;
            close();
            asked.then(after.number);
          });
        }}
      >
        <label className="field">
          <span className="label">{t('merge.into')}</span>
          <input value={into} inputMode="numeric" placeholder="#1042" required onChange={(e) => setInto(e.target.value)} />
        </label>
        <div className="modal-actions">
          <button type="button" className="button" onClick={close}>
            {t('cancel')}
          </button>
          <button className="button button-primary">{t('merge')}</button>
        </div>
      </form>
    </Modal>
  );
}
