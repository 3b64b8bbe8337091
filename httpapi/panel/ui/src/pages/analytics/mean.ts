import type { Schema } from '../../api/client';
import { number } from '../../lib/i18n';

/** The mean of ratings, as it is said. */
export const mean = (r: Schema<'Ratings'>): string => number(Math.round((r.average ?? 0) * 10) / 10);
