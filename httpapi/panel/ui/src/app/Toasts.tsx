import { useEffect, useState } from 'react';
import { t } from '../lib/i18n';
import { useStore } from '../lib/store';
import { Icon } from '../parts/Icon';
import { dismiss, toasts, type Toast } from './toasts';

function Left({ until }: { until: number }) {
  const [now, set] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => set(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  return <span className="toast-left">{t('seconds', { n: Math.max(0, Math.ceil((until - now) / 1000)) })}</span>;
}

function Item({ item }: { item: Toast }) {
  return (
    <div className={`toast toast-${item.tone}`}>
      <Icon name={item.tone === 'bad' ? 'alert' : item.tone === 'good' ? 'check' : 'clock'} />
      <div className="grow">
        <div>{item.text}</div>
        {item.detail && <div className="toast-detail">{item.detail}</div>}
      </div>
      {item.until && <Left until={item.until} />}
      {item.more && (
        <button className="toast-action" onClick={item.more.run}>
          {item.more.label}
        </button>
      )}
      {item.action && (
        <button
          className="toast-action"
          onClick={() => {
            dismiss(item.id);
            item.action?.run();
          }}
        >
          {item.action.label}
        </button>
      )}
      <button className="icon-button" aria-label={t('close')} onClick={() => dismiss(item.id)}>
        <Icon name="x" />
      </button>
    </div>
  );
}

/** What has just happened; read out politely, never in the way of the composer. */
export function Toasts() {
  const all = useStore(toasts);
  return (
    <div className="toasts" role="status" aria-live="polite" aria-label={t('toasts')}>
      {all.map((item) => (
        <Item key={item.id} item={item} />
      ))}
    </div>
  );
}
