import { afterEach, beforeEach, expect } from 'vitest';
import { effectJob } from '../../../functions/src/consent/effects.ts';
import { changeRunner } from '../../../functions/src/consent/steps.ts';
import { comparePage } from '../../../functions/src/erasure/compareAccounts.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import { listTasks } from '../../../functions/src/officerTasks/store.ts';
import { knownFromAuth } from '../../../functions/src/subject/identity.ts';
import { learn } from '../../../functions/src/subject/known.ts';
import { changeHead } from '../../kit/sealed/ledger.ts';
import { account, NEXT, UID, world } from './world.ts';

/** A contact at Brevo gets another address, while its owner says yes or no. */

export const NEW = 'ada@new.example';
export const OWN = { identifier: UID, identifierType: 'ext_id' } as const;

export let at: Awaited<ReturnType<typeof world>>;

/** Runs before and after each test: the contact of a person gets the new address next. */
export const eachMove = (): void => {
  beforeEach(async () => {
    at = await world();
    await at.write({ firstName: 'Ada', lastName: 'Byron' });
    await learn(at.context, knownFromAuth(account(), at.chain));
    at.users.splice(0, 1, account(NEW));
    await comparePage(at.context, (await at.context.own.collection('subjects').get()).docs);
  });
  afterEach(() => at.stop());
};

export const work = async (ms = NEXT) => {
  at.context.time.now += ms;
  return at.work();
};
export const contact = () => at.brevo.contacts.getContactInfo(OWN);
export const tasks = async () => (await listTasks(at.context)).tasks.map(({ what }) => what['en']);
export const LOST = expect.stringContaining('lost its place') as string;
/** The answer to messages, as the head has it. */
export const answers = (state: 'given' | 'withdrawn' | 'refused', since = at.context.time.now) =>
  changeHead(at.context, at.chain, { current: { messages: state }, since: { messages: since } });

type Update = typeof at.brevo.contacts.updateContact;
type Change = Parameters<Update>[0];
/** Puts something in the place of the calls that change a contact. */
export function updates(
  by: (change: Change, update: (change: Change) => Promise<unknown>) => Promise<unknown>,
): () => void {
  const { contacts } = at.brevo;
  const update = contacts.updateContact.bind(contacts);
  contacts.updateContact = ((change: Change) => by(change, async (one) => update(one))) as unknown as Update;
  return () => void (contacts.updateContact = update);
}
export const isMove = ({ attributes }: Change): boolean => attributes?.['EMAIL'] !== undefined;
export const died = () => new Error('the process died');

export const list = () => at.context.config.brevoMarketingList;
/** Blocklists the contact, as a withdrawal does. */
export const block = () =>
  at.brevo.contacts.updateContact({
    ...OWN,
    emailBlacklisted: true,
    unlinkListIds: [list()],
  });
/** The effect of a yes. */
export const subscribe = () =>
  at.brevo.contacts.updateContact({
    ...OWN,
    emailBlacklisted: false,
    listIds: [list()],
    attributes: { EMAIL: NEW },
  });
/** Brings the answers of now to Brevo, as a change of any of them does. */
export const runEffect = async () => {
  const plan = effectJob(at.context, { id: 'event', uid: UID, purpose: 'messages', chain: at.chain });
  if (plan === undefined) throw new Error('an answer to marketing has no effect');
  await changeRunner(at.context).run('brevo', newJob(plan, at.context.time.now), { deadline: Infinity });
};
/** A yes arrives, and its effect is over at once. */
export const sayYes = async () => {
  at.context.time.now += 1000;
  await answers('given');
  await subscribe();
};

/** A yes overtakes the change of the address, and the process dies right after that. */
export async function dieAfterMove(): Promise<void> {
  let isFirst = true;
  const restore = updates(async (change, update) => {
    if (!isMove(change) || !isFirst) return update(change);
    isFirst = false;
    await sayYes();
    await update(change);
    throw died();
  });
  await work();
  restore();
}
