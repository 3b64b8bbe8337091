import { queries } from '../api/cache';
import { call, Failure, type Schema } from '../api/client';
import { can, whoAmI } from '../app/session';
import { kept, store } from '../lib/store';
import { link } from '../live/stream';

export type Kind = 'reply' | 'note';
export interface MacroChange {
  status: string;
  priority: string;
  tags: string[];
}
export interface Draft {
  body: string;
  /** Files that were uploaded for it already. They stay with this browser. */
  files: Schema<'Attachment'>[];
  /** What a macro in it does to the ticket once it is sent. It stays with this browser. */
  macro?: MacroChange;
  /** The version that the server has of it; 0 is none. */
  version?: number;
  /** Whether the server does not have it as it is here yet. */
  ahead?: boolean;
}

type Served = Schema<'Draft'>;
const empty: Draft = { body: '', files: [] };
const KINDS = ['reply', 'note'] as const;
const LATER = 1000;
const cache = new Map<string, Draft>();
const timers = new Map<string, ReturnType<typeof setTimeout>>();
const busy = new Map<string, Promise<void>>();

/** Rises when a draft begins or ends, for the marks in the list. */
export const draftsChanged = store(0);
/** Rises when a text has come into a composer from outside: from another browser, or back from the outbox. */
export const restored = store(0);

const prefix = () => `draft:${whoAmI().id}:`;
const keyOf = (ticket: string, kind: Kind) => `${prefix()}${ticket}:${kind}`;

export function readDraft(ticket: string, kind: Kind): Draft {
  const key = keyOf(ticket, kind);
  const known = cache.get(key);
  if (known) return known;
  const raw = kept.read(key);
  let draft = empty;
  try {
    if (raw) draft = JSON.parse(raw) as Draft;
  } catch {
    // not ours, or cut off
  }
  cache.set(key, draft);
  return draft;
}

function put(ticket: string, kind: Kind, d: Draft): void {
  const key = keyOf(ticket, kind);
  const was = hasDraft(ticket);
  cache.set(key, d);
  kept.write(key, !d.body && d.files.length === 0 && !d.ahead && !d.version ? null : JSON.stringify(d));
  if (was !== hasDraft(ticket)) draftsChanged.set((n) => n + 1);
}

/** Keeps a draft at once, before anything can go wrong, and a second later at the server; an empty one is forgotten in both places. */
export function writeDraft(ticket: string, kind: Kind, d: Pick<Draft, 'body' | 'files' | 'macro'>): void {
  const before = readDraft(ticket, kind);
  const ahead = before.ahead || d.body !== before.body;
  put(ticket, kind, { body: d.body, files: d.files, macro: d.macro, version: before.version, ahead });
  if (ahead) later(ticket, kind);
}

function later(ticket: string, kind: Kind, ms = LATER): void {
  if (!can('draft:own')) return;
  const key = keyOf(ticket, kind);
  clearTimeout(timers.get(key));
  timers.set(key, setTimeout(() => void push(ticket, kind), ms));
}

/** Sends a draft. What another browser has written meanwhile is not lost: it stands above what is here. */
async function push(ticket: string, kind: Kind, keepalive = false): Promise<void> {
  const key = keyOf(ticket, kind);
  clearTimeout(timers.get(key));
  timers.delete(key);
  await busy.get(key);
  const d = readDraft(ticket, kind);
  if (!d.ahead) return;
  const sending = (async () => {
    try {
      const kept = await call('put', '/tickets/{id}/drafts/{kind}', { path: { id: ticket, kind }, body: { body: d.body, version: d.version ?? 0 }, keepalive });
      const now = readDraft(ticket, kind);
      put(ticket, kind, { ...now, version: d.body ? kept.version : 0, ahead: now.body !== d.body });
      if (now.body !== d.body) later(ticket, kind);
    } catch (e) {
      if (!(e instanceof Failure)) return;
      if (e.status === 412 || e.status === 409) await adopt(ticket);
      else if (e.status === 404 || e.status === 403) put(ticket, kind, { ...readDraft(ticket, kind), ahead: false });
      // otherwise the server is away: it is tried again when it is back
    }
  })();
  busy.set(key, sending);
  await sending;
  busy.delete(key);
}

/** Puts what the server has beside what is here. */
function meet(ticket: string, kind: Kind, served: Served | undefined): void {
  const own = readDraft(ticket, kind);
  const body = served?.body ?? '';
  const version = served?.version ?? 0;
  if (version === (own.version ?? 0)) return;
  if (!own.ahead || own.body === body) put(ticket, kind, { ...own, body, version, ahead: false });
  else {
    put(ticket, kind, { ...own, body: !body || own.body.includes(body) ? own.body : `${body}\n\n${own.body}`, version });
    later(ticket, kind);
  }
  if (readDraft(ticket, kind).body !== own.body) restored.set((n) => n + 1);
}

/** Asks what the server has for a ticket, which may have been written in another browser. */
export async function adopt(ticket: string): Promise<void> {
  if (!can('draft:own')) return;
  try {
    const { items } = await call('get', '/drafts', { query: { ticket } });
    for (const kind of KINDS) if (!timers.has(keyOf(ticket, kind))) meet(ticket, kind, items.find((x) => x.kind === kind));
  } catch {
    // what is here stays
  }
}

/** Asks for all drafts, and sends those that the server does not have yet. */
async function meetAll(): Promise<void> {
  if (!can('draft:own')) return;
  try {
    const { items } = await call('get', '/drafts');
    const served = new Map(items.map((x) => [`${x.ticket_id}:${x.kind}`, x]));
    const own = kept.keys(prefix()).map((k) => k.slice(prefix().length));
    for (const name of new Set([...served.keys(), ...own])) {
      const [ticket = '', kind] = name.split(':') as [string, Kind];
      if (timers.has(keyOf(ticket, kind))) continue;
      meet(ticket, kind, served.get(name));
      const d = readDraft(ticket, kind);
      if (d.ahead || (d.body && !d.version)) {
        put(ticket, kind, { ...d, ahead: true });
        later(ticket, kind);
      }
    }
  } catch {
    // once the server is back
  }
}

/** Keeps drafts in step with the server: now, when it is back, and before the window closes. */
export function followDrafts(): void {
  const begin = () => void (queries.isFetching() ? setTimeout(begin, LATER) : meetAll()); // what one sees comes first
  setTimeout(begin, LATER);
  let lost = false;
  link.subscribe(() => {
    if (link.get().state === 'lost') lost = true;
    else if (lost && link.get().state === 'live') {
      lost = false;
      void meetAll();
    }
  });
  window.addEventListener('pagehide', () => {
    for (const key of [...timers.keys()]) {
      const [ticket = '', kind] = key.slice(prefix().length).split(':') as [string, Kind];
      void push(ticket, kind, true);
    }
  });
}

export const hasDraft = (ticket: string): boolean => KINDS.some((k) => readDraft(ticket, k).body.trim() !== '' || readDraft(ticket, k).files.length > 0);
