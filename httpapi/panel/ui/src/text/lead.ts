import { extend } from '../lib/i18n';
import de from './lead.de.json';
import en from './lead.en.json';

// The texts of pages for leads and admins: numbers, people, and the settings that not every desk touches.
extend(de, en);
