import { lazy, Suspense, useEffect, useLayoutEffect, useState } from 'react';
import { Redirect, Route, Router, Switch, useLocation, useSearch } from 'wouter';
import { useQuery } from '@tanstack/react-query';
import { call } from '../api/client';
import { base, setTheme, theme } from '../lib/base';
import { useNow } from '../lib/hooks';
import { formatTime, t } from '../lib/i18n';
import { useStore } from '../lib/store';
import { link } from '../live/stream';
import { cx, Empty, Skeleton } from '../parts/bits';
import { Icon } from '../parts/Icon';
import { Asker } from '../parts/overlay';
import { TicketsPage } from '../tickets/TicketsPage';
import { labelOf, savedViews, views } from '../tickets/views';
import { listenForKeys, useCommands, type Command } from './commands';
import { BottomBar, Nav, navOpen } from './Nav';
import { allAsked, newTicketOpen, paletteOpen, sheetOpen, verifyOpen } from './asked';
import { settingsPages } from './pages';
import { lastView } from './lastview';
import { can } from './session';
import { takeBack } from './toasts';
import { Toasts } from './Toasts';

const Overview = lazy(() => import('../pages/Overview'));
const Settings = lazy(() => import('../settings/Settings'));
const Audit = lazy(() => import('../pages/Audit'));
const Analytics = lazy(() => import('../pages/Analytics'));
const Ranking = lazy(() => import('../pages/Ranking'));
const Contacts = lazy(() => import('../pages/Contacts'));
const Contact = lazy(() => import('../pages/Contact'));
const Profile = lazy(() => import('../pages/Profile'));
const loadLater = () => import('../later/Later');
const Later = lazy(loadLater);

/** Says when what is on the screen is not kept up to date any more. */
function LinkState() {
  const { state, since } = useStore(link);
  const now = useNow();
  if (state === 'live' || now - since < 4000) return null;
  return (
    <div className="offline" role="status">
      <Icon name="alert" size={14} /> {t(navigator.onLine ? 'link.lost' : 'link.offline', { at: formatTime(since) })}
    </div>
  );
}

function Keys() {
  const [, go] = useLocation();
  const saved = useStore(savedViews);
  const list: (Command | false)[] = [
    { id: 'palette', label: t('palette'), icon: 'search', keys: 'mod+k', typing: true, silent: true, group: 'desk', run: () => paletteOpen.set((o) => !o) },
    { id: 'keys', label: t('keys.title'), icon: 'keyboard', keys: '?', group: 'desk', run: () => sheetOpen.set(true) },
    { id: 'theme', label: t('command.theme'), icon: 'moon', keys: 't', group: 'desk', run: () => setTheme(theme() === 'dark' || (theme() === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches) ? 'light' : 'dark') },
    { id: 'undo', label: t('undo'), icon: 'reply', keys: 'mod+z', group: 'desk', run: () => void takeBack() },
    can('ticket:create') && { id: 'new', label: t('new.title'), icon: 'plus', group: 'desk', run: () => newTicketOpen.set(true) },
    can('transcript:read') && { id: 'verify', label: t('command.verify'), icon: 'shield', group: 'desk', run: () => verifyOpen.set(true) },
    can('dashboard:read') && { id: 'go-overview', label: t('go', { page: t('nav.overview') }), icon: 'home', keys: 'g d', group: 'go', run: () => go('/') },
    can('ticket:read') && { id: 'go-tickets', label: t('go', { page: t('nav.tickets') }), icon: 'ticket', keys: 'g t', group: 'go', run: () => go('/tickets') },
    can('analytics:read') && { id: 'go-analytics', label: t('go', { page: t('nav.analytics') }), icon: 'chart', keys: 'g a', group: 'go', run: () => go('/analytics') },
    can('ranking:read') && { id: 'go-ranking', label: t('go', { page: t('nav.ranking') }), icon: 'cup', keys: 'g r', group: 'go', run: () => go('/ranking') },
    can('contact:read') && { id: 'go-contacts', label: t('go', { page: t('nav.contacts') }), icon: 'users', group: 'go', run: () => go('/contacts') },
    can('audit:read') && { id: 'go-audit', label: t('go', { page: t('nav.audit') }), icon: 'history', keys: 'g l', group: 'go', run: () => go('/audit') },
    settingsPages().length > 0 && { id: 'go-settings', label: t('go', { page: t('nav.settings') }), icon: 'gear', keys: 'g s', group: 'go', run: () => go(`/settings/${settingsPages()[0]!.name}`) },
    { id: 'go-profile', label: t('go', { page: t('nav.profile') }), icon: 'user', group: 'go', run: () => go('/profile') },
    ...[...views, ...saved].map((v): Command => ({ id: 'view-' + v.name, label: t('go', { page: labelOf(v) }), icon: v.icon, group: 'go', run: () => go(`/tickets?view=${v.name}`) })),
    ...settingsPages().map((p): Command => ({ id: 'settings-' + p.name, label: t('go', { page: t(`settings.${p.name}`) }), icon: p.icon, group: 'go', run: () => go(`/settings/${p.name}`) })),
  ];
  useCommands(list.filter((c) => c !== false));
  useLayoutEffect(listenForKeys, []);
  return null;
}

