import { useId, useMemo, useRef, useState } from 'react';
import { t } from '../lib/i18n';
import { cx } from './bits';
import { Icon } from './Icon';
import type { Choice } from './overlay';

/** A list to choose from, with a field that narrows it down; for a bubble. What does not exist can be made when create is given. */
export function Picker({ choices, label, onDone, create }: { choices: Choice[]; label: string; onDone: () => void; create?: (text: string) => void }) {
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const text = (c: Choice) => c.search ?? (typeof c.label === 'string' ? c.label : '');
  const hits = useMemo(() => {
    const q = typed.trim().toLowerCase();
    const found = choices.filter((c) => text(c).toLowerCase().includes(q));
    if (create && q && !choices.some((c) => text(c).toLowerCase() === q)) found.push({ key: '+new', label: t('picker.create', { name: typed.trim() }), icon: 'plus', run: () => create(typed.trim()) });
    return found;
  }, [choices, typed, create]);
  const go = (c: Choice | undefined) => {
    if (!c) return;
    onDone();
    c.run();
  };
  const move = (to: number) => {
    setAt(to);
    list.current?.children[to]?.scrollIntoView({ block: 'nearest' });
  };
  return (
    <div className="picker">
      <input
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={hits[at] ? `${id}-${at}` : undefined}
        aria-label={label}
        placeholder={label}
        value={typed}
        onChange={(e) => {
          setTyped(e.target.value);
          setAt(0);
        }}
        onKeyDown={(e) => {
          if (e.key === 'ArrowDown') move(Math.min(at + 1, hits.length - 1));
          else if (e.key === 'ArrowUp') move(Math.max(at - 1, 0));
          else if (e.key === 'Enter') go(hits[at]);
          else return;
          e.preventDefault();
        }}
      />
      <ul id={id} role="listbox" aria-label={label} ref={list}>
        {hits.map((c, i) => (
          <li key={c.key} id={`${id}-${i}`} role="option" aria-selected={i === at} className={cx('menu-item', i === at && 'on', c.danger && 'menu-danger')} onMouseMove={() => setAt(i)} onClick={() => go(c)}>
            <span className="menu-icon">{typeof c.icon === 'string' ? <Icon name={c.icon} /> : c.icon}</span>
            <span className="menu-label">{c.label}</span>
            {c.chosen && <Icon name="check" label={t('chosen')} />}
            {c.hint && <span className="menu-hint">{c.hint}</span>}
          </li>
        ))}
      </ul>
      {hits.length === 0 && <p className="picker-none">{t('picker.none')}</p>}
    </div>
  );
}
