import { signInWithCustomToken, signOut } from 'firebase/auth';
import { doc, setDoc } from 'firebase/firestore';
import { describe, expect, it } from 'vitest';
import {
  answerAsGuardian,
  ask,
  downloadLink,
  mayUse,
  onRequest,
  setConsent,
  takeBack,
  type Purpose,
  type Request,
} from '../../../client/index.ts';
import { power } from '../../kit/sealed/statements.ts';
import { auth, eventually, freshUid, official } from '../../kit/suite.ts';
import { serverStates } from '../serverStates.ts';
import { openApp } from './app.ts';

/** The client of an app, on the deployed functions and, on the official Firestore, their rules. */

const told = { policyVersion: '2025-06-15', source: 'web' } as const;
const analytics = 'analytics' as Purpose;

/** Rules are evaluated by the official Firestore alone. */
const refused = official ? 'permission-denied' : 'taken';

describe.concurrent('the state of a person', () => {
  it('follows their answers, and rules take usage events while the consent stands', async () => {
    const app = await openApp();
    expect(mayUse(await app.stateThat((state) => state === null), analytics)).toBe(false);
    expect(await app.track()).toBe(refused);

    await setConsent(app, analytics, true, { ...told, locale: 'fr', givenAt: new Date() });
    const given = await app.stateThat((state) => mayUse(state, analytics));
    expect(given).toMatchObject({
      purposes: { analytics: { state: 'given', stands: true, policyVersion: told.policyVersion } },
      restricted: { all: false },
    });
    expect(await app.track()).toBe('taken');

    await setConsent(app, analytics, false, told);
    const withdrawn = await app.stateThat((state) => state?.purposes[analytics]?.state === 'withdrawn');
    expect(mayUse(withdrawn, analytics)).toBe(false);
    expect(await app.track()).toBe(refused);
  });

  it('is nothing from the sign-out on, and then that of the next person', async () => {
    const app = await openApp();
    await setConsent(app, analytics, true, told);
    await app.stateThat((state) => mayUse(state, analytics));
    await signOut(app.auth);
    expect(await app.stateThat((state) => state === null)).toBeNull();
    const next = freshUid();
    await auth.createUser({ uid: next });
    await signInWithCustomToken(app.auth, await auth.createCustomToken(next));
    await setConsent(app, analytics, false, told);
    const theirs = await app.stateThat((state) => state !== null);
    expect(theirs?.purposes[analytics]).toMatchObject({ state: 'refused', stands: false });
  });

  it('waits for the guardian of a child', async () => {
    const [child, parent] = [await openApp(), await openApp()];
    await serverStates({ submit: 'ageBand', uid: child.uid, band: 'child', evidence: 'school register' });
    const from = new Date(Date.now() - 60_000).toISOString();
    const papers = power('parentalAuthority', Date.now() - 60_000);
    const form = { submit: 'guardianship', requestId: `form of ${child.uid}`, ...papers, from };
    await serverStates({ ...form, child: child.uid, holder: parent.uid });
    await setConsent(child, analytics, true, told);
    const waiting = await child.stateThat((state) => state?.purposes[analytics]?.pending === true);
    expect(mayUse(waiting, analytics)).toBe(false);
    const answer = { ...told, child: child.uid, purpose: analytics, granted: true, requestId: `yes to ${child.uid}` };
    await eventually(
      () => answerAsGuardian(parent, answer).catch(() => ({ state: 'refused' })),
      ({ state }) => state !== 'refused',
    );
    expect(mayUse(await child.stateThat((state) => mayUse(state, analytics)), analytics)).toBe(true);
  });

  it('says that processing is restricted, and rules refuse usage events meanwhile (Art. 18)', async () => {
    const app = await openApp();
    await setConsent(app, analytics, true, told);
    await app.stateThat((state) => mayUse(state, analytics));
    await serverStates({ submit: 'restriction', uid: app.uid });
    const restricted = await app.stateThat((state) => state?.restricted.all === true);
    expect([restricted?.purposes[analytics]?.stands, mayUse(restricted, analytics)]).toEqual([true, false]);
    expect(await app.track()).toBe(refused);
    await serverStates({ withdraw: 'restriction', id: app.uid, toldAt: new Date().toISOString() });
    await app.stateThat((state) => mayUse(state, analytics));
    expect(await app.track()).toBe('taken');
  });

  it.runIf(official)('is written by the backend alone', async () => {
    const app = await openApp();
    const forged = { purposes: { analytics: { stands: true } } };
    await expect(setDoc(doc(app.db, `users/${app.uid}/privacy/state`), forged)).rejects.toMatchObject({
      code: 'permission-denied',
    });
  });
});

describe.concurrent('a right', () => {
  it('is asked for, watched, and answered with a link to the archive', async () => {
    const app = await openApp();
    const id = await ask(app, 'portability');
    const seen: (Request | null)[] = [];
    const stop = onRequest(app, id, (request) => void seen.push(request));
    await eventually(
      async () => seen.at(-1),
      (request) => request?.status === 'completed',
    );
    stop();
    const link = await downloadLink(app, { requestId: id });
    expect(link).toMatchObject({ part: 1, parts: 1 });
    expect(new URL(link.url).pathname).toContain('zip');
    await expect(downloadLink(app, { requestId: 'another' })).rejects.toMatchObject({
      details: { reason: 'notFound' },
    });
  });

  it('can be taken back', async () => {
    const app = await openApp();
    const id = await ask(app, 'objection', { purpose: 'monitoring', text: 'Non.' });
    const seen: (Request | null)[] = [];
    const stop = onRequest(app, id, (request) => void seen.push(request));
    const isNow = (status: Request['status']) =>
      eventually(
        async () => seen.at(-1),
        (request) => request?.status === status,
      );
    await isNow('waiting');
    await takeBack(app, id);
    await isNow('cancelled');
    stop();
  });
});

describe('an app', () => {
  it('in which nobody is signed in is told so', async () => {
    const { db } = await openApp();
    const signedOut = { auth: { currentUser: null }, db };
    await expect(setConsent(signedOut, analytics, true, told)).rejects.toThrow('nobody is signed in');
    await expect(ask(signedOut, 'access')).rejects.toThrow('nobody is signed in');
  });
});
