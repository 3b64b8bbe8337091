import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { call, type Schema, type Ticket } from '../api/client';
import { agentsQuery, macrosQuery } from '../api/lists';
import { failed } from '../app/failures';
import { can, whoAmI } from '../app/session';
import { lang } from '../lib/base';
import { compare, t, term } from '../lib/i18n';
import { Avatar } from '../parts/bits';
import { Icon } from '../parts/Icon';
import { Picker } from '../parts/Picker';
import type { MacroChange } from './drafts';

function Named({ name, text }: { name: string; text: string }) {
  return (
    <>
      {name}
      <small className="macro-text muted">{text.slice(0, 80)}</small>
    </>
  );
}

/** The texts that were prepared. The server fills one in for the ticket before it is put into the composer. */
export function MacroPicker({ ticket, onPick, onDone }: { ticket: Ticket; onPick: (m: Schema<'Rendered'>) => void; onDone: () => void }) {
  const macros = useQuery(macrosQuery);
  const render = async (id: string) => {
    try {
      onPick(await call('post', '/macros/{id}/render', { path: { id }, body: { ticket: ticket.id } }));
    } catch (e) {
      failed(e);
    }
  };
  if (macros.data?.length === 0) {
    return (
      <p className="picker-none">
        {t('macro.none')} {can('view:own') && <Link href="/settings/macros">{t('macro.make')}</Link>}
      </p>
    );
  }
  return (
    <Picker
      label={t('macro.find')}
      onDone={onDone}
      choices={(macros.data ?? []).map((m) => {
        const text = (lang === 'de' ? m.de || m.en : m.en || m.de).replace(/\s+/g, ' ');
        return { key: m.id, label: <Named name={m.name} text={text} />, search: `${m.name} ${m.de} ${m.en}`, icon: m.shared ? ('users' as const) : ('user' as const), run: () => void render(m.id) };
      })}
    />
  );
}

/** The people of the desk, to mention one of them in a note. */
export function MentionPicker({ onPick, onDone }: { onPick: (username: string) => void; onDone: () => void }) {
  const agents = useQuery(agentsQuery);
  const others = (agents.data ?? []).filter((a) => a.id !== whoAmI().id).sort((a, b) => compare(a.name, b.name));
  return <Picker label={t('mention.find')} onDone={onDone} choices={others.map((a) => ({ key: a.id, label: a.name, search: `${a.name} ${a.username}`, icon: <Avatar name={a.name} size="s" />, hint: `@${a.username}`, run: () => onPick(a.username) }))} />;
}

/** What a macro is going to do to the ticket. */
export function MacroNote({ macro, onDrop }: { macro: MacroChange; onDrop: () => void }) {
  const parts = [macro.status && `${t('field.status')}: ${term('status', macro.status)}`, macro.priority && `${t('field.priority')}: ${term('priority', macro.priority)}`, macro.tags.length > 0 && `${t('field.tags')}: ${macro.tags.join(', ')}`].filter(Boolean);
  if (parts.length === 0) return null;
  return (
    <p className="composer-macro small">
      <Icon name="bolt" size={13} /> <span className="muted">{t('macro.will')}</span> {parts.join(' · ')}
      <button className="chip-x" aria-label={t('macro.drop')} onClick={onDrop}>
        <Icon name="x" size={12} />
      </button>
    </p>
  );
}
