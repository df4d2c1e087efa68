import { decideConsent, decideHolder } from '../../../functions/src/consent/decide.ts';
import type { Answer } from '../../../functions/src/consent/documents.ts';
import { decideEntered, type EnteredNo } from '../../../functions/src/consent/letters/withdrawal.ts';
import { decideExpiry } from '../../../functions/src/consent/expiry.ts';
import { decideProtection } from '../../../functions/src/consent/protection.ts';
import { append, emptyHead, patched, type Entry, type Head } from '../../../functions/src/ledger/chain.ts';
import type { Draft, HeldPower, Protection } from '../../../functions/src/ledger/entry.ts';
import type { Amendment, Verdict } from '../../../functions/src/ledger/store.ts';
import { withTexts } from './texts.ts';

const CHAIN = 'v1_child';
export const NOW = Date.UTC(2026, 5, 1, 12);
export const DAY = 86_400_000;
export const OLD_TEXT = '2024-01-01';
export const policy = withTexts(OLD_TEXT, '2026-01-01');

/** A person's chain as it grows: the head after each decision, and the entries. */
export class Story {
  head: Head = emptyHead(CHAIN);
  readonly entries: Draft[] = [];
  /** The same, as they stand in the chain. */
  readonly chain: Entry[] = [];
  #events = 0;

  #take(decided: Verdict | Amendment | null): string | null {
    if (decided === null || 'ignore' in decided) return null;
    if ('reject' in decided) return decided.reject;
    const list = 'record' in decided ? [{ id: `e${this.#events++}`, draft: decided.record }] : decided.entries;
    this.head = patched(this.head, decided.patch ?? {});
    for (const { id, draft } of list) {
      const { head, entry } = append(CHAIN, this.head, id, draft);
      this.head = head;
      this.chain.push(entry);
      this.entries.push(draft);
    }
    return this.entries.at(-1)?.state ?? null;
  }

  /** @param was the document's answer before, if there was a document */
  person(
    granted: boolean,
    at: number,
    was: boolean | Partial<Answer> | null = null,
    more: Partial<Answer> = {},
  ): string | null {
    const answer: Answer = { granted, policyVersion: policy.version, source: 'app', updatedAt: at, ...more };
    const old = typeof was === 'boolean' ? { granted: was } : was;
    const before = old === null ? null : { ...answer, policyVersion: policy.version, updatedAt: at - 1, ...old };
    const change = { purpose: 'messages', before, after: answer, writtenAt: at };
    return this.#take(decideConsent(change, this.head, { policy, now: at }));
  }

  holder(granted: boolean, at: number, policyVersion = policy.version, holder = 'v1_parent'): string | null {
    const answer = { purpose: 'messages', granted, holder, policyVersion, source: 'app' };
    return this.#take(decideHolder(answer, this.head, { policy, now: at }));
  }

  /** @param holder pseudonyms of the holder who wrote; absent: the person did */
  enter(no: EnteredNo, at: number, holder?: readonly string[]): string | null {
    return this.#take(decideEntered(no, this.head, { policy, now: at }, holder));
  }

  protect(protection: Protection | undefined, at: number, powers: readonly HeldPower[] = []): string | null {
    return this.#take(decideProtection(this.head, protection, policy, at, powers));
  }

  askAgain(at: number): string | null {
    return this.#take(decideExpiry(this.head, policy, at));
  }

  get state(): string | undefined {
    return this.head.current['messages'];
  }

  get last(): Draft | undefined {
    return this.entries.at(-1);
  }
}

export const parent = { holder: 'v1_parent', from: NOW - DAY };
export const child: Protection = { mode: 'both', reason: 'age', since: NOW - 10, holders: [parent] };
