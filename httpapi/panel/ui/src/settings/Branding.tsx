import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { call, Failure, uploadImage, type Schema } from '../api/client';
import { explain } from '../app/failures';
import { toast } from '../app/toasts';
import { deskName } from '../lib/base';
import { number, t } from '../lib/i18n';
import { Field } from '../parts/form';
import { Icon } from '../parts/Icon';
import { doing, Head, Loaded, SendForm, text } from './common';
import { paletteOf } from './palette';

type Brand = Schema<'Branding'>;
const query = { queryKey: ['admin', 'branding'], queryFn: () => call('get', '/branding') };
/** The colour of a desk that has chosen none. */
const standard = '#1f5fd6';
const colourForm = /^#[0-9a-fA-F]{6}$/;
const pictures = ['logo_light', 'logo_dark', 'favicon'] as const;
const addresses = ['support_url', 'imprint_url', 'privacy_url'] as const;
type Live = Pick<Brand, 'name' | 'primary' | 'login_text' | (typeof pictures)[number]>;

/** A picture from this computer, or one that lies on the server under a path. */
function Picture({ name, label, error, value, onChange }: { name: string; label: string; error?: string; value: string; onChange: (v: string) => void }) {
  const [failure, setFailure] = useState('');
  const file = useRef<HTMLInputElement>(null);
  const take = async (f: File | undefined) => {
    if (!f) return;
    setFailure('');
    try {
      onChange(await uploadImage(f));
    } catch (e) {
      setFailure(e instanceof Failure && e.field('file') ? t('branding.picture.refused') : explain(e).title);
    }
  };
  const uploaded = value.includes('/api/branding/images/');
  return (
    <div className="wide picture">
      {uploaded ? (
        <div className="field">
          <span className="label">{label}</span>
          <span className="picture-shown">
            <img src={value} alt="" />
          </span>
          {(error || failure) && <p className="field-error">{error || failure}</p>}
          <input type="hidden" name={name} value={value} />
        </div>
      ) : (
        <Field label={label} hint={t('branding.url.hint')} error={error || failure || undefined}>
          <input name={name} maxLength={500} value={value} onChange={(e) => onChange(e.target.value)} autoComplete="off" spellCheck={false} />
        </Field>
      )}
      {uploaded && (
        <button type="button" className="button" onClick={() => onChange('')}>
          {t('remove')}
          <span className="hidden">: {label}</span>
        </button>
      )}
      <button type="button" className="button" onClick={() => file.current?.click()}>
        {t('branding.picture')}
        <span className="hidden">: {label}</span>
      </button>
      <input
        ref={file}
        className="hidden"
        type="file"
        tabIndex={-1}
        aria-label={label}
        accept="image/png,image/jpeg,image/gif,image/webp,image/svg+xml,image/x-icon,.ico"
        onChange={(e) => {
          void take(e.target.files?.[0]);
          e.target.value = '';
        }}
      />
    </div>
  );
}

function Preview({ b }: { b: Live }) {
  const p = paletteOf(colourForm.test(b.primary) ? b.primary : standard);
  return (
    <div className="brand-preview" aria-live="polite">
      <h2 className="label">{t('branding.preview')}</h2>
      {(['light', 'dark'] as const).map((theme) => {
        const logo = (theme === 'dark' && b.logo_dark) || b.logo_light;
        return (
          <div
            key={theme}
            className={`brand-screen ${theme}`}
            ref={(e) => {
              e?.style.setProperty('--fill', p.fill);
              e?.style.setProperty('--on-fill', p.onFill);
              e?.style.setProperty('--accent', p[theme].text);
              e?.style.setProperty('--tint', p[theme].tint);
            }}
          >
            <span className="brand-name">
              {logo.startsWith('/') ? <img src={logo} alt="" /> : <Icon name="ticket" />}
              {b.name || deskName}
            </span>
            {b.login_text && <p>{b.login_text}</p>}
            <span className="brand-fill">{t('branding.preview.signin')}</span>
            <span className="brand-chosen">{t('branding.preview.chosen')}</span>
            <span className="brand-link">{t('branding.preview.link')}</span>
            <span className="muted small">{t(`branding.preview.${theme}`)}</span>
          </div>
        );
      })}
      <p className="muted small">{t('branding.contrast', { ratio: number(p.ratio) })}</p>
    </div>
  );
}

