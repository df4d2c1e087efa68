import { signInWithCustomToken, signOut } from 'firebase/auth';
import { describe, expect, it } from 'vitest';
import {
  answerAsGuardian,
  ask,
  askAsGuardian,
  consentReceipt,
  contact,
  mayUse,
  mustAskAgain,
  onConsents,
  onRequests,
  requestByEmail,
  say,
  setConsent,
  setDevicePermission,
  type ByEmailForm,
  type Consents,
  type ContactForm,
  type GuardianWish,
  type ListedRequest,
  type Purpose,
  type ReceiptForm,
} from '../../../client/index.ts';
import { messagesTo } from '../../kit/providers.ts';
import { power } from '../../kit/sealed/statements.ts';
import { auth, chainOf, compliance, db, eventually, freshUid, official, own, pseudonym } from '../../kit/suite.ts';
import { serverStates } from '../serverStates.ts';
import { openApp } from './app.ts';

/**
 * A person with the client alone: sees everything that others ask for them, without knowing an id
 * before, and the other things that an app does.
 */

type App = Awaited<ReturnType<typeof openApp>>;

const told = { policyVersion: '2025-06-15', source: 'web' } as const;
const analytics = 'analytics' as Purpose;

/** Follows something of the app; returns its last value, once it is as the caller wants it. */
function follow<T>(listen: (next: (value: T | null) => void) => () => void) {
  const seen: (T | null)[] = [];
  const stop = listen((value) => void seen.push(value));
  const until = (holds: (value: T | null) => boolean): Promise<T | null> =>
    eventually(
      async () => seen.at(-1) ?? null,
      (value) => seen.length > 0 && holds(value),
    );
  return { until, stop };
}

const listOf = (app: App) => follow<readonly ListedRequest[]>((next) => onRequests(app, next));

/** Waits for the request of a list that is as the caller wants it. */
async function oneOf(list: ReturnType<typeof listOf>, is: (request: ListedRequest) => boolean): Promise<ListedRequest> {
  const found = (await list.until((requests) => requests?.some(is) === true))?.find(is);
  if (found === undefined) throw new Error('not in the list');
  return found;
}

/** A child and a parent, each with an app; servers have stated the power of the parent. */
async function family() {
  const [child, parent] = [await openApp(), await openApp()];
  const at = Date.now() - 60_000;
  const papers = { ...power('parentalAuthority', at), from: new Date(at).toISOString() };
  await serverStates({ submit: 'ageBand', uid: child.uid, band: 'child', evidence: 'school register' });
  const form = { submit: 'guardianship', requestId: `form of ${child.uid}`, ...papers };
  await serverStates({ ...form, child: child.uid, holder: parent.uid });
  await eventually(
    () => chainOf(pseudonym(child.uid)),
    ({ head }) => head.powers?.length === 1,
  );
  return { child, parent };
}

describe.concurrent('the requests of a person', () => {
  it('have the one that a holder made: its id, its words, and then the person’s no', async () => {
    const { child, parent } = await family();
    const [mine, theirs] = [listOf(child), listOf(parent)];
    expect(await mine.until((requests) => requests !== null)).toEqual([]);
    const wish: GuardianWish<'erasure'> = {
      child: child.uid,
      type: 'erasure',
      requestId: `wish for ${child.uid}`,
      locale: 'fr',
      details: { text: 'Merci.' },
    };
    await askAsGuardian(parent, wish);
    const asked = await oneOf(mine, ({ askedFor }) => askedFor !== undefined);
    expect(asked).toMatchObject({ type: 'erasure', details: { text: 'Merci.' } });
    expect(asked.askedFor?.text).toContain('Votre parent');
    expect(asked.createdAt.toMillis()).toBeLessThanOrEqual(Date.now());
    await say(child, asked.id, 'disagrees');
    await oneOf(mine, ({ id, reason }) => id === asked.id && reason === 'disagreed');
    expect(await theirs.until((requests) => requests !== null)).toEqual([]);
    mine.stop();
    theirs.stop();
  });

  it('have the answer of a holder about a consent, and a no to it takes the consent back', async () => {
    const { child, parent } = await family();
    const mine = listOf(child);
    const consents = follow<Consents>((next) => onConsents(child, next));
    await setConsent(child, analytics, true, told);
    await child.stateThat((state) => state?.purposes[analytics]?.pending === true);
    const answer = { ...told, child: child.uid, purpose: analytics, granted: true };
    await answerAsGuardian(parent, { ...answer, requestId: `yes to ${child.uid}` });
    await child.stateThat((state) => mayUse(state, analytics));
    const answered = await oneOf(mine, ({ type }) => type === 'consents');
    if (answered.type !== 'consents') throw new Error(answered.type);
    expect(answered.askedFor).toMatchObject({ purpose: analytics, granted: true, regime: 'parentalAuthority' });
    await say(child, answered.id, 'disagrees');
    await consents.until((all) => all?.[analytics]?.granted === false);
    const state = await child.stateThat((now) => now?.purposes[analytics]?.state === 'withdrawn');
    expect(mayUse(state, analytics)).toBe(false);
    mine.stop();
    consents.stop();
  });

  it('have one that an officer entered from a letter', async () => {
    const app = await openApp();
    const mine = listOf(app);
    const today = new Date().toISOString().slice(0, 10);
    const letter = ['--type', 'rectification', '--channel', 'letter', '--received', today, '--uid', app.uid];
    const { code } = await compliance('request', 'enter', ...letter, '--identity', 'papers', '--proven');
    expect(code).toBe(0);
    const entered = await oneOf(mine, ({ status }) => status === 'waiting');
    expect(entered).toMatchObject({ type: 'rectification', id: expect.stringMatching(/^entered-/) });
    mine.stop();
  });

  it('come the newest first, and are those of the person who is signed in', async () => {
    const app = await openApp();
    const mine = listOf(app);
    const first = await ask(app, 'objection', { purpose: 'monitoring' });
    const second = await ask(app, 'rectification', { text: 'Ada, not Eda.' });
    const both = await mine.until((requests) => requests?.length === 2);
    expect(both?.map(({ id }) => id)).toEqual([second, first]);
    await signOut(app.auth);
    expect(await mine.until((requests) => requests === null)).toBeNull();
    const next = freshUid();
    await auth.createUser({ uid: next });
    await signInWithCustomToken(app.auth, await auth.createCustomToken(next));
    expect(await mine.until((requests) => requests !== null)).toEqual([]);
    mine.stop();
  });
});

