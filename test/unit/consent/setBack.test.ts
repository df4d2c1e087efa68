import { Timestamp, type DocumentData } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { effectJob } from '../../../functions/src/consent/effects.ts';
import { onHolderAnswer } from '../../../functions/src/consent/guardianAnswer.ts';
import { refreshProtection } from '../../../functions/src/consent/protection.ts';
import { changeRunner } from '../../../functions/src/consent/steps.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import { headRef } from '../../../functions/src/ledger/documents.ts';
import { latestHead, newestHead } from '../../../functions/src/ledger/find.ts';
import { record } from '../../../functions/src/ledger/store.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { fakeAuth } from '../../kit/auth.ts';
import { state, storedPower } from '../../kit/sealed/statements.ts';
import { testContext } from '../requests/helpers.ts';
import { AMIKEO_VERSION } from '../../kit/amikeo.ts';

/**
 * An older head that somebody put back has its own right seal. It subscribes nobody, and lets
 * nobody decide for a person: the entries know more.
 */

const NOW = Date.UTC(2026, 5, 1);
let context = { ...testContext(NOW), policy: amikeo };
let calls: string[];
beforeEach(() => {
  context = { ...testContext(NOW), policy: amikeo };
  calls = [];
  const metadata = { creationTime: new Date(NOW - 1_000_000).toUTCString() };
  const ada = { uid: 'ada', email: 'ada@example.com', emailVerified: true, metadata };
  context.clients.auth = async () => fakeAuth(() => [ada]);
  context.clients.brevo = async () => {
    calls.push('brevo');
    throw new Error('Brevo was asked');
  };
});

const chain = () => pseudonymOf('ada', context.keys);
const head = async (): Promise<DocumentData> => (await headRef(context.own, chain()).get()).data() ?? {};
const answer = (id: string, state: string) =>
  record(context, 'ada', id, () => ({
    record: { kind: 'consent', purpose: 'messages', state, occurredAt: NOW, recordedAt: NOW },
    patch: { current: { messages: state }, since: { messages: NOW } },
  }));
const carry = () => {
  const plan = effectJob(context, { id: 'event', uid: 'ada', purpose: 'messages', chain: chain() });
  if (plan === undefined) throw new Error('an answer to marketing has no effect');
  return changeRunner(context).run('brevo', newJob(plan, NOW), { deadline: Infinity });
};

describe('an older head that was put back', () => {
  it('subscribes nobody: Brevo is not asked', async () => {
    await answer('e1', 'given');
    const given = await head();
    await answer('e2', 'withdrawn');
    await headRef(context.own, chain()).set(given);
    expect((await latestHead(context, 'ada')).head.current).toEqual({ messages: 'given' });
    await expect(carry()).rejects.toMatchObject({ code: 'ledger.set_back' });
    expect(calls).toEqual([]);
  });

  it('is told from the newest one, with which the step goes on', async () => {
    await answer('e1', 'given');
    expect((await newestHead(context, 'ada')).head.seq).toBe(1);
    await expect(carry()).rejects.toThrow('Brevo was asked');
    expect(calls).toEqual(['brevo']);
  });

  it('holds up no withdrawal: it is carried to Brevo', async () => {
    await answer('e1', 'withdrawn');
    const withdrawn = await head();
    await answer('e2', 'withdrawn');
    await headRef(context.own, chain()).set(withdrawn);
    await expect(carry()).rejects.toThrow('Brevo was asked');
  });

  it('gives no former guardian a say', async () => {
    await state(context, 'ageBands/ada', { band: 'child' });
    const from = Timestamp.fromMillis(NOW - 1000);
    await state(context, 'guardianships/g', {
      child: 'ada',
      holder: 'eve',
      from,
      ...storedPower('parentalAuthority', 0),
    });
    await answer('e1', 'given');
    await refreshProtection(context, 'ada');
    const guarded = await head();
    await answer('e2', 'withdrawn');
    await headRef(context.own, chain()).set(guarded);
    const yes = { purpose: 'messages', granted: true, policyVersion: AMIKEO_VERSION, source: 'app' } as const;
    await expect(
      onHolderAnswer(context, { holder: 'eve', child: 'ada', requestId: 'request1', answer: yes }),
    ).rejects.toMatchObject({ code: 'ledger.set_back' });
  });
});
