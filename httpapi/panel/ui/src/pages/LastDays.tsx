import { useQuery } from '@tanstack/react-query';
import { call } from '../api/client';
import { t } from '../lib/i18n';
import '../text/lead';
import '../text/more';
import { FlowCard, PlotWait } from './analytics/Flow';
import { shift, today } from './analytics/range';

const DAYS = 14;

/** What came and went in the last two weeks. A desk that keeps no numbers has none. */
export default function LastDays() {
  const last = today();
  const query = { from: shift(last, 1 - DAYS), to: shift(last, 1) };
  const answer = useQuery({ queryKey: ['analytics', query], queryFn: ({ signal }) => call('get', '/analytics', { query, signal }), staleTime: 60_000, retry: false });
  if (answer.isPending) return <PlotWait />;
  return answer.data ? <FlowCard days={answer.data.days} title={t('overview.days')} /> : null;
}
