import { getDoc, doc } from 'firebase/firestore';
import { connectFunctionsEmulator, getFunctions } from 'firebase/functions';
import { askAsGuardian, say, setConsent } from '../../../client/index.ts';
import type { Person } from '../../../fixtures/index.ts';
import { deployment } from '../../../functions/src/deployment.generated.ts';
import { recipientsOf as keepersOf } from '../../../functions/src/erasure/holdTasks/plan.ts';
import { functionName, REGION } from '../../../functions/src/platform/functions.ts';
import { recipientsOfConsent } from '../../../functions/src/policy/purposes/recipients.ts';
import { requestKey } from '../../../functions/src/requests/request.ts';
import { recipientsToTell } from '../../../functions/src/rights/restriction/recipients.ts';
import { openApp, purposeOf } from '../../app.ts';
import { readJobs, readLedger } from '../../read/backend.ts';
import { readBrevo } from '../../read/others.ts';
import { awaitRequest } from '../../read/requests.ts';
import { keysOf, pseudonym, type Stage } from '../../stage.ts';
import { until } from '../../wait.ts';
import { askInApp } from '../officer/asking.ts';
import { OBJECTED, RESTRICTED, type Seen } from './seen.ts';

/** Rights that an officer, a parent or another company takes part in: each act, and its proof. */

const TIMEOUT = { within: 60_000 };

interface Task {
  readonly id: string;
  readonly status: string;
  readonly pseudonym: string;
  readonly job: string;
  readonly for: { readonly recipient?: string };
}

/** The open tasks of a person from jobs of a kind, once there are so many. */
async function tasksOf({ officer }: Stage, chain: string, job: string, count: number): Promise<readonly Task[]> {
  const list = async () => (await officer.ask<{ tasks: readonly Task[] }>('officer-task', 'list')).tasks;
  const mine = async () => (await list()).filter((task) => task.pseudonym === chain && task.job.startsWith(job));
  return until(mine, (tasks) => tasks.length >= count, { ...TIMEOUT, every: 500 });
}

const companiesIn = (tasks: readonly Task[]): string[] => tasks.flatMap((task) => task.for.recipient ?? []);

/** The state that a person's app reads, once it is as it should be. */
const shownState = ({ clients }: Stage, uid: string, enough: (state: Record<string, unknown>) => boolean) =>
  until(async () => (await clients.app.doc(`users/${uid}/privacy/state`).get()).data() ?? {}, enough, TIMEOUT);
const pausedIn = ({ restricted }: Record<string, unknown>): readonly string[] =>
  (restricted as { purposes?: string[] } | undefined)?.purposes ?? [];

/** Somebody objects to an interest of the company, and the officer finds that they are right. */
export async function object(stage: Stage, who: Person): Promise<Seen['objection']> {
  const { officer, policy, clients } = stage;
  const { uid } = who.account;
  const chain = pseudonym(stage, uid);
  await askInApp(stage, { who, type: 'objection', details: { purpose: OBJECTED, text: 'It makes me nervous.' } });
  const paused = pausedIn(await shownState(stage, uid, (state) => pausedIn(state).length > 0));
  const key = requestKey(chain, 'demo-objection', keysOf(stage));
  // As long as the pause is at work, the command says so.
  await until(
    () => officer.ask<{ readonly ok: boolean }>('request', 'uphold', key, '--send'),
    ({ ok }) => ok,
    { ...TIMEOUT, every: 500 },
  );
  const companies = recipientsToTell(policy, [OBJECTED]).map(({ id }) => id);
  const tasks = await tasksOf(stage, chain, 'object_', companies.length);
  for (const { id } of tasks) await officer.ask('officer-task', 'done', id, '--note', 'they have stopped');
  const after = await shownState(stage, uid, (state) => pausedIn(state).length === 0);
  const request = await awaitRequest(clients.app, uid, 'objection', ({ status }) => status === 'completed');
  return {
    ...{ paused, companies, told: companiesIn(tasks), status: request?.status ?? 'not there' },
    after: { paused: pausedIn(after), ended: (after['objections'] as string[] | undefined) ?? [] },
  };
}

/** The officer restricts one use, since somebody contests the accuracy of the data. */
export async function restrict(stage: Stage, who: Person): Promise<Seen['restriction']> {
  const { uid } = who.account;
  const companies = recipientsToTell(stage.policy, [RESTRICTED]).map(({ id }) => id);
  const order = ['--ground', 'accuracy', '--purpose', RESTRICTED];
  await stage.officer.ask('restriction', 'set', '--uid', uid, ...order);
  const state = await shownState(stage, uid, (one) => pausedIn(one).length > 0);
  const tasks = await tasksOf(stage, pseudonym(stage, uid), 'restriction_begun_', companies.length);
  return { shown: pausedIn(state), companies, told: companiesIn(tasks) };
}

