import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type Schema } from '../api/client';
import { queuesQuery } from '../api/lists';
import { can } from '../app/session';
import { toast } from '../app/toasts';
import { lang } from '../lib/base';
import { t, term } from '../lib/i18n';
import { Empty } from '../parts/bits';
import { Field } from '../parts/form';
import { Icon } from '../parts/Icon';
import { ask, Modal } from '../parts/overlay';
import { priorities } from '../tickets/actions';
import { doing, Head, Loaded, SendForm, text, words } from './common';

type Panel = Schema<'Panel'>;
type Kind = Panel['kinds'][number];
type Question = Kind['questions'][number];
type Text = { de: string; en: string };
const keys = [['admin', 'panels']];
const shown = (x: Text) => (lang === 'en' ? x.en || x.de : x.de || x.en);

const newKind = (n: number): Kind => ({
  id: n === 0 ? 'support' : `kind-${n + 1}`, label: { de: '', en: '' }, emoji: '', queue: '', priority: '', category_ids: [], support_role_ids: [], required_role_ids: [], blocked_role_ids: [], blocked_user_ids: [],
  cooldown_minutes: 0, hours: '', outside_hours: '', questions: [],
});

/** An input for words between commas, as a list. */
function Ids({ label, hint, value, set }: { label: string; hint?: string; value: string[]; set: (v: string[]) => void }) {
  return (
    <Field label={label} hint={hint ?? t('panels.kind.ids.hint')}>
      <input defaultValue={value.join(', ')} spellCheck={false} autoComplete="off" onBlur={(e: React.FocusEvent<HTMLInputElement>) => set(words(e.target.value))} />
    </Field>
  );
}

function Questions({ list, set }: { list: Question[]; set: (q: Question[]) => void }) {
  const put = (i: number, change: Partial<Question>) => set(list.map((q, j) => (j === i ? { ...q, ...change } : q)));
  return (
    <fieldset className="plain wide stack">
      <legend className="label">{t('panels.questions')}</legend>
      {list.map((q, i) => (
        <div key={i} className="rung">
          <div className="rung-line">
            <input className="long" required={!q.label.en} maxLength={45} value={q.label.de} aria-label={t('panels.question.de')} placeholder={t('panels.question.de')} onChange={(e) => put(i, { label: { ...q.label, de: e.target.value } })} />
            <input className="long" maxLength={45} value={q.label.en} aria-label={t('panels.question.en')} placeholder={t('panels.question.en')} onChange={(e) => put(i, { label: { ...q.label, en: e.target.value } })} />
            <button type="button" className="icon-button" aria-label={`${t('remove')}: ${shown(q.label)}`} onClick={() => set(list.filter((_, j) => j !== i))}>
              <Icon name="x" size={14} />
            </button>
          </div>
          <div className="rung-line">
            <label className="check-row">
              <input type="checkbox" checked={q.long} onChange={(e) => put(i, { long: e.target.checked })} /> {t('panels.question.long')}
            </label>
            <label className="check-row">
              <input type="checkbox" checked={q.optional} onChange={(e) => put(i, { optional: e.target.checked })} /> {t('panels.question.optional')}
            </label>
            <input
              className="long"
              defaultValue={q.options.join(', ')}
              aria-label={t('panels.question.options')}
              placeholder={`${t('panels.question.options')} (${t('panels.kind.ids.hint')})`}
              onBlur={(e) => put(i, { options: e.target.value.split(',').map((x) => x.trim()).filter(Boolean) })}
            />
          </div>
        </div>
      ))}
      {list.length < 5 && (
        <div>
          <button type="button" className="button button-small" onClick={() => set([...list, { id: `q${Date.now().toString(36)}`, label: { de: '', en: '' }, long: false, optional: false, options: [] }])}>
            <Icon name="plus" size={14} /> {t('panels.question.add')}
          </button>
        </div>
      )}
    </fieldset>
  );
}

