import { base } from '../lib/base';
import { store } from '../lib/store';
import type { Schema } from '../api/client';

/** What the stream tells; see GET events in the document of the API. */
export type Told =
  | { kind: 'ticket' | 'desk'; seq: number; type: string; ticket_id: string | null; number: number | null; version: number | null; actor: Schema<'EventActor'>; at: string }
  | { kind: 'left'; seq: number; ticket_id: string }
  | { kind: 'presence'; ticket_id: string; people: Schema<'Presence'>[] }
  | { kind: 'reset' };

export type LinkState = 'connecting' | 'live' | 'lost';
/** Whether what is on the screen is kept up to date, and since when it is not. */
export const link = store<{ state: LinkState; since: number }>({ state: 'connecting', since: Date.now() });

type Listener = (told: Told) => void;
const listeners = new Set<Listener>();

export function listen(fn: Listener): () => void {
  listeners.add(fn);
  return () => listeners.delete(fn);
}

function setLink(state: LinkState): void {
  link.set((b) => (b.state === state ? b : { state, since: Date.now() }));
}

const heard = new Set<number>();
const HEARD_MOST = 2000;
function tell(told: Told): void {
  if ('seq' in told) {
    if (heard.has(told.seq)) return; // a stream that was taken over may repeat
    heard.add(told.seq);
    if (heard.size > HEARD_MOST) heard.delete(heard.values().next().value!);
  }
  for (const fn of [...listeners]) fn(told);
}

const KINDS = ['ticket', 'left', 'desk', 'presence', 'reset'] as const;

/** Behind which event a stream goes on; every window knows it, for any of them may have to take the stream over. */
let lastID = '';

/** Opens the one stream of this browser and passes on what it tells. It goes on by itself, behind the event it heard last. */
function open(pass: (m: Passed) => void): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  const state = (s: LinkState) => pass({ link: s });
  const connect = () => {
    source = new EventSource(`${base}/api/events${lastID ? '?last_event_id=' + encodeURIComponent(lastID) : ''}`);
    const from = lastID;
    source.onopen = () => {
      state('live');
      if (!from && !lastID) pass({ began: Date.now() }); // what was asked for before may have changed unheard
    };
    source.onerror = () => {
      state('lost');
      if (source?.readyState === EventSource.CLOSED && !closed) {
        // an answer that is no stream: signed out, too many streams, a proxy; EventSource does not come back from that
        timer = setTimeout(connect, 3000 + Math.random() * 4000);
      }
    };
    for (const kind of KINDS) {
      source.addEventListener(kind, (e: MessageEvent<string>) => {
        pass({ told: { kind, ...(JSON.parse(e.data) as object) } as Told, id: e.lastEventId });
      });
    }
  };
  connect();
  return () => {
    closed = true;
    clearTimeout(timer);
    source?.close();
  };
}

type Passed = { told: Told; id: string } | { link: LinkState } | { began: number } | { ask: true };

/** When a stream began that goes on behind nothing. */
export const began = store(0);

function receive(m: Passed): void {
  if ('told' in m) {
    if (m.id) lastID = m.id;
    tell(m.told);
  } else if ('began' in m) began.set(m.began);
  else if ('link' in m) setLink(m.link);
}

/**
 * Follows what happens. Of all windows of a browser one holds the stream, by a lock of the browser, and the others hear it from there; when it
 * closes, another takes over. Where there are no locks (plain HTTP on a foreign name) each window has a stream of its own.
 */
export function follow(account: string): void {
  if (!('locks' in navigator) || !('BroadcastChannel' in window)) {
    open(receive);
    return;
  }
  const name = `ticketkit:${base}:${account}`;
  const channel = new BroadcastChannel(name);
  channel.onmessage = (e: MessageEvent<Passed>) => {
    if ('ask' in e.data) {
      if (leading) channel.postMessage({ link: link.get().state });
    } else receive(e.data);
  };
  let leading = false;
  channel.postMessage({ ask: true } satisfies Passed);
  void navigator.locks.request(name, () => {
    leading = true;
    open((m) => {
      receive(m);
      channel.postMessage(m);
    });
    return new Promise(() => undefined); // held until the window closes
  });
}
