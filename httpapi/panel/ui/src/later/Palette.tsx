import { Dialog } from '@base-ui/react/dialog';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { call } from '../api/client';
import { can } from '../app/session';
import { useSettled } from '../lib/hooks';
import { compare, t } from '../lib/i18n';
import { paletteOpen, sheetOpen } from '../app/asked';
import { allCommands, commands, keyLabel, setShortcuts, shortcuts, type Command } from '../app/commands';
import { useStore } from '../lib/store';
import { Icon } from '../parts/Icon';
import { Kbd, cx } from '../parts/bits';
import { Modal } from '../parts/overlay';

/** What fits to what was typed: each word of it somewhere in the label. */
function matching(list: Command[], typed: string): Command[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = list.filter((c) => words.every((w) => c.label.toLowerCase().includes(w)));
  const starts = (c: Command) => (words[0] && c.label.toLowerCase().startsWith(words[0]) ? 0 : 1);
  return hits.sort((a, b) => starts(a) - starts(b));
}

/** The tickets that have the words that were typed, or that number, which need not be waited for. */
function useTickets(open: boolean, typed: string): { named: Command[]; found: Command[] } {
  const [, navigate] = useLocation();
  const q = useSettled(typed.trim(), 150);
  const enabled = open && q.length > 1 && can('ticket:read');
  const { data } = useQuery({
    queryKey: ['palette', q],
    queryFn: async ({ signal }) => (await call('get', '/tickets', { query: { q, limit: 6 }, signal })).items,
    enabled,
    retry: false,
    gcTime: 60_000,
    placeholderData: keepPreviousData,
  });
  const items = (enabled && data) || [];
  const entry = (n: number, label: string): Command => ({ id: `ticket-${n}`, label, icon: 'ticket', group: 'go', run: () => navigate(`/tickets/${n}`) });
  const number = can('ticket:read') ? Number(/^#?(\d{1,12})$/.exec(typed.trim())?.[1] ?? 0) : 0;
  const subject = items.find((x) => x.number === number)?.subject;
  return {
    named: number > 0 ? [entry(number, subject ? `#${number} ${subject}` : t('palette.number', { number: `#${number}` }))] : [],
    found: items.filter((x) => x.number !== number).map((x) => entry(x.number, `#${x.number} ${x.subject}`)),
  };
}

export function Palette() {
  const open = useStore(paletteOpen);
  useStore(commands);
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const { named, found } = useTickets(open, typed);
  const fits = useMemo(() => (open ? matching(allCommands().filter((c) => !c.silent), typed) : []), [open, typed]);
  const hits = [...named, ...fits, ...found];
  const close = () => {
    paletteOpen.set(false);
    setTyped('');
    setAt(0);
  };
  const go = (c: Command | undefined) => {
    close();
    if (c) setTimeout(c.run); // once focus is back where it was
  };
  const move = (to: number) => {
    setAt(to);
    list.current?.children[to]?.scrollIntoView({ block: 'nearest' });
  };
  return (
    <Dialog.Root open={open} onOpenChange={(o) => !o && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="modal palette" aria-label={t('palette')}>
          <div className="palette-input">
            <Icon name="search" />
            <input
              role="combobox"
              aria-expanded="true"
              aria-controls="palette-list"
              aria-activedescendant={hits[at] ? `cmd-${hits[at].id}` : undefined}
              aria-label={t('palette.search')}
              placeholder={t('palette.search')}
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
          </div>
          <ul id="palette-list" role="listbox" aria-label={t('palette')} ref={list} className="palette-list">
            {hits.map((c, i) => (
              <li key={c.id} id={`cmd-${c.id}`} role="option" aria-selected={i === at} className={cx('palette-item', i === at && 'on')} onMouseMove={() => setAt(i)} onClick={() => go(c)}>
                <Icon name={c.icon} />
                <span className="grow palette-label">{c.label}</span>
                {c.keys && <Kbd keys={keyLabel(c.keys.split(' | ')[0]!)} />}
              </li>
            ))}
          </ul>
          {hits.length === 0 && <p className="palette-none">{t('palette.none')}</p>}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

const groups = ['ticket', 'list', 'go', 'desk'] as const;

/** All keys on one sheet, and the switch that turns them off. */
export function Sheet() {
  const open = useStore(sheetOpen);
  const on = useStore(shortcuts);
  useStore(commands);
  const list = open ? allCommands().filter((c) => c.keys) : [];
  return (
    <Modal open={open} onClose={() => sheetOpen.set(false)} title={t('keys.title')} wide>
      <div className="modal-body">
        <label className="switch">
          <input type="checkbox" checked={on} onChange={(e) => setShortcuts(e.target.checked)} />
          <span>
            {t('keys.on')}
            <small className="muted">{t('keys.on.hint')}</small>
          </span>
        </label>
        <div className="sheet">
          {groups.map((g) => {
            const own = list.filter((c) => c.group === g).sort((a, b) => compare(a.label, b.label));
            if (own.length === 0) return null;
            return (
              <section key={g}>
                <h3>{t(`keys.group.${g}`)}</h3>
                <dl>
                  {own.map((c) => (
                    <div key={c.id}>
                      <dt>{c.label}</dt>
                      <dd>
                        {c.keys!.split(' | ').map((k, i) => (
                          <Kbd key={i} keys={keyLabel(k)} />
                        ))}
                      </dd>
                    </div>
                  ))}
                </dl>
              </section>
            );
          })}
        </div>
      </div>
    </Modal>
  );
}
