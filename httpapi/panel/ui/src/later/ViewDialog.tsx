import { useEffect, useState } from 'react';
import { queries } from '../api/cache';
import { call } from '../api/client';
import { viewsQuery } from '../api/lists';
import { viewAsked } from '../app/asked';
import { failed } from '../app/failures';
import { can } from '../app/session';
import { toast } from '../app/toasts';
import { t } from '../lib/i18n';
import { useStore } from '../lib/store';
import { Field } from '../parts/form';
import { Modal } from '../parts/overlay';
import { asFilter } from '../tickets/views';

/** Saves what a list shows under a name, or changes what was saved. A list stays with whom it was made for: to share one's own, it is made anew for everybody. */
export function ViewDialog() {
  const asked = useStore(viewAsked);
  const old = asked?.view;
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const [filter, setFilter] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (!asked) return;
    setName(old?.name ?? '');
    setShared(old?.shared ?? false);
    setFilter(asFilter(asked.selection));
  }, [asked, old]);
  const close = () => viewAsked.set(null);
  const save = async () => {
    if (!asked) return;
    setBusy(true);
    const sort = (asked.selection.sort || old?.sort || '-updated_at') as '-updated_at';
    const body = { name: name.trim(), filter: filter.trim(), sort, columns: old?.columns ?? [], position: old?.position ?? 0 };
    try {
      const anew = !old || (shared && !old.shared);
      const saved = anew ? await call('post', '/views', { body: { ...body, shared } }) : await call('put', '/views/{id}', { path: { id: old.id }, body: { ...body, version: old.version } });
      if (old && anew) await call('delete', '/views/{id}', { path: { id: old.id } });
      await queries.fetchQuery({ ...viewsQuery, staleTime: 0 });
      void queries.invalidateQueries({ queryKey: ['counts'] });
      close();
      toast(t('view.saved', { name: saved.name }), { tone: 'good' });
      asked.then(saved.id);
    } catch (e) {
      failed(e);
    }
    setBusy(false);
  };
  return (
    <Modal open={asked !== null} onClose={close} title={t(old ? 'view.edit' : 'view.save')} text={t('view.save.text')}>
      <form
        className="modal-body modal-stack"
        onSubmit={(e) => {
          e.preventDefault();
          void save();
        }}
      >
        <Field label={t('view.name')}>
          <input name="name" required maxLength={80} value={name} onChange={(e) => setName(e.target.value)} />
        </Field>
        <Field label={t('view.filter')} hint={t('search.syntax')}>
          <input name="filter" maxLength={500} value={filter} onChange={(e) => setFilter(e.target.value)} />
        </Field>
        {can('view:share') && (
          <label className="switch">
            <input type="checkbox" name="shared" checked={shared} disabled={old?.shared} onChange={(e) => setShared(e.target.checked)} />
            <span>
              {t('view.shared')}
              <small className="muted">{t('view.shared.hint')}</small>
            </span>
          </label>
        )}
        <div className="modal-actions">
          <button type="button" className="button" onClick={close}>
            {t('cancel')}
          </button>
          <button className="button button-primary" disabled={busy}>
            {t('save')}
          </button>
        </div>
      </form>
    </Modal>
  );
}
