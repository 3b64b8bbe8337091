import { cachedTicket, optimistic, putTicket, queries } from '../api/cache';
import { call, Failure, type Ticket } from '../api/client';
import { explain, failed } from '../app/failures';
import { deskOf, whoAmI } from '../app/session';
import { toast } from '../app/toasts';
import { formatDateTime, t, term } from '../lib/i18n';
import { gone, whoWasFaster } from '../live/sync';

export type Priority = Ticket['priority'];
export const priorities: readonly Priority[] = ['urgent', 'high', 'normal', 'low'];
/** States that somebody can choose, with the desk's own; snoozed, merged and spam have their own ways. */
export const choosable = (): string[] =>
  deskOf()
    .states.filter((s) => !['snoozed', 'merged', 'spam'].includes(s.category))
    .map((s) => s.status);

export const isOver = (x: Ticket): boolean => ['resolved', 'closed', 'spam', 'merged'].includes(x.category);
const named = (id: number) => ({ number: `#${id}` });

/** Says who was faster when a change met a newer version, and shows the ticket as it is now. */
export async function clash(id: string, e: unknown, before?: Ticket): Promise<void> {
  if (!(e instanceof Failure) || (e.status !== 412 && e.status !== 409)) return failed(e);
  try {
    const now = await call('get', '/tickets/{id}', { path: { id } });
    putTicket(now, true);
    const taken = now.assignee && now.assignee.id !== before?.assignee?.id && now.assignee.id !== whoAmI().id ? now.assignee.name : undefined;
    const who = (e.status === 409 ? now.assignee?.name : undefined) ?? whoWasFaster(id) ?? taken ?? '';
    const detail = t('clash.now', { status: term('status', now.status), assignee: now.assignee?.name ?? t('nobody') });
    if (e.status === 409 && (!now.assignee || now.assignee.id === whoAmI().id)) return failed(e);
    toast(who ? t('clash.by', { name: who, ...named(now.number) }) : t('clash', named(now.number)), { tone: 'bad', detail, stay: 9_000 });
  } catch {
    failed(e);
  }
}

interface Step {
  guess: Partial<Ticket>;
  run: (version: number) => Promise<Ticket | undefined>;
  done: string;
  undo?: (after: Ticket) => Promise<Ticket | undefined>;
}

/** Changes a ticket: on the screen at once, then at the server, and back when the server says no. */
async function change(before: Ticket, step: Step): Promise<boolean> {
  const rollback = optimistic(before.id, step.guess);
  try {
    const after = await step.run(before.version);
    if (after) putTicket(after);
    const undo = step.undo;
    toast(step.done, {
      tone: 'good',
      action: undo && after && { label: t('undo'), run: () => void undo(after).then((x) => x && putTicket(x), (e: unknown) => clash(before.id, e)) },
    });
    void queries.invalidateQueries({ queryKey: ['events', before.id] });
    void queries.invalidateQueries({ queryKey: ['clocks', before.id] });
    return true;
  } catch (e) {
    rollback();
    await clash(before.id, e, before);
    return false;
  }
}

const patch = (id: string, version: number, body: Parameters<typeof call<'patch', '/tickets/{id}'>>[2] extends infer O ? (O extends { body?: infer B } ? B : never) : never) =>
  call('patch', '/tickets/{id}', { path: { id }, version, body });

const path = (x: Ticket) => ({ id: x.id });
const back = (x: Ticket, body: Record<string, unknown>) => (after: Ticket) => patch(x.id, after.version, body as never);

export const claim = (x: Ticket) =>
  change(x, {
    guess: { assignee: { id: whoAmI().id, name: whoAmI().name } },
    run: (version) => call('post', '/tickets/{id}/claim', { path: path(x), version }),
    done: t('done.claimed', named(x.number)),
    undo: back(x, { assignee: x.assignee?.id ?? null }),
  });

export const assign = (x: Ticket, to: { id: string; name: string } | null) =>
  change(x, {
    guess: { assignee: to },
    run: (version) => call('post', '/tickets/{id}/assign', { path: path(x), version, body: { assignee: to?.id ?? null } }),
    done: to ? t('done.assigned', { ...named(x.number), name: to.name }) : t('done.unassigned', named(x.number)),
    undo: back(x, { assignee: x.assignee?.id ?? null }),
  });

export const unclaim = (x: Ticket) =>
  change(x, {
    guess: { assignee: null },
    run: (version) => call('post', '/tickets/{id}/unclaim', { path: path(x), version }),
    done: t('done.unassigned', named(x.number)),
    undo: back(x, { assignee: x.assignee?.id ?? null }),
  });

export const setPriority = (x: Ticket, priority: Priority) =>
  change(x, {
    guess: { priority },
    run: (version) => patch(x.id, version, { priority }),
    done: t('done.priority', { ...named(x.number), priority: term('priority', priority) }),
    undo: back(x, { priority: x.priority }),
  });

