import { powers } from '../../../functions/policies/amikeo/powers.ts';
import { ownRecords } from '../../../functions/src/policy/own/records.ts';
import type { Policy, PurposeFacts, Recipient } from '../../../functions/src/policy/schema.ts';
import { record } from '../export/helpers.ts';
import { smallPolicy } from '../officerTasks/erasure.sample.ts';

/** The policy of the histories: small, with each right and a version that is announced. */

const source = { kind: 'ownChoice', reference: 'a test' } as const;
const kept = (period: string) => ({ period, source });
const text = (words: string) => ({ en: words, fr: words });

/** The first version, and the next one with other facts of the purpose `ads`. */
export const VERSIONS = { first: '2026-01-15', next: '2026-05-01', announced: '2026-03-20' } as const;

/** A consent to advertising, which ends with the next version; an officer tells its recipient. */
export const ADS = 'ads';
/** Rests on a legitimate interest: an objection pauses it. */
export const LOGS = 'logs';

const FORMER: PurposeFacts = {
  ...{ basis: 'consent', consent: true, dataTypes: ['profile'], recipients: ['adsHouse'], periods: [] },
};

export function historyPolicy(): Policy {
  const base = smallPolicy();
  const { hosting, logs } = base.purposes;
  const { paper, desk } = base.recipients;
  if (hosting === undefined || logs === undefined || paper === undefined || desk === undefined)
    throw new Error('no such part of the policy');
  const own = ownRecords({
    languages: ['en', 'fr'],
    purpose: 'hosting',
    dataTypes: {},
    proof: kept('P5Y'),
    claims: kept('P5Y'),
    exportsKept: kept('P7D'),
    officerSheetsKept: kept('P90D'),
  });
  const { privacyRequests, subjects, identities, restrictions, notifications } = own;
  const { consents, privacyState, guardianships, guardianshipsHeld } = own;
  const account = record('auth', 'users/{uid}', { subject: { handle: 'authUser' }, timestamp: null });
  const profile = record('firestore', 'users/{uid}', { timestamp: null });
  const answerWithin = { ...base.rights.answerWithin, extension: kept('P2M') };
  const adsHouse: Recipient = { ...desk, name: 'Ads House', purposes: [ADS] };
  return {
    ...base,
    version: VERSIONS.next,
    purposes: {
      ...base.purposes,
      hosting: { ...hosting, recipients: [...hosting.recipients, 'mailer'] },
      [LOGS]: logs,
      [ADS]: {
        ...{ ...hosting, name: text(ADS), description: text(ADS), recipients: ['adsHouse'] },
        ...{ legalBasis: 'consent', consent: true, advertises: true },
      },
    },
    recipients: {
      ...base.recipients,
      // Hears of each corrected name.
      desk: { ...desk, mirrors: { values: [{ profile: ['name'] }], after: 'change' } },
      mailer: { ...paper, reach: { systems: ['brevo'] } },
      adsHouse,
    },
    records: {
      ...{ profile, account, privacyRequests, subjects, identities, restrictions, notifications },
      ...{ consents, privacyState, guardianships, guardianshipsHeld },
    },
    rights: { ...base.rights, answerWithin },
    powers,
    profile: { record: 'profile', values: {}, source },
    notices: { [VERSIONS.first]: { [ADS]: text('May we?') }, [VERSIONS.next]: { [ADS]: text('May we, anew?') } },
    changes: {
      [VERSIONS.next]: {
        ...{ announced: VERSIONS.announced, kind: 'purposes' },
        ...{ endsConsents: { [ADS]: FORMER }, text: text('Ads are others.') },
      },
    },
  };
}
