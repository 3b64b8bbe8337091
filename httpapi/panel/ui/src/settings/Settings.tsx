import type { ComponentType } from 'react';
import { Link, Redirect } from 'wouter';
import { isSettingsPage, settingsPages, type SettingsName } from '../app/pages';
import { useTitle } from '../lib/hooks';
import { t } from '../lib/i18n';
import { cx, Empty } from '../parts/bits';
import { Icon } from '../parts/Icon';
import '../text/lead';
import '../text/more';
import { Branding } from './Branding';
import { Channels } from './Channels';
import { ChatPanels } from './ChatPanels';
import { Fields } from './Fields';
import { Hours } from './Hours';
import { Jobs } from './Jobs';
import { Macros } from './Macros';
import { Mails } from './Mails';
import { Parked } from './Parked';
import { Queues } from './Queues';
import { RankingSettings } from './RankingSettings';
import { Roles } from './Roles';
import { Levels } from './Levels';
import { Tags } from './Tags';
import { Users } from './Users';
import { Views } from './Views';

const components: Record<SettingsName, ComponentType> = { users: Users, roles: Roles, queues: Queues, sla: Levels, hours: Hours, mail: Mails, channels: Channels, tags: Tags, fields: Fields, macros: Macros, views: Views, panels: ChatPanels, parked: Parked, ranking: RankingSettings, branding: Branding, jobs: Jobs };

/** On a narrow screen the pages stand in one line, which may be longer than the screen. */
const intoView = (el: HTMLElement | null) => el?.scrollIntoView({ block: 'nearest', inline: 'nearest' });

export default function Settings({ page }: { page: string }) {
  const pages = settingsPages();
  const here = pages.find((p) => p.name === page);
  useTitle(here ? t(`settings.${here.name}`) : t('nav.settings'));
  if (!here) {
    if (pages[0] && !isSettingsPage(page)) return <Redirect to={`/settings/${pages[0].name}`} replace />;
    return (
      <div className="page">
        <Empty icon="lock" title={t('fault.denied')} text={t('fault.denied.detail')} />
      </div>
    );
  }
  const Page = components[here.name];
  return (
    <div className="settings">
      <nav className="settings-nav" aria-label={t('nav.settings')}>
        <p className="settings-title">{t('nav.settings')}</p>
        {pages.map((p) => (
          <Link key={p.name} href={`/settings/${p.name}`} className={cx('nav-item', p.name === page && 'on')} aria-current={p.name === page ? 'page' : undefined} ref={p.name === page ? intoView : undefined}>
            <Icon name={p.icon} />
            <span>{t(`settings.${p.name}`)}</span>
          </Link>
        ))}
      </nav>
      <div className="page">
        <div className="page-in">
          <Page />
        </div>
      </div>
    </div>
  );
}
