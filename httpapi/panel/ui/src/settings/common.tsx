import { useState, type FormEvent, type ReactNode } from 'react';
import { queries } from '../api/cache';
import { Failure } from '../api/client';
import { explain, failed } from '../app/failures';
import { t } from '../lib/i18n';
import { Fault, Skeleton } from '../parts/bits';
import { Icon } from '../parts/Icon';

export function Head({ title, text, action }: { title: string; text: string; action?: { label: string; run: () => void } | false }) {
  return (
    <header className="page-head">
      <h1 className="page-title grow">{title}</h1>
      {action && (
        <button className="button button-primary" onClick={action.run}>
          <Icon name="plus" /> {action.label}
        </button>
      )}
      <p>{text}</p>
    </header>
  );
}

/** What a question has given, or that it is on its way (as tall as that many rows), or why not. */
export function Loaded<T>({ query, rows = 6, children }: { query: { data: T | undefined; error: unknown; refetch: () => unknown }; rows?: number; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <Fault error={query.error} retry={() => void query.refetch()} />;
  return <Skeleton rows={rows} />;
}

/** Does something and asks again for what it has changed. Gives whether it worked. */
export async function doing(keys: string[][], run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run();
    await Promise.all(keys.map((k) => queries.invalidateQueries({ queryKey: k })));
    return true;
  } catch (e) {
    failed(e);
    return false;
  }
}

export interface FormState {
  busy: boolean;
  /** What is wrong with an input. */
  at: (name: string) => string | undefined;
  failure: unknown;
}

/** A form that sends itself, and shows what the server finds wrong beside the inputs. */
export function SendForm({ send, onDone, action, onCancel, children, danger = false }: { send: (f: FormData) => Promise<unknown>; onDone: () => void; action: string; onCancel?: () => void; children: (s: FormState) => ReactNode; danger?: boolean }) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const submit = async (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      await send(new FormData(e.currentTarget));
      onDone();
    } catch (err) {
      setFailure(err);
    }
    setBusy(false);
  };
  const said = failure !== null ? explain(failure) : null;
  return (
    <form className="modal-body form-grid" onSubmit={(e) => void submit(e)}>
      {children({ busy, failure, at: (name) => (failure instanceof Failure ? failure.field(name) : undefined) })}
      {said && (
        <p className="form-error wide" role="alert">
          {said.title}. {said.detail}
        </p>
      )}
      <div className="modal-actions wide">
        {onCancel && (
          <button type="button" className="button" onClick={onCancel}>
            {t('cancel')}
          </button>
        )}
        <button className={danger ? 'button button-danger' : 'button button-primary'} disabled={busy}>
          {action}
        </button>
      </div>
    </form>
  );
}

export const text = (f: FormData, name: string): string => String(f.get(name) ?? '').trim();

/** What stands between commas. */
export const words = (list: string): string[] =>
  list
    .split(/[\s,;]+/)
    .map((x) => x.trim())
    .filter(Boolean);
