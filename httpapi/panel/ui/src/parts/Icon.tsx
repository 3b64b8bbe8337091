import type { ReactNode } from 'react';

/** Drawn on a grid of 16 with a line of 1.5, to sit beside text of 13 pixels. */
const shapes = {
  hand: <path d="M5 8.5V4a1 1 0 0 1 2 0v3.5M7 7V2.8a1 1 0 0 1 2 0V7m0 .2V3.6a1 1 0 0 1 2 0V8m0-2a1 1 0 0 1 2 0v4c0 2.5-1.8 4.2-4.2 4.2-1.9 0-3-.8-4-2.5L3 9.3c-.6-1.1.7-1.8 1.4-.9L5 9.2" />,
  inbox: <path d="M2 9.5 4 3.5h8l2 6v3a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1v-3h3.5c.3 1 1.2 1.7 2.5 1.7s2.2-.7 2.5-1.7H14" />,
  list: <path d="M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01" />,
  clock: <><circle cx="8" cy="8" r="5.8" /><path d="M8 4.8V8l2.2 1.4" /></>,
  hourglass: <path d="M4 2h8M4 14h8M5 2v2.2c0 1.6 3 2.4 3 3.8s-3 2.2-3 3.8V14m6-12v2.2c0 1.6-3 2.4-3 3.8s3 2.2 3 3.8V14" />,
  alert: <><circle cx="8" cy="8" r="5.8" /><path d="M8 4.9v3.6M8 11h.01" /></>,
  flag: <path d="M3.5 14V2.5h8.2L9.8 5.7l1.9 3.3H3.5" />,
  moon: <path d="M13.2 9.4A5.6 5.6 0 0 1 6.6 2.8a5.7 5.7 0 1 0 6.6 6.6Z" />,
  check: <path d="m3 8.6 3.2 3.2L13 4.8" />,
  checks: <path d="m1.8 8.8 2.8 2.8 6-6.4M8 11l.6.6 6-6.4" />,
  ban: <><circle cx="8" cy="8" r="5.8" /><path d="m4 4 8 8" /></>,
  stack: <path d="M8 2 2 5l6 3 6-3-6-3ZM2 8l6 3 6-3M2 11l6 3 6-3" />,
  home: <path d="M2.5 7.5 8 2.8l5.5 4.7v5a1 1 0 0 1-1 1H10v-3.7H6v3.7H3.5a1 1 0 0 1-1-1Z" />,
  ticket: <path d="M2 5h12v2a1.2 1.2 0 0 0 0 2.2V11H2V9.2A1.2 1.2 0 0 0 2 7Z" />,
  history: <path d="M2.4 8A5.7 5.7 0 1 0 4.3 3.8L2.4 5.5m0-3v3h3M8 5v3.2l2 1.3" />,
  gear: <><circle cx="8" cy="8" r="2" /><path d="M8 1.8v1.7m0 9v1.7M1.8 8h1.7m9 0h1.7M3.6 3.6l1.2 1.2m6.4 6.4 1.2 1.2m0-8.8-1.2 1.2m-6.4 6.4-1.2 1.2" /></>,
  user: <><circle cx="8" cy="5.2" r="2.7" /><path d="M2.8 13.8c.5-2.7 2.5-4 5.2-4s4.7 1.3 5.2 4" /></>,
  users: <><circle cx="6" cy="5.5" r="2.4" /><path d="M1.5 13c.4-2.3 2.2-3.5 4.5-3.5s4.1 1.2 4.5 3.5M10.5 3.3a2.4 2.4 0 0 1 0 4.4m1.4 2.1c1.5.5 2.4 1.6 2.7 3.2" /></>,
  search: <><circle cx="7" cy="7" r="4.4" /><path d="m10.4 10.4 3.4 3.4" /></>,
  plus: <path d="M8 3v10M3 8h10" />,
  x: <path d="m4 4 8 8m0-8-8 8" />,
  down: <path d="m4 6 4 4 4-4" />,
  right: <path d="m6 4 4 4-4 4" />,
  left: <path d="m10 4-4 4 4 4" />,
  dots: <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" strokeWidth="2.2" />,
  mail: <><rect x="1.8" y="3.2" width="12.4" height="9.6" rx="1.4" /><path d="m2.2 4.4 5.8 4.4 5.8-4.4" /></>,
  chat: <path d="M2 4.2A1.4 1.4 0 0 1 3.4 2.8h9.2A1.4 1.4 0 0 1 14 4.2v5.4a1.4 1.4 0 0 1-1.4 1.4H7l-3.2 2.6V11h-.4A1.4 1.4 0 0 1 2 9.6Z" />,
  globe: <><circle cx="8" cy="8" r="5.8" /><path d="M2.2 8h11.6M8 2.2c2 1.8 2.4 3.6 2.4 5.8S10 12 8 13.8M8 2.2C6 4 5.600 5.800 5.600 8S6 12 8 13.800" /></>,
  phone: <path d="M3.2 2.5h2.4l1.2 3-1.6 1.2a8 8 0 0 0 4 4l1.300-1.700 3 1.200v2.500a1 1 0 0 1-1.100 1C6.900 13.200 2.800 9.100 2.200 3.600a1 1 0 0 1 1-1.100Z" />,
  code: <path d="m5.500 4.500-3.500 3.500 3.500 3.500m5-7 3.500 3.500-3.500 3.500" />,
  tag: <><path d="M2.500 2.500h5l6 6-5 5-6-6Z" /><path d="M5.300 5.300h.01" strokeWidth="2" /></>,
  link: <path d="M6.800 9.200a2.600 2.600 0 0 0 3.700 0l2.200-2.200A2.600 2.600 0 0 0 9 3.300l-.8.800m1 2.700a2.600 2.600 0 0 0-3.700 0L3.300 9A2.600 2.600 0 0 0 7 12.700l.8-.800" />,
  clip: <path d="m13 7.500-5.300 5.300a3.300 3.300 0 0 1-4.700-4.700l5.600-5.600a2.200 2.200 0 0 1 3.100 3.100l-5.500 5.600a1.100 1.100 0 0 1-1.600-1.600l5-5" />,
  file: <path d="M4 2h5l3.500 3.500V14H4Zm5 0v3.500h3.500" />,
  download: <path d="M8 2.500v8m-3.200-3L8 10.700l3.200-3.200M2.800 13.500h10.400" />,
  note: <path d="M3 2.500h10v7.200L9.700 13.500H3Zm10 7.200H9.700v3.800M5.500 5.500h5M5.500 8h3" />,
  reply: <path d="M6.500 4 2.500 8l4 4M2.500 8H9c2.800 0 4.500 1.700 4.500 4.500" />,
  send: <path d="m2.500 8 11-5.500L10.300 13.500 7.700 9Zm5.200 1 5.800-6.500" />,
  pencil: <path d="m3 13 .6-2.900 7-7a1.300 1.300 0 0 1 1.900 0l.4.4a1.300 1.300 0 0 1 0 1.900l-7 7Z" />,
  trash: <path d="M2.800 4.300h10.400M6.200 4.300V2.700h3.600v1.600m-5.600 0 .6 9.200h6.400l.6-9.200M6.700 7v3.800M9.300 7v3.800" />,
  merge: <path d="M4 2.500v3.200c0 2 4 2.300 4 4.800v3m4-11v3.200c0 2-4 2.300-4 4.800m-2.200 1.300L8 14l2.200-2.200" />,
  keyboard: <><rect x="1.500" y="4" width="13" height="8" rx="1.400" /><path d="M4 6.500h.01M6.500 6.500h.01M9 6.500h.01M11.800 6.500h.01M5 9.500h6" /></>,
  sun: <><circle cx="8" cy="8" r="2.800" /><path d="M8 1.500v1.600m0 9.800v1.600M1.500 8h1.600m9.800 0h1.600M3.400 3.400l1.100 1.100m7 7 1.100 1.100m0-9.200-1.100 1.100m-7 7-1.100 1.100" /></>,
  eye: <><path d="M1.500 8S4 3.800 8 3.800 14.500 8 14.500 8 12 12.200 8 12.200 1.500 8 1.500 8Z" /><circle cx="8" cy="8" r="1.900" /></>,
  panel: <><rect x="2" y="3" width="12" height="10" rx="1.400" /><path d="M10 3v10" /></>,
  filter: <path d="M2.500 3.500h11M4.500 8h7m-4.500 4.500h2" />,
  refresh: <path d="M13.500 8a5.500 5.500 0 1 1-1.600-3.900l1.600 1.500m0-3.100v3.100h-3.100" />,
  lock: <><rect x="3.300" y="7" width="9.400" height="6.500" rx="1.200" /><path d="M5.200 7V5.200a2.800 2.800 0 0 1 5.600 0V7" /></>,
  key: <><circle cx="5.200" cy="10.800" r="2.700" /><path d="m7.200 8.800 6-6m-2.300 2.300 1.800 1.800" /></>,
  bolt: <path d="M9 1.800 3.500 9H8l-1 5.200L12.500 7H8Z" />,
  pause: <path d="M5.500 3.500v9m5-9v9" />,
  logout: <path d="M6.500 13.500h-3a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1h3m4 8.300L13.300 8l-2.800-2.800M13 8H6.500" />,
  sliders: <path d="M2.500 5h6m3 0h2M2.500 11h2m3 0h6M10 3.300v3.400M6 9.300v3.400" />,
  calendar: <><rect x="2.200" y="3.200" width="11.600" height="10.300" rx="1.400" /><path d="M2.200 6.500h11.600M5.300 1.800v2.800m5.400-2.800v2.800" /></>,
  at: <><circle cx="8" cy="8" r="2.500" /><path d="M10.500 5.500v3.200c0 2.600 3.300 2.200 3.300-.7A5.800 5.800 0 1 0 11 12.900" /></>,
  bookmark: <path d="M4 2.500h8v11l-4-3-4 3Z" />,
  split: <path d="M8 13.500v-3c0-2.500-4-2.800-4-4.800V2.500m0 0L2 4.500m2-2 2 2m2 6c0-2.500 4-2.800 4-4.800V2.500m0 0-2 2m2-2 2 2" />,
  shield: <path d="M8 1.800 13 3.600v4.200c0 3-2 5.200-5 6.400-3-1.200-5-3.400-5-6.400V3.600Z" />,
  chart: <path d="M2.5 2.5v11h11M5.5 11V8m3 3V4.5m3 6.5V6.5" />,
  cup: <path d="M5 2.5h6v4a3 3 0 0 1-6 0Zm0 1.5H2.8c0 2 .8 3 2.3 3.2M11 4h2.2c0 2-.8 3-2.3 3.2M8 9.5v2m-2.5 2h5" />,
  plug: <path d="M5.500 2v3.500m5-3.500v3.500M3.500 5.500h9v2a4.500 4.500 0 0 1-9 0ZM8 12v2.500" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof shapes;

export function Icon({ name, size = 16, label, className }: { name: IconName; size?: number; label?: string; className?: string }) {
  return (
    <svg
      className={className ? 'icon ' + className : 'icon'}
      viewBox="0 0 16 16"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      role={label ? 'img' : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
    >
      {label && <title>{label}</title>}
      {shapes[name]}
    </svg>
  );
}

export function channelIcon(channel: string): IconName {
  if (['email', 'imap', 'smtpd', 'mail'].includes(channel)) return 'mail';
  if (['discord', 'chat'].includes(channel)) return 'chat';
  if (['webform', 'web'].includes(channel)) return 'globe';
  if (channel === 'phone') return 'phone';
  return 'code';
}
