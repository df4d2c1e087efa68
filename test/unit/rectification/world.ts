import { startBrevo, startStripe } from '../../../emulator/standins/index.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { jobsIn } from '../../../functions/src/jobs/store.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import type { Policy } from '../../../functions/src/policy/schema.ts';
import { onProfileWritten } from '../../../functions/src/rectification/start.ts';
import { rectifyRunner } from '../../../functions/src/rectification/steps.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { fakeAuth, type FakeUser } from '../../kit/auth.ts';
import { testContext as providers } from '../../conformance/harness.ts';
import { sheetKeys } from '../officerTasks/helpers.ts';
import { testContext } from '../requests/helpers.ts';

/** A person with a profile, and other companies that have values of it. */

export const NOW = Date.UTC(2026, 5, 1, 12);
export const UID = 'ada';
export const EMAIL = 'ada@example.com';
/** Changes of a profile in a minute are carried together. */
export const SLOT = 60_000;
/** After this the jobs of a slot begin. */
export const NEXT = SLOT + 2_000;

export const account = (email = EMAIL): FakeUser => ({
  uid: UID,
  email,
  emailVerified: true,
  metadata: { creationTime: new Date(0).toUTCString() },
});

/** A context in memory, with the person's account. */
export function memoryWorld(policy: Policy = amikeo) {
  const base = testContext(NOW);
  const users: FakeUser[] = [account()];
  const context = {
    ...base,
    policy,
    config: { ...base.config, rectifyAfterMs: SLOT, officerSheetKey: sheetKeys.publicKey },
    clients: { ...base.clients, auth: async () => fakeAuth(() => users) },
  };
  const { app, own, keys, time } = context;
  const chain = pseudonymOf(UID, keys);
  let events = 0;
  /** Writes the profile, and delivers its event unless it is lost. */
  const write = async (after: object, deliver = true): Promise<void> => {
    const ref = app.doc(`users/${UID}`);
    const before = (await ref.get()).data();
    await ref.set(after);
    events += 1;
    const written = { uid: UID, before, after: { ...after }, writtenAt: time.now, isUnknown: false };
    if (deliver) await onProfileWritten(context, written);
  };
  const jobs = async (): Promise<Job[]> => [...jobsIn((await own.collection('jobs').get()).docs, keys).jobs];
  return { context, users, chain, write, jobs, events: () => events };
}

/** The same with a local Stripe and a local Brevo, which have the person under an older name. */
export async function world(policy: Policy = amikeo) {
  const memory = memoryWorld(policy);
  const now = (): number => memory.context.time.now;
  const [stripeServer, brevoServer] = await Promise.all([startStripe({ now }), startBrevo({ now })]);
  const { clients } = providers({ stripe: stripeServer.url, brevo: brevoServer.url });
  const [stripe, brevo] = [await clients.stripe(), await clients.brevo()];
  const list = (await brevo.contacts.createList({ name: 'News', folderId: 1 })).id;
  const context = {
    ...memory.context,
    config: { ...memory.context.config, brevoMarketingList: list },
    clients: { ...memory.context.clients, stripe: async () => stripe, brevo: async () => brevo },
  };
  const customer = (await stripe.customers.create({ email: EMAIL, name: 'Ada Byron', metadata: { uid: UID } })).id;
  const attributes = { FIRSTNAME: 'Ada', LASTNAME: 'Byron' };
  await brevo.contacts.createContact({ email: EMAIL, ext_id: UID, attributes, listIds: [list] });
  /** Runs every job whose time has come, as `tick` and the queue do. */
  const work = async (): Promise<Job[]> => {
    for (const { id, wakeAt, kind } of await memory.jobs())
      if (kind === 'rectify' && wakeAt !== null && wakeAt <= now())
        await runJob(context, { rectify: async (c: Context) => rectifyRunner(c) }, id);
    return memory.jobs();
  };
  /** The values that the other companies have now. */
  const there = async (): Promise<Record<string, unknown>> => {
    const one = await stripe.customers.retrieve(customer);
    const contact = await brevo.contacts.getContactInfo({ identifier: UID, identifierType: 'ext_id' });
    const { FIRSTNAME, LASTNAME } = contact.attributes as Record<string, unknown>;
    if (one.deleted === true) return { brevo: [contact.email, FIRSTNAME, LASTNAME] };
    return { stripe: [one.email, one.name], brevo: [contact.email, FIRSTNAME, LASTNAME] };
  };
  const stop = () => Promise.all([stripeServer.stop(), brevoServer.stop()]);
  return {
    ...memory,
    context,
    stripe,
    brevo,
    customer,
    work,
    there,
    stop,
    urls: { stripe: stripeServer.url, brevo: brevoServer.url },
  };
}
