import { extend } from '../lib/i18n';
import de from './events.de.json';
import en from './events.en.json';

// What has happened, in sentences. A ticket loads them with its events.
extend(de, en);
