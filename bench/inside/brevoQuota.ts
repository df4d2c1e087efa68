import { Timestamp } from 'firebase-admin/firestore';
import { onAccountDeleted } from '../../functions/src/erasure/accountEvents.ts';
import { runJob } from '../../functions/src/jobs/run.ts';
import { loadJob } from '../../functions/src/jobs/store.ts';
import { tick } from '../../functions/src/jobs/tick.ts';
import type { QueueName } from '../../functions/src/platform/queues.ts';
import { onPrivacyRequestCreated } from '../../functions/src/rights/receive.ts';
import { runners } from '../../functions/src/runners.ts';
import { knownFromAuth } from '../../functions/src/subject/identity.ts';
import { learn } from '../../functions/src/subject/known.ts';
import { requestKey } from '../../functions/src/requests/request.ts';
import { pseudonymOf } from '../../functions/src/subject/pseudonym.ts';
import { openBench } from '../context.ts';

/**
 * Runs inside a suite: exports and erasures of people with e-mails in Brevo's log, in this process,
 * with a clock that skips the waits. The local Brevo enforces its limits for every hour, whenever
 * it begins.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const PER_HOUR = 300;
const BREVO = process.env['BREVO_STANDIN_URL'] ?? '';

const [what = '', many = '0'] = process.argv.slice(2);

// The clock stands while something runs: the speed of this machine does not count.
let skipped = 0;
const start = Date.now();
const now = (): number => start + skipped;
const opened = openBench(`demo-quota-${what}-${many}`, now);
const waiting: { readonly queue: QueueName; readonly job: string }[] = [];
const context = {
  ...opened.context,
  config: { ...opened.context.config, brevoSmtpPerHour: PER_HOUR, pollMs: MINUTE },
  queue: { enqueue: async (queue: QueueName, job: string) => void waiting.push({ queue, job }) },
};
const { own } = opened;

async function control(name: string, body?: object): Promise<void> {
  const init = body === undefined ? { method: 'DELETE' } : { method: 'PUT', body: JSON.stringify(body) };
  const answer = await fetch(`${BREVO}/_control/${name}`, init);
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
}

async function skip(ms: number): Promise<void> {
  skipped += ms;
  await control('clock', { now: now() });
}

/**
 * Runs the due jobs, erasures first: they have a queue of their own. Returns whether any was due.
 */
async function work(): Promise<boolean> {
  const isDue = waiting.length > 0;
  while (waiting.length > 0) {
    const at = Math.max(
      0,
      waiting.findIndex(({ queue }) => queue !== 'exportTask'),
    );
    const [next] = waiting.splice(at, 1);
    if (next !== undefined) await runJob(context, runners, next.job);
  }
  return isDue;
}

/** The full minute at which the next job is due, as `tick` would find it. */
async function nextMinute(): Promise<number> {
  const jobs = await own
    .collection('jobs')
    .where('wakeAt', '>', Timestamp.fromMillis(0))
    .orderBy('wakeAt')
    .limit(1)
    .get();
  const wakeAt: unknown = jobs.docs[0]?.get('wakeAt');
  const at = wakeAt instanceof Timestamp ? wakeAt.toMillis() - now() : Infinity;
  return Math.max(1, Math.ceil(at / MINUTE)) * MINUTE;
}

/** Moves the clock past the moment at which Auth says that the accounts were made. */
const afterAccounts = (): Promise<void> => skip(Math.max(0, Date.now() - now()) + MINUTE);

const emailOf = (name: string): string => `${name}-${process.pid}@bench.example`;

/**
 * Makes a person with an account and one e-mail. With `contact`, a contact in two lists was made of
 * them three years ago.
 */
async function person(uid: string, contact = false): Promise<string> {
  const email = emailOf(uid);
  const auth = await context.clients.auth();
  await auth.deleteUsers([uid]);
  const user = await auth.createUser({ uid, email, emailVerified: true });
  await learn(context, knownFromAuth(user, pseudonymOf(uid, context.keys)));
  await context.clients.app().doc(`users/${uid}`).set({ firstName: 'Ada', locale: 'fr' });
  const brevo = await context.clients.brevo();
  const write = { sender: { email: 'a@b.fr' }, to: [{ email }], subject: 'Bonjour', textContent: 'Bonjour' };
  await brevo.transactionalEmails.sendTransacEmail(write);
  if (!contact) return uid;
  const listIds = [];
  for (const name of ['News', 'Tips']) listIds.push((await brevo.contacts.createList({ name, folderId: 1 })).id);
  await control('clock', { now: now() - 3 * 365 * DAY });
  await brevo.contacts.createContact({ email, ext_id: uid, listIds });
  await control('clock', { now: now() });
  return uid;
}

const request = async (uid: string, requestId: string, type: 'portability' | 'access'): Promise<void> => {
  const time = now();
  const data = { type, createdAt: Timestamp.fromMillis(time) };
  await onPrivacyRequestCreated(context, { id: `${uid}-${requestId}`, uid, requestId, data, time });
};

