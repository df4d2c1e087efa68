import { setTimeout as pause } from 'node:timers/promises';
import { FieldValue } from 'firebase-admin/firestore';
import { afterEach, describe, expect, it } from 'vitest';
import { commandOf, descendants, signal } from '../../../emulator/processes/processes.ts';
import { findSuite } from '../../../emulator/state.ts';
import { times } from '../../kit/depth.ts';
import { calm, chainOf, chaos, db, eventually, freshUid, pseudonym, quiet } from '../../kit/suite.ts';
import { verifyChain } from '../../../functions/src/ledger/verifyChain.ts';

/**
 * The deployed functions on bad days: every event twice, late and out of order, and their processes
 * killed while they work.
 */

/** The processes in which functions of this suite run now. */
const functionProcesses = (): number[] =>
  descendants(findSuite(process.env).cli).filter((pid) => commandOf(pid).includes('functionsEmulatorRuntime'));

/**
 * A process that dies while it loads keeps the Functions emulator waiting for half a minute; one
 * that has loaded dies at work.
 */
const LOADED_MS = 3000;

/**
 * Kills processes at work until everything is written and this many have died. The Functions
 * emulator starts new ones.
 */
async function killUntil(written: AbortSignal, atLeast: number): Promise<void> {
  const seen = new Map<number, number>();
  for (let killed = 0; !written.aborted || killed < atLeast;) {
    for (const pid of functionProcesses()) {
      const since = seen.get(pid) ?? Date.now();
      seen.set(pid, since);
      if (Date.now() - since < LOADED_MS) continue;
      signal(pid, 'SIGKILL');
      killed += 1;
    }
    await pause(200);
  }
}

const write = (uid: string, purpose: string, granted: boolean) =>
  db.doc(`users/${uid}/consents/${purpose}`).set({
    granted,
    policyVersion: '2025-06-15',
    source: 'app',
    updatedAt: FieldValue.serverTimestamp(),
  });

describe('consents while everything goes wrong', () => {
  afterEach(() => chaos(calm));

  it('nothing is lost and nothing is doubled', async () => {
    const people = Array.from({ length: times(6, 10) }, freshUid);
    // A killed process may never answer: the event comes again soon, not after the default of half
    // a minute.
    await chaos({ duplicate: 1, delayMs: 3000, hold: false, attemptMs: 10_000 });
    const written = new AbortController();
    const killing = killUntil(written.signal, times(3, 6));
    await Promise.all(
      people.map(async (uid, index) => {
        // Yes, yes again, no, yes, no, no again: four decisions.
        for (const granted of [true, true, false, true, false, false]) await write(uid, 'analytics', granted);
        await write(uid, 'monitoring', index % 2 === 0);
      }),
    );
    written.abort();
    await killing;

    for (const [index, uid] of people.entries()) {
      const { head } = await eventually(
        () => chainOf(pseudonym(uid)),
        // They are two reads: the head may be the older one.
        ({ head, entries }) => entries.length >= 5 && head.seq >= 5,
        240_000,
      );
      expect(head.current).toEqual({ analytics: 'withdrawn', monitoring: index % 2 === 0 ? 'given' : 'refused' });
    }
    // Nothing comes any more: repeated deliveries made nothing again.
    await quiet(120_000);
    for (const uid of people) {
      const { head, entries } = await chainOf(pseudonym(uid));
      expect(verifyChain(pseudonym(uid), head, entries)).toEqual([]);
      const states = entries.map(({ purpose, state }) => `${purpose ?? ''} ${state}`).sort();
      expect(states.filter((state) => state.startsWith('analytics'))).toEqual([
        'analytics given',
        'analytics given',
        'analytics withdrawn',
        'analytics withdrawn',
      ]);
      expect(states).toHaveLength(5);
    }
  });
});
