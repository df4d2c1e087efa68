import { defineInt, defineSecret, defineString } from 'firebase-functions/params';
import { ComplianceError } from './errors.ts';
import type { PseudonymKeys, SigningKeys } from './keys.ts';

/**
 * Every setting and secret of the deployed functions, in one place. The CLI asks for them at deploy; `readConfig` checks them at start.
 * One secret per version of the pseudonym key: the CLI offers to destroy old versions of a secret, and old pseudonyms must stay findable.
 */
const PSEUDONYM_KEY_V1 = defineSecret('PSEUDONYM_KEY_V1');

/**
 * The keys of the pseudonyms, oldest first: version 1, 2 …; the last one makes the new pseudonyms, all of them find the old ones. To change
 * the key, add the next secret here (docs/keys.md); none is ever taken away while pseudonyms under it exist.
 */
export const PSEUDONYM_KEYS = [PSEUDONYM_KEY_V1];

const EVIDENCE_SIGNING_KEY_V1 = defineSecret('EVIDENCE_SIGNING_KEY_V1');

/**
 * The keys that sign checkpoints, oldest first; the last one signs. To change the key, add the next secret here; the one before can go when a
 * checkpoint under the new one is signed.
 */
export const EVIDENCE_SIGNING_KEYS = [EVIDENCE_SIGNING_KEY_V1];

const EXPORT_BUCKET = defineString('EXPORT_BUCKET', {
  description: 'Bucket of the exports; empty: the default bucket',
  default: '',
});
const EVIDENCE_BUCKET = defineString('EVIDENCE_BUCKET', {
  description: 'Bucket of certificates and checkpoints',
  default: '',
});
const STRIPE_API_BASE = defineString('STRIPE_API_BASE', { default: 'https://api.stripe.com' });
const BREVO_API_BASE = defineString('BREVO_API_BASE', { default: 'https://api.brevo.com' });
const BREVO_MARKETING_LIST = defineInt('BREVO_MARKETING_LIST', {
  description: 'Id of the Brevo list of marketing contacts; 0: none',
  default: 0,
});
const BREVO_SENDER = defineString('BREVO_SENDER', {
  description: 'Sender of notices about rights, as Name <address>; empty: none are sent, and the app shows them',
  default: '',
});
const BREVO_SINCE = defineString('BREVO_SINCE', {
  description:
    'Since when Brevo sends for you (YYYY-MM-DD): an export asks its log for nothing older; empty: its own beginning, 2012',
  default: '',
});
const BREVO_BEGAN = '2012-01-01';
const BREVO_SMTP_PER_HOUR = defineInt('BREVO_SMTP_PER_HOUR', {
  description:
    'Requests to /smtp/… that Brevo answers your account in an hour, for everybody who uses its key together; set less if other software asks it too',
  default: 300,
});
const RECONCILE_AFTER_SECONDS = defineInt('RECONCILE_AFTER_SECONDS', {
  description:
    'How old a consent document is before it is compared with the ledger: its event is on its way until then',
  default: 3600,
});
const RECONCILE_DAYS = defineInt('RECONCILE_DAYS', {
  description: 'How far back the nightly comparison of consent documents with the ledger goes',
  default: 3,
});
const SECOND_LOOK_SECONDS = defineInt('SECOND_LOOK_SECONDS', {
  description: 'When late events and tokens can no longer arrive',
  default: 90_000,
});
const THIRD_LOOK_SECONDS = defineInt('THIRD_LOOK_SECONDS', {
  description: "When other companies' servers no longer write again; 0: the policy's period",
  default: 0,
});
const ERASURE_GRACE_SECONDS = defineInt('ERASURE_GRACE_SECONDS', {
  description: "How long an erasure that a person asked for can be taken back; 0: the policy's period",
  default: 0,
});
const MISSING_AFTER_SECONDS = defineInt('MISSING_AFTER_SECONDS', {
  description: 'How long after it was first missed an account that is missed again starts its erasure',
  default: 72_000,
});
const ERASURE_HOLD_ABOVE = defineInt('ERASURE_HOLD_ABOVE', {
  description:
    "How many erasures that nobody asked for may begin in an hour or a day before the rest is held; 0: the policy's numbers",
  default: 0,
});
const POLL_SECONDS = defineInt('POLL_SECONDS', {
  description: 'How often a process of another company is asked about',
  default: 60,
});
const ENQUEUE_GRACE_SECONDS = defineInt('ENQUEUE_GRACE_SECONDS', {
  description: 'When a task that did not start is enqueued again',
  default: 120,
});
const LEASE_SECONDS = defineInt('LEASE_SECONDS', {
  description: 'When another task takes over an attempt that gave no sign; 0: by kind of job',
  default: 0,
});
const RETRY_BASE_SECONDS = defineInt('RETRY_BASE_SECONDS', {
  description: 'First wait after a failed attempt; doubles each time',
  default: 30,
});
const CONTACT_PER_HOUR = defineInt('CONTACT_PER_HOUR', {
  description: 'Contact requests of one e-mail address in an hour; further ones wait for an officer',
  default: 5,
});
const TRUSTED_PROXY_HOPS = defineInt('TRUSTED_PROXY_HOPS', {
  description:
    "How many proxies add an address to X-Forwarded-For: 1 with the functions' own URLs, one more for each that stands in front (Firebase Hosting, a load balancer)",
  default: 1,
});

