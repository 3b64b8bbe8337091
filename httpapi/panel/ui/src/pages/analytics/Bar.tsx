import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { agentsQuery, queuesQuery } from '../../api/lists';
import { whoAmI } from '../../app/session';
import { carrier, t, term } from '../../lib/i18n';
import { Icon } from '../../parts/Icon';
import { priorities } from '../../tickets/actions';
import { spans, type Choice, type Name } from './range';

/** Which channels there are is known only from what has come in by them. */
const channels = ['imap', 'smtpd', 'discord', 'webform', 'web', 'phone', 'api'];

function Select({ choice, name, label, options }: { choice: Choice; name: Name; label: string; options: [string, string][] }) {
  const value = choice.get(name);
  return (
    <label className="field">
      <span className="label">{label}</span>
      <select value={value} onChange={(e) => choice.set({ [name]: e.target.value })}>
        <option value="">{t('filter.any')}</option>
        {value && !options.some(([v]) => v === value) && <option value={value}>{value}</option>}
        {options.map(([v, text]) => (
          <option key={v} value={v}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The span of time and what counts, for pages of numbers; all of it stands in the address. */
export function ChoiceBar({ choice, agent = false, seen = [], children }: { choice: Choice; agent?: boolean; seen?: string[]; children?: ReactNode }) {
  const queues = useQuery(queuesQuery);
  const agents = useQuery({ ...agentsQuery, enabled: agent });
  const dates = (change: { from?: string; to?: string }) => choice.set({ from: choice.from, to: choice.to, days: '', ...change });
  return (
    <div className="row-form choice-bar">
      <div className="field">
        <span className="label">{t('range')}</span>
        <div className="segmented" role="group" aria-label={t('range')}>
          {spans.map((d) => (
            <button key={d} aria-pressed={choice.days === d} onClick={() => choice.set({ days: d === 30 ? '' : String(d), from: '', to: '' })}>
              {t(`range.${d}`)}
            </button>
          ))}
        </div>
      </div>
      <label className="field">
        <span className="label">{t('audit.since')}</span>
        <input type="date" value={choice.from} max={choice.to} onChange={(e) => e.target.value && dates({ from: e.target.value })} />
      </label>
      <label className="field">
        <span className="label">{t('audit.until')}</span>
        <input type="date" value={choice.to} min={choice.from} onChange={(e) => e.target.value && dates({ to: e.target.value })} />
      </label>
      <Select choice={choice} name="queue" label={t('field.queue')} options={(queues.data ?? []).map((q) => [q.id, q.name])} />
      <Select choice={choice} name="channel" label={t('field.channel')} options={[...new Set([...seen, ...channels])].map((c) => [c, carrier(c)])} />
      <Select choice={choice} name="priority" label={t('field.priority')} options={priorities.map((p) => [p, term('priority', p)])} />
      {agent && <Select choice={choice} name="agent" label={t('numbers.agent')} options={[['me', t('filter.me')], ...(agents.data ?? []).filter((a) => a.id !== whoAmI().id).map((a): [string, string] => [a.id, a.name])]} />}
      {(choice.narrowed || choice.days !== 30) && (
        <button className="button button-quiet" onClick={() => choice.set({ days: '', from: '', to: '', channel: '', queue: '', priority: '', agent: '', tag: '' })}>
          <Icon name="x" size={14} /> {t('filter.reset')}
        </button>
      )}
      {children}
    </div>
  );
}
