import { deleteApp, initializeApp, type App } from 'firebase-admin/app';
import { getFirestore, Timestamp } from 'firebase-admin/firestore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DocumentEvent } from '../../../functions/src/consent/documents.ts';
import { onConsentWritten } from '../../../functions/src/consent/recordDecision.ts';
import { testContext } from '../../conformance/harness.ts';
import { freshUid } from '../../kit/suite.ts';

const url = process.env['FIRESTORE_BILLING_URL'];
/** A project of its own: nothing else of the suite is counted with it. */
const project = `demo-cost-${process.pid}`;

describe.skipIf(url === undefined)(
  'billed operations of one consent change (only the embedded Firestore counts)',
  () => {
    let app: App;
    beforeAll(() => void (app = initializeApp({ projectId: project }, 'cost')));
    afterAll(() => deleteApp(app));

    /** Bills an answer of somebody whose chain is there already, or their first one. */
    async function bill(
      purpose: string,
      { times = 1, isFirst = false, granted = true, wasGiven = false } = {},
    ): Promise<unknown> {
      const base = testContext();
      const own = getFirestore(app, 'compliance');
      const context = {
        ...base,
        queue: { enqueue: () => Promise.resolve() },
        clients: { ...base.clients, app: () => getFirestore(app), own: () => own },
      };
      const now = Timestamp.now();
      const given = { granted: true, policyVersion: '2025-06-15', source: 'app', updatedAt: now };
      const before = wasGiven ? given : undefined;
      const updatedAt = Timestamp.fromMillis(now.toMillis() + (wasGiven ? 1000 : 0));
      const after = { ...given, granted, updatedAt };
      const event: DocumentEvent = {
        id: freshUid(),
        uid: freshUid(),
        key: purpose,
        before,
        after,
        writtenAt: updatedAt.toMillis(),
      };
      const earlier = { ...event, before: undefined, after: given, writtenAt: now.toMillis() };
      if (!isFirst) await onConsentWritten(context, { ...earlier, id: freshUid(), key: 'userDatabase' });
      if (wasGiven) await onConsentWritten(context, { ...earlier, id: freshUid() });
      await fetch(`${url ?? ''}?project=${project}`, { method: 'DELETE' });
      for (let i = 0; i < times; i++) await onConsentWritten(context, event);
      return (await fetch(`${url ?? ''}?project=${project}`)).json();
    }

    it('1 read and 3 writes: the entry, the head, and the state that the app reads', async () => {
      expect(await bill('analytics')).toEqual({ reads: 1, writes: 3, deletes: 0 });
    });

    it('1 read more for the first of a person: a later person of the uid may have a chain', async () => {
      expect(await bill('analytics', { isFirst: true })).toEqual({ reads: 2, writes: 3, deletes: 0 });
    });

    it('1 write more if the purpose has an effect elsewhere: its job', async () => {
      expect(await bill('messages')).toEqual({ reads: 1, writes: 4, deletes: 0 });
    });

    it('a yes costs no more if recipients without an interface hear of its end', async () => {
      expect(await bill('feedbackPlatforms')).toEqual({ reads: 1, writes: 3, deletes: 0 });
    });

    it('1 write more for the end itself: the job of the officers’ tasks; a first no has none', async () => {
      expect(await bill('feedbackPlatforms', { granted: false })).toEqual({ reads: 1, writes: 3, deletes: 0 });
      expect(await bill('feedbackPlatforms', { granted: false, wasGiven: true })).toEqual({
        reads: 1,
        writes: 4,
        deletes: 0,
      });
    });

    it('a duplicate reads the entry that is there, which must be ours, and writes the state again', async () => {
      expect(await bill('messages', { times: 2 })).toEqual({ reads: 3, writes: 5, deletes: 0 });
    });
  },
);
