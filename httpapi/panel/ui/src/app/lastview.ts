import { call } from '../api/client';
import { standardView } from '../tickets/views';
import { deskOf } from './session';

const LATER = 1000;
let shown: string | undefined;
let told: string | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/** The list that the person looked at last, here or in another browser; empty for one who comes for the first time. */
export const lastView = (): string => shown ?? deskOf().last_view;

function tell(): void {
  clearTimeout(timer);
  if (shown === undefined || shown === told) return;
  const view = (told = shown);
  void call('put', '/last-view', { body: { view }, keepalive: true }).catch(() => {
    if (told === view) told = undefined; // the next change brings it along
  });
}

/** Notes which list is looked at. The server hears of it once somebody stays there. */
export function keepLastView(view: string): void {
  if (shown === undefined) {
    told = deskOf().last_view || standardView;
    window.addEventListener('pagehide', tell);
  }
  shown = view;
  clearTimeout(timer);
  timer = setTimeout(tell, LATER);
}
