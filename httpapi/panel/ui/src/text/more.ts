import { extend } from '../lib/i18n';
import './events';
import de from './more.de.json';
import en from './more.en.json';

// The texts of pages that are loaded when somebody opens them.
extend(de, en);

/** The kinds of events that have a name. */
export const eventKinds = Object.keys(de)
  .filter((k) => k.startsWith('kind.'))
  .map((k) => k.slice(5));
