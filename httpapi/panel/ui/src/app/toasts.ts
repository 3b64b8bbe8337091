import { store } from '../lib/store';

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'good' | 'bad';
  detail?: string;
  action?: { label: string; run: () => void };
  /** What else can be looked at. */
  more?: { label: string; run: () => void };
  /** Milliseconds until it goes by itself; 0 stays until it is closed. */
  stay: number;
  /** When something happens unless it is stopped: shows how much time is left. */
  until?: number;
}

export const toasts = store<Toast[]>([]);
let next = 1;
const timers = new Map<number, ReturnType<typeof setTimeout>>();

export function toast(text: string, more: Partial<Omit<Toast, 'id' | 'text'>> = {}): number {
  const item: Toast = { id: next++, text, tone: 'plain', stay: more.action ? 10_000 : 5_000, ...more };
  toasts.set((all) => [...all.slice(-3), item]);
  if (item.stay > 0) timers.set(item.id, setTimeout(() => dismiss(item.id), item.stay));
  return item.id;
}

export function dismiss(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
  toasts.set((all) => all.filter((t) => t.id !== id));
}

/** The newest action that can be taken back, for the key. */
export function takeBack(): boolean {
  const last = toasts.get().findLast((t) => t.action);
  if (!last?.action) return false;
  dismiss(last.id);
  last.action.run();
  return true;
}
