import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { call } from '../api/client';
import { useSettled, useTitle } from '../lib/hooks';
import { t } from '../lib/i18n';
import { Ago, Avatar, Empty, Fault, Skeleton } from '../parts/bits';
import { Icon } from '../parts/Icon';
import '../text/lead';
import '../text/more';
import { Identities } from './Contact';
import { Table } from './Table';

export default function ContactsPage() {
  useTitle(t('nav.contacts'));
  const search = useSearch();
  const [, navigate] = useLocation();
  const [typed, setTyped] = useState(() => new URLSearchParams(search).get('q') ?? '');
  const q = useSettled(typed.trim(), 250);
  const list = useInfiniteQuery({
    queryKey: ['contacts', q],
    queryFn: ({ pageParam, signal }) => call('get', '/contacts', { query: { q: q || undefined, limit: 50, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    staleTime: 15_000,
  });
  const people = list.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <div className="page">
      <div className="page-in">
        <header className="page-head">
          <h1>{t('nav.contacts')}</h1>
          <p>{t('contacts.text')}</p>
        </header>
        <div className="search-line" role="search">
          <Icon name="search" />
          <input
            type="search"
            value={typed}
            aria-label={t('contacts.search')}
            placeholder={t('contacts.search')}
            onChange={(e) => {
              setTyped(e.target.value);
              navigate('/contacts' + (e.target.value.trim() ? '?' + new URLSearchParams({ q: e.target.value.trim() }) : ''), { replace: true });
            }}
          />
        </div>
        {list.isPending && <Skeleton rows={8} />}
        {list.error && <Fault error={list.error} retry={() => void list.refetch()} />}
        {list.data && people.length === 0 && <Empty icon="users" title={t(q ? 'contacts.none' : 'contacts.first')} text={q ? t('contacts.none.text') : undefined} />}
        {people.length > 0 && (
          <Table
            rows={people}
            id={(c) => c.id}
            label={t('nav.contacts')}
            columns={[
              {
                key: 'name',
                head: t('contacts.name'),
                cell: (c) => (
                  <Link href={`/contacts/${c.id}`} className="cell-main">
                    <Avatar name={c.name || '?'} />
                    <span>{c.name || t('nameless')}</span>
                  </Link>
                ),
              },
              { key: 'identities', head: t('contacts.identities'), cell: (c) => <Identities list={c.identities} /> },
              { key: 'since', head: t('contacts.since'), look: 'quiet', cell: (c) => <Ago at={c.created_at} /> },
            ]}
          />
        )}
        {list.hasNextPage && (
          <div className="more">
            <button className="button" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {t('more.load')}
            </button>
          </div>
        )}
      </div>
    </div>
  );
}
