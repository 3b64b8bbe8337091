import { useInfiniteQuery } from '@tanstack/react-query';
import { call, url } from '../api/client';
import { parkedKey } from '../api/lists';
import { toast } from '../app/toasts';
import { t, term } from '../lib/i18n';
import { Table } from '../pages/Table';
import { Ago, Empty } from '../parts/bits';
import { ask } from '../parts/overlay';
import { doing, Head, Loaded } from './common';

/** What has arrived and could not become a ticket. */
export function Parked() {
  const list = useInfiniteQuery({
    queryKey: parkedKey,
    queryFn: ({ pageParam }) => call('get', '/parked', { query: { limit: 20, cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    retry: false,
  });
  const items = list.data?.pages.flatMap((p) => p.items) ?? [];
  const again = async (id: string) => {
    if (await doing([parkedKey], () => call('post', '/parked/{id}/retry', { path: { id } }))) toast(t('parked.done'), { tone: 'good' });
  };
  const drop = async (id: string) => {
    if ((await ask({ title: t('parked.delete.title'), text: t('parked.delete.text'), action: t('parked.delete'), danger: true })) === null) return;
    await doing([parkedKey], () => call('delete', '/parked/{id}', { path: { id } }));
  };
  return (
    <>
      <Head title={t('settings.parked')} text={t('parked.text')} />
      <Loaded query={{ data: list.data, error: list.error, refetch: list.refetch }}>
        {() =>
          items.length === 0 ? (
            <Empty icon="check" title={t('parked.none')} text={t('parked.none.text')} />
          ) : (
            <Table
              rows={items}
              id={(p) => p.id}
              label={t('settings.parked')}
              columns={[
                { key: 'at', head: t('parked.at'), look: 'quiet', cell: (p) => <Ago at={p.at} /> },
                {
                  key: 'from',
                  head: t('parked.from'),
                  cell: (p) => (
                    <>
                      {p.sender || t('parked.unknown')}
                      <div className="muted small">{p.subject || term('channel', p.channel)}</div>
                    </>
                  ),
                },
                { key: 'reason', head: t('parked.reason'), cell: (p) => p.reason },
                {
                  key: 'tools',
                  look: 'tools',
                  cell: (p) => (
                    <>
                      <button className="button button-small" onClick={() => void again(p.id)}>
                        {t('parked.retry')}
                      </button>{' '}
                      <a className="button button-small" href={url('/parked/{id}/raw', { id: p.id })} download>
                        {t('parked.raw')}
                      </a>{' '}
                      <button className="button button-small" onClick={() => void drop(p.id)}>
                        {t('parked.delete')}
                      </button>
                    </>
                  ),
                },
              ]}
            />
          )
        }
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

