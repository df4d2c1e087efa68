import { Timestamp, type DocumentReference } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { onHolderAnswer } from '../../../functions/src/consent/guardianAnswer.ts';
import { onConsentWritten } from '../../../functions/src/consent/recordDecision.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { AMIKEO_VERSION } from '../../kit/amikeo.ts';
import { changeHead } from '../../kit/sealed/ledger.ts';
import { state } from '../../kit/sealed/statements.ts';
import { Family, NOW } from './family.ts';

/** Somebody answers about a consent for a person: the person is told, and their no wins. */

let family = new Family();
beforeEach(() => void (family = new Family()));

const call = (holder: string, granted: boolean, requestId = `answer-${granted}`, more: Partial<Context> = {}) =>
  onHolderAnswer(
    { ...family.context, ...more },
    {
      ...{ holder, child: 'kim', requestId },
      answer: { purpose: 'analytics', granted, policyVersion: AMIKEO_VERSION, source: 'app' },
    },
  );
/** The same, and the jobs run that it began. */
const answers = async (...of: Parameters<typeof call>) => {
  const outcome = await call(...of);
  await family.runJobs();
  return outcome;
};
const told = async () =>
  (await family.context.app.collection('users/kim/privacyRequests').get()).docs.map((one) => ({
    ...{ id: one.id, data: one.data() },
  }));
const current = async () => (await family.head()).current['analytics'];

/** A document is written each time after the backend has read it, so many times. */
function writtenMeanwhile(own: DocumentReference, times: number): void {
  const { app } = family.context;
  let written = 0;
  const doc = (path: string) => {
    const ref = app.doc(path);
    const read = ref.get.bind(ref);
    const get = async () => {
      const seen = await read();
      if (path === own.path && written++ < times) await ref.update({ appVersion: `${times}.${written}` });
      return seen;
    };
    return Object.assign(ref, { get });
  };
  const watched = new Proxy(app, {
    get: (target, name) => (name === 'doc' ? doc : (Reflect.get(target, name) as unknown)),
  });
  Object.assign(family.context.clients, { app: () => watched });
}

describe('an adult whose guardian answers for them', () => {
  beforeEach(() => family.power('tutor', 'tutelle', { decides: 'holder' }));

  it('is told in easy words, once for each answer', async () => {
    expect(await answers('tutor', true)).toEqual({ ok: true, state: 'given' });
    const [first, ...more] = await told();
    expect(more).toEqual([]);
    expect(first?.data).toMatchObject({
      ...{ type: 'consents', status: 'completed' },
      askedFor: {
        ...{ regime: 'tutelle', purpose: 'analytics', granted: true },
        text: expect.stringMatching(/^Votre tuteur a dit oui pour vous.*à partir de maintenant/s),
      },
    });
    await answers('tutor', true);
    await answers('tutor', true, 'another-call');
    expect(await told()).toHaveLength(1);
  });

  it('is told also if the call dies after the answer counts, and nobody calls again', async () => {
    const queue = { enqueue: () => Promise.reject(new Error('the task is lost')) };
    await call('tutor', true, 'a-call', { queue });
    expect([await current(), await told()]).toEqual(['given', []]);
    await family.days(1);
    expect(await told()).toHaveLength(1);
  });

  it('is told nothing if an erasure has begun meanwhile', async () => {
    await call('tutor', true);
    await changeHead(family.context, pseudonymOf('kim', family.context.keys), {
      erasing: { at: NOW, accountCreatedAt: null },
    });
    await family.runJobs();
    expect(await told()).toEqual([]);
  });

  it('stops it by a no, which the guardian’s next yes does not overrule', async () => {
    await answers('tutor', true);
    const [{ id } = { id: '' }] = await told();
    await family.says(id, 'disagrees');
    expect(await current()).toBe('refused');
    family.now += 1000;
    expect(await answers('tutor', true, 'once-more')).toMatchObject({ ok: true });
    expect(await current()).not.toBe('given');
  });

  /** Kim says yes as well, and the guardian's answer is shown. */
  const bothSayYes = async () => {
    const yes = { granted: true, policyVersion: AMIKEO_VERSION, source: 'app', updatedAt: Timestamp.fromMillis(NOW) };
    const own = family.context.app.doc('users/kim/consents/analytics');
    await own.set(yes);
    const event = { id: 'yes', uid: 'kim', key: 'analytics', before: undefined, after: yes, writtenAt: NOW };
    await onConsentWritten(family.context, event);
    await answers('tutor', true);
    const [{ id } = { id: '' }] = await told();
    return { own, id };
  };

  it('says no by their own document, if that said yes', async () => {
    const { own, id } = await bothSayYes();
    await family.says(id, 'disagrees');
    expect((await own.get()).get('granted')).toBe(false);
  });

  it('says no also if a server marks that document meanwhile; one that never rests lets the event come again', async () => {
    const { own, id } = await bothSayYes();
    const no = await family.write(id, { say: 'disagrees' });
    writtenMeanwhile(own, Infinity);
    await expect(no()).rejects.toMatchObject({ code: 'firestore.contended' });
    expect((await own.get()).get('granted')).toBe(true);
    writtenMeanwhile(own, 1);
    await no();
    expect((await own.get()).get('granted')).toBe(false);
  });

  it('says no to a yes of the same second', async () => {
    const { own, id } = await bothSayYes();
    family.now = NOW + 10_500;
    // The word comes a second later.
    await own.update({ updatedAt: Timestamp.fromMillis(NOW + 11_440) });
    await family.says(id, 'disagrees');
    expect((await own.get()).get('granted')).toBe(false);
  });

  it('a no whose event comes after a newer yes of their own leaves that yes, and is history', async () => {
    await answers('tutor', true);
    const [{ id } = { id: '' }] = await told();
    const late = await family.write(id, { say: 'disagrees' });
    const at = (family.now += 60_000);
    const own = family.context.app.doc('users/kim/consents/analytics');
    const yes = { granted: true, policyVersion: AMIKEO_VERSION, source: 'app', updatedAt: Timestamp.fromMillis(at) };
    await own.set(yes);
    const event = { id: 'yes', uid: 'kim', key: 'analytics', before: undefined, after: yes, writtenAt: at };
    await onConsentWritten(family.context, event);
    family.now += 60_000;
    await late();
    expect((await own.get()).get('granted')).toBe(true);
    expect(await current()).toBe('given');
    expect((await family.head()).consents['analytics']?.subject).toMatchObject({ granted: true, at });
  });

  it('a yes to the message is no consent: a consent is given after its own text', async () => {
    await answers('tutor', true);
    const [{ id } = { id: '' }] = await told();
    const before = (await family.head()).seq;
    await family.says(id, 'agrees');
    expect((await family.head()).seq).toBe(before);
  });
});

it('a child is told that a parent’s yes needs its own', async () => {
  await state(family.context, 'ageBands/kim', { band: 'child' });
  await family.power('mother', 'parentalAuthority');
  expect(await answers('mother', true)).toEqual({ ok: true, state: 'pending' });
  const [one] = await told();
  expect(one?.data['askedFor']).toMatchObject({ text: expect.stringMatching(/seulement si vous dites oui aussi/) });
});
