import { declaredParams } from 'firebase-functions/params';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ComplianceError } from '../../../functions/src/platform/errors.ts';
import { readConfig, readSecret, text, url } from '../../../functions/src/platform/params.ts';

const complete: Record<string, string> = {
  EXPORT_BUCKET: '',
  EVIDENCE_BUCKET: '',
  STRIPE_API_BASE: 'https://api.stripe.com',
  BREVO_API_BASE: 'https://api.brevo.com',
  BREVO_MARKETING_LIST: '7',
  BREVO_SENDER: '',
  OFFICER_EMAIL: '',
  OFFICER_LANGUAGE: 'en',
  BREVO_SMTP_PER_HOUR: '300',
  RECONCILE_AFTER_SECONDS: '3600',
  ANNOUNCEMENTS_PER_NIGHT: '5000',
  RECONCILE_DAYS: '3',
  SECOND_LOOK_SECONDS: '90000',
  THIRD_LOOK_SECONDS: '0',
  MISSING_AFTER_SECONDS: '72000',
  POLL_SECONDS: '60',
  ENQUEUE_GRACE_SECONDS: '120',
  LEASE_SECONDS: '0',
  RETRY_BASE_SECONDS: '30',
  CONTACT_PER_HOUR: '5',
  TRUSTED_PROXY_HOPS: '1',
  FIRESTORE_WRITES_PER_SECOND: '4000',
  FIRESTORE_WRITES_PER_SECOND_TOGETHER: '5000',
};

function withSettings(changes: Record<string, string>): void {
  for (const [name, value] of Object.entries({ ...complete, ...changes })) vi.stubEnv(name, value);
}

function problemOf(changes: Record<string, string>): ComplianceError {
  withSettings(changes);
  try {
    readConfig();
  } catch (error) {
    if (error instanceof ComplianceError) return error;
    throw error;
  }
  throw new Error('the settings were accepted');
}

