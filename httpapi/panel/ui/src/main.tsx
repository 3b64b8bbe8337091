import { QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { queries } from './api/cache';
import { App } from './app/App';
import { begin, whoAmI } from './app/session';
import { applyColours } from './lib/base';
import { follow } from './live/stream';
import { sync } from './live/sync';
import { Fault } from './parts/bits';
import './styles/index.css';
import { followDrafts } from './tickets/drafts';
import { flushOnLeave } from './tickets/outbox';

applyColours();
const root = createRoot(document.getElementById('root')!);

async function start(): Promise<void> {
  try {
    await begin();
  } catch (e) {
    root.render(<Fault error={e} retry={() => void start()} />);
    return;
  }
  sync();
  follow(whoAmI().id); // before anything is asked for, so that as little as possible changes unheard
  root.render(
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>,
  );
  flushOnLeave();
  followDrafts();
}

void start();
