import { whoAmI } from '../app/session';
import { kept, store } from '../lib/store';
import type { Schema } from '../api/client';

export type Kind = 'reply' | 'note';
export interface Draft {
  body: string;
  /** Files that were uploaded for it already. */
  files: Schema<'Attachment'>[];
}

const empty: Draft = { body: '', files: [] };
const cache = new Map<string, Draft>();

/** Rises when a draft begins or ends, for the marks in the list. */
export const draftsChanged = store(0);

const keyOf = (ticket: string, kind: Kind) => `draft:${whoAmI().id}:${ticket}:${kind}`;

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

/** Keeps a draft at once, before anything can go wrong; an empty one is forgotten. */
export function writeDraft(ticket: string, kind: Kind, d: Draft): void {
  const key = keyOf(ticket, kind);
  const was = hasDraft(ticket);
  const nothing = !d.body && d.files.length === 0;
  cache.set(key, d);
  kept.write(key, nothing ? null : JSON.stringify(d));
  if (was !== hasDraft(ticket)) draftsChanged.set((n) => n + 1);
}

export const hasDraft = (ticket: string): boolean => (['reply', 'note'] as const).some((k) => readDraft(ticket, k).body.trim() !== '' || readDraft(ticket, k).files.length > 0);
