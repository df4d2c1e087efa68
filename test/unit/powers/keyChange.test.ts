import { beforeEach, describe, expect, it } from 'vitest';
import { refreshProtection } from '../../../functions/src/consent/protection.ts';
import { onHolderAnswer } from '../../../functions/src/consent/guardianAnswer.ts';
import { refOfRecord } from '../../../functions/src/requests/store.ts';
import { releaseHolder } from '../../../functions/src/subject/guardians.ts';
import { AMIKEO_VERSION } from '../../kit/amikeo.ts';
import { Family } from './family.ts';

/** A new pseudonym key changes neither a power nor a request that somebody made by it. */

let family = new Family();
beforeEach(async () => {
  family = new Family();
  await family.power('mother', 'parentalAuthority');
});

/** The inputs of the jobs that carry out a request, and the name of its record. */
async function begun(id: string) {
  const { docs } = await family.context.own.collection('jobs').get();
  const of = docs.map((one) => one.get('input.request') as unknown).filter((key) => key !== undefined);
  const record = await family.recorded(id);
  const found = await family.context.own.collection('requests').get();
  return { of, key: found.docs.find((one) => one.get('job') === record?.job)?.id, record };
}

describe('a request that a mother made before the key changed', () => {
  it.each(['access', 'erasure', 'rectification'] as const)(
    '%s goes on by her power, and its job finds it',
    async (type) => {
      const id = await family.asked('mother', type);
      family.changeKey();
      await refreshProtection(family.context, 'kim');
      await family.days(8);
      const { record, key, of } = await begun(id);
      expect(record).toMatchObject({ status: type === 'rectification' ? 'waiting' : 'in_progress' });
      expect(record?.begunAt).toBeDefined();
      expect((await family.shown(id))?.['reason']).toBeUndefined();
      if (type !== 'rectification') expect(of).toEqual([key]);
    },
  );

  it('is heard to the word of the child, also two keys later', async () => {
    const id = await family.asked('mother', 'access');
    for (const holder of ['father', 'aunt']) {
      family.changeKey();
      await family.power(holder, 'parentalAuthority');
    }
    await family.says(id, 'disagrees');
    expect(await family.recorded(id)).toMatchObject({ onBehalf: { say: 'disagrees' }, waitingFor: 'officer' });
    await family.says(id, 'agrees');
    const { of, key } = await begun(id);
    expect(of).toEqual([key]);
  });

  it('is the same one if the call comes again, and stands in the way of a second', async () => {
    const requestId = 'the-same-call';
    const id = await family.asked('mother', 'access', { requestId });
    family.changeKey();
    expect(await family.asked('mother', 'access', { requestId })).toBe(id);
    expect(await family.ask('mother', 'access')).toMatchObject({ ok: false, code: 'alreadyOpen' });
  });
});

it('a request right after the key changed stands under the chain that it begins', async () => {
  family.changeKey();
  const id = await family.asked('mother', 'access');
  const record = await family.recorded(id);
  expect(record?.pseudonym).toMatch(/^v2_/);
  const { docs } = await family.context.own.collection('requests').get();
  expect(docs.map((one) => one.id.startsWith(record?.pseudonym ?? '-'))).toEqual([true]);
  if (record !== null)
    expect(await refOfRecord(family.context, 'kim', docs[0]?.id ?? '', record)).toMatchObject({ requestId: id });
});

describe('a guardian’s yes from before the key changed', () => {
  beforeEach(async () => {
    await family.power('tutor', 'tutelle', { decides: 'holder' });
    const answer = { purpose: 'analytics', granted: true, policyVersion: AMIKEO_VERSION, source: 'app' };
    await onHolderAnswer(family.context, { holder: 'tutor', child: 'kim', requestId: 'a-yes-of-the-tutor', answer });
    family.changeKey();
  });

  it('stands, and the ledger is told of no change', async () => {
    const { seq } = await family.head();
    await refreshProtection(family.context, 'kim');
    expect(await family.head()).toMatchObject({ seq, current: { analytics: 'given' } });
  });

  it('is no longer protected by a guardian who was erased since', async () => {
    await releaseHolder(family.context, 'tutor', family.now);
    family.context.logged.length = 0;
    await refreshProtection(family.context, 'kim');
    expect((await family.head()).protection).toBeUndefined();
    expect(family.context.logged.join()).not.toContain('is gone');
  });
});
