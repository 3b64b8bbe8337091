import type { IconName } from '../parts/Icon';
import { canAny, deskOf } from './session';

export type SettingsName = 'users' | 'roles' | 'queues' | 'sla' | 'hours' | 'mail' | 'channels' | 'tags' | 'fields' | 'macros' | 'views' | 'panels' | 'parked' | 'ranking' | 'branding' | 'jobs';

/** The pages of the settings, with the permissions of which one opens them, and what a desk must have for them. */
const all: readonly { name: SettingsName; icon: IconName; ops: string[]; flag?: 'parked' | 'panels' }[] = [
  { name: 'users', icon: 'users', ops: ['user:read'] },
  { name: 'roles', icon: 'shield', ops: ['user:read'] },
  { name: 'queues', icon: 'inbox', ops: ['queue:manage'] },
  { name: 'sla', icon: 'clock', ops: ['sla:read'] },
  { name: 'hours', icon: 'calendar', ops: ['sla:read'] },
  { name: 'mail', icon: 'mail', ops: ['settings:read'] },
  { name: 'channels', icon: 'plug', ops: ['adapter:read'] },
  { name: 'parked', icon: 'inbox', ops: ['parked:retry'], flag: 'parked' },
  { name: 'tags', icon: 'tag', ops: ['settings:write'] },
  { name: 'fields', icon: 'sliders', ops: ['settings:write'] },
  { name: 'macros', icon: 'note', ops: ['view:own'] },
  { name: 'views', icon: 'list', ops: ['view:share'] },
  { name: 'panels', icon: 'chat', ops: ['adapter:manage'], flag: 'panels' },
  { name: 'ranking', icon: 'cup', ops: ['settings:write'] },
  { name: 'branding', icon: 'eye', ops: ['settings:write'] },
  { name: 'jobs', icon: 'bolt', ops: ['job:manage'] },
];

/** What there is at this desk, for whoever may open it. */
const there = () => all.filter((p) => !p.flag || deskOf().flags[p.flag]);
export const isSettingsPage = (name: string): boolean => there().some((p) => p.name === name);
export const settingsPages = () => there().filter((p) => canAny(...p.ops));
/** Whether there is a place for what could not become a ticket, and one may look at it. */
export const seesParked = (): boolean => settingsPages().some((p) => p.name === 'parked');
