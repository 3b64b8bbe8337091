import { Failure } from '../api/client';
import { has, t, term, type Key } from '../lib/i18n';
import { toast } from './toasts';

/** What went wrong, in the language of the reader. */
export function explain(e: unknown): { title: string; detail: string; request: string } {
  if (!(e instanceof Failure)) return { title: t('fault.internal'), detail: t('fault.internal.detail'), request: '' };
  const request = e.problem.request_id ?? '';
  if (e.status === 0) return { title: t('fault.offline'), detail: t('fault.offline.detail'), request };
  if (e.problem.permission) return { title: t('fault.denied'), detail: t('fault.denied.permission', { permission: term('permission', e.problem.permission) }), request };
  const known: Record<number, string> = { 400: 'invalid', 403: 'denied', 404: 'not_found', 409: 'conflict', 412: 'stale', 413: 'too_large', 429: 'rate_limited', 503: 'unavailable' };
  const word = known[e.status] ?? 'internal';
  const detail = `fault.${word}.detail`;
  // What the server says in detail is English; it is shown where we have nothing better, for it names what is at fault.
  const said = e.status === 400 || e.status === 409 ? e.problem.detail : undefined;
  return { title: t(`fault.${word}` as Key), detail: said ?? (has(detail) ? t(detail) : ''), request };
}

export function failed(e: unknown): void {
  const { title, detail, request } = explain(e);
  toast(title, { tone: 'bad', detail: [detail, request && t('fault.request', { id: request })].filter(Boolean).join(' '), stay: 8_000 });
}