export const setStatus = (x: Ticket, status: string) =>
  change(x, {
    guess: { status },
    run: (version) => (status === 'closed' ? call('post', '/tickets/{id}/close', { path: path(x), version }) : patch(x.id, version, { status })),
    done: t('done.status', { ...named(x.number), status: term('status', status) }),
    undo: ['merged', 'snoozed'].includes(x.category) ? undefined : back(x, { status: x.status }),
  });

export const setQueue = (x: Ticket, queue: { id: string; name: string }) =>
  change(x, {
    guess: { queue: queue.name, queue_id: queue.id },
    run: (version) => patch(x.id, version, { queue: queue.id }),
    done: t('done.queue', { ...named(x.number), queue: queue.name }),
    undo: back(x, { queue: x.queue_id }),
  });

export const setSubject = (x: Ticket, subject: string) =>
  change(x, { guess: { subject }, run: (version) => patch(x.id, version, { subject }), done: t('done.subject', named(x.number)), undo: back(x, { subject: x.subject }) });

export const setField = (x: Ticket, key: string, value: unknown) =>
  change(x, {
    guess: { fields: { ...x.fields, [key]: value } as Ticket['fields'] },
    run: (version) => patch(x.id, version, { fields: { [key]: value } as never }),
    done: t('done.saved'),
    undo: back(x, { fields: { [key]: (x.fields as Record<string, unknown>)[key] ?? null } }),
  });

export const setTags = (x: Ticket, tags: string[]) => {
  const add = tags.filter((a) => !x.tags.includes(a));
  const remove = x.tags.filter((a) => !tags.includes(a));
  return change(x, {
    guess: { tags },
    run: (version) => call('post', '/tickets/{id}/tags', { path: path(x), version, body: { add, remove } }),
    done: t('done.tags', named(x.number)),
    undo: (after) => call('post', '/tickets/{id}/tags', { path: path(x), version: after.version, body: { add: remove, remove: add } }),
  });
};

export const escalate = (x: Ticket, reason: string) =>
  change(x, { guess: { escalation: x.escalation + 1 }, run: (version) => call('post', '/tickets/{id}/escalate', { path: path(x), version, body: { reason } }), done: t('done.escalated', named(x.number)) });

export const closeTicket = (x: Ticket, reason = '') =>
  change(x, {
    guess: { status: 'closed', category: 'closed' },
    run: (version) => call('post', '/tickets/{id}/close', { path: path(x), version, body: { reason } }),
    done: t('done.closed', named(x.number)),
    undo: (after) => call('post', '/tickets/{id}/reopen', { path: path(x), version: after.version }),
  });

export const reopen = (x: Ticket) =>
  change(x, { guess: { status: 'open', category: 'open' }, run: (version) => call('post', '/tickets/{id}/reopen', { path: path(x), version }), done: t('done.reopened', named(x.number)) });

export const snooze = (x: Ticket, until: Date) =>
  change(x, {
    guess: { status: 'snoozed', category: 'snoozed', snoozed_until: until.toISOString() },
    run: (version) => call('post', '/tickets/{id}/snooze', { path: path(x), version, body: { until: until.toISOString() } }),
    done: t('done.snoozed', { ...named(x.number), until: formatDateTime(until.getTime()) }),
    undo: back(x, { status: x.category === 'snoozed' ? 'open' : x.status }),
  });

export const markSpam = (x: Ticket) =>
  change(x, {
    guess: { status: 'spam', category: 'spam' },
    run: (version) => call('post', '/tickets/{id}/spam', { path: path(x), version }),
    done: t('done.spam', named(x.number)),
    undo: back(x, { status: 'open' }),
  });

export const merge = async (x: Ticket, into: string): Promise<Ticket | undefined> => {
  try {
    const after = await call('post', '/tickets/{id}/merge', { path: path(x), version: x.version, body: { into } });
    putTicket(after);
    toast(t('done.merged', { number: `#${x.number}`, into: `#${after.number}` }), { tone: 'good' });
    return after;
  } catch (e) {
    if (e instanceof Failure && e.status === 404) toast(t('fault.no_ticket', { number: into }), { tone: 'bad' });
    else await clash(x.id, e);
    return undefined;
  }
};

export async function erase(x: Ticket): Promise<boolean> {
  gone.add(x.id);
  try {
    await call('delete', '/tickets/{id}', { path: path(x), version: x.version });
    setTimeout(() => queries.removeQueries({ queryKey: ['ticket', x.id] })); // once nothing shows it any more
    toast(t('done.deleted', named(x.number)), { tone: 'good' });
    return true;
  } catch (e) {
    gone.delete(x.id);
    await clash(x.id, e);
    return false;
  }
}

export { cachedTicket, explain };
