// A small codebase with a function of each kind that the project deploys: what the suite's own
// tests run against.
const process = require('node:process');
const { initializeApp } = require('firebase-admin/app');
const { FieldValue, getFirestore } = require('firebase-admin/firestore');
const { getFunctions } = require('firebase-admin/functions');
const { getStorage } = require('firebase-admin/storage');
const { defineSecret, defineString } = require('firebase-functions/params');
const { onDocumentCreated, onDocumentWritten } = require('firebase-functions/v2/firestore');
const { onRequest } = require('firebase-functions/v2/https');
const { onUserDeleted } = require('firebase-functions/v2/identity');
const { onSchedule } = require('firebase-functions/v2/scheduler');
const { onTaskDispatched } = require('firebase-functions/v2/tasks');

initializeApp();
const region = 'europe-west1';
const exportBucket = defineString('EXPORT_BUCKET');
const key = defineSecret('PSEUDONYM_KEY_V1');
const app = () => getFirestore();
const own = () => getFirestore('compliance');
const note = (kind, id, data = {}) =>
  own()
    .doc(`seen/${kind}_${id}`)
    .set({ count: FieldValue.increment(1), ...data }, { merge: true });

exports.onNote = onDocumentWritten({ document: 'notes/{id}', region, retry: true }, async (event) => {
  const { id } = event.params;
  const data = event.data.after.data();
  await own()
    .doc(`seen/note_${id}`)
    .set(
      {
        count: FieldValue.increment(1),
        ids: FieldValue.arrayUnion(event.id),
        value: data?.value ?? null,
        deleted: !event.data.after.exists,
        document: event.document,
      },
      { merge: true },
    );
  const seen = (await own().doc(`seen/note_${id}`).get()).data();
  if (seen.count <= (data?.failures ?? 0)) throw new Error(`attempt ${seen.count} of ${id} fails, as asked`);
});
exports.onOwn = onDocumentCreated({ document: 'jobs/{id}', database: 'compliance', region, retry: true }, (event) =>
  note('job', event.params.id, { database: event.database }),
);
exports.onGone = onUserDeleted({ region, retry: true }, (event) => note('gone', event.data.uid));
exports.work = onTaskDispatched(
  { region, retryConfig: { maxAttempts: 3, minBackoffSeconds: 1 }, rateLimits: { maxConcurrentDispatches: 2 } },
  (request) => note('task', request.data.id),
);
exports.tick = onSchedule({ schedule: 'every 1 minutes', region }, () => note('tick', 'all'));
exports.daily = onSchedule({ schedule: 'every day 04:00', region, secrets: [key] }, () => note('daily', 'all'));
exports.broken = onSchedule({ schedule: 'every day 05:00', region }, () => {
  throw new Error('broken, as asked');
});
exports.ask = onRequest({ region, secrets: [key] }, async (request, response) => {
  if (request.query.enqueue)
    await getFunctions().taskQueue(`locations/${region}/functions/work`).enqueue({ id: request.query.enqueue });
  const bucket = getStorage().bucket(exportBucket.value());
  const [url] = await bucket
    .file('a.txt')
    .getSignedUrl({ action: 'read', version: 'v4', expires: Date.now() + 60_000 });
  response.json({
    pid: process.pid,
    key: key.value().length,
    bucket: bucket.name,
    url,
    notes: (await app().collection('notes').count().get()).data().count,
  });
});
