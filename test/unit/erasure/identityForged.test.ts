import { describe, expect, it } from 'vitest';
import { planExport } from '../../../functions/src/export/plan.ts';
import { writeArchive } from '../../../functions/src/export/archive/write.ts';
import { emptyHead } from '../../../functions/src/ledger/chain.ts';
import { memoryStore } from '../export/helpers.ts';
import { collectIdentity } from '../../../functions/src/erasure/identity.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { knownFromAuth } from '../../../functions/src/subject/identity.ts';
import { learn, readKnown } from '../../../functions/src/subject/known.ts';
import { lostOutcomes } from '../../../functions/src/erasure/plan.ts';
import { resultOf } from '../../../functions/src/erasure/result.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { erasureRunner } from '../../../functions/src/erasure/steps.ts';
import { reconcilePerson } from '../../../functions/src/consent/reconcile.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { account, own, proven, useWorld, world } from './identityWorld.ts';
import { CREATED, NOW } from './memory.ts';

useWorld();

describe('notes about a person, written without a key', () => {
  const victims = 'victim@example.com';
  const forged = {
    pseudonym: 'v1_x',
    accountCreatedAt: CREATED,
    verifiedEmails: [victims],
    providerIds: { stripeCustomer: 'cus_of_the_victim' },
    atDeletion: { emails: [victims], phones: [] },
  };

  it.each(['a living account', 'an account that is gone'])(
    'proves nothing of %s, and an officer is told',
    async (which) => {
      const { uid, job } = account();
      const theirs = `${uid}.${victims}`;
      await world.contact({ email: theirs });
      if (which !== 'a living account') world.users.delete(uid);
      const told = { verifiedEmails: [theirs], atDeletion: { emails: [theirs], phones: [] } };
      await own()
        .doc(`subjects/${uid}`)
        .set({ ...forged, ...told });
      const { subject, handles } = await collectIdentity(world.context, job);
      const emails = which === 'a living account' ? [`${uid}@example.com`] : [];
      expect(subject).toMatchObject({ verifiedEmails: emails, providerIds: {}, historyLost: true });
      expect(JSON.stringify(subject)).not.toContain(victims);
      expect(handles.filter(({ system }) => system !== 'auth')).toEqual([]);
      const step = erasureRunner(world.context, reconcilePerson).run('close', job, { deadline: Infinity });
      expect(await step).toMatchObject({
        settled: expect.arrayContaining([expect.objectContaining({ record: 'subjects', outcome: 'manual', count: 1 })]),
      });
      const outcomes = lostOutcomes(amikeo, NOW);
      const closed = {
        ...job,
        steps: { ...job.steps, close: { state: 'done', after: [], attempts: 0, outcomes } },
      } as Job;
      expect(resultOf(amikeo, closed, NOW).find((one) => 'record' in one && one.record === 'subjects')).toMatchObject({
        state: 'manual',
      });
    },
  );

  it('is not merged with new facts, which from then on say that a part was lost', async () => {
    const { uid, user } = account();
    await own().doc(`subjects/${uid}`).set(forged);
    const known = knownFromAuth(user, 'v1_p');
    for (let times = 0; times < 2; times++) {
      await learn(world.context, known);
      expect(await readKnown(world.context, uid)).toMatchObject({
        uid,
        verifiedEmails: known.verifiedEmails,
        providerIds: {},
        historyLost: true,
      });
    }
  });

  it('is named in an access for each place that is searched by addresses', async () => {
    const { context } = world;
    const missing = async (uid: string): Promise<string[]> => {
      const chain = pseudonymOf(uid, context.keys);
      const written = await writeArchive(context, memoryStore(), {
        ...{ ref: { uid, requestId: 'r1' }, plan: planExport(context.policy, 'access'), chain, head: emptyHead(chain) },
        ...{ name: 'a.zip', stopAt: Infinity, tolerant: false, part: { number: 1 } },
        full: { at: Infinity, bytes: Infinity },
      });
      return [...(written?.missing ?? [])].sort();
    };
    const { uid } = account();
    const before = await missing(uid);
    await own().doc(`subjects/${uid}`).set(forged);
    const added = (await missing(uid)).filter((source) => !before.includes(source));
    expect(added).toEqual(['brevo', 'contactRequests', 'stripe']);
  });

  it('in the place of a collected identity is collected anew, once', async () => {
    const { uid, job } = account();
    const ref = own().doc(`subjects/${uid}/identities/${job.id}`);
    const identity = {
      subject: { uid, verifiedEmails: [victims] },
      handles: [{ system: 'brevo', id: '1' }],
      refused: [],
    };
    await ref.set({ identity: JSON.stringify(identity), more: true });
    const first = await collectIdentity(world.context, job);
    expect(first.subject).toMatchObject({ verifiedEmails: [`${uid}@example.com`], historyLost: true });
    expect(first.handles).toEqual([{ system: 'auth', id: uid }]);
    expect(await collectIdentity(world.context, job)).toEqual(first);
  });

  it('under the key of an address proves no address', async () => {
    const { subjectKey, job } = await proven('true@example.com');
    await own()
      .doc(`subjects/${subjectKey}`)
      .update({ verifiedEmails: [victims] });
    await expect(collectIdentity(world.context, job)).rejects.toMatchObject({ code: 'address_gone' });
  });
});