function Start() {
  if (!can('dashboard:read')) return <Redirect to="/tickets" />;
  return <Overview />;
}

/** The list that was open last, when an address names none. */
function Tickets() {
  const p = new URLSearchParams(useSearch());
  const last = lastView();
  if (last && !p.has('view')) {
    p.set('view', last);
    return <Redirect to={'/tickets?' + p} replace />;
  }
  return <TicketsPage />;
}

/** The history names tickets by id; their address has the number. */
function ByID({ id }: { id: string }) {
  const found = useQuery({ queryKey: ['ticket', id], queryFn: () => call('get', '/tickets/{id}', { path: { id } }) });
  if (found.data) return <Redirect to={`/tickets/${found.data.number}`} replace />;
  return <div className="page">{found.error ? <Empty icon="ticket" title={t('ticket.gone')} text={t('ticket.gone.text')} /> : <Skeleton rows={6} />}</div>;
}

function Pages() {
  return (
    <Suspense fallback={<div className="page"><Skeleton rows={6} /></div>}>
      <Switch>
        <Route path="/" component={Start} />
        <Route path="/tickets" component={Tickets} />
        <Route path="/tickets/new" component={Tickets} />
        <Route path="/tickets/:ref">{(p) => (/^\d+$/.test(p.ref) ? <TicketsPage number={p.ref} /> : <ByID id={p.ref} />)}</Route>
        <Route path="/audit" component={Audit} />
        <Route path="/analytics" component={Analytics} />
        <Route path="/ranking" component={Ranking} />
        <Route path="/contacts" component={Contacts} />
        <Route path="/contacts/:id">{(p) => <Contact id={p.id} />}</Route>
        <Route path="/profile" component={Profile} />
        <Route path="/settings/:page">{(p) => <Settings page={p.page} />}</Route>
        <Route path="/users"><Redirect to="/settings/users" replace /></Route>
        <Route path="/parked"><Redirect to="/settings/channels" replace /></Route>
        <Route>
          <div className="page">
            <Empty icon="search" title={t('fault.not_found')} text={t('fault.not_found.detail')} />
          </div>
        </Route>
      </Switch>
    </Suspense>
  );
}

/** What is loaded once somebody asks for it, or once there is nothing else to do. */
function Asked() {
  const [wanted, want] = useState(false);
  useEffect(() => {
    const look = () => allAsked.some((s) => s.get()) && want(true);
    look();
    const off = allAsked.map((s) => s.subscribe(look));
    const timer = setTimeout(() => void loadLater().catch(() => undefined), 4000);
    return () => {
      clearTimeout(timer);
      for (const f of off) f();
    };
  }, []);
  return wanted ? (
    <Suspense>
      <Later />
    </Suspense>
  ) : null;
}

export function App() {
  const over = useStore(navOpen);
  return (
    <Router base={base}>
      <a className="skip" href="#main">
        {t('skip')}
      </a>
      <div className={cx('shell', over && 'nav-over')}>
        <Nav />
        {over && <div className="nav-shade" onClick={() => navOpen.set(false)} />}
        <main id="main" tabIndex={-1}>
          <LinkState />
          <Pages />
        </main>
        <BottomBar />
      </div>
      <Keys />
      <Asked />
      <Asker />
      <Toasts />
    </Router>
  );
}
