import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { example } from '../../../functions/policies/example/index.ts';
import {
  allRecords,
  consentPurposes,
  hasMentions,
  manualRecipients,
  purposesWithEffect,
  recordAt,
  recordOf,
  recordsEndedByWithdrawal,
  recordsFor,
  recordsOfSystem,
  recipientsOfSystem,
  sweepable,
  systemIds,
} from '../../../functions/src/policy/lookup.ts';
import { OWN_PLACES } from '../../../functions/src/policy/own/places.ts';

const ids = (parts: { id: string }[]) => parts.map(({ id }) => id);

describe('look-ups in the AMIKEO policy', () => {
  it('asks for the eight consents of the contract', () => {
    expect(new Set(consentPurposes(amikeo))).toEqual(
      new Set(
        'coreService analytics feedbackPlatforms userDatabase marketingAutomation messages monitoring interestBasedAdvertising'.split(
          ' ',
        ),
      ),
    );
  });

  it('has the purposes of the text, and beside them the apps themselves, preferences, obligations, fraud and legal claims', () => {
    expect(new Set(Object.keys(amikeo.purposes))).toEqual(
      new Set(
        'coreService marketingAutomation contact analytics activityData hosting feedbackPlatforms support userDatabase devicePermissions messages registration payment monitoring interestBasedAdvertising preferences legalObligations fraudAndDefence'.split(
          ' ',
        ),
      ),
    );
  });

  it('marketing answers reach Brevo', () => {
    expect(purposesWithEffect(amikeo)).toEqual([
      { purpose: 'userDatabase', effects: [{ system: 'brevo', change: 'contact', before: '2027-03-01' }] },
      { purpose: 'marketingAutomation', effects: [{ system: 'brevo', change: 'contact' }] },
      { purpose: 'messages', effects: [{ system: 'brevo', change: 'messages' }] },
    ]);
    expect(ids(recipientsOfSystem(amikeo, 'brevo'))).toEqual(['brevoAutomation', 'brevoEmail']);
  });

  it('names every system, and every recipient without an interface', () => {
    expect(systemIds(amikeo)).toEqual(['firestore', 'storage', 'auth', 'stripe', 'brevo']);
    expect(ids(manualRecipients(amikeo))).toEqual(
      'heroku amazonS3 salesforce zendesk zendeskWidget googleAnalytics crashlytics logentries newRelic'.split(' '),
    );
  });

  it('holds every place of the contract', () => {
    const places = recordsOfSystem(amikeo, 'firestore').map(
      ({ record }) =>
        `${record.database ?? ''}:${record.path
          .split('/')
          .filter((s) => !s.startsWith('{'))
          .join('/')}`,
    );
    expect(new Set(places)).toEqual(
      new Set([
        ...'users users/consents users/devicePermissions users/privacyRequests users/privacy users/installations users/activity users/sessions users/usageEvents contactRequests systemLogs customers'
          .split(' ')
          .map((p) => `:${p}`),
        ...'ledger ledger/entries jobs requests subjects subjects/identities tombstones suppressions contactAnswers officers disclosures hiddenDisclosures officerReads legalHolds restrictions inactivities ageBands guardianships notifications checkpoints checkpointBuckets breakers retentionRuns officerTasks officerSheets lastAnswers retentionScans rateLimits links rejectedEvents'
          .split(' ')
          .map((p) => `compliance:${p}`),
      ]),
    );
  });

  it('a portability request (Art. 20) gets the data that the person provided, an access request (Art. 15) all data about them', () => {
    const portable = ids(recordsFor(amikeo, { export: 'portability' }));
    expect(portable).toEqual(
      expect.arrayContaining(['users', 'activity', 'userFiles', 'account', 'stripeInvoices', 'brevoContact']),
    );
    expect(portable).not.toContain('systemLogs');
    const access = ids(recordsFor(amikeo, { export: 'access' }));
    expect(access).toEqual(expect.arrayContaining([...portable, 'systemLogs', 'ledgerEntries', 'requests']));
    expect(access).not.toContain('rejectedEvents');
  });

  it('a withdrawal ends the data that rest on that consent alone', () => {
    expect(ids(recordsEndedByWithdrawal(amikeo, 'analytics'))).toEqual(['usageEvents']);
    expect(ids(recordsEndedByWithdrawal(amikeo, 'messages'))).toEqual([]);
  });

  it('finds the record of a full path, in its own database only', () => {
    expect(recordAt(amikeo, { system: 'firestore', path: 'users/u1/sessions/s1' })).toMatchObject({
      id: 'sessions',
      variables: { uid: 'u1', id: 's1' },
    });
    expect(recordAt(amikeo, { system: 'firestore', path: 'teams/x/sessions/s1' })).toBeNull();
    expect(recordAt(amikeo, { system: 'firestore', path: 'jobs/j1' })).toBeNull();
    expect(recordAt(amikeo, { system: 'firestore', database: 'compliance', path: 'jobs/j1' })).toMatchObject({
      id: 'jobs',
    });
  });

  it('tells which records can name a person in a row of somebody else', () => {
    expect(ids(allRecords(example).filter(hasMentions))).toEqual(['repairs']);
    expect(allRecords(amikeo).filter(hasMentions)).toEqual([]);
  });

  it('knows no record that is not there', () => {
    expect(() => recordOf(amikeo, 'toString')).toThrow(RangeError);
  });
});

describe('rules that a sweep can apply', () => {
  it('one entry per rule that counts from a field; grounds to retain are none', () => {
    const swept = sweepable(example).filter(({ id }) => !Object.hasOwn(OWN_PLACES, id));
    expect(swept.map(({ id, field, from, rule }) => [id, field, from, rule.after, rule.then.do])).toEqual([
      ['trips', 'endedAt', 'instant', 'P6M', 'archive'],
      ['disputedTrips', 'endedAt', 'instant', 'P1Y', 'delete'],
      ['bills', 'issuedAt', 'financialYearEnd', 'P7Y', 'delete'],
      ['repairs', 'doneAt', 'instant', 'P2Y', 'delete'],
    ]);
  });

  it('by system', () => {
    expect(ids(sweepable(amikeo, 'storage'))).toEqual(['exports', 'certificates', 'checkpointFiles']);
  });
});
