import { append, emptyHead, type Entry, type Head } from '../../../functions/src/ledger/chain.ts';
import type { Draft } from '../../../functions/src/ledger/entry.ts';
import { afterEntry } from '../../../functions/src/ledger/derive.ts';

export const CHAIN = `v1_${'a'.repeat(43)}`;
export const at = (text: string): number => Date.parse(text);

/**
 * A consent as the ledger records it; recorded a second after it happened unless the rest says
 * otherwise.
 */
export const answer = (state: string, occurredAt: number, more: Partial<Draft> = {}): Draft => ({
  kind: 'consent',
  purpose: 'messages',
  state,
  actor: 'subject',
  occurredAt,
  recordedAt: occurredAt + 1000,
  ...more,
});

/** A chain with these drafts, recorded in this order. */
export function chainOf(drafts: readonly Draft[], chain = CHAIN): { chain: string; head: Head; entries: Entry[] } {
  let head = emptyHead(chain);
  const entries = drafts.map((draft, index) => {
    const appended = append(chain, head, `event${index + 1}`, draft);
    head = afterEntry(head, appended.entry);
    return appended.entry;
  });
  return { chain, head, entries };
}

export const entriesOf = (...drafts: Draft[]): Entry[] => chainOf(drafts).entries;
