import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { countsQuery, parkedQuery, viewsQuery } from '../api/lists';
import { base, deskShort, languageURL, lang, logo, setTheme } from '../lib/base';
import { useSettled } from '../lib/hooks';
import { number, t, term } from '../lib/i18n';
import { store, useStore } from '../lib/store';
import { labelOf, readSelection, savedViews, views } from '../tickets/views';
import { Avatar, cx } from '../parts/bits';
import { Icon, type IconName } from '../parts/Icon';
import { Actions } from '../parts/overlay';
import { keyLabel } from './commands';
import { newTicketOpen, paletteOpen, sheetOpen } from './asked';
import { can, canAny, whoAmI } from './session';
import { seesParked, settingsPages } from './pages';

/** Whether the navigation lies over the page, where there is no room beside it. */
export const navOpen = store(false);

function Item({ href, icon, label, on, count, hot }: { href: string; icon: IconName; label: string; on: boolean; count?: { count: number; more: boolean }; hot?: boolean }) {
  return (
    <Link href={href} className={cx('nav-item', on && 'on')} aria-current={on ? 'page' : undefined} title={label} onClick={() => navOpen.set(false)}>
      <Icon name={icon} />
      <span className="nav-text">{label}</span>
      {count && count.count > 0 && <span className={cx('nav-count', hot && 'nav-hot')}>{count.more ? `${count.count}+` : number(count.count)}</span>}
    </Link>
  );
}

/** Signing out is a form of the server: it works whatever state this page is in. */
function signOut(): void {
  const form = document.createElement('form');
  form.method = 'post';
  form.action = base + '/logout';
  document.body.append(form);
  form.submit();
}

