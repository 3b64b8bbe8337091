import { cloneElement, useId, type ReactElement } from 'react';
import { cx } from './bits';

/** A labelled input, with what to know about it and what is wrong with it. */
export function Field({ label, hint, error, wide = false, children }: { label: string; hint?: string; error?: string; wide?: boolean; children: ReactElement<Record<string, unknown>> }) {
  const id = useId();
  const said = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div className={cx('field', wide && 'wide', error && 'field-bad')}>
      <label className="label" htmlFor={id}>
        {label}
      </label>
      {cloneElement(children, { id, 'aria-describedby': said || undefined, 'aria-invalid': error ? true : undefined })}
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p className="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}