interface Told {
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
}

/** Brevo's calls since the last call of this function, by the limit that they count for. */
async function asked(): Promise<{ hourly: number; contacts: number; others: number; refused: number }> {
  const all = (await (await fetch(`${BREVO}/_control/requests`)).json()) as Told[];
  await control('requests');
  const isHourly = ({ method, path }: Told): boolean =>
    path.startsWith('/v3/smtp/') &&
    !(method === 'POST' && path === '/v3/smtp/email') &&
    !(method === 'GET' && path === '/v3/smtp/emails');
  const hourly = all.filter(isHourly);
  const contacts = all.filter(({ path }) => path.startsWith('/v3/contacts')).length;
  const refused = hourly.filter(({ status }) => status === 429).length;
  return { hourly: hourly.length, contacts, others: all.length - hourly.length - contacts, refused };
}

const keyOf = (uid: string, id: string): string => requestKey(pseudonymOf(uid, context.keys), id, context.keys);

/** The calls of a person's first export of the day, and of the second one. */
async function calls(): Promise<unknown> {
  const uid = await person('quotaCalls', true);
  await afterAccounts();
  const figures = [];
  for (const product of ['portability', 'access'] as const) {
    await asked();
    await request(uid, product, product);
    const ref = own.doc(`requests/${keyOf(uid, product)}`);
    const emailsIn = async (): Promise<unknown> => (await ref.get()).get('answer.counts.brevoEmails');
    // A failed call is tried again.
    for (let minutes = 0; (await work(), await emailsIn()) === undefined && minutes < 60; minutes++) {
      await skip(MINUTE);
      await tick(context);
    }
    if ((await emailsIn()) !== 2) {
      const jobs = await own.collection('jobs').get();
      throw new Error(
        `the ${product} was not answered: ${JSON.stringify(jobs.docs.map((job) => job.get('steps') as unknown))}`,
      );
    }
    const { hourly, contacts, others } = await asked();
    figures.push({ product, hourly, contacts, others });
    await skip(HOUR);
  }
  return { figures };
}

const ERASURES = 20;
const EVERY = 15 * MINUTE;

/** Starts so many exports at once; meanwhile one person is erased each quarter of an hour. */
async function mixed(exports: number): Promise<unknown> {
  const people = [];
  for (let n = 0; n < exports; n++) people.push(await person(`quota${exports}export${n}`));
  const brevo = await context.clients.brevo();
  for (let n = 0; n < ERASURES; n++) {
    const to = [{ email: emailOf(`quota${exports}erased${n}`) }];
    const write = { sender: { email: 'a@b.fr' }, to, subject: 'Bonjour', textContent: 'Bonjour' };
    await brevo.transactionalEmails.sendTransacEmail(write);
  }
  await afterAccounts();
  await control('limits', { enforced: true, rolling: true });
  await asked();
  const begun = now();
  for (const uid of people) await request(uid, 'r1', 'portability');
  const statusOf = async (uid: string): Promise<unknown> =>
    (await own.doc(`requests/${keyOf(uid, 'r1')}`).get()).get('status');
  const erasures = new Map<string, number>();
  const minutes: number[] = [];
  const ended: number[] = [];
  const open = new Set(people);
  for (let n = 0; open.size > 0 || minutes.length < ERASURES;) {
    if (n < ERASURES && now() - begun >= n * EVERY) {
      const uid = `quota${exports}erased${n++}`;
      const metadata = { creationTime: '2024-01-01T00:00:00Z' };
      const user = { uid, email: emailOf(uid), emailVerified: true, metadata };
      const id = await onAccountDeleted(context, { uid, tenantId: null, deletedAt: now(), user });
      if (id === null) throw new Error('no erasure began');
      erasures.set(id, now());
    }
    const worked = await work();
    for (const [id, at] of worked ? erasures : []) {
      if ((await loadJob(context, id))?.steps['brevo']?.state !== 'done') continue;
      minutes.push((now() - at) / MINUTE);
      erasures.delete(id);
    }
    for (const uid of worked ? open : []) {
      const status = await statusOf(uid);
      if (status === 'waiting') throw new Error('an export came shorter');
      if (status !== 'completed') continue;
      open.delete(uid);
      ended.push((now() - begun) / HOUR);
    }
    if (now() - begun > 20 * DAY)
      throw new Error(`${open.size} exports, ${erasures.size} erasures: not done in 20 days`);
    const untilErasure = n < ERASURES ? begun + n * EVERY - now() : Infinity;
    await skip(Math.max(MINUTE, Math.min(await nextMinute(), untilErasure)));
    await tick(context);
  }
  const { hourly, refused } = await asked();
  return { exports, erasures: ERASURES, minutes, hours: ended, hourly, refused };
}

const figures = what === 'calls' ? await calls() : await mixed(Number(many));
console.log(JSON.stringify(figures));
process.exit(0);
