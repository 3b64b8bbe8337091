import { queries, putTicket, cachedTicket, type TicketPages } from '../api/cache';
import { call, Failure } from '../api/client';
import { whoAmI } from '../app/session';
import { news } from '../lib/hooks';
import { store } from '../lib/store';
import { began as streamBegan, listen, type Told } from './stream';
import type { Schema } from '../api/client';

/** Who has which ticket open, by ticket. */
export const company = store<Record<string, Schema<'Presence'>[]>>({});

/** Who changed a ticket last, as far as it was heard: for saying who was faster. */
const lastActor = new Map<string, string>();
export const whoWasFaster = (id: string): string | undefined => lastActor.get(id);

/** Rises when lists may have changed beyond the tickets in them. */
export const stirred = store(0);

const touched = new Set<string>();

/** What came while nobody looked. */
const fresh = new Set<string>();

/** What one can see no longer: nothing is asked of it any more. */
export const gone = new Set<string>();
let everything = false;
let timer: ReturnType<typeof setTimeout> | undefined;
let began = 0;

/** Many changes at once become one round of questions, at most one a second. */
function schedule(): void {
  if (timer !== undefined) return;
  const wait = Math.max(0, began + 1000 - Date.now());
  timer = setTimeout(() => {
    timer = undefined;
    began = Date.now();
    void round();
  }, Math.max(wait, 30));
}

function shown(id: string): boolean {
  if (queries.getQueryData(['ticket', id])) return true;
  return queries.getQueriesData<TicketPages>({ queryKey: ['tickets'] }).some(([, d]) => d?.pages.some((p) => p.items.some((i) => i.id === id)));
}

async function round(): Promise<void> {
  if (everything) {
    everything = false;
    touched.clear();
    await queries.invalidateQueries({ predicate: (q) => q.queryKey[0] !== 'tickets' });
    stirred.set((n) => n + 1);
    return;
  }
  const ids = [...touched].filter((id) => !gone.has(id));
  touched.clear();
  stirred.set((n) => n + 1);
  await queries.invalidateQueries({ queryKey: ['kpi'] });
  await queries.invalidateQueries({ queryKey: ['counts'] });
  for (const id of ids) {
    for (const part of ['messages', 'events', 'clocks', 'links', 'participants']) void queries.invalidateQueries({ queryKey: [part, id] });
  }
  await Promise.all(
    ids
      .filter(shown)
      .slice(0, 12)
      .map(async (id) => {
        try {
          putTicket(await call('get', '/tickets/{id}', { path: { id } }));
        } catch (e) {
          if (e instanceof Failure && e.status === 404) void queries.invalidateQueries({ queryKey: ['ticket', id] });
        }
      }),
  );
}

function hear(told: Told): void {
  switch (told.kind) {
    case 'ticket':
      if (!told.ticket_id) return;
      if (told.actor.id !== whoAmI().id && told.actor.name) lastActor.set(told.ticket_id, told.actor.name);
      gone.delete(told.ticket_id);
      if (document.hidden && (told.type === 'ticket.created' || told.type === 'message.received')) news.set(fresh.add(told.ticket_id).size);
      touched.add(told.ticket_id);
      return schedule();
    case 'left':
      // Who has it open hears from the server why; for all others it only leaves their lists.
      if (queries.getQueryCache().find({ queryKey: ['ticket', told.ticket_id] })?.isActive()) touched.add(told.ticket_id);
      else gone.add(told.ticket_id);
      company.set(({ [told.ticket_id]: _, ...rest }) => rest);
      return schedule();
    case 'presence':
      company.set((all) => ({ ...all, [told.ticket_id]: told.people.filter((p) => p.id !== whoAmI().id) }));
      return;
    case 'desk':
      void queries.invalidateQueries({ queryKey: ['admin'] });
      return;
    case 'reset':
      everything = true;
      return schedule();
  }
}

/** Keeps what is shown up to date with the stream. */
export function sync(): void {
  document.addEventListener('visibilitychange', () => {
    fresh.clear();
    news.set(0);
  });
  listen(hear);
  streamBegan.subscribe(() => {
    // Answers that were on their way when the stream began may be older than it.
    const before = streamBegan.get() + 250;
    setTimeout(() => {
      const old = (at: number) => at > 0 && at < before;
      void queries.invalidateQueries({ predicate: (q) => q.queryKey[0] !== 'tickets' && q.isActive() && old(q.state.dataUpdatedAt) });
      if (queries.getQueryCache().findAll({ queryKey: ['tickets'], type: 'active' }).some((q) => old(q.state.dataUpdatedAt))) stirred.set((n) => n + 1);
    }, 300);
  });
}

export { cachedTicket };
