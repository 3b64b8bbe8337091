import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Dialog } from '@base-ui/react/dialog';
import { Menu } from '@base-ui/react/menu';
import { Popover } from '@base-ui/react/popover';
import { useState, type ReactElement, type ReactNode } from 'react';
import { useLast } from '../lib/hooks';
import { t } from '../lib/i18n';
import { store, useStore } from '../lib/store';
import { cx } from './bits';
import { Icon, type IconName } from './Icon';

/** A window over the page. Focus goes into it, stays there, and comes back. */
export function Modal({ open, onClose, title, text, children, wide = false, side = false }: { open: boolean; onClose: () => void; title: string; text?: string; children: ReactNode; wide?: boolean; side?: boolean }) {
  return (
    <Dialog.Root open={open} onOpenChange={(o) => !o && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className={cx('modal', wide && 'modal-wide', side && 'modal-side')}>
          <header className="modal-head">
            <Dialog.Title className="modal-title">{title}</Dialog.Title>
            <Dialog.Close className="icon-button" aria-label={t('close')}>
              <Icon name="x" />
            </Dialog.Close>
          </header>
          {text && <Dialog.Description className="modal-text">{text}</Dialog.Description>}
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface Question {
  title: string;
  text: string;
  action: string;
  danger?: boolean;
  /** A field for a reason, with its label. */
  reason?: string;
  answer: (reason: string | null) => void;
}
const question = store<Question | null>(null);

/** Asks before something that cannot be taken back, or for a reason. Gives the reason, "" without a field, or null for no. */
export function ask(q: Omit<Question, 'answer'>): Promise<string | null> {
  return new Promise((resolve) => question.set({ ...q, answer: resolve }));
}

export function Asker() {
  const q = useStore(question);
  const [reason, setReason] = useState('');
  const shown = useLast(q);
  const end = (value: string | null) => {
    q?.answer(value);
    question.set(null);
    setReason('');
  };
  return (
    <AlertDialog.Root open={q !== null} onOpenChange={(o) => !o && end(null)}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="modal modal-ask">
          <form
            onSubmit={(e) => {
              e.preventDefault();
              end(reason.trim());
            }}
          >
            <AlertDialog.Title className="modal-title">{shown?.title}</AlertDialog.Title>
            <AlertDialog.Description className="modal-text">{shown?.text}</AlertDialog.Description>
            {shown?.reason && (
              <label className="field">
                <span className="label">{shown.reason}</span>
                <textarea rows={2} value={reason} onChange={(e) => setReason(e.target.value)} />
              </label>
            )}
            <div className="modal-actions">
              <AlertDialog.Close className="button">{t('cancel')}</AlertDialog.Close>
              <button type="submit" className={cx('button', shown?.danger ? 'button-danger' : 'button-primary')}>
                {shown?.action}
              </button>
            </div>
          </form>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

export interface Choice {
  key: string;
  label: ReactNode;
  /** Letters to find it by; the label when that is text. */
  search?: string;
  icon?: IconName | ReactElement;
  hint?: ReactNode;
  chosen?: boolean;
  danger?: boolean;
  disabled?: boolean;
  run: () => void;
}

export function Actions({ trigger, label, choices, align = 'start' }: { trigger: ReactElement<Record<string, unknown>>; label?: string; choices: (Choice | '-')[]; align?: 'start' | 'end' }) {
  return (
    <Menu.Root>
      <Menu.Trigger render={trigger} aria-label={label} />
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align={align} className="positioner">
          <Menu.Popup className="menu">
            {choices.map((c, i) =>
              c === '-' ? (
                <Menu.Separator key={i} className="menu-line" />
              ) : (
                <Menu.Item key={c.key} className={cx('menu-item', c.danger && 'menu-danger')} disabled={c.disabled} onClick={c.run}>
                  <span className="menu-icon">{typeof c.icon === 'string' ? <Icon name={c.icon} /> : c.icon}</span>
                  <span className="menu-label">{c.label}</span>
                  {c.chosen && <Icon name="check" label={t('chosen')} />}
                  {c.hint && <span className="menu-hint">{c.hint}</span>}
                </Menu.Item>
              ),
            )}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

export function Bubble({ trigger, label, children, align = 'start', open, onOpenChange }: { trigger: ReactElement<Record<string, unknown>>; label?: string; children: ReactNode; align?: 'start' | 'end'; open?: boolean; onOpenChange?: (o: boolean) => void }) {
  return (
    <Popover.Root open={open} onOpenChange={(o) => onOpenChange?.(o)}>
      <Popover.Trigger render={trigger} aria-label={label} />
      <Popover.Portal>
        <Popover.Positioner sideOffset={4} align={align} className="positioner">
          <Popover.Popup className="bubble" aria-label={label}>
            {children}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
