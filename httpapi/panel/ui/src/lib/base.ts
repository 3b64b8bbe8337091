/** What the server has written on the root element of the page, so that nothing has to be asked before it looks right. */
const root = document.documentElement;

/** The prefix below which the desk is mounted; "" is the root. */
export const base = root.dataset.base ?? '';

export type Lang = 'de' | 'en';
export const lang: Lang = root.lang === 'en' ? 'en' : 'de';

export const deskName = root.dataset.name ?? '';
/** The desk's name where there is little room. */
export const deskShort = root.dataset.short ?? deskName;
/** Paths of the desk's logo; without one for the dark theme the other serves. */
export const logo = { light: root.dataset.logo ?? '', dark: root.dataset.logoDark ?? '' };

export type Theme = 'auto' | 'light' | 'dark';
export function theme(): Theme {
  const t = root.dataset.theme;
  return t === 'light' || t === 'dark' ? t : 'auto';
}

/** Sets the look at once and lets the server remember it, for the person and for this browser, so that the next page begins with it. */
export function setTheme(t: Theme): void {
  root.dataset.theme = t;
  void fetch(base + '/theme', { method: 'POST', body: new URLSearchParams({ theme: t, back: '/' }), redirect: 'manual' }).catch(() => undefined);
}

/** The page for another language: the server remembers it, for the person and for this browser, and comes back to here. */
export function languageURL(l: Lang): string {
  return `${base}/login?${new URLSearchParams({ lang: l, next: location.pathname.slice(base.length) + location.search })}`;
}

/** Colours that follow from the desk's own; see the style sheet for what they are used for. */
export function applyColours(): void {
  for (const name of ['fill', 'on-fill', 'fill-hover', 'accent', 'tint']) {
    const value = root.getAttribute('data-' + name);
    if (value) root.style.setProperty('--' + name, value);
  }
}

let skew = 0;
/** Learns from an answer how far the server's clock is from ours; a second is as exact as the header is. */
export function learnClock(header: string | null): void {
  const at = header ? Date.parse(header) : NaN;
  if (!Number.isNaN(at) && Math.abs(at - Date.now() - skew) > 1500) skew = at - Date.now();
}
/** The time by the server's clock. */
export const serverNow = (): number => Date.now() + skew;
