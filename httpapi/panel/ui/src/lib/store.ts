import { useSyncExternalStore } from 'react';

/** A value outside of React that components follow. */
export interface Store<T> {
  get(): T;
  set(next: T | ((before: T) => T)): void;
  subscribe(fn: () => void): () => void;
}

export function store<T>(first: T): Store<T> {
  let value = first;
  const followers = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      const after = typeof next === 'function' ? (next as (before: T) => T)(value) : next;
      if (Object.is(after, value)) return;
      value = after;
      for (const fn of [...followers]) fn();
    },
    subscribe(fn) {
      followers.add(fn);
      return () => followers.delete(fn);
    },
  };
}

export function useStore<T, R = T>(s: Store<T>, pick: (v: T) => R = (v) => v as unknown as R): R {
  return useSyncExternalStore(s.subscribe, () => pick(s.get()));
}

/** What this browser keeps by itself. Storage may be full or forbidden: then it is as if nothing was kept. */
export const kept = {
  read(key: string): string | null {
    try {
      return localStorage.getItem('ticketkit:' + key);
    } catch {
      return null;
    }
  },
  write(key: string, value: string | null): void {
    try {
      if (value === null) localStorage.removeItem('ticketkit:' + key);
      else localStorage.setItem('ticketkit:' + key, value);
    } catch {
      // kept for this page only
    }
  },
  keys(prefix: string): string[] {
    try {
      return Object.keys(localStorage).filter((k) => k.startsWith('ticketkit:' + prefix)).map((k) => k.slice('ticketkit:'.length));
    } catch {
      return [];
    }
  },
};
