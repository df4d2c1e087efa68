import { Timestamp, type DocumentData } from 'firebase-admin/firestore';
import type { JobPlan } from '../../jobs/catalog.ts';
import type { HeldPower } from '../../ledger/entry.ts';
import { askedForWords, type AskedFor } from '../../messages/askedFor.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import type { Instant } from '../../platform/time.ts';
import { addPeriod, answerBy } from '../../policy/calendar.ts';
import { isProtecting } from '../../policy/powers.ts';
import type { Policy } from '../../policy/schema.ts';
import type { KnownDetails } from '../../requests/details.ts';
import type { OnBehalf } from '../../requests/onBehalf.ts';
import type { RequestType } from '../../requests/request.ts';
import type { RequestRecord, RequestRef } from '../../requests/store.ts';
import type { Language } from '../../texts/languages.ts';
import { heldJobs } from './job.ts';

/** A request for another person as it is first recorded, its job, and the person's document. */

/** The end of the time that the person has for a word. */
const toldUntil = ({ powers, controller: { timeZone } }: Policy, now: Instant): Instant =>
  powers === undefined ? now : addPeriod(now, powers.told.period, timeZone);

/**
 * Makes the record of a held request. Pure.
 *
 * @param order.alone false: nothing begins before the person agrees
 */
export function heldRecord(
  policy: Policy,
  chain: string,
  order: {
    readonly type: RequestType;
    readonly receivedAt: Instant;
    readonly details: KnownDetails;
    readonly power: Pick<HeldPower, 'holder' | 'regime'>;
    readonly alone: boolean;
    readonly now: Instant;
  },
): RequestRecord {
  const { type, receivedAt, details, power, alone, now } = order;
  // Without a word of the person it goes on at once, if it protects them.
  const until = Timestamp.fromMillis(alone && isProtecting(type) ? now : toldUntil(policy, now));
  const at = alone ? { goesOnAt: until } : { wordBy: until };
  const onBehalf: OnBehalf = { regime: power.regime, ...defined({ holder: power.holder }), ...at };
  return {
    pseudonym: chain,
    type,
    status: 'waiting',
    waitingFor: 'person',
    channel: 'app',
    receivedAt: Timestamp.fromMillis(receivedAt),
    dueAt: Timestamp.fromMillis(answerBy(policy, receivedAt)),
    onBehalf,
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
}

/** Plans the job that tells the person and waits. */
export const heldJob = ({ uid, requestId, key }: RequestRef, { pseudonym, dueAt }: RequestRecord): JobPlan =>
  heldJobs.plan({
    id: `held_${key}`,
    pseudonym,
    input: { uid, requestId, asked: key },
    dueAt: dueAt.toMillis(),
    steps: [{ id: 'tell' }, { id: 'goOn', after: ['tell'] }],
  });

/** The request as the person is told of it. Pure. */
export const askedFor = ({ type, onBehalf }: RequestRecord & { readonly onBehalf: OnBehalf }): AskedFor => ({
  ...{ regime: onBehalf.regime, right: type as RequestType },
  ...defined({ goesOnAt: onBehalf.goesOnAt?.toMillis() }),
});

/** The request in words, as the person reads it in their own document. */
export interface ShownWish {
  readonly regime: OnBehalf['regime'];
  /** When it goes on without a word of the person. */
  readonly goesOnAt?: Timestamp;
  readonly language: Language;
  readonly title: string;
  readonly text: string;
}

/** Makes the person's own document of the request, in easy words. Pure. */
export function toldDocument(
  { policy }: Pick<Context, 'policy'>,
  record: RequestRecord & { readonly onBehalf: OnBehalf },
  language: Language,
): DocumentData {
  const { type, receivedAt, details, onBehalf } = record;
  const { regime, goesOnAt } = onBehalf;
  const { title, lines } = askedForWords(policy, askedFor(record), language);
  const shown: ShownWish = { regime, ...defined({ goesOnAt }), language, title, text: lines.join('\n') };
  return { type, createdAt: receivedAt, ...defined({ details }), askedFor: shown };
}
