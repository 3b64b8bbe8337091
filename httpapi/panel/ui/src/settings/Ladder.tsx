import { useQuery } from '@tanstack/react-query';
import { call, type Schema } from '../api/client';
import { agentsQuery, queuesQuery } from '../api/lists';
import { can } from '../app/session';
import { number, t, term, type Key } from '../lib/i18n';
import { Icon } from '../parts/Icon';

export type Step = Schema<'Step'>;
type Action = Step['actions'][number];
export const clocks = ['first_response', 'next_response', 'update', 'resolution'] as const;
const actions = ['notify_assignee', 'notify_queue', 'notify_role', 'notify_mail', 'notify_discord', 'notify_webhook', 'raise_priority', 'reassign', 'move_queue'] as const;
const rolesQuery = { queryKey: ['admin', 'roles'], queryFn: async () => (await call('get', '/admin/roles')).items };

export const hours = (seconds: number): string => (seconds % 3600 === 0 || seconds >= 36_000 ? t('sla.hours', { n: number(Math.round(seconds / 360) / 10) }) : t('sla.minutes', { n: number(Math.round(seconds / 60)) }));

/** A step in few words. */
export function stepText(s: Step): string {
  const when = s.kind === 'warn' ? t('ladder.warn.text', { time: hours(s.lead) }) : s.after > 0 ? t('ladder.escalate.text', { time: hours(s.after) }) : t('ladder.escalate.now');
  return `${term('clock', s.clock)}, ${when}: ${s.actions.map((a) => term('action', a.type) + (['notify_mail', 'notify_role'].includes(a.type) && a.to ? ` (${a.type === 'notify_role' ? term('role', a.to) : a.to})` : '')).join(', ')}`;
}

/** Whom or what an action concerns: a choice where the desk knows all there are. */
function To({ action, set }: { action: Action; set: (to: string) => void }) {
  const queues = useQuery({ ...queuesQuery, enabled: action.type === 'move_queue' });
  const agents = useQuery({ ...agentsQuery, enabled: action.type === 'reassign' });
  const roles = useQuery({ ...rolesQuery, enabled: action.type === 'notify_role' && can('user:read') });
  const label = t('ladder.to');
  const choice = (list: [string, string][], none?: string) => (
    <select className="long" value={action.to} aria-label={label} required={none === undefined} onChange={(e) => set(e.target.value)}>
      {none !== undefined ? <option value="">{none}</option> : !list.some(([v]) => v === action.to) && <option value={action.to}>{action.to}</option>}
      {list.map(([v, name]) => (
        <option key={v} value={v}>
          {name}
        </option>
      ))}
    </select>
  );
  switch (action.type) {
    case 'move_queue':
      return choice((queues.data ?? []).map((q) => [q.id, q.name]));
    case 'reassign':
      return choice((agents.data ?? []).map((a) => [a.id, a.name]), t('ladder.to.back'));
    case 'notify_role':
      if (roles.data) return choice(roles.data.map((r) => [r.name, term('role', r.name)]));
      break;
    case 'notify_assignee':
    case 'notify_queue':
    case 'raise_priority':
      return null;
  }
  return <input className="long" required type={action.type === 'notify_mail' ? 'email' : 'text'} value={action.to} aria-label={label} placeholder={label} spellCheck={false} onChange={(e) => set(e.target.value)} />;
}

/** The steps that are taken when a clock runs short or runs out. */
export function Ladder({ steps, set }: { steps: Step[]; set: (s: Step[]) => void }) {
  const put = (i: number, change: Partial<Step>) => set(steps.map((s, j) => (j === i ? { ...s, ...change } : s)));
  const act = (i: number, k: number, change: Partial<Action> | null) => put(i, { actions: change === null ? steps[i]!.actions.filter((_, j) => j !== k) : steps[i]!.actions.map((a, j) => (j === k ? { ...a, ...change } : a)) });
  return (
    <fieldset className="plain wide stack">
      <legend className="label">{t('ladder')}</legend>
      <p className="hint">{t('ladder.text')}</p>
      {steps.map((s, i) => {
        const seconds = s.kind === 'warn' ? s.lead : s.after;
        const time = (n: number) => put(i, s.kind === 'warn' ? { lead: n, after: 0 } : { after: n, lead: 0 });
        return (
          <div className="rung" key={i}>
            <div className="rung-line">
              <select value={s.clock} aria-label={t('ladder.clock')} onChange={(e) => put(i, { clock: e.target.value })}>
                {clocks.map((c) => (
                  <option key={c} value={c}>
                    {term('clock', c)}
                  </option>
                ))}
              </select>
              <input className="short" type="number" min={s.kind === 'warn' ? 1 : 0} required value={Math.round(seconds / 60)} aria-label={t('ladder.minutes')} onChange={(e) => time(Number(e.target.value) * 60)} />
              <span>{t('ladder.minutes')}</span>
              <select value={s.kind} aria-label={t('ladder.when')} onChange={(e) => put(i, e.target.value === 'warn' ? { kind: 'warn', lead: Math.max(60, seconds), after: 0 } : { kind: 'escalate', after: seconds, lead: 0 })}>
                <option value="warn">{t('ladder.warn')}</option>
                <option value="escalate">{t('ladder.escalate')}</option>
              </select>
              <label className="check-row grow">
                <input type="checkbox" checked={s.only_in_hours} onChange={(e) => put(i, { only_in_hours: e.target.checked })} /> {t('ladder.hours')}
              </label>
              <button type="button" className="icon-button" aria-label={`${t('ladder.remove')}: ${stepText(s)}`} onClick={() => set(steps.filter((_, j) => j !== i))}>
                <Icon name="trash" size={14} />
              </button>
            </div>
            {s.actions.map((a, k) => (
              <div className="rung-line" key={k}>
                <Icon name="right" size={14} />
                <select value={a.type} aria-label={t('ladder.action')} onChange={(e) => act(i, k, { type: e.target.value as Action['type'], to: '' })}>
                  {actions.map((x) => (
                    <option key={x} value={x}>
                      {t(`action.${x}` as Key)}
                    </option>
                  ))}
                </select>
                <To action={a} set={(to) => act(i, k, { to })} />
                {s.actions.length > 1 && (
                  <button type="button" className="icon-button" aria-label={`${t('ladder.action.remove')}: ${term('action', a.type)}`} onClick={() => act(i, k, null)}>
                    <Icon name="x" size={14} />
                  </button>
                )}
              </div>
            ))}
            <div>
              <button type="button" className="button button-small" onClick={() => put(i, { actions: [...s.actions, { type: 'notify_queue', to: '' }] })}>
                <Icon name="plus" size={14} /> {t('ladder.action.add')}
              </button>
            </div>
          </div>
        );
      })}
      <div>
        <button type="button" className="button button-small" onClick={() => set([...steps, { clock: 'first_response', kind: 'warn', lead: 1800, after: 0, only_in_hours: true, actions: [{ type: 'notify_assignee', to: '' }] }])}>
          <Icon name="plus" size={14} /> {t('ladder.add')}
        </button>
      </div>
    </fieldset>
  );
}