describe.concurrent('an app', () => {
  it('asks again if a consent document is marked, until there is a new answer', async () => {
    const app = await openApp();
    const consents = follow<Consents>((next) => onConsents(app, next));
    await setConsent(app, analytics, true, told);
    const state = await app.stateThat((one) => mayUse(one, analytics));
    const given = await consents.until((all) => all?.[analytics]?.granted === true);
    expect(mustAskAgain(state, given, analytics)).toBe(false);
    await db.doc(`users/${app.uid}/consents/${analytics}`).update({ reconsentRequired: true });
    const marked = await consents.until((all) => all?.[analytics]?.reconsentRequired === true);
    expect([mustAskAgain(state, marked, analytics), mustAskAgain(null, marked, analytics)]).toEqual([true, true]);
    expect(mustAskAgain(null, null, analytics)).toBe(false);
    await setConsent(app, analytics, true, told);
    const again = await consents.until((all) => all?.[analytics]?.reconsentRequired === undefined);
    expect(mustAskAgain(state, again, analytics)).toBe(false);
    consents.stop();
  });

  it('notes a permission of its device', async () => {
    const app = await openApp();
    await setDevicePermission(app, { permission: 'camera', granted: true, deviceId: 'd1', platform: 'ios' });
    const { entries } = await eventually(
      () => chainOf(pseudonym(app.uid)),
      (chain) => chain.entries.length === 1,
    );
    expect(entries[0]).toMatchObject({ kind: 'devicePermission', state: 'granted' });
  });

  it.runIf(official)('cannot note a permission of a device without a name', async () => {
    const wrong = { permission: 'camera', granted: true, deviceId: '' } as const;
    await expect(setDevicePermission(await openApp(), wrong)).rejects.toMatchObject({ code: 'permission-denied' });
  });

  it('gets the receipt of its person in the wished form', async () => {
    const app = await openApp();
    await setConsent(app, analytics, true, told);
    await app.stateThat((state) => mayUse(state, analytics));
    const { receipt, html } = await consentReceipt(app, { language: 'fr' });
    expect(JSON.parse(receipt ?? '')).toMatchObject({ language: 'fr' });
    expect(html).toContain('<html lang="fr"');
    expect(Object.keys(await consentReceipt(app, { format: 'json' }))).toEqual(['receipt']);
    await expect(consentReceipt(app, { format: 'pdf' } as unknown as ReceiptForm)).rejects.toMatchObject({
      details: { reason: 'invalid', issues: [{ field: 'format' }] },
    });
  });

  it('sends the contact form and a right by e-mail, and learns which field is wrong', async () => {
    // Others of this suite have sent as well.
    const counted = await own.collection('rateLimits').get();
    await Promise.all(counted.docs.map((one) => one.ref.delete()));
    const app = await openApp();
    const email = `${app.uid}@example.com`;
    const form: ContactForm = { email, firstName: 'Ada', lastName: 'L', message: 'Bonjour' };
    const { id } = await contact(app, form);
    expect((await db.doc(`contactRequests/${id}`).get()).data()).toMatchObject({ email, uid: app.uid });
    await expect(contact(app, { ...form, message: '' })).rejects.toMatchObject({
      details: { reason: 'invalid', issues: [{ field: 'message' }] },
    });
    expect(await requestByEmail(app, { email, asks: 'marketing', locale: 'nl' })).toEqual({ requested: true });
    await eventually(
      () => messagesTo(email),
      (messages) => messages.length === 1,
    );
    await expect(requestByEmail(app, { email, asks: 'all' } as unknown as ByEmailForm)).rejects.toMatchObject({
      details: { reason: 'invalid', issues: [{ field: 'asks' }] },
    });
  });
});
