import type { IconName } from '../parts/Icon';

/** A list that everybody has. What it asks for gives way to what the search names itself. */
export interface View {
  name: ViewName;
  icon: IconName;
  is?: string[];
  assignee?: string;
  sla?: string;
  /** The number of the dashboard that counts it. */
  kpi?: 'mine' | 'unassigned' | 'open' | 'breached' | 'due_within_hour' | 'pending';
}

export type ViewName = 'mine' | 'unassigned' | 'open' | 'due' | 'breached' | 'escalated' | 'pending' | 'snoozed' | 'closed' | 'spam' | 'all';

const active = ['is:new', 'is:open', 'is:pending'];

export const views: readonly View[] = [
  { name: 'mine', icon: 'hand', is: active, assignee: 'me', kpi: 'mine' },
  { name: 'unassigned', icon: 'inbox', is: active, assignee: 'none', kpi: 'unassigned' },
  { name: 'open', icon: 'list', is: ['is:new', 'is:open'] },
  { name: 'due', icon: 'clock', sla: '<4h' },
  { name: 'breached', icon: 'alert', sla: 'breached', kpi: 'breached' },
  { name: 'escalated', icon: 'flag', is: ['is:escalated', ...active] },
  { name: 'pending', icon: 'hourglass', is: ['is:pending'], kpi: 'pending' },
  { name: 'snoozed', icon: 'moon', is: ['is:snoozed'] },
  { name: 'closed', icon: 'check', is: ['is:resolved', 'is:closed'] },
  { name: 'spam', icon: 'ban', is: ['is:spam'] },
  { name: 'all', icon: 'stack' },
];

export const standardView: ViewName = 'open';
export const viewOf = (name: string | null | undefined): View => views.find((v) => v.name === name) ?? views.find((v) => v.name === standardView)!;

export const sorts = ['-updated_at', 'updated_at', '-created_at', 'created_at', '-priority'] as const;
export const filterNames = ['status', 'priority', 'queue', 'assignee', 'channel', 'tag', 'requester'] as const;
export type FilterName = (typeof filterNames)[number];

/** What stands in the address of a list. */
export interface Selection {
  view: ViewName;
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
  if (v.is && !/(^|\s)(is|status):/.test(own) && !s.filters.status) words.push(...v.is);
  const out: Record<string, string> = { ...s.filters };
  if (v.assignee && !s.filters.assignee && !/(^|\s)assignee:/.test(own)) out.assignee = v.assignee;
  if (v.sla && !/(^|\s)sla:/.test(own)) out.sla = v.sla;
  const q = words.filter(Boolean).join(' ');
  if (q) out.q = q;
  if (s.sort) out.sort = s.sort;
  return out;
}
