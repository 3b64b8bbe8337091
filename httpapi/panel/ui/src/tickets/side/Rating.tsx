import type { Ticket } from '../../api/client';
import { number, t } from '../../lib/i18n';
import { useRating } from '../history';
import { Part } from './Part';

const BEST = 5;

/** What the requester has said of how the ticket was handled; of several times the last. */
export function Rating({ ticket }: { ticket: Ticket }) {
  const n = useRating(ticket.id) ?? 0;
  if (n < 1) return null;
  return (
    <Part title={t('side.rating')}>
      <p className="rating">
        <span aria-hidden="true">{'★'.repeat(n) + '☆'.repeat(BEST - n)}</span> {t('rating.of', { n: number(n), best: BEST })}
      </p>
    </Part>
  );
}
