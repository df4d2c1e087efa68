import type { BrevoClient } from '@getbrevo/brevo';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { restrictionsOf, restrictionsOn } from '../../../../functions/src/ledger/restriction/stated.ts';
import { isRestricted } from '../../../../functions/src/ledger/restriction/scope.ts';
import { announceLift, planLift, type LiftOrder } from '../../../../functions/src/rights/restriction/lift.ts';
import { nameOfGround, type RestrictionOrder } from '../../../../functions/src/rights/restriction/plan.ts';
import { setRestriction } from '../../../../functions/src/rights/restriction/set.ts';
import { restrictionRunner } from '../../../../functions/src/rights/restriction/steps.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { fakeAuth, type FakeUser } from '../../../kit/auth.ts';
import { runDue } from '../../../kit/due.ts';
import { problemsOf } from '../../../kit/sealed/verified.ts';
import { sheetKeys } from '../../officerTasks/helpers.ts';
import { testContext } from '../../requests/helpers.ts';

/** One person, kim, whose processing is restricted under AMIKEO's policy; all of it in memory. */

export const NOW = Date.parse('2026-06-01T09:00:00Z');
export const DAY = 86_400_000;
export const OFFICER = { actor: 'officer', officer: `v1_${'o'.repeat(43)}` } as const;
export const NAME = nameOfGround('accuracy');

/** An e-mail that has left. */
interface Mail {
  readonly to: string;
  readonly text: string;
  readonly at: number;
}

export type World = ReturnType<typeof restrictionWorld>;

export function restrictionWorld() {
  const base = testContext(NOW);
  const mails: Mail[] = [];
  const keys = new Set<string>();
  const outage = { isOn: false };
  const users: FakeUser[] = [
    {
      ...{ uid: 'kim', email: 'kim@example.com', emailVerified: true },
      metadata: { creationTime: new Date(NOW - 100 * DAY).toUTCString() },
    },
  ];
  const brevo = {
    transactionalEmails: {
      sendTransacEmail: async (mail: {
        to: { email: string }[];
        textContent: string;
        headers: { idempotencyKey: string };
      }) => {
        if (outage.isOn) throw Object.assign(new Error('out of order'), { statusCode: 503 });
        if (!keys.has(mail.headers.idempotencyKey))
          mails.push({ to: mail.to[0]?.email ?? '', text: mail.textContent, at: base.time.now });
        keys.add(mail.headers.idempotencyKey);
        return { messageId: 'm' };
      },
      getEmailEventReport: async () => ({ events: [] }),
    },
  } as unknown as BrevoClient;
  const sender = { name: 'AMIKEO', email: 'bonjour@amikeo.example' };
  const context = {
    ...base,
    policy: amikeo,
    config: { ...base.config, officerSheetKey: sheetKeys.publicKey, brevoSender: sender },
    clients: { ...base.clients, auth: async () => fakeAuth(() => users), brevo: async () => brevo },
  };
  return { context, mails, users, outage };
}

const order = (more: Partial<RestrictionOrder> = {}): RestrictionOrder => ({
  uid: 'kim',
  name: NAME,
  ground: 'accuracy',
  ...more,
});

export const set = ({ context }: World, more: Partial<RestrictionOrder> = {}) =>
  setRestriction(context, order(more), OFFICER);

/** Plans a lift and announces it, as the command does. */
export async function lift({ context }: World, more: LiftOrder = {}, name: string = NAME) {
  const planned = await planLift(context, { uid: 'kim', name }, more);
  return planned.ok ? announceLift(context, { uid: 'kim', name }, planned.lift, more, OFFICER) : planned;
}

/** Runs every job about restrictions that `tick` enqueues, until nothing is ready. */
export const work = ({ context }: World): Promise<void> =>
  runDue(context, { restriction: async (c) => restrictionRunner(c) }, 'restriction_');

/** The purposes of these that are restricted now. */
export async function stopped({ context }: World, ...purposes: string[]): Promise<string[]> {
  const running = await restrictionsOn(context, 'kim');
  return purposes.filter((purpose) => isRestricted(running, purpose));
}

/** The names of the restrictions that run. */
export const names = async ({ context }: World): Promise<string[]> =>
  [...(await restrictionsOf(context, 'kim')).all.keys()].sort();

export const jobs = async ({ context }: World, what: string) =>
  (await context.own.collection('jobs').get()).docs.filter(({ id }) => id.startsWith(`restriction_${what}_`));

export const problems = ({ context }: World): Promise<string[] | undefined> => problemsOf(context);

export const chain = ({ context }: World): string => pseudonymOf('kim', context.keys);
