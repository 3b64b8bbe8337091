import { call, type Op, type Schema } from '../api/client';
import { preferShortcuts } from './commands';

export type Me = Schema<'Me'>;

let boot: Schema<'Bootstrap'>;
let permissions = new Set<string>();

/** Learns who is signed in and what the desk has. It is called once, before anything is shown. */
export async function begin(): Promise<void> {
  boot = await call('get', '/bootstrap');
  permissions = new Set(boot.me.permissions);
  preferShortcuts(boot.preferences.shortcuts);
}

export const whoAmI = (): Me => boot.me;
export const deskOf = (): Schema<'Bootstrap'> => boot;

/** Whether the person has a permission for at least something; the server decides for each thing. */
export const can = (op: Op): boolean => permissions.has(op);
export const canAny = (...ops: Op[]): boolean => ops.some((op) => permissions.has(op));
