import { useQuery } from '@tanstack/react-query';
import { agentsQuery, queuesQuery, tagsQuery } from '../api/lists';
import type { Ticket } from '../api/client';
import { whoAmI } from '../app/session';
import { compare, t, term } from '../lib/i18n';
import { Avatar, PriorityMark } from '../parts/bits';
import type { Choice } from '../parts/overlay';
import { Picker } from '../parts/Picker';
import { choosable, priorities } from './actions';

interface Common {
  onDone: () => void;
}

/** The parts choose for one ticket and for many alike: they only say what was chosen. */
export function PeoplePicker({ current, onPick, onDone }: Common & { current?: string | null; onPick: (a: { id: string; name: string } | null) => void }) {
  const agents = useQuery(agentsQuery);
  const me = whoAmI();
  const others = (agents.data ?? []).filter((a) => a.id !== me.id).sort((a, b) => compare(a.name, b.name));
  const mine = (agents.data ?? []).some((a) => a.id === me.id);
  const choices: Choice[] = [
    ...(mine ? [{ key: me.id, label: t('me', { name: me.name }), search: `${me.name} ${me.username}`, icon: <Avatar name={me.name} size="s" />, chosen: current === me.id, run: () => onPick({ id: me.id, name: me.name }) }] : []),
    { key: '', label: t('nobody'), icon: 'x' as const, chosen: current === null, run: () => onPick(null) },
    ...others.map((a) => ({ key: a.id, label: a.name, search: `${a.name} ${a.username}`, icon: <Avatar name={a.name} size="s" />, chosen: current === a.id, run: () => onPick({ id: a.id, name: a.name }) })),
  ];
  return <Picker label={t('assign.to')} choices={choices} onDone={onDone} />;
}

export function QueuePicker({ current, onPick, onDone }: Common & { current?: string; onPick: (q: { id: string; name: string }) => void }) {
  const queues = useQuery(queuesQuery);
  return <Picker label={t('queue.to')} onDone={onDone} choices={(queues.data ?? []).map((q) => ({ key: q.id, label: q.name, chosen: q.id === current, run: () => onPick(q) }))} />;
}

export function TagPicker({ current, onToggle, onDone }: Common & { current: string[]; onToggle: (tag: string, on: boolean) => void }) {
  const tags = useQuery(tagsQuery);
  const all = [...new Set([...current, ...(tags.data ?? []).map((x) => x.tag)])].sort(compare);
  return (
    <Picker
      label={t('tag.find')}
      onDone={onDone}
      create={(name) => onToggle(name.toLowerCase().replace(/\s+/g, '-'), true)}
      choices={all.map((x) => ({ key: x, label: x, icon: 'tag' as const, chosen: current.includes(x), run: () => onToggle(x, !current.includes(x)) }))}
    />
  );
}

export const priorityChoices = (current: Ticket['priority'] | undefined, onPick: (p: Ticket['priority']) => void): Choice[] =>
  priorities.map((p) => ({ key: p, label: term('priority', p), icon: <PriorityMark priority={p} />, chosen: p === current, run: () => onPick(p) }));

export const statusChoices = (current: string | undefined, onPick: (s: string) => void): Choice[] => choosable().map((s) => ({ key: s, label: term('status', s), icon: <span className={`status-dot status-${s}`} />, chosen: s === current, run: () => onPick(s) }));

/** Times to come back at: later today, tomorrow and next week, in the morning. */
export function snoozeChoices(onPick: (until: Date) => void): Choice[] {
  const at = (days: number, hour: number) => {
    const d = new Date();
    d.setDate(d.getDate() + days);
    d.setHours(hour, 0, 0, 0);
    return d;
  };
  const now = new Date();
  const inHours = (h: number) => new Date(now.getTime() + h * 3_600_000);
  const monday = ((8 - now.getDay()) % 7) + (now.getDay() === 1 ? 7 : 0);
  const list: [string, string, Date][] = [
    ['h', t('snooze.hour'), inHours(1)],
    ['h4', t('snooze.hours'), inHours(4)],
    ['tomorrow', t('snooze.tomorrow'), at(1, 8)],
    ['monday', t('snooze.monday'), at(monday, 8)],
    ['month', t('snooze.month'), at(30, 8)],
  ];
  const hint = new Intl.DateTimeFormat(document.documentElement.lang, { weekday: 'short', hour: '2-digit', minute: '2-digit' });
  return list.map(([key, label, until]) => ({ key, label, icon: 'moon' as const, hint: hint.format(until), run: () => onPick(until) }));
}
