import type { Ticket } from '../api/client';
import { whoAmI } from '../app/session';
import { kept, store } from '../lib/store';

/** Up to which version somebody has seen which ticket, in this browser. */
let seen: Record<string, number> | undefined;
const MOST = 2000;
export const seenChanged = store(0);

function all(): Record<string, number> {
  if (!seen) {
    try {
      seen = JSON.parse(kept.read(`seen:${whoAmI().id}`) ?? '{}') as Record<string, number>;
    } catch {
      seen = {};
    }
  }
  return seen;
}

export function markSeen(t: Ticket): void {
  const map = all();
  if ((map[t.id] ?? 0) >= t.version) return;
  delete map[t.id]; // the newest stand last
  map[t.id] = t.version;
  const ids = Object.keys(map);
  for (const id of ids.slice(0, Math.max(0, ids.length - MOST))) delete map[id];
  kept.write(`seen:${whoAmI().id}`, JSON.stringify(map));
  seenChanged.set((n) => n + 1);
}

/** A ticket is unread when it is newer than what was seen of it; of what was never opened, what is new or one's own. */
export function isUnread(t: Ticket): boolean {
  const v = all()[t.id];
  if (v !== undefined) return v < t.version;
  return t.category === 'new' || (t.assignee?.id === whoAmI().id && t.category === 'open');
}