function KindCard({ kind, fixed, put, remove, up }: { kind: Kind; fixed: boolean; put: (change: Partial<Kind>) => void; remove?: () => void; up?: () => void }) {
  const queues = useQuery(queuesQuery);
  return (
    <details className="kind-card" open={!shown(kind.label)}>
      <summary>
        <span className="grow">
          {kind.emoji} {shown(kind.label) || t('panels.kind.new')} <span className="muted small mono">{kind.id}</span>
        </span>
        {up && (
          <button type="button" className="button button-small" aria-label={`${t('panels.kind.up')}: ${shown(kind.label)}`} onClick={up}>
            ↑
          </button>
        )}
        {remove && (
          <button type="button" className="icon-button" aria-label={`${t('remove')}: ${shown(kind.label) || kind.id}`} onClick={remove}>
            <Icon name="trash" size={14} />
          </button>
        )}
      </summary>
      <div className="form-grid">
        <Field label={t('panels.kind.de')}>
          <input maxLength={80} value={kind.label.de} onChange={(e: React.ChangeEvent<HTMLInputElement>) => put({ label: { ...kind.label, de: e.target.value } })} />
        </Field>
        <Field label={t('panels.kind.en')}>
          <input maxLength={80} value={kind.label.en} onChange={(e: React.ChangeEvent<HTMLInputElement>) => put({ label: { ...kind.label, en: e.target.value } })} />
        </Field>
        <Field label={t('panels.kind.id')} hint={t('panels.kind.id.hint')}>
          <input required pattern="[a-z0-9\-]+" disabled={fixed} value={kind.id} onChange={(e: React.ChangeEvent<HTMLInputElement>) => put({ id: e.target.value })} spellCheck={false} />
        </Field>
        <Field label={t('panels.kind.emoji')}>
          <input maxLength={64} value={kind.emoji} onChange={(e: React.ChangeEvent<HTMLInputElement>) => put({ emoji: e.target.value })} />
        </Field>
        <Field label={t('field.queue')}>
          <select value={kind.queue} onChange={(e: React.ChangeEvent<HTMLSelectElement>) => put({ queue: e.target.value })}>
            <option value="">{t('new.queue.default')}</option>
            {(queues.data ?? []).map((q) => (
              <option key={q.id} value={q.id}>
                {q.name}
              </option>
            ))}
          </select>
        </Field>
        <Field label={t('field.priority')}>
          <select value={kind.priority} onChange={(e: React.ChangeEvent<HTMLSelectElement>) => put({ priority: e.target.value as 'low' })}>
            <option value="">{t('panels.kind.default')}</option>
            {priorities.map((p) => (
              <option key={p} value={p}>
                {term('priority', p)}
              </option>
            ))}
          </select>
        </Field>
        <Ids label={t('panels.kind.roles')} hint={t('panels.kind.roles.hint')} value={kind.support_role_ids} set={(v) => put({ support_role_ids: v })} />
        <Ids label={t('panels.kind.categories')} value={kind.category_ids} set={(v) => put({ category_ids: v })} />
        <Ids label={t('panels.kind.required')} value={kind.required_role_ids} set={(v) => put({ required_role_ids: v })} />
        <Ids label={t('panels.kind.blocked')} value={kind.blocked_role_ids} set={(v) => put({ blocked_role_ids: v })} />
        <Ids label={t('panels.kind.users')} value={kind.blocked_user_ids} set={(v) => put({ blocked_user_ids: v })} />
        <Field label={t('panels.kind.cooldown')}>
          <input type="number" min={0} value={kind.cooldown_minutes} onChange={(e: React.ChangeEvent<HTMLInputElement>) => put({ cooldown_minutes: Number(e.target.value) })} />
        </Field>
        <Field label={t('panels.kind.hours')} hint={t('panels.kind.hours.hint')}>
          <input value={kind.hours} onChange={(e: React.ChangeEvent<HTMLInputElement>) => put({ hours: e.target.value })} spellCheck={false} />
        </Field>
        <Field label={t('panels.kind.outside')}>
          <select value={kind.outside_hours} onChange={(e: React.ChangeEvent<HTMLSelectElement>) => put({ outside_hours: e.target.value as 'warn' })}>
            <option value="">{t('panels.kind.outside.warn')}</option>
            <option value="refuse">{t('panels.kind.outside.refuse')}</option>
          </select>
        </Field>
        <Questions list={kind.questions} set={(questions) => put({ questions })} />
      </div>
    </details>
  );
}

