import { setTimeout as pause } from 'node:timers/promises';
import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import { auth, db, eventually, own, pseudonym, requestKeyOf } from '../../test/kit/suite.ts';

/**
 * Runs inside a suite: many people ask for their erasure in the same moment, so that their graces
 * end in the same moment too. Meanwhile others use their rights as on any other day.
 */

const MANY = Number(process.argv[2] ?? 200);
const OTHERS = 5;
const WITHIN_MS = 560_000;

async function person(name: string): Promise<string> {
  const { uid } = await auth.createUser({ email: `${name}-${process.pid}@bench.example`, emailVerified: true });
  const batch = db.batch();
  batch.set(db.doc(`users/${uid}`), { firstName: 'Ada' });
  for (let n = 0; n < 5; n++) batch.set(db.doc(`users/${uid}/activity/${n}`), { createdAt: Timestamp.now() });
  await batch.commit();
  return uid;
}

const people: string[] = [];
for (let n = 0; n < MANY; n += 20)
  people.push(...(await Promise.all(Array.from({ length: Math.min(20, MANY - n) }, (_, i) => person(`many${n + i}`)))));
const others = await Promise.all(Array.from({ length: OTHERS }, (_, n) => person(`other${n}`)));

const erasures = async (): Promise<{ completed: number; blocked: number }> => {
  const jobs = await own.collection('jobs').where('kind', '==', 'erasure').select('status').get();
  const whole = jobs.docs.filter(({ id }) => id.startsWith('erasure_') && !id.includes('_until_'));
  const count = (status: string): number => whole.filter((job) => job.get('status') === status).length;
  return { completed: count('completed'), blocked: count('blocked') };
};

const start = performance.now();
const seconds = (): number => (performance.now() - start) / 1000;
const ended: number[] = [];
const asked = db.batch();
for (const uid of people)
  asked.set(db.doc(`users/${uid}/privacyRequests/r1`), { type: 'erasure', createdAt: FieldValue.serverTimestamp() });
await asked.commit();
const beside = Promise.all(
  others.map(async (uid, n) => {
    await pause(n * 2000);
    await db.doc(`users/${uid}/consents/messages`).set({
      granted: true,
      policyVersion: '2025-06-15',
      source: 'app',
      updatedAt: FieldValue.serverTimestamp(),
    });
    await db
      .doc(`users/${uid}/privacyRequests/r1`)
      .set({ type: 'portability', createdAt: FieldValue.serverTimestamp() });
    await eventually(
      async () => {
        const request = await own.doc(`requests/${requestKeyOf(uid)}`).get();
        const head = await own.doc(`ledger/${pseudonym(uid)}`).get();
        const changes = await own
          .collection('jobs')
          .where('pseudonym', '==', pseudonym(uid))
          .where('kind', '==', 'change')
          .get();
        const brought = !changes.empty && changes.docs.every((job) => job.get('status') === 'completed');
        return request.get('status') === 'completed' && head.get('current.messages') === 'given' && brought;
      },
      (done) => done,
      WITHIN_MS,
    );
    ended.push(seconds());
  }),
);
const { completed, blocked } = await eventually(
  erasures,
  ({ completed: done, blocked: stuck }) => done + stuck >= MANY,
  WITHIN_MS,
);
const allErased = seconds();
await beside;
console.log(JSON.stringify({ many: MANY, completed, blocked, seconds: allErased, others: ended }));
process.exit(0);
