import type { QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { resultOf } from '../../../../../functions/src/erasure/result.ts';
import { manualRecipients } from '../../../../../functions/src/policy/lookup.ts';
import { jobsIn } from '../../../../../functions/src/jobs/store.ts';
import type { Job } from '../../../../../functions/src/jobs/types.ts';
import { entryFromDocument, headFromDocument } from '../../../../../functions/src/ledger/documents.ts';
import { verifyChain } from '../../../../../functions/src/ledger/verifyChain.ts';
import { stepsOf } from '../matrix.ts';
import type { StripeObject } from '../asked.ts';
import { email, formerEmail, planted, uid, type Person } from '../person.ts';
import type { State } from '../state.ts';
import { touched } from '../touched.ts';
import { pseudonymKeys, type World } from '../world.ts';
import type { Wrong } from '../wrong.ts';

/** The job that erases, and not those before and after it. */
export function erasureIn(state: State): Job | undefined {
  for (const [path, document] of state.own) {
    if (!path.startsWith('jobs/erasure_') || path.includes('_until_')) continue;
    const [job] = jobsIn([document], pseudonymKeys).jobs;
    if (job?.steps['secondLook'] !== undefined) return job;
  }
  return undefined;
}

/** The records of collections below the person. */
const DECLARED: ReadonlyMap<string, string> = new Map([
  ...['consents', 'devicePermissions', 'privacyRequests'].map((name) => [name, name] as const),
  ...['installations', 'activity', 'sessions', 'usageEvents'].map((name) => [name, name] as const),
  ['privacy', 'privacyState'],
]);

/**
 * The owner of a document of the app's database: a record of the person's, or null. By names that
 * this fixture gave, not by the policy.
 */
function recordOfAppRow(path: string): string | null {
  if (path === `users/${uid}`) return 'users';
  if (path.startsWith(`users/${uid}/`)) {
    const [, , place = '', , ...deeper] = path.split('/');
    return (deeper.length === 0 ? DECLARED.get(place) : undefined) ?? 'users';
  }
  if (path === `customers/${uid}` || path.startsWith(`customers/${uid}/`)) return 'customers';
  if (path.startsWith('contactRequests/mine')) return 'contactRequests';
  return path === 'systemLogs/mine' ? 'systemLogs' : null;
}

function recordOfOwnRow(path: string): string | null {
  if (path.startsWith(`subjects/${uid}/`)) return 'identities';
  const mine: Readonly<Record<string, string>> = {
    [`subjects/${uid}`]: 'subjects',
    [`restrictions/${uid}`]: 'restrictions',
    [`ageBands/${uid}`]: 'ageBands',
    'guardianships/mine': 'guardianships',
    'notifications/mine': 'notifications',
  };
  return mine[path] ?? null;
}

/** Rows that are there although an erasure ends them, by record. */
function leftIn(state: State): Map<string, string[]> {
  const left = new Map<string, string[]>();
  const add = (record: string, what: string): void => void left.set(record, [...(left.get(record) ?? []), what]);
  for (const [path, document] of state.app) {
    const record = recordOfAppRow(path);
    if (record === 'systemLogs' ? namesMore(document) : record !== null) add(record ?? '', path);
  }
  for (const path of state.own.keys()) {
    const record = recordOfOwnRow(path);
    if (record !== null) add(record, path);
  }
  for (const name of state.files.keys()) {
    if (name.startsWith(`app:users/${uid}/`)) add('userFiles', name);
    if (name.startsWith(`exports:exports/${uid}/`)) add('exports', name);
  }
  if (state.users.has(uid)) add('account', 'the account');
  const { customer, subscription, paymentMethod } = state.mine;
  if (customer['deleted'] !== true) add('stripeCustomer', customer.id);
  if (subscription['status'] !== 'canceled') add('stripeSubscriptions', subscription.id);
  if (paymentMethod['customer'] !== null) add('stripePaymentMethods', paymentMethod.id);
  if (state.contacts.has(email)) add('brevoContact', 'the contact');
  if ((state.log[email] ?? 0) > 0) add('brevoEmails', `${state.log[email] ?? 0} e-mails`);
  return left;
}

const namesMore = (log: QueryDocumentSnapshot): boolean => log.get('uid') !== undefined || log.get('ip') !== undefined;

/** Steps that report on one system or more; reports of the others follow from them. */
const TELLING = (step: string): boolean => !['recipients', 'close', 'officers', 'certificate'].includes(step);

const isWaiting = ({ steps }: Job): boolean => steps['close']?.state === 'done' && steps['officers']?.state !== 'done';

/**
 * Compares the job's claims with the data that is there. At any moment: nobody brings anything back
 * in the meantime.
 */
export function falseClaims(state: State): Wrong[] {
  const job = erasureIn(state);
  if (job === undefined) return [];
  const left = leftIn(state);
  const wrong: Wrong[] = [];
  const say = (what: string): void => void wrong.push({ kind: 'false done', what });
  for (const [id, step] of Object.entries(job.steps)) {
    if (step.state !== 'done' || !TELLING(id)) continue;
    for (const outcome of step.outcomes) {
      if (!('record' in outcome) || outcome.outcome !== 'done') continue;
      const rows = left.get(outcome.record) ?? [];
      // The message about the wait for officers is in the log, until the step has ended that.
      if (outcome.record === 'brevoEmails' && isWaiting(job)) continue;
      if (rows.length > 0) say(`step ${id} says that ${outcome.record} is done, and there is ${rows.join(', ')}`);
      const most = planted[outcome.record];
      if (most !== undefined && outcome.count > most && id !== 'forget')
        say(`step ${id} says that ${outcome.count} of ${outcome.record} are done, and there were ${most}`);
    }
  }
  if (job.status === 'completed')
    for (const [record, rows] of left) say(`completed, and of ${record} there is ${rows.join(', ')}`);
  return wrong;
}

/**
 * Everything of everybody else is as it was, and nothing was made of anybody that was not there.
 */
export function othersTouched(before: State, after: State): Wrong[] {
  const customer = before.mine.customer.id;
  const wrong = touched(before, after, {
    app: (path) => recordOfAppRow(path) !== null,
    own: (path, row) =>
      recordOfOwnRow(path) !== null || path === 'guardianships/by-me' || path.includes(uid) || ofThePerson(row),
    file: (name, isNew) =>
      name.startsWith(`app:users/${uid}/`) ||
      name.startsWith(`exports:exports/${uid}/`) ||
      // A certificate.
      (name.startsWith('evidence:') && isNew),
    account: (id) => id === uid,
    stripe: (one) => isOf(one, customer),
    list: (name) => name === `methods of ${customer}`,
    contact: (address) => address === email,
    log: (address) => address === email,
    writesOwn: true,
  });
  const kept = (what: string, of: (state: State) => string | undefined): void => {
    const [was, is] = [of(before), of(after)];
    if (was !== is)
      wrong.push({ kind: 'others touched', what: `${what}: ${was ?? 'absent'} became ${is ?? 'absent'}` });
  };
  kept('what is kept of systemLogs/mine', ({ app }) => JSON.stringify(app.get('systemLogs/mine')?.get('message')));
  // Data of the person that the law keeps must be there as well.
  for (const list of ['invoices', 'charges'])
    kept(`Stripe, ${list} of the person`, ({ stripe, mine }) =>
      String((stripe[list] ?? []).filter((one) => isOf(one, mine.customer.id)).length),
    );
  return wrong;
}

const isOf = (one: StripeObject, customer: string): boolean => one.id === customer || one['customer'] === customer;

/** The backend's own documents about the person, under the pseudonym: the erasure writes them. */
const ofThePerson = (document: QueryDocumentSnapshot): boolean =>
  document.ref.path.startsWith('jobs/') ||
  document.ref.path.startsWith('officerTasks/') ||
  document.ref.path.startsWith('officerSheets/') ||
  (document.ref.path.startsWith('requests/v1_') &&
    !document.ref.path.startsWith('requests/v1_another_') &&
    document.get('type') !== undefined);

/**
 * Checks the other promises of a completed erasure.
 *
 * @param messages to the person. Brevo knows a message again for 30 minutes: of several faults one
 *   after the other a message can outlive that
 */
export function notAsPromised(
  world: World,
  person: Person,
  state: State,
  messages: { readonly sent: number; readonly mayRepeat: boolean; readonly mayMiss: boolean },
): Wrong[] {
  const { chain } = person;
  const job = erasureIn(state);
  const wrong: Wrong[] = [];
  const say = (what: string): void => void wrong.push({ kind: 'other', what });
  if (job === undefined) return [{ kind: 'not ended', what: 'there is no erasure' }];
  if (job.status !== 'completed') return [{ kind: 'not ended', what: `the erasure is ${job.status}: ${stepsOf(job)}` }];
  for (const result of resultOf(world.policy, job, world.clock.now())) {
    const of = 'record' in result ? result.record : result.recipient;
    if (result.state === 'unknown' || result.state === 'submitted' || result.state === 'pending')
      say(`of ${of} the erasure ends with ${result.state}`);
  }
  for (const record of ['stripeInvoices', 'stripeCharges']) {
    const kept = job.steps['stripe']?.outcomes.find((outcome) => 'record' in outcome && outcome.record === record);
    if (kept?.outcome !== 'retained' || kept.count !== 1) say(`${record} are not said to be retained`);
  }
  for (const [path, document] of state.own) {
    if (path.includes(`${uid}2`) || recordOfOwnRow(path) !== null) continue;
    const text = `${path} ${JSON.stringify(document.data())}`.replaceAll(`${uid}2`, '').replaceAll(`x${email}`, '');
    for (const name of [uid, email, formerEmail]) if (text.includes(name)) say(`${path} names the person still`);
  }
  const head = state.own.get(`ledger/${chain}`);
  const entries = [...state.own]
    .filter(([path]) => path.startsWith(`ledger/${chain}/entries/`))
    .map(([, document]) => entryFromDocument(document.id, document.data()))
    .sort((a, b) => a.seq - b.seq);
  const problems = verifyChain(chain, headFromDocument(chain, head?.data()), entries);
  if (problems.length > 0) say(`the chain does not verify: ${JSON.stringify(problems)}`);
  if (headFromDocument(chain, head?.data()).closed === undefined) say('the chain is not closed');
  const states = entries.map((entry) => entry.state).join(' ');
  const expected = job.input['startedBy'] === 'request' ? 'erasure.requested set begun completed' : 'begun completed';
  if (states !== expected) say(`the chain says '${states}'`);
  if (state.own.get(`tombstones/${chain}`)?.get('completedAt') === undefined)
    say('no tombstone of a completed erasure');
  for (const [id, status] of [
    [person.requests.other, 'cancelled'],
    ...(job.input['startedBy'] === 'request' ? [[person.requests.mine, 'completed'] as const] : []),
  ] as const) {
    const is: unknown = state.own.get(`requests/${id}`)?.get('status');
    if (is !== status) say(`request ${id} is ${String(is)}, not ${status}`);
  }
  if (![...state.own.keys()].some((path) => path.startsWith(`jobs/${job.id}_until_`)))
    say('no job ends what is retained');
  const tasks = [...state.own].filter(([path]) => path.startsWith('officerTasks/'));
  // One for each recipient, and those of records in which somebody could not be told apart.
  if (tasks.length < manualRecipients(world.policy).length) say(`there are ${tasks.length} tasks of officers`);
  for (const [path, task] of tasks) if (task.get('status') === 'open') say(`${path} is open`);
  for (const path of state.own.keys()) if (path.startsWith('officerSheets/')) say(`${path} is left behind`);
  // The last one: it is done here, and others are waited for.
  const wanted = job.input['startedBy'] === 'request' ? 3 : 2;
  // That it can still be taken back is not said any more when it no longer can.
  const least = messages.mayMiss ? 1 : wanted;
  if (messages.sent < least || (messages.sent > wanted && !messages.mayRepeat))
    say(`${messages.sent} messages went to the person, not ${wanted}`);
  return wrong;
}
