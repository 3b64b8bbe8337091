import type { Schema } from '../api/client';
import { t } from '../lib/i18n';
import { store } from '../lib/store';
import type { IconName } from '../parts/Icon';

/** A list that everybody has, or one that was saved. What it asks for gives way to what the search names itself. */
export interface View {
  name: string;
  icon: IconName;
  is?: string[];
  assignee?: string;
  sla?: string;
  /** What was saved, for a list that somebody has made. */
  saved?: SavedView;
}

export type SavedView = Schema<'View'>;
type ViewName = 'mine' | 'unassigned' | 'open' | 'due' | 'breached' | 'escalated' | 'mentioned' | 'pending' | 'snoozed' | 'closed' | 'spam' | 'all';

const active = ['is:new', 'is:open', 'is:pending'];

/** Those that the server has as well count with it, by the same names. */
export const views: readonly (View & { name: ViewName })[] = [
  { name: 'mine', icon: 'hand', is: active, assignee: 'me' },
  { name: 'unassigned', icon: 'inbox', is: active, assignee: 'none' },
  { name: 'open', icon: 'list', is: ['is:new', 'is:open'] },
  { name: 'due', icon: 'clock', sla: '<1h' },
  { name: 'breached', icon: 'alert', sla: 'breached' },
  { name: 'escalated', icon: 'flag', is: ['is:escalated', ...active] },
  { name: 'mentioned', icon: 'at', is: ['is:mentioned', ...active] },
  { name: 'pending', icon: 'hourglass', is: ['is:pending'] },
  { name: 'snoozed', icon: 'moon', is: ['is:snoozed'] },
  { name: 'closed', icon: 'check', is: ['is:resolved', 'is:closed'] },
  { name: 'spam', icon: 'ban', is: ['is:spam'] },
  { name: 'all', icon: 'stack' },
];

export const standardView: ViewName = 'open';

/** The lists that were saved, once they are known. */
export const savedViews = store<readonly View[]>([]);
export function keepViews(all: SavedView[]): SavedView[] {
  const own = all.filter((v) => !v.builtin);
  savedViews.set(own.map((v) => ({ name: v.id, icon: v.shared ? 'users' : 'bookmark', saved: v })));
  return own;
}

/** Whether a name is that of a saved list, which has to be asked for first. */
export const isForeign = (name: string | null | undefined): boolean => !!name && !views.some((v) => v.name === name);
export const viewOf = (name: string | null | undefined): View => views.find((v) => v.name === name) ?? savedViews.get().find((v) => v.name === name) ?? views.find((v) => v.name === standardView)!;
export const labelOf = (v: View): string => v.saved?.name ?? t(`view.${v.name as ViewName}`);

export const sorts = ['-updated_at', 'updated_at', '-created_at', 'created_at', '-priority'] as const;
export const filterNames = ['status', 'priority', 'queue', 'assignee', 'channel', 'tag', 'requester'] as const;
export type FilterName = (typeof filterNames)[number];

/** What stands in the address of a list. */
export interface Selection {
  view: string;
  q: string;
  sort: string;
  filters: Partial<Record<FilterName, string>>;
  /** Number of the ticket that is open. */
  open: number | null;
}

export function readSelection(search: string, number?: string): Selection {
  const p = new URLSearchParams(search);
  const filters: Selection['filters'] = {};
  for (const name of filterNames) {
    const v = p.get(name);
    if (v) filters[name] = v;
  }
  const open = Number(number ?? p.get('t') ?? 0);
  return { view: viewOf(p.get('view')).name, q: p.get('q') ?? '', sort: p.get('sort') ?? '', filters, open: Number.isInteger(open) && open > 0 ? open : null };
}

export function selectionPath(s: Selection): string {
  const p = new URLSearchParams();
  p.set('view', s.view);
  if (s.q) p.set('q', s.q);
  if (s.sort) p.set('sort', s.sort);
  for (const name of filterNames) {
    const v = s.filters[name];
    if (v) p.set(name, v);
  }
  if (s.open) p.set('t', String(s.open));
  return '/tickets?' + p;
}

/** The parameters with which the list is asked for. */
export function listQuery(s: Selection): Record<string, string> {
  const v = viewOf(s.view);
  const own = s.q.toLowerCase();
  const words = [s.q.trim()];
  if (v.saved?.filter) words.push(v.saved.filter);
  if (v.is && !/(^|\s)(is|status):/.test(own) && !s.filters.status) words.push(...v.is);
  const out: Record<string, string> = { ...s.filters };
  if (v.assignee && !s.filters.assignee && !/(^|\s)assignee:/.test(own)) out.assignee = v.assignee;
  if (v.sla && !/(^|\s)sla:/.test(own)) out.sla = v.sla;
  const q = words.filter(Boolean).join(' ');
  if (q) out.q = q;
  const sort = s.sort || v.saved?.sort;
  if (sort) out.sort = sort;
  return out;
}

/** What is shown, as the text of a search: that is how a list is saved. */
export function asFilter(s: Selection): string {
  const { q, sort: _, ...rest } = listQuery(s);
  const quoted = (x: string) => (/[\s"]/.test(x) ? `"${x.replaceAll('"', '')}"` : x);
  return [...Object.entries(rest).map(([k, v]) => `${k}:${quoted(v)}`), q ?? ''].filter(Boolean).join(' ');
}
