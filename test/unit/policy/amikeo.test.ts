import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { fate, noFacts, type Facts } from '../../../functions/src/policy/fate.ts';
import { recordOf } from '../../../functions/src/policy/lookup.ts';

const at = (text: string) => Date.parse(text);
const ask = (record: string, facts: Partial<Facts>, now: string) =>
  fate(recordOf(amikeo, record), { ...noFacts, ...facts }, at(now), amikeo.controller);
const erased = { accountDeleted: at('2026-03-01T12:00:00+01:00') };
const right = '2026-03-01T12:00:00+01:00';

describe('an erasure (Art. 17)', () => {
  it.each(
    [
      'users consents devicePermissions privacyRequests privacyState installations activity sessions usageEvents contactRequests customers',
      'userFiles exports account stripeCustomer stripeSubscriptions stripePaymentMethods brevoContact brevoEmails',
      'subjects identities restrictions guardianships',
    ].flatMap((line) => line.split(' ')),
  )('%s goes at once', (record) => {
    expect(ask(record, { events: erased }, right)).toMatchObject({ kind: 'end', then: { do: 'delete' } });
  });

  it('lines of the system logs lose the person and stay for their period', () => {
    const facts = { events: erased, values: { createdAt: at('2026-02-01T00:00:00Z') } };
    expect(ask('systemLogs', facts, right)).toMatchObject({
      kind: 'end',
      then: { do: 'anonymise', fields: ['uid', 'ip'] },
    });
    expect(ask('systemLogs', facts, '2027-02-01T00:00:00Z')).toMatchObject({ kind: 'end', then: { do: 'delete' } });
  });

  it.each(['stripeInvoices', 'stripeCharges'])(
    'Code de commerce L123-22: %s stay ten years from the close of the financial year',
    (record) => {
      const facts = { events: erased, values: { created: at('2024-05-05T00:00:00Z') } };
      const until = at('2035-01-01T00:00:00+01:00');
      expect(ask(record, facts, right)).toMatchObject({ kind: 'retain', until, ground: { article: 'Art. 17(3)(b)' } });
      expect(ask(record, facts, '2034-12-31T22:59:59Z').kind).toBe('retain');
      expect(ask(record, facts, '2034-12-31T23:00:00Z')).toMatchObject({ kind: 'end', since: until });
      // The account lives: the duty ends all the same.
      expect(ask(record, { values: facts.values }, '2034-12-31T23:00:00Z').kind).toBe('end');
    },
  );

  it.each(['ledger', 'ledgerEntries', 'tombstones'])('Art. 17(3)(e): %s stays five years as proof', (record) => {
    expect(ask(record, { events: erased }, right)).toMatchObject({
      kind: 'retain',
      until: at('2031-03-01T12:00:00+01:00'),
      ground: { article: 'Art. 17(3)(e)' },
    });
    expect(ask(record, { events: erased }, '2031-03-01T11:00:00Z')).toMatchObject({
      kind: 'end',
      then: { do: 'delete' },
    });
  });

  it('the job that erases and the file of the request outlive the account', () => {
    expect(ask('jobs', { events: erased }, right).kind).toBe('keep');
    expect(ask('requests', { events: erased }, right).kind).toBe('keep');
  });
});

