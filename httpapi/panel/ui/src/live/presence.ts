import { useEffect } from 'react';
import { call } from '../api/client';
import { can } from '../app/session';
import { store } from '../lib/store';

/** The ticket to which somebody writes in this window, and when the last key was pressed. */
export const writing = store<{ ticket: string; at: number }>({ ticket: '', at: 0 });

const BEAT = 12_000;
const WRITING = 15_000;

/** Says while a ticket is open that one has it open, and whether one writes. A window in the background says nothing. */
export function usePresence(id: string | undefined): void {
  useEffect(() => {
    if (!id || !can('presence:own')) return;
    let said = '';
    const say = (state: 'viewing' | 'replying' | 'left', keepalive = false) => {
      said = state;
      void call('post', '/tickets/{id}/presence', { path: { id }, body: { state }, keepalive }).catch(() => undefined);
    };
    const current = () => {
      const w = writing.get();
      return w.ticket === id && Date.now() - w.at < WRITING ? ('replying' as const) : ('viewing' as const);
    };
    const beat = () => {
      if (document.visibilityState === 'visible') say(current());
    };
    beat();
    const timer = setInterval(beat, BEAT);
    const off = writing.subscribe(() => {
      if (document.visibilityState === 'visible' && current() !== said) say(current());
    });
    const hidden = () => (document.visibilityState === 'visible' ? beat() : say('left', true));
    document.addEventListener('visibilitychange', hidden);
    return () => {
      clearInterval(timer);
      off();
      document.removeEventListener('visibilitychange', hidden);
      if (said !== 'left') say('left', true);
    };
  }, [id]);
}
