/**
 * A suite of its own with the policy of the example: a rider lives through it, and then nothing of
 * them is left.
 */
import { describe, expect, it } from 'vitest';
import { example } from '../../functions/policies/example/index.ts';
import { ago, answer, erased, useSuiteWith } from '../kit/foreign.ts';

const suite = useSuiteWith('example');

/** A rider with something in every record of the policy. */
async function rider() {
  const { person, own, freshUid } = suite();
  const name = `Rive${freshUid()}`;
  const repair = freshUid();
  const someone = await person({
    documents: ({ uid, email }) => ({
      [`riders/${uid}`]: { email, name },
      [`riders/${uid}/notes/n`]: { text: 'of nobody’s declaring' },
      [`riders/${uid}/trips/t`]: { endedAt: ago(3), from: name },
      [`bills/of-${name}`]: { rider: uid, name, issuedAt: ago(3) },
      [`repairs/${repair}`]: { reportedBy: uid, followers: [uid, 'somebody'], doneAt: ago(3) },
    }),
  });
  await own.doc(`tripArchive/${someone.uid}/trips/older`).set({ endedAt: ago(200), from: name });
  return { ...someone, name, repair };
}

describe.concurrent('with the policy of the example', () => {
  it('a consent and its withdrawal reach the ledger', async () => {
    const { chainWith, db } = suite();
    const { uid, chain } = await rider();
    const consent = db.doc(`users/${uid}/consents/newsletter`);
    await consent.set(answer(example, true));
    await chainWith(chain, 1);
    await consent.set(answer(example, false));
    expect((await chainWith(chain, 2)).entries.map(({ state }) => state)).toEqual(['given', 'withdrawn']);
  });

  it('an access has the rows of the person, from wherever the policy keeps them', async () => {
    const { ask, opened, json, rows } = suite();
    const { uid, name } = await rider();
    await ask(uid, 'access');
    const { entries } = await opened(uid);
    expect(json(entries, 'manifest.json')).toMatchObject({ missing: [{ source: 'postman', why: 'manual' }] });
    for (const record of ['riders', 'trips', 'disputedTrips', 'bills'])
      expect([record, JSON.stringify(rows(entries, record)).includes(name)]).toEqual([record, true]);
  });

  it('rows over their period are in the archive after a night', async () => {
    const { db, fireNightly, freshUid, own } = suite();
    const uid = freshUid();
    const old = { endedAt: ago(6 * 31 + 1) };
    await db.doc(`riders/${uid}/trips/old`).set(old);
    await db.doc(`riders/${uid}/trips/young`).set({ endedAt: ago(170) });
    const copy = async () => (await own.doc(`tripArchive/${uid}/trips/old`).get()).data();
    const left = async () => (await db.collection(`riders/${uid}/trips`).get()).docs.map(({ id }) => id);
    // The row goes after its copy is there.
    await fireNightly(left, (ids) => !ids.includes('old'));
    expect(await copy()).toEqual(old);
    expect(await left()).toEqual(['young']);
  });

  it('an erasure leaves nothing that names the person but the accounts that the law wants kept', async () => {
    const { ask, chainWith, chainOf, db, opened, own, pseudonym, tracesOf } = suite();
    const { uid, email, name, chain, repair } = await rider();
    await db.doc(`users/${uid}/consents/newsletter`).set(answer(example, true));
    await chainWith(chain, 1);
    await ask(uid, 'access');
    await opened(uid);
    const names = [uid, email, name];
    // Seen before, so that the search below is known to find them.
    const before = await tracesOf(names);
    expect(before).toEqual(
      expect.arrayContaining([`riders/${uid}`, `repairs/${repair}`, `tripArchive/${uid}/trips/older`, `auth/${uid}`]),
    );
    expect(before.some((place) => place.startsWith(`bucket/exports/${uid}/`))).toBe(true);

    const { outcomes, traces } = await erased(suite(), { uid, chain }, names);
    expect(outcomes).toContainEqual(expect.objectContaining({ record: 'bills', outcome: 'retained', count: 1 }));
    expect(outcomes).toContainEqual(expect.objectContaining({ recipient: 'postman', outcome: 'manual' }));
    expect(traces).toEqual([`bills/of-${name}`]);
    expect((await db.doc(`repairs/${repair}`).get()).get('followers')).toEqual(['somebody']);
    expect((await own.doc(`tombstones/${pseudonym(uid)}`).get()).data()).toHaveProperty('completedAt');
    expect((await chainOf(chain)).head.closed).toBeDefined();
  });
});
