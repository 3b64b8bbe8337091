import { useLocation } from 'wouter';
import '../text/more';
import { BulkResult } from './BulkResult';
import { MergeDialog } from './MergeDialog';
import { NewTicket } from './NewTicket';
import { Palette, Sheet } from './Palette';
import { ReviseDialog } from './ReviseDialog';
import { SplitDialog } from './SplitDialog';
import { VerifyDialog } from './VerifyDialog';
import { ViewDialog } from './ViewDialog';

/** The windows that are loaded when somebody asks for the first of them. */
export default function Later() {
  const [, go] = useLocation();
  const show = (number: number) => go(`/tickets/${number}`);
  return (
    <>
      <Palette />
      <Sheet />
      <NewTicket onMade={(x) => show(x.number)} />
      <ViewDialog />
      <MergeDialog />
      <SplitDialog onMade={show} />
      <ReviseDialog />
      <BulkResult />
      <VerifyDialog />
    </>
  );
}
