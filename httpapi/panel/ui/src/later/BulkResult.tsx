import { bulkShown } from '../app/asked';
import { explain } from '../app/failures';
import { Failure } from '../api/client';
import { count, t } from '../lib/i18n';
import { useStore } from '../lib/store';
import { Icon } from '../parts/Icon';
import { Modal } from '../parts/overlay';

/** What became of each ticket of a change of many, those that refused first. */
export function BulkResult() {
  const shown = useStore(bulkShown);
  const rows = (shown?.results ?? []).map((r) => ({ r, ticket: shown?.tickets.find((x) => x.id === r.id) ?? r.ticket })).sort((a, b) => Number(!a.r.problem) - Number(!b.r.problem));
  const bad = rows.filter((x) => x.r.problem).length;
  return (
    <Modal open={shown !== null} onClose={() => bulkShown.set(null)} title={t('bulk.result')} text={`${count('bulk.done', rows.length - bad)} · ${count('bulk.result.refused', bad)}`} wide>
      <ul className="bulk-result modal-body">
        {rows.map(({ r, ticket }) => (
          <li key={r.id} data-result={r.status}>
            <Icon name={r.problem ? 'alert' : 'check'} size={14} label={t(r.problem ? 'bulk.label.refused' : 'bulk.label.changed')} />
            <span className="muted">#{ticket?.number ?? r.id}</span>
            <span className="bulk-result-subject">{ticket?.subject}</span>
            {r.problem && <span className="bulk-result-why">{explain(new Failure(r.status, r.problem)).title}</span>}
          </li>
        ))}
      </ul>
    </Modal>
  );
}
