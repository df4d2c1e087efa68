import { newSheetKeys } from '../../../functions/src/crypto/sheet.ts';
import type { TaskOrder } from '../../../functions/src/officerTasks/task.ts';
import { openContent, type SheetSubject } from '../../../functions/src/officerTasks/sheet.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import type { Policy } from '../../../functions/src/policy/schema.ts';
import type { ProvenEmail } from '../../../functions/src/subject/identity.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { testContext } from '../requests/helpers.ts';

export const NOW = Date.UTC(2026, 5, 1);
export const sheetKeys = newSheetKeys(1);

/** AMIKEO's policy, in which Zendesk is a controller of its own. */
export const policy: Policy = {
  ...amikeo,
  recipients: {
    ...amikeo.recipients,
    ...(amikeo.recipients['zendesk'] && { zendesk: { ...amikeo.recipients['zendesk'], role: 'controller' as const } }),
  },
};

/** A context with a public key for sheets, both databases in memory, and a clock to set. */
export function taskContext(): ReturnType<typeof testContext> {
  const base = testContext(NOW);
  return { ...base, policy, config: { ...base.config, officerSheetKey: sheetKeys.publicKey } };
}

export const subject: SheetSubject = {
  uid: 'ada',
  verifiedEmails: ['ada@example.com' as ProvenEmail],
  providerIds: {},
  installations: ['11111111-1111-4111-8111-111111111111'],
};

export const order = (
  context: Pick<Context, 'keys'>,
  part: TaskOrder['for'],
  more: Partial<TaskOrder> = {},
): TaskOrder => ({
  for: part,
  what: { en: 'Ask them.', fr: 'Demander.' },
  job: 'erasure_x',
  jobCreatedAt: NOW,
  pseudonym: pseudonymOf('ada', context.keys),
  by: NOW + 10 * 86_400_000,
  ...more,
});

/** The ids of the documents of a collection of the backend. */
export const idsOf = async ({ clients }: Context, collection: string): Promise<string[]> =>
  (await clients.own().collection(collection).get()).docs.map(({ id }) => id).sort();

/** The identifiers on the sheet of a task. */
export async function sheetOf(context: Pick<Context, 'clients'>, id: string): Promise<string[]> {
  const data = (await context.clients.own().doc(`officerSheets/${id}`).get()).data() ?? {};
  return openContent(id, data, { 1: sheetKeys.privateKey }).known.map(({ value }) => value);
}
