import { reconsentRunner } from '../../../functions/src/consent/reconsent.ts';
import { changeRunner } from '../../../functions/src/consent/steps.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { person } from '../../kit/person.ts';
import { brevo } from '../../kit/providers.ts';
import { consentAt, DAY, drive, jobsOf, tonight, write, type Night } from '../retention/nightly.ts';

/** People with an old consent, and the night in which they are asked again. */

export const LONG_AGO = 200 * DAY;

/** Makes a person who agreed so long ago, with an account and an address that Auth verified. */
export async function agreed(
  night: Night,
  ago: number,
  purposes: readonly string[],
  more: Record<string, unknown> = {},
) {
  const { uid, email } = await person();
  for (const purpose of purposes)
    await (await write(night, uid, purpose, consentAt(night.now() - ago, true, more))).deliver();
  const mark = async (purpose: string): Promise<unknown> =>
    (await night.app.doc(`users/${uid}/consents/${purpose}`).get()).get('reconsentRequired');
  return { uid, email, mark };
}

/** Everything that tonight's jobs do, step by step. */
export async function wholeNight({ context, ...night }: Night): Promise<number> {
  let asked = 0;
  // That of the version comes first: the other waits for it.
  const jobs = tonight({ context, ...night }).filter(({ kind }) => kind === 'reconsent');
  for (const job of jobs)
    for (const step of Object.keys(job.steps))
      asked += (await drive(reconsentRunner(context), step, job))[0]?.count ?? 0;
  return asked;
}

export const asking = async (night: Night, uid: string): Promise<Job[]> =>
  (await jobsOf(night, uid)).filter(({ id }) => id.startsWith('ask_'));
export const noticesOf = async (night: Night, uid: string): Promise<Job[]> =>
  (await jobsOf(night, uid)).filter(({ kind }) => kind === 'notice');

interface Sent {
  readonly subject: string;
  readonly body: string;
}
/**
 * The messages that a person was sent, as Brevo's log tells of them: not those that Brevo refused.
 */
export async function inbox(email: string): Promise<Sent[]> {
  const list = await brevo(`/smtp/emails?email=${encodeURIComponent(email)}`);
  const { transactionalEmails = [] } = (await list.json()) as { transactionalEmails?: { uuid: string }[] };
  return Promise.all(
    transactionalEmails.map(async ({ uuid }) => (await (await brevo(`/smtp/emails/${uuid}`)).json()) as Sent),
  );
}

/** Runs the job that asks a person again; answers the job of the notice. */
export async function carryOut(night: Night, uid: string): Promise<Job> {
  for (const job of await asking(night, uid))
    for (const step of Object.keys(job.steps)) await changeRunner(night.context).run(step, job, { deadline: 0 });
  const [notice] = await noticesOf(night, uid);
  if (!notice) throw new Error('no notice');
  return notice;
}
