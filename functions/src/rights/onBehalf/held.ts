import { Timestamp, type DocumentData } from 'firebase-admin/firestore';
import type { JobPlan } from '../../jobs/catalog.ts';
import type { HeldPower } from '../../ledger/entry.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import type { Instant } from '../../platform/time.ts';
import { addPeriod } from '../../policy/calendar.ts';
import { isProtecting } from '../../policy/powers.ts';
import type { Policy } from '../../policy/schema.ts';
import { firstDue } from '../../requests/clock.ts';
import type { KnownDetails } from '../../requests/details.ts';
import type { OnBehalf } from '../../requests/onBehalf.ts';
import type { RequestType } from '../../requests/request.ts';
import type { RequestRecord, RequestRef } from '../../requests/store.ts';
import { dateIn, textsIn } from '../../texts/index.ts';
import type { Language } from '../../texts/languages.ts';
import { heldJobs } from './job.ts';

/** A request for another person as it is first recorded, its job, and the words for the person. */

/** When a request goes on without a word of the person. At once, if it protects them. */
const goesOnAt = ({ powers, controller: { timeZone } }: Policy, type: RequestType, now: Instant): Instant =>
  isProtecting(type) || powers === undefined ? now : addPeriod(now, powers.told.period, timeZone);

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
  const at = alone ? { goesOnAt: Timestamp.fromMillis(goesOnAt(policy, type, now)) } : {};
  const onBehalf: OnBehalf = { regime: power.regime, ...defined({ holder: power.holder }), ...at };
  return {
    pseudonym: chain,
    type,
    status: 'waiting',
    waitingFor: 'person',
    channel: 'app',
    receivedAt: Timestamp.fromMillis(receivedAt),
    dueAt: Timestamp.fromMillis(firstDue(policy, receivedAt)),
    onBehalf,
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
}

/** The id of the job that holds a request. */
const heldJobId = (key: string): string => `held_${key}`;

/** Plans the job that tells the person and waits. */
export const heldJob = ({ uid, requestId, key }: RequestRef, { pseudonym, dueAt }: RequestRecord): JobPlan =>
  heldJobs.plan({
    id: heldJobId(key),
    pseudonym,
    input: { uid, requestId, asked: key },
    dueAt: dueAt.toMillis(),
    steps: [{ id: 'tell' }, { id: 'goOn', after: ['tell'] }],
  });

/**
 * Makes the person's own document of the request, in easy words: who asks, for what, what they can
 * say, and from when it goes on. Pure.
 */
export function toldDocument(
  { policy }: Pick<Context, 'policy'>,
  { type, receivedAt, details, onBehalf }: RequestRecord & { readonly onBehalf: OnBehalf },
  language: Language,
): DocumentData {
  const { regime, goesOnAt: at } = onBehalf;
  const words = textsIn(language).onBehalf;
  const right = type as RequestType;
  const lines = [words.asks(words.who[regime], words.wish[right]), '', ...choiceOf(policy, right, at, language)];
  const text = [...lines, '', words.help, ...(right === 'erasure' ? [words.later] : [])].join('\n');
  const goesOn = defined({ goesOnAt: at });
  return {
    ...{ type, createdAt: receivedAt, ...defined({ details }) },
    askedFor: { regime, ...goesOn, language, title: words.title(words.wish[right]), text },
  };
}

/** Tells the person from when it goes on, and what they can say. */
function choiceOf(policy: Policy, right: RequestType, at: Timestamp | undefined, language: Language): string[] {
  const { atOnce, onDay, needsYes } = textsIn(language).onBehalf;
  if (at === undefined) return needsYes;
  if (isProtecting(right)) return atOnce;
  const { timeZone } = policy.controller;
  return onDay(dateIn(language, at.toMillis(), { dateStyle: 'long', timeZone }));
}
