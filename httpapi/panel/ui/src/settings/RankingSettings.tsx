import { useQuery } from '@tanstack/react-query';
import { call } from '../api/client';
import { toast } from '../app/toasts';
import { t } from '../lib/i18n';
import { Field } from '../parts/form';
import { doing, Head, Loaded, SendForm, text } from './common';

const query = { queryKey: ['admin', 'ranking'], queryFn: () => call('get', '/settings/ranking'), retry: false };

export function RankingSettings() {
  const found = useQuery(query);
  return (
    <>
      <Head title={t('settings.ranking')} text={t('ranking.settings.text')} />
      <Loaded query={found}>
        {(r) => (
          <section className="card" key={r.version}>
            <SendForm
              action={t('save')}
              onDone={() => toast(t('done.saved'), { tone: 'good' })}
              send={async (f) => {
                await call('put', '/settings/ranking', { body: { off: !f.has('on'), anonymous: f.has('anonymous'), minimum: Number(text(f, 'minimum')), version: r.version } });
                await doing([query.queryKey, ['ranking']], async () => undefined);
              }}
            >
              {(s) => (
                <>
                  <label className="switch wide">
                    <input type="checkbox" name="on" defaultChecked={!r.off} />
                    <span>
                      {t('ranking.on')}
                      <small className="muted">{t('ranking.on.hint')}</small>
                    </span>
                  </label>
                  <label className="switch wide">
                    <input type="checkbox" name="anonymous" defaultChecked={r.anonymous} />
                    <span>
                      {t('ranking.hide')}
                      <small className="muted">{t('ranking.hide.hint')}</small>
                    </span>
                  </label>
                  <Field wide label={t('ranking.minimum')} hint={t('ranking.minimum.hint')} error={s.at('minimum')}>
                    <input name="minimum" type="number" min={1} max={1000} required defaultValue={r.minimum} className="short-input" />
                  </Field>
                </>
              )}
            </SendForm>
          </section>
        )}
      </Loaded>
    </>
  );
}
