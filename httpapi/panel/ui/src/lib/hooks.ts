import { useEffect, useRef, useState } from 'react';
import { deskShort, serverNow } from './base';
import { store, useStore } from './store';

const clock = store(serverNow());
let ticking = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** The server's time, renewed every ten seconds by one timer for everything on the page. */
export function useNow(): number {
  useEffect(() => {
    if (ticking++ === 0) {
      clock.set(serverNow());
      timer = setInterval(() => clock.set(serverNow()), 10_000);
    }
    return () => {
      if (--ticking === 0) clearInterval(timer);
    };
  }, []);
  return useStore(clock);
}

export function useMedia(query: string): boolean {
  const [on, set] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const m = matchMedia(query);
    const changed = () => set(m.matches);
    changed();
    m.addEventListener('change', changed);
    return () => m.removeEventListener('change', changed);
  }, [query]);
  return on;
}

/** The value once it has stayed the same for a while; until then the one before, at first the one given or the value itself. */
export function useSettled<T>(value: T, ms: number, first = value): T {
  const [settled, set] = useState(first);
  useEffect(() => {
    const timer = setTimeout(() => set(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

/** True once something takes so long that it is worth showing that it does. */
export function useSlow(busy: boolean, ms = 150): boolean {
  const [slow, set] = useState(false);
  useEffect(() => {
    if (!busy) {
      set(false);
      return;
    }
    const timer = setTimeout(() => set(true), ms);
    return () => clearTimeout(timer);
  }, [busy, ms]);
  return slow;
}

/** Always the newest value, for handlers that live longer than a render. */
export function useLatest<T>(value: T): { readonly current: T } {
  const ref = useRef(value);
  ref.current = value;
  return ref;
}

/** How many tickets have news that came while nobody looked at this window. */
export const news = store(0);

export function useTitle(title: string): void {
  const n = useStore(news);
  useEffect(() => {
    document.title = (n ? `(${n}) ` : '') + (title && deskShort ? `${title} · ${deskShort}` : title || deskShort);
  }, [title, n]);
}

/** What was there last, so that a window that closes keeps what it shows. */
export function useLast<T>(value: T | null): T | null {
  const last = useRef(value);
  if (value !== null) last.current = value;
  return value ?? last.current;
}
