import de from '../text/de.json';
import en from '../text/en.json';
import type events from '../text/events.de.json';
import type lead from '../text/lead.de.json';
import type more from '../text/more.de.json';
import type overview from '../text/overview.de.json';
import { lang } from './base';

type Texts = typeof de & typeof events & typeof more & typeof lead & typeof overview;
export type Key = keyof Texts;
/** Keys of texts that depend on a number, without their ending. */
export type CountKey = { [K in Key]: K extends `${infer Stem}.one` ? Stem : never }[Key];
export type Vars = Record<string, string | number>;

const texts: Record<string, string> = { ...(lang === 'en' ? en : de) };

/** Adds the texts of a part that is loaded later. */
export function extend(german: Record<string, string>, english: Record<string, string>): void {
  Object.assign(texts, lang === 'en' ? english : german);
}

const plural = new Intl.PluralRules(lang);

/** A pseudo-locale for tests: longer, with marks at both ends, so that a text that was not translated, or is cut off, shows. No word is longer than one of German. */
const pseudo = new URLSearchParams(location.search).has('pseudo');

function fill(text: string, vars?: Vars): string {
  const out = vars ? text.replace(/\{(\w+)\}/g, (all, name: string) => (name in vars ? String(vars[name]) : all)) : text;
  return pseudo ? `[${out}${'~~~~~~~~~ '.repeat(out.length).slice(0, Math.ceil(out.length * 0.35))}]` : out;
}

export function t(key: Key, vars?: Vars): string {
  return fill(texts[key] ?? key, vars);
}

/** The text for a number of things. */
export function count(key: CountKey, n: number, vars?: Vars): string {
  const form = plural.select(n) === 'one' ? 'one' : 'other';
  return fill(texts[`${key}.${form}`] ?? key, { ...vars, count: number(n) });
}

/** The word for a value that the server sent; what has none, such as a state of the desk's own, stands for itself. */
export function term(prefix: 'status' | 'priority' | 'channel' | 'role' | 'clock' | 'delivery' | 'kind' | 'relation' | 'fieldtype' | 'jobstate' | 'sourcestate' | 'runstate' | 'mail' | 'permission' | 'weekday' | 'scope' | 'action' | 'carrier' | 'identity' | 'signin', value: string): string {
  const text = texts[`${prefix}.${value}`];
  return text === undefined ? value : fill(text);
}

/** The name of a channel where two that carry mail stand beside each other: it says which way the mail goes, and how. */
export const carrier = (name: string): string => (has(`carrier.${name}`) ? term('carrier', name) : term('channel', name));

export function has(key: string): key is Key {
  return key in texts;
}

const numbers = new Intl.NumberFormat(lang);
const percents = new Intl.NumberFormat(lang, { style: 'percent', maximumFractionDigits: 1 });
const collator = new Intl.Collator(lang, { numeric: true, sensitivity: 'base' });
const dateTime = new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'short' });
const fullDateTime = new Intl.DateTimeFormat(lang, { dateStyle: 'full', timeStyle: 'medium' });
const clockTime = new Intl.DateTimeFormat(lang, { timeStyle: 'short' });
const shortDay = new Intl.DateTimeFormat(lang, { day: 'numeric', month: 'short' });
const shortDate = new Intl.DateTimeFormat(lang, { day: 'numeric', month: 'short', year: 'numeric' });
const longDay = new Intl.DateTimeFormat(lang, { weekday: 'long', day: 'numeric', month: 'long' });
const longDate = new Intl.DateTimeFormat(lang, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const lists = new Intl.ListFormat(lang, { type: 'conjunction' });

export const number = (n: number): string => numbers.format(n);
export const percent = (share: number): string => percents.format(share);
export const compare = (a: string, b: string): number => collator.compare(a, b);
export const formatDateTime = (at: string | number): string => dateTime.format(new Date(at));
export const formatFull = (at: string | number): string => fullDateTime.format(new Date(at));
export const formatTime = (at: string | number): string => clockTime.format(new Date(at));
export const listOf = (items: string[]): string => lists.format(items);

const dayOf = (at: number): string => new Date(at).toDateString();
const sameYear = (a: number, b: number): boolean => new Date(a).getFullYear() === new Date(b).getFullYear();

/** Today, yesterday, or the date with its weekday. */
export function dayName(at: string, now: number): string {
  const ms = Date.parse(at);
  if (dayOf(ms) === dayOf(now)) return t('day.today');
  if (dayOf(ms) === dayOf(now - 86_400_000)) return t('day.yesterday');
  return (sameYear(ms, now) ? longDay : longDate).format(ms);
}

/** How long ago, in as few letters as a list has room for. */
export function age(at: string, now: number): string {
  const ms = Date.parse(at);
  const minutes = Math.floor((now - ms) / 60_000);
  if (minutes < 1) return t('age.now');
  if (minutes < 60) return t('age.minutes', { n: minutes });
  if (minutes < 60 * 24) return t('age.hours', { n: Math.floor(minutes / 60) });
  if (minutes < 60 * 24 * 7) return t('age.days', { n: Math.floor(minutes / 1440) });
  return (sameYear(ms, now) ? shortDay : shortDate).format(ms);
}

/** A span of time, in its two largest units at most. */
export function span(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const m = Math.floor(s / 60);
  if (m < 1) return t('span.moment');
  if (m < 60) return t('age.minutes', { n: m });
  const h = Math.floor(m / 60);
  if (h < 10 && m % 60 >= 1) return `${t('age.hours', { n: h })} ${t('age.minutes', { n: m % 60 })}`;
  if (h < 48) return t('age.hours', { n: h });
  return t('age.days', { n: Math.floor(h / 24) });
}

export function bytes(n: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  let i = 0;
  let v = n;
  while (v >= 1000 && i < units.length - 1) {
    v /= 1000;
    i++;
  }
  return new Intl.NumberFormat(lang, { style: 'unit', unit: units[i]!, maximumFractionDigits: v < 10 && i > 0 ? 1 : 0 }).format(v);
}
