import { call, type Op, type Schema } from '../api/client';

export type Me = Schema<'Me'>;

let me: Me;
let permissions = new Set<string>();

/** Learns who is signed in. It is called once, before anything is shown. */
export async function begin(): Promise<void> {
  me = await call('get', '/auth/me');
  permissions = new Set(me.permissions);
}

export const whoAmI = (): Me => me;

/** Whether the person has a permission for at least something; the server decides for each thing. */
export const can = (op: Op): boolean => permissions.has(op);
export const canAny = (...ops: Op[]): boolean => ops.some((op) => permissions.has(op));
