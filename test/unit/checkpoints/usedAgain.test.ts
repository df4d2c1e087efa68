import { beforeEach, describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { startCheckpoint } from '../../../functions/src/checkpoints/start.ts';
import { checkpointRunner } from '../../../functions/src/checkpoints/steps.ts';
import { newestCheckpoint } from '../../../functions/src/checkpoints/store.ts';
import { verifyAll } from '../../../functions/src/checkpoints/verify.ts';
import { newKeyPair } from '../../../functions/src/crypto/sign.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { loadJob } from '../../../functions/src/jobs/store.ts';
import { evidenceBucket } from '../../kit/evidenceBucket.ts';
import { answer, end, erase, nth, usedAgain, useAgain, type Again } from '../ledger/usedAgain.ts';

/**
 * Checkpoints of a uid that one account after the other has. A name that is free after its period
 * may be used again. Each following night names a chain that a forger deleted.
 */

const DAY = 86_400_000;
const AFTER_THE_PERIOD = 5 * 366 * DAY;
const { privateKey } = newKeyPair();

let context: Again;
const withBucket = (): Again => {
  const bucket = evidenceBucket(new Map());
  const evidenceKeys = () => ({ current: 1, keys: { 1: privateKey } });
  return usedAgain({ policy: amikeo, evidenceKeys, clients: { bucket: async () => bucket } });
};

/** The next night's checkpoint. Returns how many chains it counts as other than signed. */
async function night(): Promise<number | undefined> {
  context.time.now += DAY;
  const id = await startCheckpoint(context, context.time.now);
  for (let round = 0; round < 20; round++) {
    await runJob(context, { checkpoint: async (given) => checkpointRunner(given) }, id);
    if ((await loadJob(context, id))?.status === 'completed')
      return (await newestCheckpoint(context.own))?.checkpoint?.conflicts;
    context.time.now += 1000;
  }
  throw new Error(`the checkpoint does not end: ${context.logged.at(-1) ?? ''}`);
}
const verified = async () => {
  const options = { policy: amikeo, now: context.now(), keys: context.keys };
  return (await Array.fromAsync(verifyAll(context.own, options))).at(-1)?.verified;
};
const named = async () => (await verified())?.problems.map(({ problem }) => problem);
const answers = async (...ids: string[]) => {
  for (const id of ids) expect(await answer(context, id)).toMatchObject({ recorded: true });
};
/** Puts a chain of another database in the place of this one's. */
async function copy(from: Again, chain: string): Promise<void> {
  await end(context, chain);
  const head = from.own.doc(`ledger/${chain}`);
  await context.own.doc(head.path).set((await head.get()).data() ?? {});
  for (const entry of (await head.collection('entries').get()).docs)
    await context.own.doc(entry.ref.path).set(entry.data());
}

beforeEach(async () => {
  context = withBucket();
  await answers('first');
});

describe.each([
  ['of the only person before', 1],
  ['of the last of two persons before, while the first chain is held', 2],
])('a name that is free since the period of the chain %s is over', (_, person) => {
  beforeEach(async () => {
    for (let n = 1; n < person; n++) {
      await erase(context);
      useAgain(context);
      await answers(`of ${n + 1}`);
    }
    await erase(context);
    expect(await night()).toBe(0);
    context.time.now += AFTER_THE_PERIOD;
    expect(await night()).toBe(0);
    await end(context, nth(context, person));
    useAgain(context);
  });

  it.each([
    ['shorter', ['a']],
    ['as long', ['a', 'b', 'c']],
    ['longer', ['a', 'b', 'c', 'd']],
  ])('names a new chain, %s than the signed one: no conflict, and nothing that verification names', async (_n, ids) => {
    await answers(...ids);
    expect((await context.own.doc(`ledger/${nth(context, person)}`).get()).get('seq')).toBe(ids.length);
    expect(await verified()).toMatchObject({
      problems: [],
      ended: 0,
      unsigned: { chains: 1, entries: ids.length },
    });
    expect(await night()).toBe(0);
    expect(await verified()).toMatchObject({ problems: [], unsigned: { chains: 0, entries: 0 } });
    await answers('later');
    expect([await night(), await named()]).toEqual([0, []]);
  });

  it.each([
    ['the first', 1],
    ['the last', 3],
  ])('protects nobody who removes an entry of the new chain: %s', async (_n, seq) => {
    await answers('a', 'b', 'c');
    const entries = context.own.collection(`ledger/${nth(context, person)}/entries`);
    for (const one of (await entries.where('seq', '==', seq).get()).docs) await one.ref.delete();
    expect(await named()).toContain('missing');
    expect([await night(), await night()]).toEqual([1, 1]);
    expect(await named()).toContain('missing');
  });
});

describe('another chain in the place of a signed one', () => {
  /** A chain that begins so much later than the present time. */
  const laterChain = async (ms: number): Promise<Again> => {
    const other = usedAgain({ policy: amikeo });
    other.time.now = context.time.now + ms;
    await answer(other, 'x');
    return other;
  };

  it('is named while the period runs, also if it says that it began later', async () => {
    await erase(context);
    await night();
    await copy(await laterChain(AFTER_THE_PERIOD), nth(context));
    expect(await named()).toEqual(['missing', 'missing']);
    expect(await night()).toBe(1);
  });

  it('is named after the period, if it says that it began before the last checkpoint', async () => {
    await erase(context);
    await night();
    context.time.now += AFTER_THE_PERIOD;
    await night();
    await copy(await laterChain(-2 * DAY), nth(context));
    expect(await named()).toEqual(['backdated']);
    expect(await night()).toBe(1);
  });
});

describe('the last chain of a uid that is used again, deleted by a forger', () => {
  beforeEach(async () => {
    await erase(context);
    useAgain(context);
    await answers('second', 'third');
  });

  it('is a conflict from the next night on, whether the person answers again or not', async () => {
    expect(await night()).toBe(0);
    await end(context, nth(context, 2));
    expect([await named(), await night(), await night()]).toEqual([['chainMissing'], 1, 1]);
    await answers('a');
    expect([await night(), await named()]).toEqual([1, ['missing']]);
    await answers('b');
    expect([await night(), await named()]).toEqual([1, ['rewritten']]);
    await answers('c');
    expect([await night(), await named()]).toEqual([1, ['rewritten', 'backdated']]);
  });

  it('is one as well if it is closed, and the next account has its name', async () => {
    await erase(context);
    expect(await night()).toBe(0);
    await end(context, nth(context, 2));
    useAgain(context);
    await answers('a');
    expect((await context.own.doc(`ledger/${nth(context, 2)}`).get()).get('seq')).toBe(1);
    expect(await named()).toContain('missing');
    expect([await night(), await night()]).toEqual([1, 1]);
    // The period of the signed chain does not make it right.
    context.time.now += AFTER_THE_PERIOD;
    expect([await night(), await named()]).toEqual([1, ['missing', 'missing', 'missing']]);
  });

  it('is one if only its head is gone, and the next answer begins it anew', async () => {
    expect(await night()).toBe(0);
    await context.own.doc(`ledger/${nth(context, 2)}`).delete();
    expect(await named()).toEqual(['chainMissing']);
    await answers('a');
    expect(await named()).toContain('added');
    expect(await night()).toBe(1);
  });

  it('leaves no trace if no checkpoint had signed it', async () => {
    await end(context, nth(context, 2));
    await answers('a');
    expect([await night(), await named()]).toEqual([0, []]);
  });
});

it('a forged chain that is put right is signed again; an entry that no checkpoint knew meanwhile stays named', async () => {
  const head = context.own.doc(`ledger/${nth(context)}`);
  const forgedForANight = async (): Promise<void> => {
    const stored = (await head.get()).data() ?? {};
    await head.update({ seq: 99 });
    expect(await night()).toBe(1);
    await head.set(stored);
  };
  expect(await night()).toBe(0);
  await forgedForANight();
  expect([await night(), await named()]).toEqual([0, []]);
  await answers('second');
  await forgedForANight();
  expect([await night(), await named()]).toEqual([1, ['backdated']]);
});