describe('time alone (Art. 5(1)(e))', () => {
  it.each([
    ['activity', 'createdAt', '2024-01-31T10:00:00+01:00', '2026-01-31T10:00:00+01:00'],
    ['sessions', 'createdAt', '2024-12-31T10:00:00+01:00', '2026-01-31T10:00:00+01:00'],
    ['usageEvents', 'createdAt', '2024-12-31T10:00:00+01:00', '2026-01-31T10:00:00+01:00'],
    ['installations', 'createdAt', '2024-12-31T10:00:00+01:00', '2026-01-31T10:00:00+01:00'],
    ['contactRequests', 'closedAt', '2025-01-31T10:00:00+01:00', '2026-01-31T10:00:00+01:00'],
    ['contactRequests', 'createdAt', '2023-01-31T10:00:00+01:00', '2026-01-31T10:00:00+01:00'],
    ['systemLogs', 'createdAt', '2025-01-31T10:00:00+01:00', '2026-01-31T10:00:00+01:00'],
    ['exports', 'updated', '2026-03-25T10:00:00+01:00', '2026-04-01T10:00:00+02:00'],
    ['rejectedEvents', 'receivedAt', '2026-01-01T10:00:00+01:00', '2026-01-31T10:00:00+01:00'],
    ['jobs', 'finishedAt', '2025-01-31T10:00:00+01:00', '2026-01-31T10:00:00+01:00'],
    ['requests', 'completedAt', '2021-01-31T10:00:00+01:00', '2026-01-31T10:00:00+01:00'],
    ['ledger', 'closed.at', '2021-01-31T10:00:00+01:00', '2026-01-31T10:00:00+01:00'],
    ['tombstones', 'deletedAt', '2021-01-31T10:00:00+01:00', '2026-01-31T10:00:00+01:00'],
  ])('%s by %s', (record, field, start, end) => {
    const facts = { values: { [field]: at(start) } };
    expect(ask(record, facts, new Date(at(end) - 1).toISOString())).toEqual({ kind: 'keep', next: at(end) });
    expect(ask(record, facts, end)).toMatchObject({ kind: 'end', then: { do: 'delete' }, since: at(end) });
  });

  it('an account that nobody uses ends two years and thirty days after the last activity, with its notice between', () => {
    const events = { inactive: at('2024-01-01T00:00:00+01:00') };
    expect(ask('account', { events }, '2026-01-30T22:59:59Z').kind).toBe('keep');
    expect(ask('account', { events }, '2026-01-30T23:00:00Z').kind).toBe('end');
    expect(amikeo.rights.inactivity).toMatchObject({ period: 'P2Y', notice: 'P30D' });
  });
});

describe('a withdrawal (Art. 7(3), 17(1)(b))', () => {
  it('ends usage events, and leaves the marketing contact that keeps a refusal known', () => {
    const withdrawn = { analytics: at('2026-02-01T00:00:00Z'), messages: at('2026-02-01T00:00:00Z') };
    expect(ask('usageEvents', { withdrawn }, right).kind).toBe('end');
    expect(ask('sessions', { withdrawn }, right).kind).toBe('keep');
    expect(ask('brevoContact', { withdrawn }, right).kind).toBe('keep');
  });
});

describe('everything that the published text names is there', () => {
  it('every data type', () => {
    const names = Object.values(amikeo.dataTypes).map(({ name }) => name.en?.toLowerCase());
    const listed =
      'First name; Last name; Telephone number; Company name; Profession; E-mail address; Postal code; Cookies; Trackers; Usage data; General activity data; Camera authorization; Microphone authorization; Storage authorization; Image library authorization; Password; Universally unique identifier (UUID); Fault data; Device information; Device logs; Number of sessions; Session duration; Browsing history; Session statistics; IP address';
    expect(
      listed
        .toLowerCase()
        .split('; ')
        .filter((name) => !names.includes(name)),
    ).toEqual([]);
  });

  it('every recipient', () => {
    const names = Object.values(amikeo.recipients)
      .map(({ name }) => name)
      .join('\n');
    const listed =
      'Firebase; Heroku; Amazon S3; Stripe; Brevo marketing automation; Brevo e-mail; Salesforce Sales Cloud; Zendesk (; Zendesk Widget; Google Analytics; Crashlytics; Logentries; New Relic';
    expect(listed.split('; ').filter((name) => !names.includes(name))).toEqual([]);
  });

  it('each record has a ground if use can reveal health', () => {
    const special = Object.entries(amikeo.records)
      .filter(([, r]) => r.specialCategory)
      .map(([id]) => id);
    expect(special).toEqual(
      expect.arrayContaining(['users', 'activity', 'sessions', 'usageEvents', 'contactRequests', 'userFiles']),
    );
  });
});
