import type { IconName } from '../parts/Icon';
import { canAny } from './session';

export type SettingsName = 'users' | 'roles' | 'queues' | 'sla' | 'hours' | 'mail' | 'channels' | 'tags' | 'fields' | 'jobs';

/** The pages of the settings, with the permissions of which one opens them. */
const all: readonly { name: SettingsName; icon: IconName; ops: string[] }[] = [
  { name: 'users', icon: 'users', ops: ['user:read'] },
  { name: 'roles', icon: 'shield', ops: ['user:read'] },
  { name: 'queues', icon: 'inbox', ops: ['queue:manage'] },
  { name: 'sla', icon: 'clock', ops: ['sla:manage'] },
  { name: 'hours', icon: 'calendar', ops: ['sla:manage'] },
  { name: 'mail', icon: 'mail', ops: ['settings:read'] },
  { name: 'channels', icon: 'plug', ops: ['adapter:read', 'parked:retry'] },
  { name: 'tags', icon: 'tag', ops: ['settings:write'] },
  { name: 'fields', icon: 'sliders', ops: ['settings:write'] },
  { name: 'jobs', icon: 'bolt', ops: ['job:manage'] },
];

export const settingsPages = () => all.filter((p) => canAny(...p.ops));