function Form({ b }: { b: Brand }) {
  const [live, setLive] = useState<Live>(b);
  const follow = (name: keyof Live) => ({ onChange: (e: React.ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => setLive({ ...live, [name]: e.target.value }) });
  const label = { logo_light: 'branding.logo_light', logo_dark: 'branding.logo_dark', favicon: 'branding.favicon', support_url: 'branding.support', imprint_url: 'branding.imprint', privacy_url: 'branding.privacy' } as const;
  return (
    <div className="split-form">
      <SendForm
        action={t('save')}
        onDone={() => toast(t('done.saved'), { tone: 'good' })}
        send={async (f) => {
          const v = (name: string) => text(f, name);
          await call('put', '/branding', {
            body: {
              name: v('name') === deskName && b.version === 0 ? '' : v('name'), short_name: v('short_name'), primary: live.primary, login_text: v('login_text'), default_locale: v('default_locale') as 'de', time_zone: v('time_zone'),
              logo_light: v('logo_light'), logo_dark: v('logo_dark'), favicon: v('favicon'), support_url: v('support_url'), imprint_url: v('imprint_url'), privacy_url: v('privacy_url'), version: b.version,
            },
          });
          await doing([query.queryKey, ['bootstrap']], async () => undefined);
        }}
      >
        {(s) => (
          <>
            <Field label={t('branding.name')} hint={t('branding.name.hint')} error={s.at('name')}>
              <input name="name" maxLength={80} defaultValue={b.name} autoComplete="off" {...follow('name')} />
            </Field>
            <Field label={t('branding.short')} hint={t('branding.short.hint')} error={s.at('short_name')}>
              <input name="short_name" maxLength={20} defaultValue={b.short_name} autoComplete="off" />
            </Field>
            <div className="wide">
              <Field label={t('branding.primary')} hint={t('branding.primary.hint')} error={s.at('primary')}>
                <input value={live.primary} placeholder={standard} maxLength={7} spellCheck={false} {...follow('primary')} />
              </Field>
              <div className="colour-line">
                <input type="color" aria-label={t('branding.primary')} value={colourForm.test(live.primary) ? live.primary.toLowerCase() : standard} {...follow('primary')} />
                <button type="button" className="button" onClick={() => setLive({ ...live, primary: '' })}>
                  {t('branding.primary.clear')}
                </button>
              </div>
            </div>
            <Field wide label={t('branding.login_text')} error={s.at('login_text')}>
              <textarea name="login_text" rows={3} maxLength={2000} defaultValue={b.login_text} {...follow('login_text')} />
            </Field>
            {pictures.map((name) => (
              <Picture key={name} name={name} label={t(label[name])} error={s.at(name)} value={live[name]} onChange={(v) => setLive((l) => ({ ...l, [name]: v }))} />
            ))}
            {addresses.map((name) => (
              <Field key={name} label={t(label[name])} error={s.at(name)}>
                <input name={name} maxLength={500} defaultValue={b[name]} autoComplete="off" spellCheck={false} />
              </Field>
            ))}
            <Field label={t('branding.locale')} error={s.at('default_locale')}>
              <select name="default_locale" defaultValue={b.default_locale}>
                <option value="">{t('branding.locale.config')}</option>
                <option value="de">Deutsch</option>
                <option value="en">English</option>
              </select>
            </Field>
            <Field label={t('branding.zone')} hint={t('branding.name.hint')} error={s.at('time_zone')}>
              <input name="time_zone" defaultValue={b.time_zone} list="brand-zones" autoComplete="off" />
            </Field>
            <datalist id="brand-zones">
              {Intl.supportedValuesOf('timeZone').map((z) => (
                <option key={z} value={z} />
              ))}
            </datalist>
          </>
        )}
      </SendForm>
      <Preview b={live} />
    </div>
  );
}

export function Branding() {
  const found = useQuery(query);
  return (
    <>
      <Head title={t('settings.branding')} text={t('branding.text')} />
      <Loaded query={found}>{(b) => <Form key={b.version} b={b} />}</Loaded>
    </>
  );
}
