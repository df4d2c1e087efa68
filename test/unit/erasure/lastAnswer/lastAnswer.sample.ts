import { Timestamp } from 'firebase-admin/firestore';
import type { Standins } from '../../../../emulator/standins/index.ts';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import type { ErasureJob } from '../../../../functions/src/erasure/job.ts';
import { erasureRunner } from '../../../../functions/src/erasure/steps.ts';
import { reconcilePerson } from '../../../../functions/src/consent/reconcile.ts';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import { OFFICERS_STEP } from '../../../../functions/src/officerTasks/task.ts';
import { defined } from '../../../../functions/src/platform/defined.ts';
import { createClients } from '../../../../functions/src/platform/clients.ts';
import { DAY_MS } from '../../../../functions/src/platform/time.ts';
import type { Policy } from '../../../../functions/src/policy/schema.ts';
import type { RequestStatus } from '../../../../functions/src/requests/request.ts';
import type { KnownDetails } from '../../../../functions/src/requests/details.ts';
import { refOf, sealedRequest } from '../../../../functions/src/requests/store.ts';
import { goOn, jobNow, NOW, officersWorld, UID } from '../../officerTasks/erasure.sample.ts';

/** An erasure that waits for officers, of a policy that sends e-mails, with a local Brevo. */
export type AnsweredWorld = Awaited<ReturnType<typeof answeredWorld>>;

export const ANSWER_TO = 'elsewhere@example.net';

export async function answeredWorld({ brevoUrl }: Pick<Standins, 'brevoUrl'>, policy: Policy = amikeo) {
  const world = await officersWorld(policy);
  const brevoSender = { name: 'AMIKEO', email: 'bonjour@amikeo.example' };
  const config = {
    ...world.context.config,
    ...{ brevoApiBase: new URL(brevoUrl), brevoMarketingList: 1, brevoSince: NOW - 30 * DAY_MS },
    ...{ brevoSmtpPerHour: 1_000_000, brevoSender },
  };
  const real = createClients(config, () => 'sk_test_x');
  const context = { ...world.context, config, clients: { ...world.context.clients, brevo: () => real.brevo() } };
  const job = { ...world.job, input: { ...world.job.input, request: world.key } } as unknown as ErasureJob;
  return { ...world, context, job, answer: `answer_${job.id}` };
}

/** Writes a request of erasure: the person's document and its record. */
export async function asked(
  { context, pseudonym }: AnsweredWorld,
  id: string,
  details: object,
  {
    at = NOW,
    status = 'in_progress',
    entered,
  }: { readonly at?: number; readonly status?: RequestStatus; readonly entered?: KnownDetails } = {},
): Promise<void> {
  const createdAt = Timestamp.fromMillis(at);
  await context.app.doc(`users/${UID}/privacyRequests/${id}`).set({ type: 'erasure', createdAt, details });
  const { key } = refOf(UID, pseudonym, id, context.keys);
  const of = { pseudonym, type: 'erasure', status, channel: 'app', receivedAt: createdAt, dueAt: createdAt } as const;
  const record = { ...of, ...defined({ details: entered }) };
  await context.own.doc(`requests/${key}`).set(sealedRequest(key, record, context.keys));
}

/** The address that is kept, as the document has it; undefined: none. */
export const keptOf = async ({ context, job }: AnsweredWorld) =>
  (await context.own.doc(`lastAnswers/${job.id}`).get()).data();

/**
 * Lets the time of every task go by, and ends the erasure. While it waits for officers, it is
 * looked at each month: test/unit/officerTasks/erasure.test.ts looks each day.
 */
export async function ended(world: AnsweredWorld): Promise<void> {
  const { time } = world.context;
  for (let looks = 0; looks < 40; looks++) {
    await goOn(world);
    const { status, wakeAt, steps } = await jobNow(world);
    if (status !== 'waiting') return;
    const waitsForOfficers = steps[OFFICERS_STEP]?.state === 'waiting';
    time.now = Math.max(time.now + (waitsForOfficers ? 30 * DAY_MS : 1), wakeAt ?? 0);
  }
}

/** Runs the job of the last answer as a task does. */
export const answer = ({ context, answer: id }: AnsweredWorld): Promise<void> =>
  runJob(context, { erasure: async (one) => erasureRunner(one, reconcilePerson) }, id);

/** The e-mails that Brevo took for an address. */
export async function mailsTo({ brevoUrl }: Pick<Standins, 'brevoUrl'>, email: string) {
  const all = (await (await fetch(`${brevoUrl}/_control/requests`)).json()) as {
    readonly path: string;
    readonly status: number | null;
    readonly body: {
      readonly to?: readonly { email: string }[];
      readonly subject: string;
      readonly textContent: string;
    };
  }[];
  return all
    .filter(({ path, status }) => path === '/v3/smtp/email' && status === 201)
    .map(({ body }) => body)
    .filter(({ to }) => to?.some((one) => one.email === email) === true);
}
