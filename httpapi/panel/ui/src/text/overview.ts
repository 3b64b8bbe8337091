import { extend } from '../lib/i18n';
import de from './overview.de.json';
import en from './overview.en.json';

// The texts of the first page, which come with it.
extend(de, en);
