import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type Schema } from '../api/client';
import { queuesQuery } from '../api/lists';
import { can } from '../app/session';
import { t, term } from '../lib/i18n';
import { Empty } from '../parts/bits';
import { Field } from '../parts/form';
import { Icon } from '../parts/Icon';
import { ask, Modal } from '../parts/overlay';
import { priorities } from '../tickets/actions';
import { toast } from '../app/toasts';
import { doing, Head, Loaded, SendForm, text, words } from './common';
import { calendarsQuery } from './Hours';
import { Simulate } from './Simulate';
import { clocks, hours, Ladder, stepText, type Step } from './Ladder';

type Policy = Schema<'Policy'>;
type Target = Schema<'Target'>;
const policiesQuery = { queryKey: ['admin', 'policies'], queryFn: async () => (await call('get', '/sla/policies')).items };

function targetText(x: Target): string {
  const own = priorities.filter((p) => x.by_priority?.[p]).map((p) => `${term('priority', p)} ${hours(x.by_priority[p]!)}`);
  return [x.all > 0 ? hours(x.all) : '', ...own].filter(Boolean).join(' · ');
}

function PolicyForm({ policy, onClose }: { policy: Policy | null; onClose: () => void }) {
  const calendars = useQuery(calendarsQuery);
  const queues = useQuery(queuesQuery);
  const [steps, setSteps] = useState<Step[]>(policy?.steps ?? []);
  const targets = (policy?.targets ?? {}) as Record<string, Target>;
  const value = (s: number | undefined) => (s ? String(Math.round((s / 3600) * 100) / 100) : '');
  const seconds = (f: FormData, name: string) => Math.round(Number(text(f, name).replace(',', '.') || 0) * 3600);
  return (
    <SendForm
      action={t('save')}
      onCancel={onClose}
      onDone={onClose}
      send={async (f) => {
        const out: Record<string, Target> = {};
        for (const c of clocks) {
          const by: Record<string, number> = {};
          for (const p of priorities) {
            const s = seconds(f, `${c}:${p}`);
            if (s > 0) by[p] = s;
          }
          const all = seconds(f, c);
          if (all > 0 || Object.keys(by).length > 0) out[c] = { all, by_priority: by };
        }
        const body = {
          name: text(f, 'name'),
          position: Number(text(f, 'position') || 0),
          calendar_id: text(f, 'calendar'),
          match: { priorities: f.getAll('priority') as string[], queues: f.getAll('queue') as string[], channels: words(text(f, 'channels')) },
          targets: out,
          steps,
          reopen: text(f, 'reopen') as 'continue',
          pauses: policy?.pauses ?? undefined,
          version: policy?.version ?? 0,
        };
        if (policy) await call('put', '/sla/policies/{id}', { path: { id: policy.id }, body });
        else await call('post', '/sla/policies', { body });
        await doing([policiesQuery.queryKey], async () => undefined);
      }}
    >
      {(s) => (
        <>
          <Field label={t('sla.name')} error={s.at('name')}>
            <input name="name" required maxLength={80} defaultValue={policy?.name} />
          </Field>
          <Field label={t('sla.calendar')}>
            <select name="calendar" defaultValue={policy?.calendar_id ?? ''} key={calendars.data ? 'loaded' : 'loading'}>
              <option value="">{t('sla.calendar.none')}</option>
              {(calendars.data ?? []).map((c) => (
                <option key={c.id} value={c.id}>
                  {c.name}
                </option>
              ))}
            </select>
          </Field>
          <fieldset className="plain wide">
            <legend className="label">{t('sla.targets')}</legend>
            <p className="hint">{t('sla.targets.hint')}</p>
            <div className="targets-box">
              <table className="targets">
                <thead>
                  <tr>
                    <th />
                    <th>{t('filter.any')}</th>
                    {priorities.map((p) => (
                      <th key={p}>{term('priority', p)}</th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {clocks.map((c) => (
                    <tr key={c}>
                      <td>{term('clock', c)}</td>
                      <td>
                        <input name={c} inputMode="decimal" defaultValue={value(targets[c]?.all)} aria-label={term('clock', c)} />
                      </td>
                      {priorities.map((p) => (
                        <td key={p}>
                          <input name={`${c}:${p}`} inputMode="decimal" defaultValue={value(targets[c]?.by_priority?.[p])} aria-label={`${term('clock', c)}, ${t('sla.by_priority', { priority: term('priority', p) })}`} />
                        </td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </fieldset>
          <fieldset className="plain">
            <legend className="label">{t('sla.priorities')}</legend>
            {priorities.map((p) => (
              <label key={p} className="check-row">
                <input type="checkbox" name="priority" value={p} defaultChecked={policy?.match.priorities.includes(p)} /> {term('priority', p)}
              </label>
            ))}
          </fieldset>
          <fieldset className="plain">
            <legend className="label">{t('sla.queues')}</legend>
            {(queues.data ?? []).map((q) => (
              <label key={q.id} className="check-row">
                <input type="checkbox" name="queue" value={q.id} defaultChecked={policy?.match.queues.includes(q.id)} /> {q.name}
              </label>
            ))}
          </fieldset>
          <Ladder steps={steps} set={setSteps} />
          {s.at('steps') && <p className="field-error wide">{s.at('steps')}</p>}
          <Field label={t('sla.reopen')}>
            <select name="reopen" defaultValue={policy?.reopen || 'continue'}>
              {(['continue', 'restart', 'ignore'] as const).map((x) => (
                <option key={x} value={x}>
                  {t(`sla.reopen.${x}`)}
                </option>
              ))}
            </select>
          </Field>
          <Field label={t('sla.channels')} hint={t('macros.tags.hint')} error={s.at('channels')}>
            <input name="channels" defaultValue={policy?.match.channels.join(', ')} autoComplete="off" spellCheck={false} />
          </Field>
          <Field label={t('sla.position')} error={s.at('position')}>
            <input name="position" type="number" min={0} defaultValue={policy?.position ?? 0} />
          </Field>
        </>
      )}
    </SendForm>
  );
}

export function Levels() {
  const list = useQuery(policiesQuery);
  const calendars = useQuery(calendarsQuery);
  const queues = useQuery(queuesQuery);
  const may = can('sla:manage');
  const [open, setOpen] = useState<{ policy: Policy | null } | null>(null);
  const [played, setPlayed] = useState<Policy | null>(null);
  const matchText = (p: Policy) =>
    [...p.match.priorities.map((x) => term('priority', x)), ...p.match.queues.map((x) => queues.data?.find((q) => q.id === x)?.name ?? '…'), ...p.match.channels.map((x) => term('channel', x))].join(', ') || t('sla.match.all');
  const retire = async (p: Policy) => {
    if ((await ask({ title: t('sla.retire.title', { name: p.name }), text: t('sla.retire.text'), action: t('sla.retire'), danger: true })) === null) return;
    await doing([policiesQuery.queryKey], () => call('delete', '/sla/policies/{id}', { path: { id: p.id } }));
  };
  const recompute = async () => {
    if ((await ask({ title: t('sla.recompute.title'), text: t('sla.recompute.text'), action: t('sla.recompute') })) === null) return;
    if (await doing([], () => call('post', '/sla/recompute'))) toast(t('sla.recompute.done'), { tone: 'good' });
  };
  return (
    <>
      <Head title={t('settings.sla')} text={t('sla.text')} action={may && { label: t('sla.add'), run: () => setOpen({ policy: null }) }} />
      <Loaded query={list}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon="clock" title={t('sla.none')} text={t('sla.none.text')} />
          ) : (
            all.map((p) => (
              <section className="card" key={p.id}>
                <div className="card-head">
                  <h2 className="card-title">{p.name}</h2>
                  {p.retired && <span className="badge">{t('sla.retired')}</span>}
                  <span className="muted small grow">{t('sla.version', { n: p.version })}</span>
                  {!p.retired && (
                    <button className="button button-small" onClick={() => setPlayed(p)}>
                      {t('simulate')}
                    </button>
                  )}
                  {p.origin === 'config' ? (
                    <span className="badge">{t('sla.config')}</span>
                  ) : (
                    may &&
                    !p.retired && (
                      <>
                        <button className="button button-small" onClick={() => setOpen({ policy: p })}>
                          {t('edit')}
                        </button>
                        <button className="button button-small" onClick={() => void retire(p)}>
                          {t('sla.retire')}
                        </button>
                      </>
                    )
                  )}
                </div>
                <dl className="facts facts-wide">
                  <div className="fact">
                    <dt>{t('sla.match')}</dt>
                    <dd>{matchText(p)}</dd>
                  </div>
                  <div className="fact">
                    <dt>{t('sla.calendar')}</dt>
                    <dd>{p.calendar_id ? (calendars.data?.find((c) => c.id === p.calendar_id)?.name ?? '…') : t('sla.calendar.none')}</dd>
                  </div>
                  {clocks
                    .filter((c) => (p.targets as Record<string, Target>)[c])
                    .map((c) => (
                      <div className="fact" key={c}>
                        <dt>{term('clock', c)}</dt>
                        <dd>{targetText((p.targets as Record<string, Target>)[c]!)}</dd>
                      </div>
                    ))}
                  {p.steps.length > 0 && (
                    <div className="fact">
                      <dt>{t('ladder')}</dt>
                      <dd>
                        {p.steps.map((x, i) => (
                          <div key={i}>{stepText(x)}</div>
                        ))}
                      </dd>
                    </div>
                  )}
                </dl>
              </section>
            ))
          )
        }
      </Loaded>
      {may && (list.data?.length ?? 0) > 0 && (
        <div className="more">
          <button className="button" onClick={() => void recompute()}>
            <Icon name="refresh" /> {t('sla.recompute')}
          </button>
        </div>
      )}
      <Simulate policy={played} onClose={() => setPlayed(null)} />
      <Modal open={open !== null} onClose={() => setOpen(null)} title={open?.policy?.name ?? t('sla.add')} wide>
        {open && <PolicyForm policy={open.policy} onClose={() => setOpen(null)} />}
      </Modal>
    </>
  );
}