const MAX_CONTACTS = 1_000;
/** More proxies than any path through Google's network has: a number above it is a mistake. */
const MAX_HOPS = 10;

/** Settings as plain data. Times in milliseconds. */
export interface Config {
  readonly exportBucket: string | undefined;
  readonly evidenceBucket: string | undefined;
  readonly stripeApiBase: URL;
  readonly brevoApiBase: URL;
  readonly brevoMarketingList: number | undefined;
  /** From whom notices about rights come; undefined: none are sent. */
  readonly brevoSender: { readonly name: string; readonly email: string } | undefined;
  /** Brevo's log of e-mails has nothing older (epoch milliseconds). */
  readonly brevoSince: number;
  /** Requests to `/smtp/…` that this backend makes of Brevo in an hour at most. */
  readonly brevoSmtpPerHour: number;
  readonly reconcileAfterMs: number;
  readonly reconcileDays: number;
  readonly secondLookMs: number;
  /** Overrides the policy's time until the third look of an erasure. */
  readonly thirdLookMs: number | undefined;
  /** Overrides the policy's grace of an erasure. */
  readonly erasureGraceMs: number | undefined;
  /** An account that was known and is not there is missed a second time, so long after the first, before its erasure starts. */
  readonly missingAfterMs: number;
  /** Overrides the policy's numbers of the circuit breaker. */
  readonly erasureHoldAbove: number | undefined;
  readonly pollMs: number;
  readonly enqueueGraceMs: number;
  /** Overrides the leases of the catalog. */
  readonly leaseMs: number | undefined;
  readonly retryBaseMs: number;
  readonly contactPerHour: number;
  /**
   * How many addresses, from the right of `X-Forwarded-For`, proxies that are trusted have added;
   * 0: no proxy.
   */
  readonly trustedProxyHops: number;
}

/**
 * Returns the value of a setting, or its default if the environment has none: a command of an
 * officer has no `.env` of the functions.
 */
function valueOf<T extends string | number>(setting: Setting<T>): T {
  return process.env[setting.name] === undefined ? (setting.options.default as T) : setting.value();
}

interface Setting<T> {
  readonly name: string;
  readonly options: { readonly default?: unknown };
  value(): T;
}

/**
 * Reads and checks every setting.
 *
 * @throws ComplianceError `config` that names each setting that is missing or wrong, and what it should be.
 */
