import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import { erasureOf } from '../ledger/chain.ts';
import { latestHead } from '../ledger/find.ts';
import type { Context } from '../platform/context.ts';
import { ComplianceError } from '../platform/errors.ts';
import { createIfAbsent, millisOf, updateIfUnchanged } from '../platform/firestore.ts';
import { keyedHash } from '../platform/keys.ts';
import type { Instant } from '../platform/time.ts';
import { isConsentPurpose } from '../policy/lookup.ts';
import { noticeLanguage } from '../policy/notices.ts';
import type { Regime } from '../policy/regimes.ts';
import type { PurposeId } from '../policy/schema.ts';
import { personRef } from '../requests/store.ts';
import { localeOf } from '../subject/locale.ts';
import { textsIn } from '../texts/index.ts';
import { inLanguage, type Language } from '../texts/languages.ts';
import type { Progress } from '../systems/system.ts';
import { consentRef } from './documents.ts';
import type { AnsweredJob } from './job.ts';
import { recordChange } from './recordDecision.ts';

/**
 * Tells a person how somebody answered about a consent for them, and hears their no. The document
 * lies among their requests, where the app shows everything that others do for them.
 */

/** The type of such a document: no request, so that none is recorded for it. */
export const ANSWERED = 'consents';

/** The answer in words, as the person reads it in their own document (`askedFor`). */
export interface ShownAnswer {
  readonly regime: Regime;
  /** The purpose that was answered. */
  readonly purpose: PurposeId;
  readonly granted: boolean;
  readonly language: Language;
  readonly title: string;
  readonly text: string;
}

/**
 * Shows the answer to the person, unless they are being erased. Costs 3 reads and a write; runs
 * twice harmlessly.
 */
export async function tellAnswer(context: Context, { input }: AnsweredJob): Promise<Progress> {
  const { uid, at, purpose, granted, regime, needsPerson } = input;
  if (erasureOf((await latestHead(context, uid)).head)) return { settled: [] };
  const { policy, keys, clients } = context;
  const { language } = noticeLanguage(policy, await localeOf(context, uid));
  const { who, help, answered: words } = textsIn(language).onBehalf;
  const name = policy.purposes[purpose]?.name;
  const what = name === undefined ? purpose : inLanguage(name, language);
  const said = (granted ? words.yes : words.no)(who[regime], what);
  const effect = granted ? (needsPerson ? words.needsYou : words.counts) : words.stopped;
  const requestId = `answered-${keyedHash('request', ['answered', uid, purpose, String(at)], keys)}`;
  const shown: ShownAnswer = {
    ...{ regime, purpose, granted, language },
    ...{ title: words.title(what), text: [said, '', ...effect, '', help].join('\n') },
  };
  await createIfAbsent(personRef(clients.app(), { uid, requestId }), {
    type: ANSWERED,
    createdAt: Timestamp.fromMillis(context.now()),
    status: 'completed',
    askedFor: shown,
  });
  return { settled: [] };
}

/** The most reads of a document that somebody else writes meanwhile. */
const ATTEMPTS = 5;

/**
 * Takes the person's no to such an answer: as if they had answered themselves. Their own document
 * of the consent says no from then on, and its event records it. Without a yes there, the no is
 * recorded here, at its own time. A no always stops a consent, whoever else said yes. An event that
 * comes after a newer yes of the person leaves that as it is: the no only joins the history. A
 * document that is written meanwhile is read again, a few times.
 *
 * @throws ComplianceError `firestore.contended` if it never rests: the event comes again
 */
export async function hearNo(
  context: Context,
  { id, uid, data, at }: { readonly id: string; readonly uid: string; readonly data: unknown; readonly at: Instant },
): Promise<void> {
  const purpose = purposeIn(data);
  if (purpose === undefined || !isConsentPurpose(context.policy, purpose)) return;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const document = await consentRef(context, uid, purpose).get();
    const isAnsweredSince = (millisOf(document.get('updatedAt')) ?? -Infinity) > at;
    if (document.get('granted') !== true || isAnsweredSince) {
      const after = { granted: false, source: 'app', updatedAt: at };
      await recordChange(context, uid, id, { purpose, before: null, after, writtenAt: at });
      return;
    }
    if (await updateIfUnchanged(document, { granted: false, updatedAt: FieldValue.serverTimestamp() })) return;
  }
  throw new ComplianceError(
    'firestore.contended',
    'the consent document was written again and again, so that the no to it waits for its event to come again',
  );
}

function purposeIn(data: unknown): PurposeId | undefined {
  const { askedFor } = data as { readonly askedFor?: { readonly purpose?: unknown } };
  return typeof askedFor?.purpose === 'string' ? askedFor.purpose : undefined;
}
