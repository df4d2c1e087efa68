import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { onHolderAnswer } from '../../../functions/src/consent/guardianAnswer.ts';
import { refreshProtection } from '../../../functions/src/consent/protection.ts';
import { latestHead } from '../../../functions/src/ledger/find.ts';
import { statementFaults, statementFaultsOf } from '../../../functions/src/ledger/statements.ts';
import { verifyAll, verifyChains } from '../../../functions/src/checkpoints/verify.ts';
import { onStatement } from '../../../functions/src/rights/statements/submit.ts';
import { releaseHolder } from '../../../functions/src/subject/guardians.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { power } from '../../kit/sealed/statements.ts';
import { testContext } from '../requests/helpers.ts';
import { AMIKEO_VERSION } from '../../kit/amikeo.ts';

/**
 * A writer of the database deletes or changes statements about a person. That ends no protection
 * and gives nobody a power, and verification names it.
 */

const NOW = Date.parse('2026-06-01T00:00:00Z');
const DAY = 86_400_000;
let context = { ...testContext(NOW), policy: amikeo };
beforeEach(() => void (context = { ...testContext(NOW), policy: amikeo }));

async function says(statement: object): Promise<string> {
  const answer = await onStatement(context, statement);
  if (!answer.ok) throw new Error(JSON.stringify(answer));
  await refreshProtection(context, 'kim');
  return answer.id;
}
const child = () => says({ submit: 'ageBand', uid: 'kim', band: 'child' });
const holder = (uid: string, more: object = {}) => {
  const form = { submit: 'guardianship', requestId: `form of ${uid}`, child: 'kim', holder: uid };
  const from = new Date(NOW - DAY).toISOString();
  return says({ ...form, ...power('tutelle', NOW), from, ...more });
};
const protection = async () => (await latestHead(context, 'kim')).head.protection;
/** The faults of all people, which are those of one: a look at that person alone finds the same. */
async function faults() {
  const all = await Array.fromAsync(statementFaults(context, context.now()));
  expect(await Array.fromAsync(statementFaultsOf(context, 'kim', context.now()))).toEqual(all);
  return all;
}
const chain = () => pseudonymOf('kim', context.keys);
const MISSING = (kind = 'ageBands') => [{ problem: 'statementMissing', kind, chain: chain() }];
/** The person's protection is as it was after everything that the backend does by itself. */
async function expectUnchanged(before: unknown, kind: string): Promise<void> {
  expect(before).toBeDefined();
  await refreshProtection(context, 'kim');
  expect(await protection()).toEqual(before);
  expect(context.logged.filter((line) => line.startsWith('a statement about a person is gone'))).not.toEqual([]);
  expect(await faults()).toEqual(MISSING(kind));
}

describe('a statement that somebody deleted', () => {
  it('as the band of a child leaves the child protected', async () => {
    await child();
    await holder('parent');
    const before = await protection();
    await context.own.doc('ageBands/kim').delete();
    await expectUnchanged(before, 'ageBands');
  });

  it('as the guardianship of an adult leaves the adult protected, and the holder cannot act', async () => {
    const id = await holder('curator', { decides: 'holder' });
    const before = await protection();
    await context.own.doc(`guardianships/${id}`).delete();
    await expectUnchanged(before, 'guardianships');
    const answer = { purpose: 'analytics', granted: true, policyVersion: AMIKEO_VERSION, source: 'app' } as const;
    const call = { holder: 'curator', child: 'kim', requestId: 'request-1', answer };
    expect(await onHolderAnswer(context, call)).toEqual({ ok: false, because: 'denied' });
  });

  it('as a power over an adult who decides alone takes the power away, and is told', async () => {
    const id = await holder('curator', { regime: 'curatelle' });
    expect((await latestHead(context, 'kim')).head.powers).toMatchObject([{ regime: 'curatelle' }]);
    await context.own.doc(`guardianships/${id}`).delete();
    await refreshProtection(context, 'kim');
    expect((await latestHead(context, 'kim')).head).not.toHaveProperty('powers');
    expect(context.logged.filter((line) => line.startsWith('a statement about a person is gone'))).toHaveLength(1);
  });

  it('as a guardianship of an officer, without a holder, leaves the adult protected', async () => {
    const id = await holder('nobody', { holder: undefined, decides: 'both' });
    const before = await protection();
    expect(before).toMatchObject({ mode: 'both', holders: [] });
    await context.own.doc(`guardianships/${id}`).delete();
    await expectUnchanged(before, 'guardianships');
  });

  it('as one of two guardianships does not keep out the remaining holder', async () => {
    await child();
    const id = await holder('parent');
    await context.own.doc(`guardianships/${id}`).delete();
    await holder('other');
    expect((await protection())?.holders.map(({ holder: one }) => one)).toEqual(
      ['other', 'parent'].map((uid) => pseudonymOf(uid, context.keys)),
    );
    expect(await faults()).toEqual(MISSING('guardianships'));
  });

  it('is put right by the same statement, and can be withdrawn then', async () => {
    const id = await holder('curator', { decides: 'holder' });
    await context.own.doc(`guardianships/${id}`).delete();
    expect(await holder('curator', { decides: 'holder' })).toBe(id);
    expect(await faults()).toEqual([]);
    await says({ withdraw: 'guardianship', id });
    expect(await protection()).toBeUndefined();
  });
});

