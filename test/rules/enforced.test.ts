/**
 * Rules that enforce one consent from the day of its version on (`enforce: 'coreService'`), on
 * Google's own emulator.
 */
import { Timestamp, deleteDoc, doc, getDoc, setDoc, type Firestore } from 'firebase/firestore';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import { renderRules } from '../../functions/src/policy/generate/rules.ts';
import { asPublished } from '../kit/amikeo.ts';
import { granted, withClients } from './runner.ts';

const { FIRESTORE_EMULATOR_HOST: address, FIRESTORE_BACKEND: backend } = process.env;
const OWNER = 'lane0';
const ROW = { createdAt: Timestamp.fromMillis(Date.UTC(2026, 2, 1)) };
const STATE = `users/${OWNER}/privacy/state`;
const PLACES = [`users/${OWNER}/activity/a`, `users/${OWNER}/sessions/s`];

/** Asks under AMIKEO's policy with its next version on a day. */
async function under(version: string, work: (mine: Firestore, admin: Firestore) => Promise<void>): Promise<void> {
  const url = new URL(`http://${address ?? ''}`);
  const emulator = { host: url.hostname, port: Number(url.port) };
  const rules = renderRules(asPublished(amikeo, version));
  await withClients(emulator, rules, '(default)', (clients) => work(clients.as('owner', 0), clients.admin));
}

describe.skipIf(address === undefined || backend !== 'official')('the consent on which the service rests', () => {
  it('locks nobody out before the day of the version, in any state', async () => {
    await under('2999-01-01', async (mine, admin) => {
      for (const path of PLACES) expect([path, await granted(setDoc(doc(mine, path), ROW))]).toEqual([path, true]);
      await setDoc(doc(admin, STATE), { restricted: { all: true, purposes: [] } });
      for (const path of PLACES) expect([path, await granted(setDoc(doc(mine, path), ROW))]).toEqual([path, true]);
    });
  });

  it('from that day on lets no row in without it, and keeps every right open', async () => {
    await under('2026-02-01', async (mine, admin) => {
      const can = async (path: string, expected: boolean): Promise<void> =>
        expect([path, await granted(setDoc(doc(mine, path), ROW))]).toEqual([path, expected]);
      const shown = (stands: boolean, more: object = {}) =>
        setDoc(doc(admin, STATE), { purposes: { coreService: { stands } }, ...more });
      for (const path of PLACES) await can(path, false);
      await shown(true);
      for (const path of PLACES) await can(path, true);
      await shown(true, { restricted: { all: true, purposes: [] } });
      for (const path of PLACES) await can(path, false);
      await shown(false);
      for (const path of PLACES) {
        await can(path, false);
        expect(await granted(getDoc(doc(mine, path)))).toBe(true);
        expect(await granted(deleteDoc(doc(mine, path)))).toBe(true);
      }
      // A correction of the profile, an answer, a request.
      expect(await granted(setDoc(doc(mine, `users/${OWNER}`), { firstName: 'Ada' }))).toBe(true);
    });
  });
});