export function readConfig(): Config {
  const problems: string[] = [];
  const url = (name: string, value: string): URL => {
    try {
      return new URL(value);
    } catch {
      problems.push(`${name} must be a URL such as https://api.example.com`);
      return new URL('invalid:');
    }
  };
  const seconds = (name: string, value: number): number => {
    if (!Number.isInteger(value) || value < 1) problems.push(`${name} must be a whole number of seconds, 1 or more`);
    return value * 1000;
  };
  const between = (name: string, value: number, min: number, max: number): number => {
    if (!Number.isInteger(value) || value < min || value > max)
      problems.push(`${name} must be a whole number from ${min} to ${max}`);
    return value;
  };
  const sender = (name: string, value: string): Config['brevoSender'] => {
    if (value === '') return undefined;
    const [, person = '', email = ''] = /^([^<>]{1,70})<([^<>\s@]+@[^<>\s@]+)>$/.exec(value) ?? [];
    if (email === '') problems.push(`${name} must be a name and an address such as Example <hello@example.com>`);
    return { name: person.trim(), email };
  };
  const day = (name: string, value: string): number => {
    const at = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(`${value}T00:00:00Z`) : NaN;
    if (Number.isNaN(at) || at > Date.now()) problems.push(`${name} must be a day that was, such as 2019-03-01`);
    return at;
  };
  const smtpPerHour = valueOf(BREVO_SMTP_PER_HOUR);
  if (!Number.isInteger(smtpPerHour) || smtpPerHour < 12)
    problems.push('BREVO_SMTP_PER_HOUR must be a whole number of requests, 12 or more');
  const days = valueOf(RECONCILE_DAYS);
  if (!Number.isInteger(days) || days < 1) problems.push('RECONCILE_DAYS must be a whole number of days, 1 or more');
  const config: Config = {
    exportBucket: valueOf(EXPORT_BUCKET) || undefined,
    evidenceBucket: valueOf(EVIDENCE_BUCKET) || undefined,
    stripeApiBase: url('STRIPE_API_BASE', valueOf(STRIPE_API_BASE)),
    brevoApiBase: url('BREVO_API_BASE', valueOf(BREVO_API_BASE)),
    brevoMarketingList: valueOf(BREVO_MARKETING_LIST) || undefined,
    brevoSender: sender('BREVO_SENDER', valueOf(BREVO_SENDER)),
    brevoSince: day('BREVO_SINCE', valueOf(BREVO_SINCE) || BREVO_BEGAN),
    brevoSmtpPerHour: smtpPerHour,
    reconcileAfterMs: seconds('RECONCILE_AFTER_SECONDS', valueOf(RECONCILE_AFTER_SECONDS)),
    reconcileDays: days,
    secondLookMs: seconds('SECOND_LOOK_SECONDS', valueOf(SECOND_LOOK_SECONDS)),
    thirdLookMs: valueOf(THIRD_LOOK_SECONDS) ? seconds('THIRD_LOOK_SECONDS', valueOf(THIRD_LOOK_SECONDS)) : undefined,
    erasureGraceMs: valueOf(ERASURE_GRACE_SECONDS)
      ? seconds('ERASURE_GRACE_SECONDS', valueOf(ERASURE_GRACE_SECONDS))
      : undefined,
    missingAfterMs: seconds('MISSING_AFTER_SECONDS', valueOf(MISSING_AFTER_SECONDS)),
    erasureHoldAbove: valueOf(ERASURE_HOLD_ABOVE) || undefined,
    pollMs: seconds('POLL_SECONDS', valueOf(POLL_SECONDS)),
    enqueueGraceMs: seconds('ENQUEUE_GRACE_SECONDS', valueOf(ENQUEUE_GRACE_SECONDS)),
    leaseMs: valueOf(LEASE_SECONDS) ? seconds('LEASE_SECONDS', valueOf(LEASE_SECONDS)) : undefined,
    retryBaseMs: seconds('RETRY_BASE_SECONDS', valueOf(RETRY_BASE_SECONDS)),
    contactPerHour: between('CONTACT_PER_HOUR', valueOf(CONTACT_PER_HOUR), 1, MAX_CONTACTS),
    trustedProxyHops: between('TRUSTED_PROXY_HOPS', valueOf(TRUSTED_PROXY_HOPS), 0, MAX_HOPS),
  };
  if (problems.length > 0) throw new ComplianceError('config', `settings of the functions: ${problems.join('; ')}`);
  return config;
}

/**
 * The value of a secret.
 *
 * @throws ComplianceError `secret` that names the missing one and how to set it.
 */
export function readSecret(secret: { name: string; value(): string }): string {
  const value = secret.value();
  if (value) return value;
  throw new ComplianceError(
    'secret',
    `the secret ${secret.name} is not set: firebase functions:secrets:set ${secret.name}`,
  );
}

/**
 * The pseudonym keys by version.
 *
 * @throws ComplianceError `secret` that names the missing one, or says that two versions have the same key.
 */
export function readPseudonymKeys(
  secrets: readonly { name: string; value(): string }[] = PSEUDONYM_KEYS,
): PseudonymKeys {
  const values = secrets.map(readSecret);
  if (new Set(values).size < values.length)
    throw new ComplianceError(
      'secret',
      'two versions of the pseudonym key are the same: make a new key for the new version',
    );
  return { current: values.length, keys: Object.fromEntries(values.map((value, index) => [index + 1, value])) };
}

/**
 * The keys that sign evidence, by version (evidence/sign.ts says in which form).
 *
 * @throws ComplianceError `secret` that names the missing one.
 */
export function readSigningKeys(
  secrets: readonly { name: string; value(): string }[] = EVIDENCE_SIGNING_KEYS,
): SigningKeys {
  const keys = Object.fromEntries(secrets.map((secret, index) => [index + 1, readSecret(secret)]));
  return { current: secrets.length, keys };
}
