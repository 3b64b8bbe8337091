import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { cachedTicket, putTicket } from '../api/cache';
import { call, Failure, type Ticket } from '../api/client';
import { mergeAsked } from '../app/asked';
import { useMedia, useSettled, useTitle } from '../lib/hooks';
import { gone } from '../live/sync';
import { t } from '../lib/i18n';
import { kept } from '../lib/store';
import { usePresence } from '../live/presence';
import { cx, Empty, Fault, Skeleton } from '../parts/bits';
import { Modal } from '../parts/overlay';
import { Composer, type ComposerHandle } from './Composer';
import { Header } from './Header';
import { markSeen } from './seen';
import { Side } from './Side';
import { Timeline } from './Timeline';

export function Detail({ number, known, onBack, onClosed, onGo }: { number: number; known: Ticket | undefined; onBack: () => void; onClosed: () => void; onGo: (n: number) => void }) {
  // Who runs through a list with a key is not to ask for everything of each ticket on the way.
  const settled = useSettled(number, 120) === number;
  const byNumber = useQuery({
    queryKey: ['number', number],
    queryFn: async () => {
      const x = await call('get', '/tickets/{id}', { path: { id: String(number) } });
      putTicket(x);
      return x.id;
    },
    enabled: settled && !known,
    staleTime: Infinity,
  });
  const id = known?.id ?? byNumber.data;
  const live = useQuery({
    queryKey: ['ticket', id],
    queryFn: () => call('get', '/tickets/{id}', { path: { id: id! } }),
    enabled: settled && id !== undefined && !gone.has(id),
    initialData: () => (id ? cachedTicket(id) : undefined),
    initialDataUpdatedAt: 0,
  });
  const ticket = live.data ?? known;
  const wide = useMedia('(min-width: 1360px)');
  const [side, setSide] = useState(() => kept.read('side') !== 'off');
  const [drawer, setDrawer] = useState(false);
  const visited = useRef('');
  const composer = useRef<ComposerHandle | null>(null);
  usePresence(settled ? id : undefined);
  useTitle(ticket ? `#${ticket.number} ${ticket.subject}` : '');
  useEffect(() => {
    if (!settled || !ticket) return;
    markSeen(ticket, visited.current !== ticket.id);
    visited.current = ticket.id;
  }, [settled, ticket]);

  const error = byNumber.error ?? (live.error instanceof Failure && live.error.status === 404 ? live.error : null);
  if (error)
    return (
      <section className="detail">
        {error instanceof Failure && error.status === 404 ? (
          <Empty icon="ticket" title={t('ticket.gone')} text={t('ticket.gone.text')}>
            <button className="button" onClick={onBack}>
              {t('back.list')}
            </button>
          </Empty>
        ) : (
          <Fault error={error} retry={() => void byNumber.refetch()} />
        )}
      </section>
    );
  if (!ticket)
    return (
      <section className="detail">
        <Skeleton kind="cards" rows={4} />
      </section>
    );
  const toggle = () => {
    if (!wide) return setDrawer((d) => !d);
    setSide((s) => {
      kept.write('side', s ? 'off' : null);
      return !s;
    });
  };
  return (
    <section className={cx('detail', wide && side && 'detail-with-side')} aria-label={t('ticket.label', { number: `#${ticket.number}` })} data-detail={ticket.number}>
      <div className="detail-main">
        <Header ticket={ticket} onBack={onBack} onClosed={onClosed} onSide={toggle} side={wide ? side : drawer} onMerge={() => mergeAsked.set({ ticket, then: onGo })} />
        {settled ? (
          <>
            <Timeline ticket={ticket} key={ticket.id} />
            {ticket.category === 'merged' ? <p className="merged-note">{t('ticket.merged')}</p> : <Composer ticket={ticket} handle={composer} onClosed={onClosed} key={'c' + ticket.id} />}
          </>
        ) : (
          <Skeleton kind="cards" rows={3} />
        )}
      </div>
      {wide && side && settled && <Side ticket={ticket} />}
      {!wide && (
        <Modal open={drawer} onClose={() => setDrawer(false)} title={t('side')} side>
          <Side ticket={ticket} />
        </Modal>
      )}
    </section>
  );
}