export function Nav() {
  const [path] = useLocation();
  const search = useSearch();
  const me = whoAmI();
  const calm = useSettled(true, 700, false); // the counts can wait until the page itself is there
  const counts = useQuery({ ...countsQuery, enabled: calm && can('ticket:read') });
  useQuery({ ...viewsQuery, enabled: calm && can('ticket:read') });
  const parked = useQuery({ ...parkedQuery, enabled: calm && seesParked() });
  const saved = useStore(savedViews);
  const countOf = (name: string) => counts.data?.find((c) => c.id === name);
  const view = path.startsWith('/tickets') ? readSelection(search).view : null;
  const section = (title: string, children: ReactNode) => (
    <div className="nav-section">
      <h2>{title}</h2>
      {children}
    </div>
  );
  return (
    <nav className="nav" aria-label={t('nav.label')}>
      <div className="nav-head">
        <Link href="/" className="nav-brand">
          {logo.light ? (
            <>
              <img className={cx('nav-picture', logo.dark && 'only-light')} src={logo.light} alt="" />
              {logo.dark && <img className="nav-picture only-dark" src={logo.dark} alt="" />}
            </>
          ) : (
            <span className="nav-logo" aria-hidden="true">
              <Icon name="ticket" />
            </span>
          )}
          <span className="nav-text">{deskShort}</span>
        </Link>
      </div>
      <div className="nav-tools">
        <button className="nav-search" onClick={() => paletteOpen.set(true)} title={t('palette')}>
          <Icon name="search" />
          <span className="nav-text">{t('palette.button')}</span>
          <kbd className="nav-text">{keyLabel('mod+k').toUpperCase().replace('STRG', 'Strg').replace('CTRL', 'Ctrl')}</kbd>
        </button>
        {can('ticket:create') && (
          <button className="button nav-new" onClick={() => newTicketOpen.set(true)} title={t('new.title')}>
            <Icon name="plus" />
            <span className="nav-text">{t('new.short')}</span>
          </button>
        )}
      </div>
      <div className="nav-scroll">
        {can('dashboard:read') && <Item href="/" icon="home" label={t('nav.overview')} on={path === '/'} />}
        {can('ticket:read') &&
          section(
            t('nav.tickets'),
            views.map((v) => <Item key={v.name} href={`/tickets?view=${v.name}`} icon={v.icon} label={labelOf(v)} on={view === v.name} count={countOf(v.name)} hot={v.name === 'breached'} />),
          )}
        {saved.length > 0 &&
          section(
            t('nav.saved'),
            saved.map((v) => <Item key={v.name} href={`/tickets?view=${v.name}`} icon={v.icon} label={labelOf(v)} on={view === v.name} count={countOf(v.name)} />),
          )}
        {(canAny('audit:read', 'analytics:read', 'ranking:read', 'contact:read') || settingsPages().length > 0) &&
          section(
            t('nav.desk'),
            <>
              {can('contact:read') && <Item href="/contacts" icon="users" label={t('nav.contacts')} on={path.startsWith('/contacts')} />}
              {can('analytics:read') && <Item href="/analytics" icon="chart" label={t('nav.analytics')} on={path === '/analytics'} />}
              {can('ranking:read') && <Item href="/ranking" icon="cup" label={t('nav.ranking')} on={path === '/ranking'} />}
              {can('audit:read') && <Item href="/audit" icon="history" label={t('nav.audit')} on={path === '/audit'} />}
              {seesParked() && <Item href="/settings/parked" icon="inbox" label={t('settings.parked')} on={path === '/settings/parked'} count={parked.data} />}
              {settingsPages().length > 0 && <Item href={`/settings/${settingsPages()[0]!.name}`} icon="gear" label={t('nav.settings')} on={path.startsWith('/settings') && path !== '/settings/parked'} />}
            </>,
          )}
      </div>
      <div className="nav-foot">
        <Actions
          trigger={
            <button className="nav-me">
              <Avatar name={me.name} />
              <span className="nav-text nav-me-text">
                <span>{me.name}</span>
                <span className="muted small">{term('role', me.role)}</span>
              </span>
            </button>
          }
          choices={[
            { key: 'profile', label: t('nav.profile'), icon: 'user', run: () => document.getElementById('go-profile')?.click() },
            { key: 'keys', label: t('keys.title'), icon: 'keyboard', hint: '?', run: () => sheetOpen.set(true) },
            '-',
            { key: 'light', label: t('theme.light'), icon: 'sun', run: () => setTheme('light') },
            { key: 'dark', label: t('theme.dark'), icon: 'moon', run: () => setTheme('dark') },
            { key: 'auto', label: t('theme.auto'), icon: 'refresh', run: () => setTheme('auto') },
            '-',
            { key: 'lang', label: lang === 'de' ? 'English' : 'Deutsch', icon: 'globe', run: () => location.assign(languageURL(lang === 'de' ? 'en' : 'de')) },
            '-',
            { key: 'out', label: t('logout'), icon: 'logout', run: signOut },
          ]}
        />
        <Link id="go-profile" href="/profile" className="hidden" tabIndex={-1} aria-hidden="true">
          {t('nav.profile')}
        </Link>
      </div>
    </nav>
  );
}

/** The bar at the bottom of a phone: what is needed in one hand. */
export function BottomBar() {
  const [path] = useLocation();
  const search = useSearch();
  const view = path.startsWith('/tickets') ? readSelection(search).view : null;
  const open = useStore(navOpen);
  const item = (href: string, icon: IconName, label: string, on: boolean) => (
    <Link href={href} className={cx('bar-item', on && 'on')} aria-current={on ? 'page' : undefined}>
      <Icon name={icon} size={20} />
      <span>{label}</span>
    </Link>
  );
  return (
    <nav className="bar" aria-label={t('nav.bar')}>
      {can('dashboard:read') && item('/', 'home', t('nav.overview'), path === '/')}
      {can('ticket:read') && item('/tickets?view=mine', 'hand', t('view.mine'), view === 'mine')}
      {can('ticket:read') && item('/tickets?view=unassigned', 'inbox', t('view.unassigned.short'), view === 'unassigned')}
      {can('ticket:create') && (
        <button className="bar-item" onClick={() => newTicketOpen.set(true)}>
          <Icon name="plus" size={20} />
          <span>{t('new.short')}</span>
        </button>
      )}
      <button className="bar-item" aria-expanded={open} onClick={() => navOpen.set((o) => !o)}>
        <Icon name="dots" size={20} />
        <span>{t('nav.more')}</span>
      </button>
    </nav>
  );
}
