import { useQuery } from '@tanstack/react-query';
import type { Ticket } from '../../api/client';
import { number, t } from '../../lib/i18n';
import { historyOf, isPart, ratingOf } from '../history';
import { Part } from './Part';

const BEST = 5;

/** What the requester has said of how the ticket was handled; of several times the last. */
export function Rating({ ticket }: { ticket: Ticket }) {
  const { data } = useQuery(historyOf(ticket.id));
  const found = data?.findLast((e) => e.type === 'ticket.rated');
  const older = useQuery({ ...ratingOf(ticket.id), enabled: !found && isPart(data) }).data?.[0];
  const n = Number(((found ?? older)?.data as { rating?: number } | undefined)?.rating ?? 0);
  if (n < 1) return null;
  return (
    <Part title={t('side.rating')}>
      <p className="rating">
        <span aria-hidden="true">{'★'.repeat(n) + '☆'.repeat(BEST - n)}</span> {t('rating.of', { n: number(n), best: BEST })}
      </p>
    </Part>
  );
}