function PanelForm({ panel, onClose }: { panel: Panel | null; onClose: () => void }) {
  const [kinds, setKinds] = useState<Kind[]>(panel?.kinds ?? [newKind(0)]);
  const known = new Set(panel?.kinds.map((k) => k.id));
  return (
    <SendForm
      action={t('save')}
      onCancel={onClose}
      onDone={onClose}
      send={async (f) => {
        const both = (name: string) => ({ de: text(f, name + '_de'), en: text(f, name + '_en') });
        const body = { channel_id: text(f, 'channel_id'), title: both('title'), text: both('text'), style: text(f, 'style') as Panel['style'], mode: text(f, 'mode') as Panel['mode'], kinds };
        if (panel) await call('patch', '/admin/panels/{id}', { path: { id: panel.id }, body: { ...body, active: f.has('active') } });
        else await call('post', '/admin/panels', { body });
        await doing(keys, async () => undefined);
        toast(t('panels.saved'), { tone: 'good' });
      }}
    >
      {(s) => (
        <>
          <Field label={t('panels.channel')} hint={t('panels.channel.hint')} error={s.at('channel_id') ?? s.at('channel')}>
            <input name="channel_id" required inputMode="numeric" defaultValue={panel?.channel_id} autoComplete="off" />
          </Field>
          <Field label={t('panels.style')}>
            <select name="style" defaultValue={panel?.style ?? 'buttons'}>
              <option value="buttons">{t('panels.style.buttons')}</option>
              <option value="select">{t('panels.style.select')}</option>
            </select>
          </Field>
          <Field label={t('panels.mode')} hint={t('panels.mode.hint')} error={s.at('mode')} wide>
            <select name="mode" defaultValue={panel?.mode ?? ''}>
              <option value="">{t('panels.mode.config')}</option>
              <option value="channel">{t('panels.mode.channel')}</option>
              <option value="thread">{t('panels.mode.thread')}</option>
            </select>
          </Field>
          {(['title', 'text'] as const).flatMap((name) =>
            (['de', 'en'] as const).map((l) => (
              <Field key={name + l} label={t(`panels.${name}.${l}`)} hint={t('panels.text.hint')} error={s.at(name)}>
                {name === 'title' ? <input name={`title_${l}`} lang={l} defaultValue={panel?.title[l]} /> : <textarea name={`text_${l}`} lang={l} rows={3} defaultValue={panel?.text[l]} />}
              </Field>
            )),
          )}
          {panel && (
            <label className="switch wide">
              <input type="checkbox" name="active" defaultChecked={panel.active} />
              <span>{t('panels.active')}</span>
            </label>
          )}
          <fieldset className="plain wide stack">
            <legend className="label">{t('panels.kinds')}</legend>
            {kinds.map((k, i) => (
              <KindCard
                key={i}
                kind={k}
                fixed={known.has(k.id)}
                put={(change) => setKinds((all) => all.map((x, j) => (j === i ? { ...x, ...change } : x)))}
                remove={kinds.length > 1 ? () => setKinds(kinds.filter((_, j) => j !== i)) : undefined}
                up={i > 0 ? () => setKinds([...kinds.slice(0, i - 1), k, kinds[i - 1]!, ...kinds.slice(i + 1)]) : undefined}
              />
            ))}
            {kinds.length < 25 && (
              <div>
                <button type="button" className="button button-small" onClick={() => setKinds([...kinds, newKind(kinds.length)])}>
                  <Icon name="plus" size={14} /> {t('panels.kind.add')}
                </button>
              </div>
            )}
            {s.at('kinds') && <p className="field-error">{s.at('kinds')}</p>}
          </fieldset>
        </>
      )}
    </SendForm>
  );
}

/** The messages in Discord by which tickets are opened. */
export function ChatPanels() {
  const list = useQuery({ queryKey: keys[0]!, queryFn: async () => (await call('get', '/admin/panels')).items, retry: false });
  const [open, setOpen] = useState<{ panel: Panel | null } | null>(null);
  const may = can('adapter:manage');
  const remove = async (p: Panel) => {
    if ((await ask({ title: t('panels.delete.title'), text: t('panels.delete.text'), action: t('remove'), danger: true })) === null) return;
    await doing(keys, () => call('delete', '/admin/panels/{id}', { path: { id: p.id } }));
  };
  return (
    <>
      <Head title={t('settings.panels')} text={t('panels.text')} action={may && { label: t('panels.add'), run: () => setOpen({ panel: null }) }} />
      <Loaded query={list}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon="chat" title={t('panels.none')} text={t('panels.none.text')} />
          ) : (
            all.map((p) => (
              <section className="card" key={p.id}>
                <div className="card-head">
                  <Icon name="chat" />
                  <h2 className="card-title">{shown(p.title) || p.id}</h2>
                  <span className="muted small grow mono">{p.channel_id}</span>
                  {p.read_only && <span className="badge">{t('channels.fixed')}</span>}
                  {!p.active && <span className="badge">{t('panels.off')}</span>}
                  {may && !p.read_only && (
                    <>
                      <button className="button button-small" aria-label={`${t('edit')}: ${shown(p.title) || p.id}`} onClick={() => setOpen({ panel: p })}>
                        {t('edit')}
                      </button>
                      <button className="button button-small" aria-label={`${t('remove')}: ${shown(p.title) || p.id}`} onClick={() => void remove(p)}>
                        {t('remove')}
                      </button>
                    </>
                  )}
                </div>
                <div className="chips">
                  {p.kinds.map((k) => (
                    <span key={k.id} className="badge">
                      {k.emoji.includes(':') ? '' : k.emoji} {shown(k.label)}
                    </span>
                  ))}
                </div>
              </section>
            ))
          )
        }
      </Loaded>
      <Modal open={open !== null} onClose={() => setOpen(null)} title={open?.panel ? shown(open.panel.title) || open.panel.id : t('panels.add')} wide>
        {open && <PanelForm panel={open.panel} onClose={() => setOpen(null)} />}
      </Modal>
    </>
  );
}
