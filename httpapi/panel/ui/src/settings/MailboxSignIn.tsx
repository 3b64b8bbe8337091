import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { queries } from '../api/cache';
import { call, type Schema } from '../api/client';
import { explain } from '../app/failures';
import { formatTime, t, term } from '../lib/i18n';
import { Skeleton } from '../parts/bits';
import { Icon } from '../parts/Icon';

type Stand = Schema<'MailboxLogin'>;

/** How often the desk is asked how a sign-in stands; it asks the provider no more often than that allows. */
const EVERY = 3000;

/** Signs in to a mailbox at who provides it: with an address that is opened on any machine, and a code to type there. */
export function MailboxSignIn({ id, onDone }: { id: string; onDone: () => void }) {
  const key = ['mailbox-sign-in', id];
  const [end, setEnd] = useState<Stand['state'] | null>(null); // the server tells only once how it ended
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const stand = useQuery({
    queryKey: key,
    queryFn: () => call('get', '/admin/mailboxes/{id}/login', { path: { id } }),
    refetchInterval: (q) => (q.state.data?.state === 'waiting' ? EVERY : false),
    gcTime: 0,
    retry: false,
  });
  const state = stand.data?.state;
  useEffect(() => {
    if (state === 'done' || state === 'refused' || state === 'expired') setEnd(state);
    if (state === 'done') onDone();
  }, [state]);
  const begin = async () => {
    setBusy(true);
    setEnd(null);
    setFailure(null);
    try {
      await queries.cancelQueries({ queryKey: key });
      queries.setQueryData(key, await call('post', '/admin/mailboxes/{id}/login', { path: { id } }));
    } catch (e) {
      setFailure(e);
    }
    setBusy(false);
  };
  const wrong = failure ?? stand.error;
  const said = wrong ? explain(wrong) : null;
  const waits = stand.data?.state === 'waiting' ? stand.data : null;
  return (
    <div className="modal-body stack">
      {stand.isPending && <Skeleton rows={2} />}
      {waits && (
        <>
          <ol className="steps">
            <li>
              {t('signin.open')}{' '}
              <a href={waits.url} target="_blank" rel="noreferrer noopener">
                {waits.url}
              </a>
            </li>
            <li>
              {t('signin.type')}
              <code className="secret mono">{waits.code}</code>
            </li>
          </ol>
          <p className="muted small" role="status">
            {t('signin.waits')} {waits.expires_at && t('signin.until', { at: formatTime(waits.expires_at) })}
          </p>
        </>
      )}
      {!waits && end && (
        <p className={end === 'done' ? 'form-good' : 'form-error'} role="status">
          <Icon name={end === 'done' ? 'check' : 'alert'} /> {term('signin', end)}
        </p>
      )}
      {!waits && !end && stand.data && <p className="muted">{t('signin.text')}</p>}
      {said && (
        <p className="form-error" role="alert">
          {said.title}. {said.detail}
        </p>
      )}
      {!waits && end !== 'done' && !stand.isPending && (
        <div className="modal-actions">
          <button className="button button-primary" disabled={busy} onClick={() => void begin()}>
            {t(end ? 'signin.again' : 'signin.begin')}
          </button>
        </div>
      )}
    </div>
  );
}