describe('the settings of the functions', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('are read with times in milliseconds; an empty bucket means the default one', () => {
    withSettings({});
    expect(readConfig()).toMatchObject({
      exportBucket: undefined,
      brevoMarketingList: 7,
      brevoSince: Date.UTC(2012, 0, 1),
      brevoSender: undefined,
      officerEmail: undefined,
      officerLanguage: 'en',
      reconcileAfterMs: 3_600_000,
      announcementsPerNight: 5000,
      rectifyAfterMs: 300_000,
      reconcileDays: 3,
      secondLookMs: 90_000_000,
      thirdLookMs: undefined,
      officerSheetKey: undefined,
      officerTasksMs: undefined,
      erasureGraceMs: undefined,
      erasureHoldAbove: undefined,
      leaseMs: undefined,
      retryBaseMs: 30_000,
    });
  });

  it('that are not set have the default that the CLI of Firebase shows', () => {
    for (const name of Object.keys(complete)) vi.stubEnv(name, undefined);
    const { stripeApiBase, ...config } = readConfig();
    expect(stripeApiBase.href).toBe('https://api.stripe.com/');
    expect(config).toMatchObject({
      brevoMarketingList: undefined,
      brevoSmtpPerHour: 300,
      secondLookMs: 90_000_000,
      contactPerHour: 5,
      trustedProxyHops: 1,
      writesPerSecond: 4000,
      writesPerSecondTogether: 5000,
    });
  });

  it('that a system declares for itself have their default in a terminal, and name their right form', () => {
    const known = declaredParams.length;
    const read = text('HELPDESK_URL', 'https://api.lumendesk.example', url);
    // Others of this process render every setting.
    declaredParams.splice(known);
    expect(read().href).toBe('https://api.lumendesk.example/');
    vi.stubEnv('HELPDESK_URL', 'desk');
    expect(read).toThrow('HELPDESK_URL must be a URL such as https://api.example.com');
  });

  it('a sender is a name and an address', () => {
    withSettings({ BREVO_SENDER: 'AMIKEO Apps <bonjour@amikeo.example>' });
    expect(readConfig().brevoSender).toEqual({ name: 'AMIKEO Apps', email: 'bonjour@amikeo.example' });
    for (const BREVO_SENDER of ['bonjour@amikeo.example', 'AMIKEO', 'AMIKEO <not an address>'])
      expect(problemOf({ BREVO_SENDER }).message).toMatch(/BREVO_SENDER must be a name and an address/);
  });

  it('the officers have one address, and a language that there is', () => {
    withSettings({ OFFICER_EMAIL: 'privacy@amikeo.example', OFFICER_LANGUAGE: 'nl' });
    expect(readConfig()).toMatchObject({ officerEmail: 'privacy@amikeo.example', officerLanguage: 'nl' });
    for (const OFFICER_EMAIL of ['privacy', 'a@b, c@d', 'Ines <a@b.example>'])
      expect(problemOf({ OFFICER_EMAIL }).message).toMatch(/OFFICER_EMAIL must be one address/);
    expect(problemOf({ OFFICER_LANGUAGE: 'de' }).message).toMatch(/OFFICER_LANGUAGE must be one of en, fr, nl/);
  });

  it('Brevo is used since a day that was', () => {
    withSettings({ BREVO_SINCE: '2019-03-01' });
    expect(readConfig().brevoSince).toBe(Date.UTC(2019, 2, 1));
    for (const BREVO_SINCE of ['1 March 2019', '2019-13-01', '2999-01-01'])
      expect(problemOf({ BREVO_SINCE }).message).toMatch(/BREVO_SINCE must be a day that was/);
  });

  it('that are wrong are all named at once, with the values that they may have', () => {
    const { code, message } = problemOf({ STRIPE_API_BASE: 'stripe', POLL_SECONDS: '0' });
    expect(code).toBe('config');
    expect(message).toMatch(/STRIPE_API_BASE must be a URL/);
    expect(message).toMatch(/POLL_SECONDS must be a whole number/);
  });

  it('the number of proxies and of contact requests is one that can be', () => {
    withSettings({ TRUSTED_PROXY_HOPS: '2' });
    expect(readConfig()).toMatchObject({ trustedProxyHops: 2, contactPerHour: 5 });
    for (const TRUSTED_PROXY_HOPS of ['-1', '11'])
      expect(problemOf({ TRUSTED_PROXY_HOPS }).message).toMatch(
        /TRUSTED_PROXY_HOPS must be a whole number from 0 to 10/,
      );
    for (const CONTACT_PER_HOUR of ['0', '-5', '1001'])
      expect(problemOf({ CONTACT_PER_HOUR }).message).toMatch(/CONTACT_PER_HOUR must be a whole number from 1 to 1000/);
  });

  it('the pace of writes is one that Firestore can be asked for, and that ends an erasure', () => {
    withSettings({ FIRESTORE_WRITES_PER_SECOND: '500', FIRESTORE_WRITES_PER_SECOND_TOGETHER: '20000' });
    expect(readConfig()).toMatchObject({ writesPerSecond: 500, writesPerSecondTogether: 20_000 });
    for (const value of ['0', '99', '10001'])
      expect(problemOf({ FIRESTORE_WRITES_PER_SECOND: value }).message).toMatch(
        /FIRESTORE_WRITES_PER_SECOND must be a whole number from 100 to 10000/,
      );
    expect(problemOf({ FIRESTORE_WRITES_PER_SECOND_TOGETHER: '0' }).message).toMatch(
      /FIRESTORE_WRITES_PER_SECOND_TOGETHER must be a whole number from 100 to 100000/,
    );
  });

  it('a secret that is missing is named: a function is given it, a terminal reads the one that is deployed', () => {
    const secret = { name: 'STRIPE_SECRET_KEY', value: () => '' };
    vi.stubEnv('K_SERVICE', 'a-function');
    expect(() => readSecret(secret)).toThrow(
      /STRIPE_SECRET_KEY is not set: firebase functions:secrets:set STRIPE_SECRET_KEY/,
    );
    vi.stubEnv('K_SERVICE', undefined);
    // As an order, `set` would replace the secret of the functions.
    expect(() => readSecret(secret)).toThrow(
      'is not set: export STRIPE_SECRET_KEY=$(firebase functions:secrets:access STRIPE_SECRET_KEY)',
    );
    expect(readSecret({ name: 'X', value: () => 'x' })).toBe('x');
  });
});
