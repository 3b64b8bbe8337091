import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type Schema } from '../api/client';
import { can, deskOf } from '../app/session';
import { count, t, term } from '../lib/i18n';
import { Empty } from '../parts/bits';
import { Field } from '../parts/form';
import { Icon } from '../parts/Icon';
import { ask, Modal } from '../parts/overlay';
import { doing, Head, Loaded, SendForm, text } from './common';

type Calendar = Schema<'Calendar'>;
type Window = Schema<'Window'>;
export const calendarsQuery = { queryKey: ['admin', 'calendars'], queryFn: async () => (await call('get', '/sla/calendars')).items };
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const office: Window = { open: '08:00', close: '17:00' };

/** The week in few words: days that are alike stand together. */
function weekText(week: Record<string, Window[]>): string {
  const of = (d: string) => (week[d] ?? []).map((w) => `${w.open}–${w.close}`).join(', ');
  const out: string[] = [];
  for (let i = 0; i < days.length; ) {
    let j = i;
    while (j + 1 < days.length && of(days[j + 1]!) === of(days[i]!)) j++;
    if (of(days[i]!)) out.push(`${term('weekday', days[i]!)}${j > i ? '–' + term('weekday', days[j]!) : ''} ${of(days[i]!)}`);
    i = j + 1;
  }
  return out.join(' · ') || t('hours.closed');
}

function Week({ week, set }: { week: Record<string, Window[]>; set: (w: Record<string, Window[]>) => void }) {
  const change = (d: string, list: Window[]) => set({ ...week, [d]: list });
  return (
    <div className="week">
      {days.map((d) => {
        const list = week[d] ?? [];
        return (
          <div className="week-day" key={d}>
            <span>{term('weekday', d)}</span>
            <div className="windows">
              {list.length === 0 && <span className="muted">{t('hours.closed')}</span>}
              {list.map((w, i) => (
                <span className="windows" key={i}>
                  <input type="time" value={w.open} aria-label={`${term('weekday', d)}: ${t('hours.open')}`} onChange={(e) => change(d, list.map((x, j) => (j === i ? { ...x, open: e.target.value } : x)))} />
                  –
                  <input type="time" value={w.close === '24:00' ? '23:59' : w.close} aria-label={`${term('weekday', d)}: ${t('hours.close')}`} onChange={(e) => change(d, list.map((x, j) => (j === i ? { ...x, close: e.target.value } : x)))} />
                  <button type="button" className="icon-button" aria-label={`${term('weekday', d)}: ${t('hours.window.remove')}`} onClick={() => change(d, list.filter((_, j) => j !== i))}>
                    <Icon name="x" size={14} />
                  </button>
                </span>
              ))}
              <button type="button" className="icon-button" aria-label={`${term('weekday', d)}: ${t('hours.window.add')}`} onClick={() => change(d, [...list, list.length > 0 ? { open: '18:00', close: '20:00' } : office])}>
                <Icon name="plus" size={14} />
              </button>
            </div>
          </div>
        );
      })}
    </div>
  );
}

