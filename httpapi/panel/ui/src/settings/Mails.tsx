import { useQuery } from '@tanstack/react-query';
import { call, type Schema } from '../api/client';
import { can } from '../app/session';
import { toast } from '../app/toasts';
import { t, term } from '../lib/i18n';
import { doing, Head, Loaded } from './common';

type Rules = Schema<'MailRules'>;
const kinds = ['receipt', 'assigned', 'bounced', 'reminder', 'closing', 'closed', 'sla'] as const;
const keys = [['admin', 'mail']];

function save(r: Rules, change: Partial<{ mails: Rules['mails']; signature: string | null }>): void {
  const { mails, signature } = { mails: r.mails, signature: r.signature, ...change };
  // What follows the rules above is left out.
  const body = { mails: Object.fromEntries(Object.entries(mails).filter(([, on]) => on !== null)), signature: signature ?? undefined } as Schema<'NewMailRules'>;
  void doing(keys, async () => {
    if (r.queue_id) await call('put', '/queues/{id}/mail', { path: { id: r.queue_id }, body });
    else await call('put', '/settings/mail', { body });
    toast(t('done.saved'), { tone: 'good' });
  });
}

function Row({ rules, may }: { rules: Rules; may: boolean }) {
  const name = rules.queue_id ? rules.queue : t('mail.desk');
  return (
    <section className="card">
      <h2 className="card-title">{name}</h2>
      <div className="switches">
        {kinds.map((k) => {
          const own = rules.mails[k];
          return (
            <label key={k} className="switch-row">
              <span>{term('mail', k)}</span>
              <select
                disabled={!may}
                aria-label={`${name}: ${term('mail', k)}`}
                value={own === null || own === undefined ? '' : String(own)}
                onChange={(e) => save(rules, { mails: { ...rules.mails, [k]: e.target.value === '' ? null : e.target.value === 'true' } })}
              >
                <option value="">{rules.queue_id || own === null ? t(rules.queue_id ? 'mail.follow' : 'mail.standard', { value: t(rules.effective[k] ? 'mail.on' : 'mail.off') }) : '–'}</option>
                <option value="true">{t('mail.on')}</option>
                <option value="false">{t('mail.off')}</option>
              </select>
            </label>
          );
        })}
      </div>
      <label className="field">
        <span className="label">{t('mail.signature')}</span>
        <textarea
          rows={3}
          disabled={!may}
          defaultValue={rules.signature ?? ''}
          key={rules.signature}
          onBlur={(e) => {
            if (e.target.value !== (rules.signature ?? '')) save(rules, { signature: e.target.value === '' && rules.queue_id ? null : e.target.value });
          }}
        />
        {rules.queue_id && <span className="hint">{t('mail.signature.hint')}</span>}
      </label>
    </section>
  );
}

export function Mails() {
  const list = useQuery({ queryKey: keys[0]!, queryFn: async () => (await call('get', '/settings/mail')).items });
  const may = can('settings:write');
  return (
    <>
      <Head title={t('settings.mail')} text={t('mail.text')} />
      <Loaded query={list}>{(all) => all.map((r) => <Row key={r.queue_id ?? ''} rules={r} may={may} />)}</Loaded>
    </>
  );
}
