import { queryOptions } from '@tanstack/react-query';
import { call } from './client';

const FIVE_MINUTES = 5 * 60_000;

/** To whom tickets can be assigned. */
export const agentsQuery = queryOptions({ queryKey: ['agents'], queryFn: async () => (await call('get', '/agents')).items, staleTime: FIVE_MINUTES });
export const queuesQuery = queryOptions({ queryKey: ['queues'], queryFn: async () => (await call('get', '/queues')).items, staleTime: FIVE_MINUTES });
export const tagsQuery = queryOptions({ queryKey: ['tags'], queryFn: async () => (await call('get', '/tags')).items, staleTime: FIVE_MINUTES });
export const fieldsQuery = queryOptions({ queryKey: ['fields'], queryFn: async () => (await call('get', '/admin/fields')).items, staleTime: FIVE_MINUTES });
export const kpiQuery = queryOptions({ queryKey: ['kpi'], queryFn: () => call('get', '/kpi'), staleTime: 15_000 });
