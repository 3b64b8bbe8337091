import { useState } from 'react';
import { send, url, type Schema } from '../api/client';
import { verifyOpen } from '../app/asked';
import { explain } from '../app/failures';
import { formatDateTime, t } from '../lib/i18n';
import { useStore } from '../lib/store';
import { Icon } from '../parts/Icon';
import { Modal } from '../parts/overlay';

/** Checks that a transcript that somebody has kept is as this desk made it. */
export function VerifyDialog() {
  const open = useStore(verifyOpen);
  const [proof, setProof] = useState<Schema<'Proof'> | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const close = () => {
    verifyOpen.set(false);
    setProof(null);
    setFailure(null);
  };
  const check = async (file: File) => {
    setProof(null);
    setFailure(null);
    const form = new FormData();
    form.append('file', file, file.name);
    try {
      setProof((await (await send(url('/transcripts/verify'), { method: 'POST', body: form })).json()) as Schema<'Proof'>);
    } catch (e) {
      setFailure(e);
    }
  };
  return (
    <Modal open={open} onClose={close} title={t('verify.title')} text={t('verify.text')}>
      <div className="modal-body">
        <input
          type="file"
          name="transcript"
          aria-label={t('verify.file')}
          onChange={(e) => {
            const file = e.target.files?.[0];
            if (file) void check(file);
          }}
        />
        <div role="status">
          {proof && (
            <p className={proof.valid ? 'verify-good' : 'warn'}>
              <Icon name={proof.valid ? 'check' : 'alert'} size={14} />{' '}
              {proof.valid ? t('verify.good', { number: `#${proof.number}`, at: proof.generated_at ? formatDateTime(proof.generated_at) : '' }) : t(`verify.${proof.reason || 'changed'}`)}
            </p>
          )}
          {failure !== null && (
            <p className="warn">
              {explain(failure).title}. {explain(failure).detail}
            </p>
          )}
        </div>
        <div className="modal-actions">
          <button className="button" onClick={close}>
            {t('close')}
          </button>
        </div>
      </div>
    </Modal>
  );
}
