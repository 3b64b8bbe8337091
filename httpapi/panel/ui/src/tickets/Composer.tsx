import { useQuery } from '@tanstack/react-query';
import { useEffect, useLayoutEffect, useRef, useState, type ClipboardEvent, type DragEvent, type KeyboardEvent } from 'react';
import { upload, type Schema, type Ticket } from '../api/client';
import { participantsOf } from '../api/lists';
import { useCommands, keyLabel } from '../app/commands';
import { failed } from '../app/failures';
import { can } from '../app/session';
import { bytes, listOf, t } from '../lib/i18n';
import { useStore } from '../lib/store';
import { writing } from '../live/presence';
import { cx, Kbd } from '../parts/bits';
import { Icon } from '../parts/Icon';
import { Actions, Bubble } from '../parts/overlay';
import { adopt, readDraft, restored, writeDraft, type Draft, type Kind } from './drafts';
import { MacroNote, MacroPicker, MentionPicker } from './inserts';
import { submit, type Then } from './outbox';

/** To whom a reply goes, as far as the desk knows; null when it can reach nobody. */
function useRecipients(ticket: Ticket): { to: string | null; copies: string[] } {
  const others = useQuery(participantsOf(ticket.id));
  const mail = ticket.requester.email;
  const chat = ticket.channel === 'discord';
  return { to: mail ? (ticket.requester.name ? `${ticket.requester.name} <${mail}>` : mail) : chat ? `${ticket.requester.name || t('nameless')} (Discord)` : null, copies: (others.data ?? []).map((p) => p.contact.email || p.contact.name).filter(Boolean) };
}

export interface ComposerHandle {
  focus(kind: Kind): void;
}