describe('two statements at once', () => {
  it('both count, also if the event that read one of them alone is decided last', async () => {
    await onStatement(context, { submit: 'ageBand', uid: 'kim', band: 'child' });
    const own = context.own;
    const runTransaction = own.runTransaction.bind(own);
    let isFirst = true;
    // The statements of the first event are read by now.
    own.runTransaction = async (...args) => {
      if (isFirst) {
        isFirst = false;
        await holder('parent');
      }
      return runTransaction(...args);
    };
    await refreshProtection(context, 'kim');
    own.runTransaction = runTransaction;
    const { head } = await latestHead(context, 'kim');
    const parent = pseudonymOf('parent', context.keys);
    expect([head.protection?.mode, head.protection?.holders.map((one) => one.holder)]).toEqual(['both', [parent]]);
    expect(head.powers?.map((one) => one.holder)).toEqual([parent]);
    expect(context.logged.filter((line) => line.startsWith('a statement about a person is gone'))).toEqual([]);
  });
});

describe('a statement that somebody changed', () => {
  it('into a band of an adult leaves the child protected', async () => {
    await child();
    const before = await protection();
    await context.own.doc('ageBands/kim').update({ band: 'adult' });
    await refreshProtection(context, 'kim');
    expect(await protection()).toEqual(before);
    expect(await faults()).toEqual([
      { problem: 'statementUnsealed', kind: 'ageBands', statement: 'ageBands/kim' },
      ...MISSING(),
    ]);
  });

  it('into a guardianship that is over leaves the adult protected', async () => {
    const id = await holder('curator', { decides: 'holder' });
    const before = await protection();
    const statement = `guardianships/${id}`;
    await context.own.doc(statement).update({ until: Timestamp.fromMillis(NOW - 1) });
    await refreshProtection(context, 'kim');
    expect(await protection()).toEqual(before);
    expect(await faults()).toEqual([
      { problem: 'statementUnsealed', kind: 'guardianships', statement },
      ...MISSING('guardianships'),
    ]);
  });

  it.each(['legalHolds', 'restrictions'] as const)('in %s is named', async (kind) => {
    await context.own.doc(`${kind}/kim`).set({ uid: 'kim' });
    expect(await faults()).toEqual([{ problem: 'statementUnsealed', kind, statement: `${kind}/kim` }]);
  });
});

