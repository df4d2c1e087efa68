import { Timestamp, type DocumentData } from 'firebase-admin/firestore';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DocumentEvent } from '../../../functions/src/consent/documents.ts';
import { onConsentWritten } from '../../../functions/src/consent/recordDecision.ts';
import type { Entry } from '../../../functions/src/ledger/chain.ts';
import { verifyChain } from '../../../functions/src/ledger/verifyChain.ts';
import { entryFromDocument, headFromDocument } from '../../../functions/src/ledger/documents.ts';
import { saysState, shownState } from '../../../functions/src/ledger/shown/state.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { times } from '../../kit/depth.ts';
import { Crash, ModelFirestore, type Step } from '../support/modelFirestore.ts';
import { withTexts } from './texts.ts';

/**
 * Random histories of one person: answers to two purposes, given online and offline, repeated,
 * changed, deleted. Their events are delivered more than once, in any order, by processes that run
 * at the same time and die between any two calls. In all of them, every decision is in the chain
 * exactly once, and the chain verifies. The current state is the one that a reader of the whole
 * history would name.
 */

const RUNS = times(100, 10_000);
const START = Date.UTC(2026, 0, 1);
const UID = 'person';
/** The day of this one never comes. */
const TYPING_ERROR = '2099-01-01';
const policy = withTexts('2025-09-01');
const keys = { current: 1, keys: { 1: 'key' } };
const CHAIN = pseudonymOf(UID, keys);
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * One write of the app: its purpose and answer, the time after the write before, and the time since
 * the person answered.
 */
const write = fc.record({
  purpose: fc.constantFrom('analytics', 'messages'),
  said: fc.constantFrom('yes' as const, 'yes' as const, 'no' as const, 'delete' as const),
  version: fc.constantFrom('2025-06-15', '2025-09-01', TYPING_ERROR),
  after: fc.integer({ min: 1, max: 5000 }),
  offline: fc.option(fc.integer({ min: -2000, max: 20_000 }), { nil: undefined, freq: 3 }),
});
type Write = typeof write extends fc.Arbitrary<infer T> ? T : never;

interface Told extends DocumentEvent {
  readonly before: DocumentData | undefined;
  readonly after: DocumentData | undefined;
}

/** The events that Firestore tells of these writes. */
function eventsOf(writes: readonly Write[]): Told[] {
  const documents = new Map<string, DocumentData>();
  let now = START;
  return writes.flatMap(({ purpose, said, version, after, offline }, index): Told[] => {
    now += after;
    const before = documents.get(purpose);
    const updatedAt = Timestamp.fromMillis(now);
    const givenAt = offline === undefined || said === 'delete' ? {} : { givenAt: Timestamp.fromMillis(now - offline) };
    const next =
      said === 'delete'
        ? undefined
        : { granted: said === 'yes', policyVersion: version, source: 'app', updatedAt, ...givenAt };
    if (before === undefined && next === undefined) return [];
    if (next === undefined) documents.delete(purpose);
    else documents.set(purpose, next);
    return [{ id: `event${index}`, uid: UID, key: purpose, before, after: next, writtenAt: now }];
  });
}

interface Expected {
  readonly id: string;
  readonly purpose: string;
  readonly state: string;
  readonly at: number;
  readonly granted: boolean;
}

/**
 * The decisions that a reader of the whole history would write down: the rules told anew, without
 * the tested code.
 */
function decisionsOf(events: readonly Told[]): Expected[] {
  return events.flatMap(({ id, key, before, after, writtenAt }): Expected[] => {
    const was = before?.['granted'] === true;
    if (after === undefined)
      return was ? [{ id, purpose: key, state: 'withdrawn', at: writtenAt, granted: false }] : [];
    const granted = after['granted'] === true;
    // A yes to a text that never was is no decision, and the yes after it is the first; a no after
    // it takes it back.
    if (granted && after['policyVersion'] === TYPING_ERROR) return [];
    const counted = !(granted && before?.['policyVersion'] === TYPING_ERROR && was);
    const same =
      counted && before !== undefined && was === granted && before['policyVersion'] === after['policyVersion'];
    if (same) return [];
    const given = (after['givenAt'] as Timestamp | undefined)?.toMillis() ?? writtenAt;
    const at = granted ? Math.min(given, writtenAt) : writtenAt;
    const state = granted ? (was && counted ? 'reconfirmed' : 'given') : was ? 'withdrawn' : 'refused';
    return [{ id, purpose: key, state, at, granted }];
  });
}

/** The last decision of a purpose by the time it happened; at the same moment a no counts. */
const currentOf = (decisions: readonly Expected[], purpose: string): Expected[] => {
  const own = decisions.filter((decision) => decision.purpose === purpose);
  const last = Math.max(...own.map(({ at }) => at));
  const at = own.filter((decision) => decision.at === last);
  const noes = at.filter(({ granted }) => !granted);
  return noes.length > 0 ? noes : at;
};

