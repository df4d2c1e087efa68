import { Timestamp } from 'firebase-admin/firestore';
import { expect } from 'vitest';
import {
  app,
  chain,
  change,
  consentOf,
  fresh,
  guard,
  headOf,
  kit,
  own,
  rejected,
  requestOf,
  requestRecord,
  signedIn,
  statedAt,
  wrapped,
  written,
  type Case,
} from '../kit.ts';

/** Functions that a written document triggers. */
export const documents = {
  consentWritten: {
    good: async () => {
      const uid = fresh();
      await consentOf(uid);
      expect((await headOf(uid)).current).toEqual({ analytics: 'given' });
    },
    bad: async () => {
      const uid = fresh();
      await consentOf(uid, 'yes');
      expect((await rejected(uid))?.['issues']).toEqual([{ code: 'invalid_type', field: 'granted' }]);
      expect((await headOf(uid)).current ?? {}).toEqual({});
    },
  },
  devicePermissionWritten: {
    good: async () => {
      const uid = fresh();
      const path = `users/${uid}/devicePermissions/phone_camera`;
      const data = { permission: 'camera', granted: true, deviceId: 'phone', updatedAt: Timestamp.now() };
      const made = change(path, await written(app, path, data));
      await wrapped('devicePermissionWritten')({ ...made, params: { uid, id: 'phone_camera' } });
      expect((await headOf(uid)).seq).toBe(1);
    },
    bad: async () => {
      const uid = fresh();
      const path = `users/${uid}/devicePermissions/phone_moon`;
      const made = change(path, await written(app, path, { permission: 'moon' }));
      await wrapped('devicePermissionWritten')({ ...made, params: { uid, id: 'phone_moon' } });
      expect(await rejected(uid)).toBeDefined();
    },
  },
  ageBandWritten: {
    good: async () => {
      const uid = fresh();
      const path = `ageBands/${uid}`;
      const made = change(path, await statedAt(path, { band: 'child' }));
      await wrapped('ageBandWritten')({ ...made, params: { uid } });
      expect((await headOf(uid)).protection).toMatchObject({ mode: 'both', reason: 'age' });
    },
    bad: async () => {
      // A band that the backend did not write protects as the youngest one.
      const uid = fresh();
      const path = `ageBands/${uid}`;
      const made = change(path, await written(own, path, { band: 'adult' }));
      await wrapped('ageBandWritten')({ ...made, params: { uid } });
      expect((await headOf(uid)).protection).toMatchObject({ mode: 'both', reason: 'age' });
    },
  },
  guardianshipWritten: {
    good: async () => {
      const [child, holder] = [fresh(), fresh()];
      await guard(child, holder);
      expect((await headOf(child)).protection?.holders).toMatchObject([{ holder: chain(holder) }]);
    },
    bad: async () => {
      const path = `guardianships/${fresh()}`;
      const made = change(path, await written(own, path, { child: 7, holder: '' }));
      await expect(wrapped('guardianshipWritten')({ ...made, params: { id: 'g' } })).resolves.toBeUndefined();
    },
  },
  restrictionWritten: {
    good: async () => {
      const uid = fresh();
      await consentOf(uid);
      const path = `restrictions/${uid}`;
      const made = change(path, await statedAt(path, { createdAt: Timestamp.now() }));
      await expect(wrapped('restrictionWritten')({ ...made, params: { uid } })).resolves.toBeUndefined();
      expect((await headOf(uid)).current).toEqual({ analytics: 'given' });
    },
    bad: async () => {
      const path = `restrictions/${fresh()}`;
      const made = change(path, await written(own, path, {}));
      await expect(wrapped('restrictionWritten')({ ...made, params: {} })).resolves.toBeUndefined();
    },
  },
  profileWritten: {
    good: async () => {
      const uid = fresh();
      const path = `users/${uid}`;
      const before = await written(app, path, { firstName: 'Ada', lastName: 'Byron' });
      const after = await written(app, path, { firstName: 'Ada', lastName: 'Lovelace' });
      const made = { ...change(path, after, before), document: path, time: new Date().toISOString(), params: { uid } };
      await wrapped('profileWritten')(made);
      const jobs = await own?.collection('jobs').where('pseudonym', '==', chain(uid)).get();
      expect(jobs?.docs.map((job) => String(job.get('input.record'))).sort()).toEqual([
        'brevoContact',
        'stripeCustomer',
      ]);
    },
    bad: async () => {
      const uid = fresh();
      const path = `users/${uid}`;
      const before = await written(app, path, { firstName: 7, lastName: ['Byron'] });
      const after = await written(app, path, { firstName: { first: 'Ada' }, lastName: null });
      const made = { ...change(path, after, before), document: path, time: new Date().toISOString(), params: { uid } };
      await wrapped('profileWritten')(made);
      expect((await own?.collection('jobs').where('pseudonym', '==', chain(uid)).get())?.size).toBe(0);
    },
  },
  privacyRequestCreated: {
    good: async () => {
      const { uid } = await signedIn();
      await requestOf(uid, { type: 'portability' });
      expect(await requestRecord(uid)).toMatchObject({ type: 'portability', status: 'in_progress' });
    },
    bad: async () => {
      const { uid } = await signedIn();
      await requestOf(uid, { type: 'everything' });
      expect((await rejected(uid))?.['issues']).toMatchObject([{ field: 'type' }]);
      expect(await requestRecord(uid)).toBeUndefined();
    },
  },
  privacyRequestUpdated: {
    good: async () => {
      const { uid } = await signedIn();
      await requestOf(uid, { type: 'portability' });
      const path = `users/${uid}/privacyRequests/r1`;
      const before = await app?.doc(path).get();
      await app?.doc(path).update({ cancelled: true });
      const after = await app?.doc(path).get();
      if (after === undefined) throw new Error('no document');
      await wrapped('privacyRequestUpdated')({ ...change(path, after, before), params: { uid, id: 'r1' } });
      expect(await requestRecord(uid)).toMatchObject({ status: 'cancelled' });
    },
    bad: async () => {
      const { uid } = await signedIn();
      await requestOf(uid, { type: 'portability' });
      const path = `users/${uid}/privacyRequests/r1`;
      const before = await app?.doc(path).get();
      const after = await written(app, path, { ...before?.data(), cancelled: 'maybe' });
      await wrapped('privacyRequestUpdated')({ ...change(path, after, before), params: { uid, id: 'r1' } });
      expect(await requestRecord(uid)).toMatchObject({ status: 'in_progress' });
    },
  },
  contactRequestCreated: {
    good: async () => {
      const { uid } = await signedIn();
      const data = { uid, email: `${uid}@example.com`, message: 'Hello', createdAt: Timestamp.now() };
      const path = `contactRequests/${fresh()}`;
      const snapshot = await written(app, path, data);
      await wrapped('contactRequestCreated')({ id: fresh(), data: snapshot, params: { id: snapshot.id } });
      expect((await snapshot.ref.get()).get('heldForReview')).toBeUndefined();
    },
    bad: async () => {
      const params = { id: fresh() };
      const data = kit.firestore.makeDocumentSnapshot({ uid: 7 }, `contactRequests/${params.id}`);
      await expect(wrapped('contactRequestCreated')({ id: fresh(), data, params })).resolves.toBeUndefined();
    },
  },
} satisfies Readonly<Record<string, Case>>;
