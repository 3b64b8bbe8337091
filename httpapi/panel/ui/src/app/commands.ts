import { useLayoutEffect } from 'react';
import { call } from '../api/client';
import { useLatest } from '../lib/hooks';
import { kept, store } from '../lib/store';
import type { IconName } from '../parts/Icon';
import { failed } from './failures';

/** Something that can be done from the keyboard and from the palette. */
export interface Command {
  id: string;
  label: string;
  icon: IconName;
  /** Keys as a person reads them: one, such as "c"; two after each other, such as "g t"; or with modifiers, such as "mod+Enter". */
  keys?: string;
  group: 'ticket' | 'list' | 'go' | 'desk';
  /** Works while somebody types, too. */
  typing?: boolean;
  /** Only from the keyboard: it makes no sense in the palette. */
  silent?: boolean;
  run: () => void;
}

const registered = store<readonly (readonly Command[])[]>([]);
export const commands = registered;

/** Offers commands while a component is there, from the moment it is seen: somebody may be quick. */
export function useCommands(list: readonly Command[]): void {
  const latest = useLatest(list);
  const shape = list.map((c) => c.id + c.label).join('|');
  useLayoutEffect(() => {
    const own = latest.current.map((c) => ({ ...c, run: () => latest.current.find((l) => l.id === c.id)?.run() }));
    registered.set((all) => [...all, own]);
    return () => registered.set((all) => all.filter((l) => l !== own));
  }, [shape, latest]);
}

export const allCommands = (): Command[] => registered.get().flat();

/** Whether keys without a modifier do something; who dictates, or uses a switch, turns that off (WCAG 2.1.4). */
export const shortcuts = store(kept.read('shortcuts') !== 'off');
export function setShortcuts(on: boolean): void {
  preferShortcuts(on ? 'on' : 'off');
  void call('patch', '/preferences', { body: { shortcuts: on ? 'on' : 'off' } }).catch(failed);
}
/** What the person wants in every browser; empty leaves it to this one. */
export function preferShortcuts(want: '' | 'on' | 'off'): void {
  if (!want) return;
  shortcuts.set(want === 'on');
  kept.write('shortcuts', want === 'on' ? null : 'off');
}

const mac = /Mac|iP(hone|ad)/.test(navigator.platform);
const german = document.documentElement.lang !== 'en';
/** The keys as they stand on the keyboard. */
export function keyLabel(keys: string): string {
  return keys
    .split(' ')
    .map((k) =>
      k
        .split('+')
        .map((p) => (p === 'mod' ? (mac ? '⌘' : german ? 'Strg' : 'Ctrl') : p === 'shift' ? (mac ? '⇧' : german ? 'Umschalt' : 'Shift') : p === 'Enter' ? '↵' : p === 'Escape' ? 'Esc' : p.length === 1 ? p : p))
        .join(mac ? '' : ' '),
    )
    .join(' ');
}

function typing(e: KeyboardEvent): boolean {
  const el = e.target as HTMLElement | null;
  return !!el && (el.isContentEditable || el instanceof HTMLTextAreaElement || el instanceof HTMLSelectElement || (el instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'submit'].includes(el.type)));
}

function pressed(e: KeyboardEvent): string {
  const parts: string[] = [];
  if (e.ctrlKey || e.metaKey) parts.push('mod');
  if (e.altKey) parts.push('alt');
  // A letter says by itself whether it was shifted, but for what has no other form.
  if (e.shiftKey && (parts.length > 0 || e.key.length > 1 || /^[a-z]$/i.test(e.key))) parts.push('shift');
  parts.push(e.key.length === 1 ? e.key.toLowerCase() : e.key);
  return parts.join('+');
}

/** Listens for keys on the whole page. */
export function listenForKeys(): () => void {
  let prefix = '';
  let timer: ReturnType<typeof setTimeout> | undefined;
  const down = (e: KeyboardEvent) => {
    if (e.defaultPrevented || e.isComposing || ['Control', 'Shift', 'Alt', 'Meta', 'AltGraph'].includes(e.key)) return;
    // AltGr writes characters such as [ and ] on many keyboards, and is Ctrl and Alt at once for a browser.
    const altGr = e.getModifierState('AltGraph');
    const key = altGr ? e.key : pressed(e);
    const inField = typing(e);
    const single = !key.startsWith('mod+');
    if (single && !shortcuts.get() && key !== 'Escape') return;
    const inWindow = document.querySelector('[role="dialog"],[role="alertdialog"],[role="menu"]') !== null;
    const wanted = prefix ? `${prefix} ${key}` : key;
    const fits = allCommands().filter((c) => c.keys && (!inField || c.typing) && (!inWindow || c.id === 'palette'));
    const hit = fits.findLast((c) => c.keys!.split(' | ').includes(wanted));
    clearTimeout(timer);
    if (hit) {
      prefix = '';
      e.preventDefault();
      hit.run();
      return;
    }
    prefix = '';
    if (!inField && single && fits.some((c) => c.keys!.split(' | ').some((k) => k.startsWith(wanted + ' ')))) {
      prefix = wanted;
      timer = setTimeout(() => (prefix = ''), 1500);
      e.preventDefault();
    }
  };
  document.addEventListener('keydown', down);
  return () => document.removeEventListener('keydown', down);
}