it(
  `${RUNS} histories: every chain verifies, no decision is lost or doubled, and the state follows the time of each decision`,
  { timeout: 1_200_000 },
  async () => {
    const delivery = fc.record({
      event: fc.nat(),
      crashAfter: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(write, { minLength: 1, maxLength: 8 }),
        fc.array(delivery, { maxLength: 10 }),
        fc.infiniteStream(fc.nat(1000)),
        async (writes, extra, turns) => {
          const events = eventsOf(writes);
          const db = new ModelFirestore();
          const random = (): number => (turns.next().value as number | undefined) ?? 0;
          const once = events.map((_, event) => ({ event, crashAfter: undefined as number | undefined }));
          const all = [...extra, ...once].map((d) => ({ ...d, key: random() })).sort((a, b) => a.key - b.key);
          await runTogether(
            all.flatMap(({ event, crashAfter }) => {
              const told = events[event % Math.max(1, events.length)];
              return told === undefined ? [] : [(step: Step) => deliver(db, told, step, crashAfter)];
            }),
            random,
          );
          check(db, events);
          // Deliveries that overlap can show states in the wrong order. One more alone shows the
          // last.
          for (const told of events) await deliver(db, told, async () => undefined, undefined);
          check(db, events);
          checkShown(db);
        },
      ),
      { numRuns: RUNS },
    );
  },
);

/** Delivers an event to a process, which dies at its n-th call if it is to. */
async function deliver(db: ModelFirestore, event: Told, turn: Step, crashAfter: number | undefined): Promise<void> {
  let calls = 0;
  const step: Step = async (when) => {
    await turn(when);
    if (crashAfter !== undefined && calls++ === crashAfter) throw new Crash();
  };
  const own = db.client(step);
  const context = {
    policy,
    clients: { own: () => own, app: () => own },
    queue: { enqueue: () => Promise.resolve() },
    keys,
    now: () => event.writtenAt + 10,
    log: silent,
  } as unknown as Context;
  try {
    await onConsentWritten(context, event);
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
}

/**
 * Runs processes at the same time, one call at a time: chance decides before each call which
 * process goes on.
 */
async function runTogether(processes: readonly ((step: Step) => Promise<void>)[], random: () => number): Promise<void> {
  const waiting = new Set<() => void>();
  let running = 0;
  const failures: unknown[] = [];
  for (const process of processes) {
    running += 1;
    process(() => new Promise((resolve) => waiting.add(() => resolve())))
      .catch((error: unknown) => failures.push(error))
      .finally(() => (running -= 1));
  }
  while (running > 0) {
    const ready = [...waiting];
    const next = ready[random() % Math.max(1, ready.length)];
    if (next !== undefined) {
      waiting.delete(next);
      next();
    }
    // Everything that follows from this call and does not wait for another one happens now.
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (failures.length > 0) throw failures[0];
}

function check(db: ModelFirestore, events: readonly Told[]): void {
  const data = db.documents.get(`ledger/${CHAIN}`)?.data;
  const head = headFromDocument(CHAIN, data);
  const ids = db.idsIn(`ledger/${CHAIN}/entries`);
  const entries: Entry[] = ids.map((id) =>
    entryFromDocument(id, db.documents.get(`ledger/${CHAIN}/entries/${id}`)?.data ?? {}),
  );
  expect(verifyChain(CHAIN, head, entries)).toEqual([]);

  const decisions = decisionsOf(events);
  const told = (list: readonly { id: string; purpose?: string; state: string; at: number }[]): unknown =>
    list.map(({ id, purpose, state, at }) => [id, purpose, state, at]).sort();
  expect(told(entries.map((entry) => ({ ...entry, at: entry.occurredAt })))).toEqual(told(decisions));

  const rejected = events.filter(({ after }) => after?.['granted'] === true && after['policyVersion'] === TYPING_ERROR);
  // Once a day: the histories are of one day.
  expect(db.idsIn('rejectedEvents')).toHaveLength(rejected.length === 0 ? 0 : 1);
  for (const purpose of ['analytics', 'messages']) {
    const last = currentOf(decisions, purpose);
    if (last.length === 0) expect(head.current[purpose]).toBeUndefined();
    else expect(last.map(({ state }) => state)).toContain(head.current[purpose]);
  }
  const marketing = currentOf(decisions, 'messages').map(({ id }) => `change_${id}`);
  if (marketing.length === 1) expect(db.idsIn('jobs')).toContain(marketing[0]);
}

/** The state that the app reads says what the head says. */
function checkShown(db: ModelFirestore): void {
  const head = headFromDocument(CHAIN, db.documents.get(`ledger/${CHAIN}`)?.data);
  const shown = db.documents.get(`users/${UID}/privacy/state`)?.data;
  const at = shown?.['updatedAt'] as Timestamp | undefined;
  expect(saysState(shown, shownState(head, policy, at?.toMillis() ?? START))).toBe(true);
}
