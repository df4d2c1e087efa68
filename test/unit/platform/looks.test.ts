import { DocumentReference } from 'firebase-admin/firestore';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { fresh, rememberedLooks } from '../../../functions/src/platform/looks.ts';
import { amikeo } from '../../../functions/src/policy/amikeo/index.ts';
import { recordsOfSystem } from '../../../functions/src/policy/lookup.ts';
import { absentRecords } from '../../../functions/src/systems/firestore/absent.ts';
import { readRows } from '../../../functions/src/systems/firestore/read.ts';
import { testContext } from '../requests/helpers.ts';

const subject = { uid: 'u1', pseudonym: 'v1_p', accountCreatedAt: null, verifiedEmails: [], providerIds: {} };

describe('what was looked at for an answer', () => {
  it('is answered as it was, in each database for itself; another answer looks again', async () => {
    const { app, own } = testContext(0);
    const looks = rememberedLooks();
    await app.doc('users/u1').set({ locale: 'fr' });
    expect((await looks.document(app.doc('users/u1'))).get('locale')).toBe('fr');
    expect((await looks.document(own.doc('users/u1'))).exists).toBe(false);
    await app.doc('users/u1').set({ locale: 'en' });
    expect((await looks.document(app.doc('users/u1'))).get('locale')).toBe('fr');
    expect((await rememberedLooks().document(app.doc('users/u1'))).get('locale')).toBe('en');
  });

  it('and could not be seen is looked at again', async () => {
    const ref = testContext(0).app.doc('users/u1');
    let isBroken = true;
    const looks = rememberedLooks({
      ...fresh,
      document: (asked) => (isBroken ? Promise.reject(new Error('unavailable')) : asked.get()),
    });
    await expect(looks.document(ref)).rejects.toThrow('unavailable');
    isBroken = false;
    expect((await looks.document(ref)).exists).toBe(false);
  });

  it('costs one list of the collections below a person, whoever asks; a single record below is known from it too', async () => {
    const context = testContext(0);
    const { app, own } = context;
    await app.doc('users/u1/activity/a').set({ minutes: 5 });
    await app.doc('users/u1').set({ locale: 'fr' });
    await own.doc('subjects/u1').set({ pseudonym: 'v1_p' });
    const lists = vi.spyOn(DocumentReference.prototype, 'listCollections');
    onTestFinished(() => lists.mockRestore());
    const listed = () => (lists.mock.contexts as DocumentReference[]).map(({ path }) => path).sort();
    const looks = rememberedLooks();
    const records = recordsOfSystem(amikeo, 'firestore').filter(({ record }) => !('none' in record.subject));
    const named = (path: string) => {
      const found = records.find(({ record }) => record.path === path);
      if (found === undefined) throw new Error(`the policy has no ${path}`);
      return found;
    };
    const looked = await absentRecords(context, records, { subject, looks });
    for (const path of ['users/{uid}/sessions/{id}', 'users/{uid}/installations/{id}'])
      expect(looked, path).toContain(named(path).id);
    // Our own database has nothing that is not declared: its lists of collections would cost more than they save.
    for (const path of [
      'users/{uid}/activity/{id}',
      'users/{uid}',
      'subjects/{uid}',
      'ledger/{pseudonym}/entries/{id}',
    ])
      expect(looked, path).not.toContain(named(path).id);
    const rows: string[] = [];
    const scope = { policy: amikeo, subject, handles: [], now: 0, deadline: Infinity, looks };
    for (const template of ['users/{uid}', 'subjects/{uid}'])
      for await (const { path } of readRows(context, named(template), scope)) rows.push(path);
    expect(rows).toEqual(['users/u1', 'subjects/u1']);
    expect(listed()).toEqual(['users/u1']);

    const two = [named('users/{uid}'), named('users/{uid}/sessions/{id}')];
    expect(await absentRecords(context, two, { subject, looks })).toEqual(new Set([two[1]?.id]));
    expect(await absentRecords(context, two, { subject })).toEqual(new Set());
  });
});
