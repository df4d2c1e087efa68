import type { Auth } from 'firebase-admin/auth';
import { announcements } from '../../../../functions/src/consent/nightlyJobs.ts';
import { reconsentRunner } from '../../../../functions/src/consent/reconsent.ts';
import { newJob } from '../../../../functions/src/jobs/catalog.ts';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import { noticeRunner } from '../../../../functions/src/messages/steps.ts';
import type { Context } from '../../../../functions/src/platform/context.ts';
import { changing } from '../../../kit/amikeo.ts';
import { NOW } from './times.ts';

/**
 * Tells one person of the next version of the policy: the job of the night, on the accounts of
 * Auth, and the messages that it begins.
 */
export async function announceTo(base: Context, uid: string): Promise<void> {
  const begun: string[] = [];
  const auth = await base.clients.auth();
  const context: Context = {
    ...base,
    policy: changing(base.policy, '2026-07-01', ['analytics'], '2026-05-01'),
    config: { ...base.config, brevoSender: { name: 'AMIKEO', email: 'bonjour@amikeo.example' } },
    clients: { ...base.clients, auth: async () => listing(auth, uid) },
    queue: { enqueue: async (_queue, job) => void begun.push(job) },
  };
  const [plan] = announcements(context.policy, NOW, true);
  if (plan === undefined) throw new Error('nothing is announced');
  await reconsentRunner(context).run('announce', newJob(plan, NOW), { deadline: Infinity });
  for (const job of begun) await runJob(context, { notice: async (c: Context) => noticeRunner(c) }, job);
}

/** Authentication that lists one account alone, in whichever pool it is. */
function listing(auth: Auth, uid: string): Auth {
  const only = <Pool extends Pick<Auth, 'listUsers'>>(pool: Pool): Pool => ({
    ...pool,
    listUsers: async () => ({ users: (await pool.listUsers()).users.filter((user) => user.uid === uid) }),
  });
  const tenants = auth.tenantManager();
  const inTenants = {
    authForTenant: (tenant: string) => only(tenants.authForTenant(tenant)),
    listTenants: () => tenants.listTenants(),
  };
  return Object.assign(only(auth), { tenantManager: () => inTenants });
}