function CalendarForm({ calendar, onClose }: { calendar: Calendar | null; onClose: () => void }) {
  const [week, setWeek] = useState<Record<string, Window[]>>(calendar?.week ?? { mon: [office], tue: [office], wed: [office], thu: [office], fri: [office] });
  const [holidays, setHolidays] = useState<Schema<'Holiday'>[]>(calendar?.holidays ?? []);
  return (
    <SendForm
      action={t('save')}
      onCancel={onClose}
      onDone={onClose}
      send={async (f) => {
        const body = { name: text(f, 'name'), zone: text(f, 'zone'), week, holidays: holidays.filter((h) => h.date), overrides: calendar?.overrides ?? {}, breaks: calendar?.breaks ?? {}, version: calendar?.version ?? 0 };
        if (calendar) await call('put', '/sla/calendars/{id}', { path: { id: calendar.id }, body });
        else await call('post', '/sla/calendars', { body });
        await doing([calendarsQuery.queryKey], async () => undefined);
      }}
    >
      {(s) => (
        <>
          <Field label={t('hours.name')} error={s.at('name')}>
            <input name="name" required maxLength={80} defaultValue={calendar?.name} />
          </Field>
          <Field label={t('hours.zone')} error={s.at('zone')}>
            <input name="zone" required defaultValue={calendar?.zone ?? deskOf().zone} list="zones" />
          </Field>
          <datalist id="zones">
            {Intl.supportedValuesOf('timeZone').map((z) => (
              <option key={z} value={z} />
            ))}
          </datalist>
          <fieldset className="plain wide">
            <legend className="label">{t('hours.week')}</legend>
            <Week week={week} set={setWeek} />
          </fieldset>
          <fieldset className="plain wide stack">
            <legend className="label">{t('hours.holidays')}</legend>
            {holidays.map((h, i) => (
              <div className="windows" key={i}>
                <input type="date" required value={h.date} aria-label={t('hours.holiday.date')} onChange={(e) => setHolidays(holidays.map((x, j) => (j === i ? { ...x, date: e.target.value } : x)))} className="date-input" />
                <input value={h.name} aria-label={t('hours.holiday.name')} placeholder={t('hours.holiday.name')} onChange={(e) => setHolidays(holidays.map((x, j) => (j === i ? { ...x, name: e.target.value } : x)))} className="name-input" />
                <button type="button" className="icon-button" aria-label={`${t('remove')}: ${h.name || h.date}`} onClick={() => setHolidays(holidays.filter((_, j) => j !== i))}>
                  <Icon name="x" size={14} />
                </button>
              </div>
            ))}
            <div>
              <button type="button" className="button button-small" onClick={() => setHolidays([...holidays, { date: '', name: '' }])}>
                <Icon name="plus" size={14} /> {t('hours.holiday.add')}
              </button>
            </div>
          </fieldset>
        </>
      )}
    </SendForm>
  );
}

export function Hours() {
  const list = useQuery(calendarsQuery);
  const may = can('sla:manage');
  const [open, setOpen] = useState<{ calendar: Calendar | null } | null>(null);
  const remove = async (c: Calendar) => {
    if ((await ask({ title: t('hours.delete.title', { name: c.name }), text: t('hours.delete.text'), action: t('remove'), danger: true })) === null) return;
    await doing([calendarsQuery.queryKey], () => call('delete', '/sla/calendars/{id}', { path: { id: c.id } }));
  };
  return (
    <>
      <Head title={t('settings.hours')} text={t('hours.text')} action={may && { label: t('hours.add'), run: () => setOpen({ calendar: null }) }} />
      <Loaded query={list}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon="calendar" title={t('hours.none')} text={t('hours.none.text')} />
          ) : (
            all.map((c) => (
              <section className="card" key={c.id}>
                <div className="card-head">
                  <h2 className="card-title">{c.name}</h2>
                  <span className="muted grow">{c.zone}</span>
                  {c.origin === 'config' ? (
                    <span className="badge">{t('sla.config')}</span>
                  ) : (
                    may && (
                      <>
                        <button className="button button-small" onClick={() => setOpen({ calendar: c })}>
                          {t('edit')}
                        </button>
                        <button className="button button-small" onClick={() => void remove(c)}>
                          {t('remove')}
                        </button>
                      </>
                    )
                  )}
                </div>
                <p>{weekText(c.week as Record<string, Window[]>)}</p>
                <p className="muted small" title={c.holidays.map((h) => `${h.date} ${h.name}`).join('\n')}>
                  {count('hours.holidays.count', c.holidays.length)}
                </p>
              </section>
            ))
          )
        }
      </Loaded>
      <Modal open={open !== null} onClose={() => setOpen(null)} title={open?.calendar?.name ?? t('hours.add')} wide>
        {open && <CalendarForm calendar={open.calendar} onClose={() => setOpen(null)} />}
      </Modal>
    </>
  );
}