/** Somebody corrects their name in the app: the companies that have it follow. */
export async function correct({ clients, loaded }: Stage, who: Person): Promise<Seen['correction']> {
  const { uid, email = '' } = who.account;
  const [firstName, lastName] = ['Ada', 'Lovelace'];
  const name = `${firstName} ${lastName}`;
  await clients.app.doc(`users/${uid}`).update({ firstName, lastName });
  const customer = loaded.stripe.get(uid)?.customer ?? '';
  const stripe = await until(
    async () => (await clients.stripe.customers.retrieve(customer)) as { readonly name?: string | null },
    (one) => one.name === name,
    TIMEOUT,
  );
  const brevo = await until(
    async () => (await readBrevo(clients.brevo, email))?.attributes ?? {},
    ({ FIRSTNAME, LASTNAME }) => `${String(FIRSTNAME)} ${String(LASTNAME)}` === name,
    TIMEOUT,
  );
  return { name, stripe: stripe.name ?? '', brevo: `${String(brevo['FIRSTNAME'])} ${String(brevo['LASTNAME'])}` };
}

/** Somebody takes a consent back for which companies without an interface have data. */
export async function withdraw(stage: Stage, who: Person): Promise<Seen['withdrawal']> {
  const purpose = purposeOf('feedbackPlatforms');
  const companies = recipientsOfConsent(stage.policy, purpose).map(({ id }) => id);
  const app = await openApp(stage, who);
  try {
    for (const granted of [true, false])
      await setConsent(app, purpose, granted, { policyVersion: '2025-06-15', source: 'app' });
  } finally {
    await app.close();
  }
  const tasks = await tasksOf(stage, pseudonym(stage, who.account.uid), 'change_', companies.length);
  return { companies, told: companiesIn(tasks) };
}

/** A server states that somebody is the parent of a child. */
async function statePower({ suite: { env } }: Stage, child: Person, parent: Person): Promise<void> {
  const at = `http://${env['FUNCTIONS_EMULATOR_HOST'] ?? ''}/${env['GCLOUD_PROJECT'] ?? ''}/${REGION}`;
  const seenAt = new Date(Date.now() - 60_000).toISOString();
  const answer = await fetch(`${at}/${functionName(deployment.prefix, 'serverStatements')}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ submit: 'guardianship', requestId: 'form-of-demo', child: child.account.uid, holder: parent.account.uid },
      ...{ regime: 'parentalAuthority', scope: ['access', 'portability', 'erasure'], from: seenAt },
      until: new Date(Date.now() + 365 * 86_400_000).toISOString(),
      evidence: { kind: 'livret', reference: 'page 3', seenBy: 'school office', seenAt },
    }),
  });
  if (!answer.ok) throw new Error(`the power was not taken (${answer.status}): ${await answer.text()}`);
}

/** A parent asks for a copy of the child's data. The child is told, and says no. */
export async function wish(stage: Stage, child: Person, parent: Person): Promise<Seen['wish']> {
  await statePower(stage, child, parent);
  const { uid } = child.account;
  const [asking, told] = await Promise.all([openApp(stage, parent), openApp(stage, child)]);
  try {
    const { hostname, port } = new URL(`http://${stage.suite.env['FUNCTIONS_EMULATOR_HOST'] ?? ''}`);
    const functions = getFunctions(asking.auth.app, REGION);
    connectFunctionsEmulator(functions, hostname, Number(port));
    const { id } = await askAsGuardian(
      { functions },
      { child: uid, type: 'portability', requestId: 'demo-of-a-parent' },
    );
    const document = doc(told.db, `users/${uid}/privacyRequests/${id}`);
    const before = await until(
      () => getDoc(document),
      (one) => one.exists(),
      TIMEOUT,
    );
    await say(told, id, 'disagrees');
    const after = await until(
      () => getDoc(document),
      (one) => one.get('reason') === 'disagreed',
      TIMEOUT,
    );
    const jobs = await readJobs(stage.clients.compliance, 'export', pseudonym(stage, uid));
    return {
      told: String(before.get('askedFor.regime')),
      before: String(before.get('status')),
      after: `${String(after.get('status'))} (${String(after.get('reason'))})`,
      copies: jobs.length,
      names: [before, after].filter((one) => JSON.stringify(one.data()).includes(parent.account.uid)).length,
    };
  } finally {
    await Promise.all([asking.close(), told.close()]);
  }
}

/** The officer keeps somebody's data for a claim, and ends that. */
export async function hold(stage: Stage, who: Person): Promise<Seen['hold']> {
  const { officer, policy, clients } = stage;
  const { uid } = who.account;
  const chain = pseudonym(stage, uid);
  const ground = ['--ground-en', 'A claim is pending.', '--ground-fr', 'Un litige est pendant.'];
  const { id } = await officer.ask<{ id: string }>(
    ...['hold', 'set', '--uid', uid, '--record', 'sessions', '--ground-article', 'Art. 17(3)(e)', ...ground],
  );
  const companies = keepersOf(policy, ['sessions']);
  const tasks = await tasksOf(stage, chain, 'hold_', companies.length);
  await officer.ask('hold', 'lift', id);
  const entries = await readLedger(clients.compliance, chain);
  const ledger = entries.filter(({ kind }) => kind === 'statement').map(({ state }) => state);
  return { companies, told: companiesIn(tasks), ledger };
}
