import { useState } from 'react';
import { call, type Schema } from '../api/client';
import { count, number, t, term } from '../lib/i18n';
import { begins, shift, today } from '../pages/analytics/range';
import { Table } from '../pages/Table';
import { Field } from '../parts/form';
import { Modal } from '../parts/overlay';
import { SendForm, text } from './common';

type Policy = Schema<'Policy'>;
type Counts = Schema<'Counts'>;

const said = (c: Counts) => t('simulate.counts', { met: number(c.met), missed: number(c.missed), open: number(c.open) });

/** What would have become of the tickets of a period under a policy. */
export function Simulate({ policy, onClose }: { policy: Policy | null; onClose: () => void }) {
  const [result, setResult] = useState<Schema<'Simulation'> | null>(null);
  const last = today();
  const close = () => {
    setResult(null);
    onClose();
  };
  const run = async (p: Policy, f: FormData) => {
    const at = (name: string, days: number) => begins(shift(text(f, name), days));
    const { name, position, match, calendar_id, targets, steps, reopen, pauses } = p;
    setResult(await call('post', '/sla/simulate', { body: { from: at('from', 0), to: at('to', 1), policy: { name, position, match, calendar_id, targets, steps, reopen, pauses } } }));
  };
  return (
    <Modal open={policy !== null} onClose={close} title={t('simulate.title', { name: policy?.name ?? '' })} text={t('simulate.text')} wide>
      {policy && (
        <SendForm action={t('simulate.run')} onCancel={close} onDone={() => undefined} send={(f) => run(policy, f)}>
          {(s) => (
            <>
              <Field label={t('audit.since')} error={s.at('from')}>
                <input type="date" name="from" required max={last} defaultValue={shift(last, -30)} />
              </Field>
              <Field label={t('audit.until')} error={s.at('to')}>
                <input type="date" name="to" required max={last} defaultValue={last} />
              </Field>
              {result && (
                <div className="wide stack" role="status">
                  <p>{result.truncated ? t('simulate.first', { n: number(result.tickets) }) : count('simulate.tickets', result.tickets)}</p>
                  {result.clocks.length > 0 && (
                    <Table
                      rows={result.clocks}
                      id={(c) => c.clock}
                      label={t('simulate.title', { name: policy.name })}
                      columns={[
                        { key: 'clock', head: t('numbers.clock'), cell: (c) => term('clock', c.clock) },
                        { key: 'actual', head: t('simulate.actual'), cell: (c) => said(c.actual) },
                        { key: 'instead', head: t('simulate.instead'), cell: (c) => said(c.instead) },
                      ]}
                    />
                  )}
                </div>
              )}
            </>
          )}
        </SendForm>
      )}
    </Modal>
  );
}
