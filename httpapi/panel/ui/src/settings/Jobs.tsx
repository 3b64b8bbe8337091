import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api/client';
import { number, t, term } from '../lib/i18n';
import { Table } from '../pages/Table';
import { Empty, When } from '../parts/bits';
import { ask } from '../parts/overlay';
import { doing, Head, Loaded } from './common';

const states = ['dead', 'pending', 'leased', 'done'] as const;

export function Jobs() {
  const [state, setState] = useState<string>('dead');
  const key = ['admin', 'jobs', state];
  const list = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => call('get', '/admin/jobs', { query: { state: state || undefined, limit: 50, cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
  const drop = async (id: string) => {
    if ((await ask({ title: t('jobs.drop.title'), text: t('jobs.drop.text'), action: t('jobs.drop'), danger: true })) === null) return;
    await doing([key], () => call('delete', '/admin/jobs/{id}', { path: { id } }));
  };
  return (
    <>
      <Head title={t('settings.jobs')} text={t('jobs.text')} />
      <div className="row-form audit-filters">
        <label className="field">
          <span className="label">{t('jobs.state')}</span>
          <select value={state} onChange={(e) => setState(e.target.value)}>
            {states.map((s) => (
              <option key={s} value={s}>
                {term('jobstate', s)}
              </option>
            ))}
            <option value="">{t('jobs.all')}</option>
          </select>
        </label>
      </div>
      <Loaded query={{ data: list.data, error: list.error, refetch: list.refetch }}>
        {(data) => {
          const jobs = data.pages.flatMap((p) => p.items);
          if (jobs.length === 0) return <Empty icon="bolt" title={t('jobs.none')} text={t('jobs.none.text')} />;
          return (
            <Table
              rows={jobs}
              id={(j) => j.id}
              label={t('settings.jobs')}
              columns={[
                { key: 'kind', head: t('jobs.kind'), cell: (j) => <span className="mono">{j.kind}</span> },
                { key: 'state', head: t('jobs.state'), cell: (j) => <span className={j.state === 'dead' ? 'badge badge-bad' : 'badge'}>{term('jobstate', j.state)}</span> },
                { key: 'at', head: t('jobs.run_at'), look: 'quiet', cell: (j) => <When at={j.run_at} /> },
                { key: 'attempt', head: t('jobs.attempt'), look: 'num', cell: (j) => number(j.attempt) },
                { key: 'error', head: t('jobs.error'), cell: (j) => <span className="muted small">{j.last_error}</span> },
                {
                  key: 'tools',
                  look: 'tools',
                  cell: (j) =>
                    j.state === 'dead' && (
                      <>
                        <button className="button button-small" onClick={() => void doing([key], () => call('post', '/admin/jobs/{id}/retry', { path: { id: j.id } }))}>
                          {t('jobs.retry')}
                        </button>{' '}
                        <button className="button button-small" onClick={() => void drop(j.id)}>
                          {t('jobs.drop')}
                        </button>
                      </>
                    ),
                },
              ]}
            />
          );
        }}
      </Loaded>
      {list.hasNextPage && (
        <div className="more">
          <button className="button" onClick={() => void list.fetchNextPage()}>
            {t('more.load')}
          </button>
        </div>
      )}
    </>
  );
}
