import { lang } from '../../lib/base';
import { number } from '../../lib/i18n';

export { number };

const short = new Intl.DateTimeFormat(lang, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const long = new Intl.DateTimeFormat(lang, { weekday: 'short', day: 'numeric', month: 'long', timeZone: 'UTC' });
const monday = Date.UTC(2024, 0, 1);
const dayNames = new Intl.DateTimeFormat(lang, { weekday: 'short', timeZone: 'UTC' });

/** A date 2026-01-31 as people write it. */
export const formatDate = (date: string): string => short.format(new Date(date));
export const weekdayDate = (date: string): string => long.format(new Date(date));
/** The days of the week, Monday first. */
export const weekdays: readonly string[] = Array.from({ length: 7 }, (_, i) => dayNames.format(monday + i * 86_400_000));