describe('an older version of a statement that somebody puts back', () => {
  const older = async (path: string, newer: object): Promise<void> => {
    const before = (await context.own.doc(path).get()).data() ?? {};
    await says(newer);
    await context.own.doc(path).set(before);
    await refreshProtection(context, 'kim');
  };

  it('as a band of an adult takes no protection from a child', async () => {
    await says({ submit: 'ageBand', uid: 'kim', band: 'adult' });
    await older('ageBands/kim', { submit: 'ageBand', uid: 'kim', band: 'child' });
    expect(await protection()).toMatchObject({ mode: 'both', reason: 'age' });
    expect(await faults()).toEqual([{ problem: 'statementOlder', kind: 'ageBands', chain: chain() }, ...MISSING()]);
  });

  it('as a guardianship that was withdrawn since gives its holder no power', async () => {
    await child();
    const id = await holder('former');
    await older(`guardianships/${id}`, { withdraw: 'guardianship', id });
    expect((await protection())?.holders).toEqual([]);
    expect(await faults()).toEqual([{ problem: 'statementOlder', kind: 'guardianships', chain: chain() }]);
    await says({ withdraw: 'guardianship', id });
    expect(await faults()).toEqual([]);
  });

  it('is told from a newer one that came while it was read', async () => {
    await child();
    const reading = context.own.doc('ageBands/kim');
    const clients = { ...context.clients };
    let first = true;
    // The first reading sees the version before the one that is noted in the meantime.
    clients.own = () => {
      if (first) {
        first = false;
        const stale = reading.get();
        return new Proxy(context.own, {
          get: (target, name) =>
            name === 'collection'
              ? (path: string) =>
                  path === 'ageBands' ? { doc: () => ({ get: () => stale }) } : target.collection(path)
              : (Reflect.get(target, name) as unknown),
        });
      }
      return context.own;
    };
    const slow = refreshProtection({ ...context, clients }, 'kim');
    await says({ submit: 'ageBand', uid: 'kim', band: 'adult' });
    await slow;
    expect(await protection()).toBeUndefined();
    expect(await faults()).toEqual([]);
  });
});

describe('ledger verify', () => {
  const problems = async (keys?: typeof context.keys) => {
    const [last] = (await Array.fromAsync(verifyAll(context.own, { policy: amikeo, now: NOW, keys }))).slice(-1);
    return last?.verified.problems;
  };

  it('names every statement that is not as the backend wrote it, if it has the keys', async () => {
    await child();
    expect(await problems(context.keys)).toEqual([]);
    await context.own.doc('ageBands/kim').delete();
    await context.own.doc('restrictions/lou').set({});
    expect(await problems(context.keys)).toEqual([
      { problem: 'statementUnsealed', kind: 'restrictions', statement: 'restrictions/lou' },
      ...MISSING(),
    ]);
    expect(await problems()).toEqual([]);
  });

  it('of one person names the statements about that person, and of a chain alone says that it looked at none', async () => {
    await child();
    await context.own.doc('ageBands/kim').delete();
    await context.own.doc('restrictions/lou').set({});
    const verify = async (chains: readonly string[], uid?: string) => {
      const options = { policy: amikeo, now: NOW, keys: context.keys };
      const { verified, statements } = await verifyChains(context.own, chains, options, uid);
      return [statements, ...verified.problems];
    };
    expect(await verify([chain()], 'kim')).toEqual(['ofPerson', ...MISSING()]);
    const statement = 'restrictions/lou';
    expect(await verify([], 'lou')).toEqual([
      'ofPerson',
      { problem: 'statementUnsealed', kind: 'restrictions', statement },
    ]);
    expect(await verify([chain()])).toEqual(['none']);
  });
});

describe('legitimate ends of a protection, which verification does not name', () => {
  it.each([
    ['another band', { submit: 'ageBand', uid: 'kim', band: 'adolescent' }],
    ['a band that is withdrawn', { withdraw: 'ageBand', id: 'kim' }],
  ])('%s', async (_, statement) => {
    await child();
    await holder('parent');
    await says(statement);
    expect(await protection()).toBeUndefined();
    expect(await faults()).toEqual([]);
  });

  it('the day on which the child reaches the age', async () => {
    await says({ submit: 'ageBand', uid: 'kim', band: 'child', until: new Date(NOW + DAY).toISOString() });
    context.time.now += 2 * DAY;
    expect(await faults()).toEqual([]);
    await refreshProtection(context, 'kim');
    expect(await protection()).toBeUndefined();
  });

  it('the erasure of a holder: their pseudonym explains the entries of the ledger', async () => {
    await holder('curator', { decides: 'holder' });
    await releaseHolder(context, 'curator', NOW);
    expect(await faults()).toEqual([]);
    await refreshProtection(context, 'kim');
    expect(await protection()).toBeUndefined();
  });
});
