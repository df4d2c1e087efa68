import { DocumentReference } from 'firebase-admin/firestore';
import { expect, it, onTestFinished, vi } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { recordsOfSystem } from '../../../../functions/src/policy/lookup.ts';
import { absentRecords } from '../../../../functions/src/systems/firestore/descendants/absentRecords.ts';
import { testContext } from '../../requests/helpers.ts';

const subject = { uid: 'u1', pseudonym: 'v1_p', accountCreatedAt: null, verifiedEmails: [], providerIds: {} };

it('records without rows of a person are found by one list of the collections below them, not for a single record', async () => {
  const context = testContext(0);
  await context.app.doc('users/u1/activity/a').set({ minutes: 5 });
  const lists = vi.spyOn(DocumentReference.prototype, 'listCollections');
  onTestFinished(() => lists.mockRestore());
  const records = recordsOfSystem(amikeo, 'firestore').filter(({ record }) => !('none' in record.subject));
  const named = (path: string) => {
    const found = records.find(({ record }) => record.path === path);
    if (found === undefined) throw new Error(`the policy has no ${path}`);
    return found;
  };
  const absent = await absentRecords(context, records, { subject });
  for (const path of ['users/{uid}/sessions/{id}', 'users/{uid}/installations/{id}'])
    expect(absent, path).toContain(named(path).id);
  for (const path of ['users/{uid}/activity/{id}', 'users/{uid}', 'subjects/{uid}', 'ledger/{pseudonym}/entries/{id}'])
    expect(absent, path).not.toContain(named(path).id);
  expect((lists.mock.contexts as DocumentReference[]).map(({ path }) => path)).toEqual(['users/u1']);

  const one = [named('users/{uid}/sessions/{id}')];
  expect(await absentRecords(context, one, { subject })).toEqual(new Set());
});
