import { useState } from 'react';
import { call, url, type Message, type Ticket } from '../api/client';
import { queries } from '../api/cache';
import { reviseAsked, splitAsked } from '../app/asked';
import { failed } from '../app/failures';
import { can, whoAmI } from '../app/session';
import { bytes, t, term } from '../lib/i18n';
import { Avatar, cx, When } from '../parts/bits';
import { Icon } from '../parts/Icon';
import { Actions, type Choice } from '../parts/overlay';

const PICTURES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

/** Makes web addresses in a plain text links. */
function Linked({ text }: { text: string }) {
  const parts = text.split(/(https?:\/\/[^\s<>"'`\\]+[^\s<>"'`\\.,;:!?)\]}*_])/);
  return parts.map((p, i) =>
    i % 2 === 1 ? (
      <a key={i} href={p} target="_blank" rel="noopener noreferrer nofollow">
        {p}
      </a>
    ) : (
      p
    ),
  );
}

function Files({ ticket, message }: { ticket: string; message: Message }) {
  if (message.attachments.length === 0) return null;
  return (
    <ul className="files">
      {message.attachments.map((f) => {
        const at = url('/tickets/{id}/attachments/{aid}', { id: ticket, aid: f.id });
        const picture = PICTURES.includes(f.content_type) && f.size > 0 && f.size < 4 << 20;
        return (
          <li key={f.id}>
            <a className="file" href={at} download={f.name} title={t('file.download', { name: f.name })}>
              {picture ? <img src={at + '?inline=true'} alt="" loading="lazy" width="56" height="42" /> : <Icon name="file" size={20} />}
              <span className="file-text">
                <span className="file-name">{f.name}</span>
                <span className="muted small">{bytes(f.size)}</span>
              </span>
              <Icon name="download" />
            </a>
          </li>
        );
      })}
    </ul>
  );
}

function Delivery({ message }: { message: Message }) {
  const d = message.delivery;
  const [busy, setBusy] = useState(false);
  if (message.author.type !== 'account' || message.kind !== 'public') return null;
  if (!d) return <span className="delivery muted">{t('delivery.none')}</span>;
  const bad = d.state === 'failed' || d.state === 'bounced';
  const resend = async () => {
    setBusy(true);
    try {
      await call('post', '/messages/{id}/resend', { path: { id: message.id } });
      await queries.invalidateQueries({ queryKey: ['messages'] });
    } catch (e) {
      failed(e);
    }
    setBusy(false);
  };
  return (
    <span className={cx('delivery', bad && 'delivery-bad')} title={d.reason || undefined}>
      <Icon name={bad ? 'alert' : d.state === 'sent' ? 'checks' : 'clock'} size={13} />
      {term('delivery', d.state)}
      {bad && d.reason && <span className="delivery-reason">{d.reason}</span>}
      {bad && can('message:write') && (
        <button className="link" onClick={() => void resend()} disabled={busy}>
          {t('resend')}
        </button>
      )}
    </span>
  );
}

/** The HTML of a mail, in a frame that may do nothing: no script, no form, nothing from the web unless somebody asks. */
function MailFrame({ message }: { message: Message }) {
  const [images, setImages] = useState(false);
  return (
    <div className="mail">
      <iframe title={t('mail.frame')} sandbox="allow-popups allow-popups-to-escape-sandbox" referrerPolicy="no-referrer" src={url('/messages/{id}/html', { id: message.id }, images ? { images: true } : {})} />
      {!images && (
        <button className="link small" onClick={() => setImages(true)}>
          {t('mail.images')}
        </button>
      )}
    </div>
  );
}

/** What can be done with a message. */
function choicesFor(ticket: Ticket, message: Message): Choice[] {
  const out: Choice[] = [];
  const ours = message.author.type !== 'account' || message.author.id === whoAmI().id || can('ticket:delete');
  if (message.revisable && ours && can('message:write'))
    out.push(
      { key: 'revise', icon: 'pencil', label: t('message.revise'), run: () => reviseAsked.set({ ticket, message, withdraw: false }) },
      { key: 'withdraw', icon: 'trash', label: t('message.withdraw'), run: () => reviseAsked.set({ ticket, message, withdraw: true }) },
    );
  if (can('ticket:split') && message.kind !== 'system' && message.n > 1 && ticket.category !== 'merged') out.push({ key: 'split', icon: 'split', label: t('split.open'), run: () => splitAsked.set({ ticket, message }) });
  return out;
}

export function MessageCard({ ticket, message }: { ticket: Ticket; message: Message }) {
  const [html, setHTML] = useState(false);
  const own = message.author.type === 'account';
  const note = message.kind === 'note';
  const choices = choicesFor(ticket, message);
  const name = message.author.name || message.author.email || t(own ? 'actor.account' : message.author.type === 'system' ? 'actor.system' : 'actor.contact');
  return (
    <article className={cx('message', note ? 'message-note' : own ? 'message-own' : message.kind === 'system' ? 'message-system' : 'message-theirs')} aria-label={t(note ? 'message.note.by' : 'message.by', { name })} data-message={message.n}>
      <header className="message-head">
        <Avatar name={name} />
        <span className="message-author">{name}</span>
        {note && (
          <span className="badge badge-note">
            <Icon name="lock" size={12} /> {t('note')}
          </span>
        )}
        {message.author.type === 'contact' && message.verified === false && (
          <span className="badge badge-warn" title={t('mark.unverified.hint')}>
            <Icon name="alert" size={12} /> {t('mark.unverified')}
          </span>
        )}
        {message.machine && (
          <span className="badge" title={t('mark.machine.hint')}>
            {t('mark.machine')}
          </span>
        )}
        {message.protection === 'encrypted' && (
          <span className="badge" title={t('mark.encrypted.hint')}>
            {t('mark.encrypted')}
          </span>
        )}
        <span className="message-time">
          <When at={message.created_at} />
        </span>
        {choices.length > 0 && (
          <Actions
            align="end"
            label={t('more')}
            choices={choices}
            trigger={
              <button className="icon-button message-menu">
                <Icon name="dots" />
              </button>
            }
          />
        )}
      </header>
      {html ? (
        <MailFrame message={message} />
      ) : (
        <div className="message-text" dir="auto">
          {message.text ? <Linked text={message.text} /> : message.html ? <span className="muted">{t('message.only_html')}</span> : message.attachments.length === 0 && <span className="muted">{t('message.empty')}</span>}
        </div>
      )}
      {!html && message.quoted && (
        <details className="quoted">
          <summary>{t('message.quoted')}</summary>
          <div dir="auto">{message.quoted}</div>
        </details>
      )}
      <Files ticket={ticket.id} message={message} />
      {(message.html || message.raw || own) && !note && (
        <footer className="message-foot">
          <Delivery message={message} />
          {message.html && (
            <button className="link" onClick={() => setHTML((h) => !h)}>
              {t(html ? 'message.as_text' : 'message.as_html')}
            </button>
          )}
          {message.raw && (
            <a className="link" href={url('/messages/{id}/raw', { id: message.id })} download>
              {t('message.raw')}
            </a>
          )}
        </footer>
      )}
    </article>
  );
}
