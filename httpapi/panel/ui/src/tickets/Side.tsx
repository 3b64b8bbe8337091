import { Link } from 'wouter';
import { url, type Ticket } from '../api/client';
import { can } from '../app/session';
import { t } from '../lib/i18n';
import { When } from '../parts/bits';
import { Clocks } from './side/Clocks';
import { Facts } from './side/Facts';
import { Links } from './side/Links';
import { Part } from './side/Part';
import { Rating } from './side/Rating';
import { Requester } from './side/Requester';
import { Tags } from './side/Tags';

/** What is to be known of a ticket beside its conversation. */
export function Side({ ticket }: { ticket: Ticket }) {
  return (
    <aside className="side" aria-label={t('side')}>
      <Requester ticket={ticket} />
      <Rating ticket={ticket} />
      <Clocks ticket={ticket} />
      <Facts ticket={ticket} />
      <Tags ticket={ticket} />
      <Links ticket={ticket} />
      <Part title={t('side.history')}>
        <ul className="side-tickets">
          {can('audit:read') && (
            <li>
              <Link className="link" href={`/audit?ticket=${ticket.id}`}>
                {t('side.audit')}
              </Link>
            </li>
          )}
          {can('transcript:read') && (
            <li>
              <a className="link" href={url('/tickets/{id}/transcript', { id: ticket.id }, { format: 'html' })} target="_blank" rel="noopener">
                {t('transcript')}
              </a>
            </li>
          )}
        </ul>
        <p className="muted small">
          {t('side.changed')} <When at={ticket.updated_at} />
        </p>
      </Part>
    </aside>
  );
}
