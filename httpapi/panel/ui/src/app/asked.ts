import type { Message, Schema, Ticket } from '../api/client';
import { store } from '../lib/store';
import type { SavedView, Selection } from '../tickets/views';

// What somebody has asked for that is loaded only then.
export const paletteOpen = store(false);
export const sheetOpen = store(false);
export const newTicketOpen = store(false);
export const verifyOpen = store(false);
export const viewAsked = store<{ selection: Selection; view?: SavedView; then: (id: string) => void } | null>(null);
export const mergeAsked = store<{ ticket: Ticket; then: (number: number) => void } | null>(null);
export const splitAsked = store<{ ticket: Ticket; message: Message } | null>(null);
export const reviseAsked = store<{ ticket: Ticket; message: Message; withdraw: boolean } | null>(null);
export const bulkShown = store<{ tickets: Ticket[]; results: Schema<'BulkResult'>[] } | null>(null);

export const allAsked = [paletteOpen, sheetOpen, newTicketOpen, verifyOpen, viewAsked, mergeAsked, splitAsked, reviseAsked, bulkShown] as const;