export function Composer({ ticket, handle, onClosed }: { ticket: Ticket; handle: React.RefObject<ComposerHandle | null>; onClosed: () => void }) {
  const mayReply = can('message:write');
  const mayNote = can('note:write');
  const mayMacro = can('view:own');
  const [picking, setPicking] = useState<{ what: 'macro' | 'mention'; typed: string } | null>(null);
  const [kind, setKind] = useState<Kind>(() => (mayReply && !(readDraft(ticket.id, 'note').body && !readDraft(ticket.id, 'reply').body) ? 'reply' : 'note'));
  const [draft, setDraft] = useState<Draft>(() => readDraft(ticket.id, kind));
  const [loading, setLoading] = useState(0);
  const [over, setOver] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const { to, copies } = useRecipients(ticket);
  const back = useStore(restored);

  useEffect(() => setDraft(readDraft(ticket.id, kind)), [ticket.id, kind, back]);

  // What was begun in another browser comes in, and with it the kind of it when there is nothing of the other.
  useEffect(() => {
    void adopt(ticket.id).then(() => {
      if (mayNote && document.activeElement !== area.current && !readDraft(ticket.id, 'reply').body && readDraft(ticket.id, 'note').body) setKind('note');
    });
  }, [ticket.id, mayNote]);

  const keep = (d: Draft) => {
    setDraft(d);
    writeDraft(ticket.id, kind, d);
  };

  const choose = (k: Kind) => {
    setKind(k);
    setTimeout(() => {
      const el = area.current;
      el?.focus();
      el?.setSelectionRange(el.value.length, el.value.length); // one goes on where one stopped
    });
  };
  useEffect(() => {
    handle.current = { focus: (k) => choose(k === 'reply' && !mayReply ? 'note' : k) };
    return () => {
      handle.current = null;
    };
  });

  useLayoutEffect(() => {
    const el = area.current;
    if (!el) return;
    el.style.height = 'auto';
    el.style.height = `${Math.min(320, Math.max(64, el.scrollHeight))}px`;
  }, [draft.body, kind]);

  // A picker opens where the text is written; what is chosen, or else the character that opened it, goes in there.
  const caret = useRef<[number, number]>([0, 0]);
  const open = (what: 'macro' | 'mention', typed = '') => {
    const el = area.current;
    caret.current = el && document.activeElement === el ? [el.selectionStart, el.selectionEnd] : [draft.body.length, draft.body.length];
    setPicking({ what, typed });
  };
  const insert = (text: string, macro = draft.macro) => {
    const now = readDraft(ticket.id, kind);
    const [from, to] = caret.current;
    keep({ ...now, body: now.body.slice(0, from) + text + now.body.slice(to), macro });
    setTimeout(() => {
      area.current?.focus();
      area.current?.setSelectionRange(from + text.length, from + text.length);
    });
  };
  const opens = (e: KeyboardEvent<HTMLTextAreaElement>): 'macro' | 'mention' | null => {
    if (e.ctrlKey || e.metaKey || e.nativeEvent.isComposing) return null;
    const before = draft.body.slice(0, e.currentTarget.selectionStart).at(-1);
    if (e.key === '/' && mayMacro && (before === undefined || before === '\n')) return 'macro';
    return e.key === '@' && kind === 'note' && (before === undefined || /\s/.test(before)) ? 'mention' : null;
  };

  const attach = async (list: Iterable<File>) => {
    for (const f of list) {
      setLoading((n) => n + 1);
      try {
        const a: Schema<'Attachment'> = await upload(ticket.id, f);
        const now = readDraft(ticket.id, kind);
        keep({ ...now, files: [...now.files, a] });
      } catch (e) {
        failed(e);
      }
      setLoading((n) => n - 1);
    }
  };
  const pasted = (e: ClipboardEvent) => {
    const list = [...e.clipboardData.files];
    if (list.length === 0) return;
    e.preventDefault();
    void attach(list);
  };
  const dropped = (e: DragEvent) => {
    e.preventDefault();
    setOver(false);
    void attach(e.dataTransfer.files);
  };

  const ready = loading === 0 && (draft.body.trim() !== '' || draft.files.length > 0) && (kind === 'note' || ticket.category !== 'merged');
  const go = (then: Then) => {
    if (!ready) return area.current?.focus();
    submit(ticket, kind, draft.body, draft.files, then, draft.macro);
    setDraft({ body: '', files: [] });
    writing.set({ ticket: '', at: 0 });
    if (then === 'closed') onClosed();
    else area.current?.blur();
  };

  useCommands([
    ...(mayReply ? [{ id: 'reply', label: t('command.reply'), icon: 'reply' as const, keys: 'r', group: 'ticket' as const, run: () => choose('reply') }] : []),
    ...(mayNote ? [{ id: 'note', label: t('command.note'), icon: 'note' as const, keys: 'n', group: 'ticket' as const, run: () => choose('note') }] : []),
    ...(mayMacro ? [{ id: 'macro', label: t('macro.insert'), icon: 'bolt' as const, keys: 'm', group: 'ticket' as const, run: () => open('macro') }] : []),
    { id: 'send', label: t('command.send'), icon: 'send', keys: 'mod+Enter', typing: true, group: 'ticket', run: () => go('stay') },
    { id: 'send-close', label: t('command.send_close'), icon: 'send', keys: 'mod+shift+Enter', typing: true, group: 'ticket', run: () => go('closed') },
  ]);

  if (!mayReply && !mayNote) return null;
  const note = kind === 'note';
  return (
    <section
      className={cx('composer', note && 'composer-note', over && 'composer-over')}
      aria-label={t('composer')}
      onDragOver={(e) => {
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={dropped}
    >
      <div className="composer-top">
        <div className="composer-tabs" role="tablist" aria-label={t('composer.kind')}>
          {mayReply && (
            <button role="tab" aria-selected={!note} className="composer-tab" onClick={() => choose('reply')}>
              <Icon name="reply" size={14} /> {t('reply')}
            </button>
          )}
          {mayNote && (
            <button role="tab" aria-selected={note} className="composer-tab" onClick={() => choose('note')}>
              <Icon name="lock" size={14} /> {t('note')}
            </button>
          )}
        </div>
        <p className="composer-to">
          {note ? (
            t('composer.note.who')
          ) : to ? (
            <>
              <span className="muted">{t('composer.to')}</span> {to}
              {copies.length > 0 && (
                <>
                  {' '}
                  <span className="muted">{t('composer.copy')}</span> {listOf(copies)}
                </>
              )}
            </>
          ) : (
            <span className="warn">
              <Icon name="alert" size={13} /> {t('composer.nobody')}
            </span>
          )}
        </p>
      </div>
      <textarea
        ref={area}
        dir="auto"
        aria-label={t(note ? 'composer.note.label' : 'composer.reply.label')}
        placeholder={t(note ? 'composer.note.placeholder' : 'composer.reply.placeholder')}
        value={draft.body}
        onPaste={pasted}
        onChange={(e) => {
          keep({ ...draft, body: e.target.value });
          if (kind === 'reply') writing.set({ ticket: ticket.id, at: Date.now() });
        }}
        onKeyDown={(e) => {
          const what = opens(e);
          if (what) {
            e.preventDefault();
            open(what, e.key);
          }
          if (e.key === 'Escape') {
            e.preventDefault();
            e.currentTarget.blur();
          }
        }}
      />
      {draft.macro && <MacroNote macro={draft.macro} onDrop={() => keep({ ...draft, macro: undefined })} />}
      {(draft.files.length > 0 || loading > 0) && (
        <ul className="composer-files">
          {draft.files.map((f) => (
            <li key={f.id} className="chip">
              <Icon name="clip" size={13} />
              <span className="chip-text">{f.name}</span>
              <span className="muted">{bytes(f.size)}</span>
              <button className="chip-x" aria-label={t('composer.file.remove', { name: f.name })} onClick={() => keep({ ...draft, files: draft.files.filter((x) => x.id !== f.id) })}>
                <Icon name="x" size={12} />
              </button>
            </li>
          ))}
          {loading > 0 && <li className="chip muted">{t('composer.uploading')}</li>}
        </ul>
      )}
      <div className="composer-bottom">
        <button className="icon-button" onClick={() => files.current?.click()} aria-label={t('composer.attach')} title={t('composer.attach.hint')}>
          <Icon name="clip" />
        </button>
        <Bubble
          open={picking !== null}
          onOpenChange={(o) => {
            if (o) return open('macro');
            if (picking) insert(picking.typed);
            setPicking(null);
          }}
          label={t(picking?.what === 'mention' ? 'mention.insert' : 'macro.insert')}
          trigger={
            mayMacro ? (
              <button className="icon-button" title={`${t('macro.insert')} (/)`}>
                <Icon name="bolt" />
              </button>
            ) : (
              <span className="anchor" tabIndex={-1} aria-hidden="true" />
            )
          }
        >
          {picking?.what === 'mention' ? (
            <MentionPicker onPick={(username) => insert(`@${username} `)} onDone={() => setPicking(null)} />
          ) : (
            <MacroPicker ticket={ticket} onPick={(m) => insert(m.text, m)} onDone={() => setPicking(null)} />
          )}
        </Bubble>
        <input
          ref={files}
          type="file"
          multiple
          hidden
          onChange={(e) => {
            void attach([...(e.target.files ?? [])]);
            e.target.value = '';
          }}
        />
        {draft.body && <span className="composer-kept muted small">{t('composer.kept')}</span>}
        <span className="grow" />
        <span className="composer-key">
          <Kbd keys={keyLabel('mod+Enter')} />
        </span>
        <div className="split">
          <button className={cx('button', note ? 'button-note' : 'button-primary')} disabled={!ready} onClick={() => go('stay')}>
            {t(note ? 'composer.note.button' : 'composer.send')}
          </button>
          {!note && (
            <Actions
              align="end"
              label={t('composer.send.more')}
              trigger={
                <button className="button button-primary split-more" disabled={!ready}>
                  <Icon name="down" />
                </button>
              }
              choices={[
                { key: 'pending', label: t('composer.send.pending'), icon: 'hourglass', run: () => go('pending') },
                ...(can('ticket:close') ? [{ key: 'close', label: t('composer.send.close'), icon: 'check' as const, hint: keyLabel('mod+shift+Enter'), run: () => go('closed') }] : []),
              ]}
            />
          )}
        </div>
      </div>
    </section>
  );
}
