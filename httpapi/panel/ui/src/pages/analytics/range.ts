import { useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';
import { deskOf } from '../../app/session';
import { serverNow } from '../../lib/base';

/** How many days back an interval begins when nothing else is said. */
export const spans = [7, 30, 90, 365] as const;
export type Days = (typeof spans)[number];
const names = ['days', 'from', 'to', 'channel', 'queue', 'priority', 'agent', 'tag'] as const;
export type Name = (typeof names)[number];

/** A date as inputs and the API write it. */
function dateOf(d: Date): string {
  return `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, '0')}-${String(d.getDate()).padStart(2, '0')}`;
}

/** The date at the desk, by whose days its numbers are counted: where the reader is it may be another. */
export const today = (): string => new Intl.DateTimeFormat('sv', { timeZone: deskOf().zone, dateStyle: 'short' }).format(serverNow());

export const shift = (date: string, days: number): string => {
  const [y, m, d] = date.split('-').map(Number);
  return dateOf(new Date(y!, m! - 1, d! + days));
};

/** The moment at which a date begins at the desk, as the API takes moments. */
export function begins(date: string): string {
  const wanted = Date.parse(date + 'T00:00Z');
  const wall = new Intl.DateTimeFormat('sv', { timeZone: deskOf().zone, dateStyle: 'short', timeStyle: 'medium' });
  let at = wanted;
  // The clock's distance from UTC is asked for where the last try has led: it may be another there.
  for (let i = 0; i < 2; i++) at += wanted - Date.parse(wall.format(at).replace(' ', 'T') + 'Z');
  return new Date(at).toISOString();
}

/** What stands in the address of a page of numbers. */
export interface Choice {
  get: (name: Name) => string;
  set: (change: Partial<Record<Name, string>>) => void;
  /** The chosen number of days, 0 for dates of one's own. */
  days: Days | 0;
  /** First and last day, both within. */
  from: string;
  to: string;
  /** The same for the API: to is the day after the last. */
  query: { from: string; to: string; channel?: string; queue?: string; priority?: 'low'; agent?: string; tag?: string };
  narrowed: boolean;
}

export function useChoice(page: string): Choice {
  const search = useSearch();
  const [, navigate] = useLocation();
  return useMemo(() => {
    const params = new URLSearchParams(search);
    const get = (name: Name) => params.get(name) ?? '';
    const own = get('from') !== '' || get('to') !== '';
    const days = own ? 0 : (spans.find((s) => String(s) === get('days')) ?? 30);
    const to = own ? get('to') || today() : today();
    const from = own ? get('from') || shift(to, -29) : shift(to, 1 - days);
    return {
      get,
      days,
      from,
      to,
      query: {
        from,
        to: shift(to, 1),
        channel: get('channel') || undefined,
        queue: get('queue') || undefined,
        priority: (get('priority') || undefined) as 'low' | undefined,
        agent: get('agent') || undefined,
        tag: get('tag') || undefined,
      },
      narrowed: (['channel', 'queue', 'priority', 'agent', 'tag'] as const).some((n) => get(n) !== ''),
      set: (change) => {
        for (const [k, v] of Object.entries(change)) {
          if (v) params.set(k, v);
          else params.delete(k);
        }
        const s = params.toString();
        navigate(page + (s ? '?' + s : ''), { replace: true });
      },
    };
  }, [search, navigate, page]);
}
