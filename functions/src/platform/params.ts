import { defineInt, defineSecret, defineString } from 'firebase-functions/params';
import { defined } from './defined.ts';
import { isLanguage, LANGUAGES, type Language } from '../texts/languages.ts';
import { ComplianceError } from './errors.ts';
import { withoutLineBreaks, type PseudonymKeys, type SigningKeys } from './keys.ts';

/**
 * Every setting and secret of the deployed functions, in one place. The CLI asks for them at
 * deploy; `readConfig` checks them at start. There is one secret per version of the pseudonym key:
 * the CLI offers to destroy old versions of a secret, and old pseudonyms must stay findable.
 */

/**
 * The keys of the pseudonyms, oldest first: version 1, 2 …; the last one makes the new pseudonyms,
 * all of them find the old ones. To change the key, add the next secret here (docs/keys.md); none
 * is ever taken away while pseudonyms under it exist.
 */
export const PSEUDONYM_KEYS = [defineSecret('PSEUDONYM_KEY_V1')];

/**
 * The keys that sign checkpoints, oldest first; the last one signs. To change the key, add the next
 * secret here. The one before can go when a checkpoint under the new one is signed.
 */
export const EVIDENCE_SIGNING_KEYS = [defineSecret('EVIDENCE_SIGNING_KEY_V1')];

/**
 * The token that Brevo sends with each call of `brevoWebhook`, as its webhook's settings have it.
 * Declared when it is first asked for: a policy that writes to nobody needs no such secret.
 */
export const brevoWebhookToken = () => defineSecret('BREVO_WEBHOOK_TOKEN');

/**
 * The service account with which the app's servers call `serverStatements`; the CLI grants it the
 * call.
 */
export const SERVER_ACCOUNT = defineString('SERVER_ACCOUNT', {
  description: "Service account of the app's servers, as its whole address; private: nobody may call serverStatements",
  default: 'private',
});

/**
 * The secrets that open the sheets of officers' tasks, oldest first. No function has one: only the
 * account `officer` may read them (scripts/grants/table.ts).
 */
export const OFFICER_SECRETS = ['OFFICER_SHEET_PRIVATE_KEY_V1'];

interface Parameter<V> {
  readonly name: string;
  readonly options: { readonly default?: unknown };
  value(): V;
}

/**
 * Makes a setting a function that reads and checks it. Throws an Error that names it and its right
 * form.
 */
function setting<V extends string | number, T>(parameter: Parameter<V>, read: (value: V) => T): () => T {
  return () => {
    const { name, options } = parameter;
    // A command of an officer has no `.env` of the functions: there the default counts.
    const value = process.env[name] === undefined ? (options.default as V) : parameter.value();
    try {
      return read(value);
    } catch (error) {
      throw new Error(`${name} must be ${(error as Error).message}`, { cause: error });
    }
  };
}

/** Declares a text setting, here or in a system's `settings.ts`; `read` says the right form. */
export const text = <T>(name: string, fallback: string, read: (value: string) => T, description?: string): (() => T) =>
  setting(defineString(name, { ...defined({ description }), default: fallback }), read);

const whole = <T>(name: string, fallback: number, read: (value: number) => T, description: string): (() => T) =>
  setting(defineInt(name, { description, default: fallback }), read);

/** Readers of values. Each throws an Error that says the right form of the value. */
const orNone = <V extends string | number>(value: V): V | undefined => value || undefined;

export function url(value: string): URL {
  if (!URL.canParse(value)) throw new Error('a URL such as https://api.example.com');
  return new URL(value);
}

const from =
  (least: number, of: string) =>
  (value: number): number => {
    if (!Number.isInteger(value) || value < least) throw new Error(`a whole number of ${of}, ${least} or more`);
    return value;
  };

const between = (least: number, most: number) => (value: number) => {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new Error(`a whole number from ${least} to ${most}`);
  return value;
};

/** In milliseconds. */
const seconds = (value: number): number => from(1, 'seconds')(value) * 1000;

const secondsOrNone = (value: number): number | undefined => (value ? seconds(value) : undefined);

function sender(value: string): { readonly name: string; readonly email: string } | undefined {
  if (value === '') return undefined;
  const [, person = '', email = ''] = /^([^<>]{1,70})<([^<>\s@]+@[^<>\s@]+)>$/.exec(value) ?? [];
  if (email === '') throw new Error('a name and an address such as Example <hello@example.com>');
  return { name: person.trim(), email };
}

/** Brevo's own form: capital letters, digits and underscores. Three names of its own are taken. */
function attribute(value: string): string | undefined {
  if (value === '') return undefined;
  if (!/^[A-Z][A-Z0-9_]{0,49}$/.test(value) || ['EMAIL', 'SMS', 'EXT_ID'].includes(value))
    throw new Error('a name in capital letters, digits and underscores, such as OBJECTION_LINK');
  return value;
}

declare const officers: unique symbol;
/** The address of the officers, as the deployment names it: none that a person has typed. */
export type OfficersEmail = string & { readonly [officers]: true };

function officersEmail(value: string): OfficersEmail | undefined {
  if (value === '') return undefined;
  if (!/^[^<>\s@,;]+@[^<>\s@,;]+$/.test(value)) throw new Error('one address such as privacy@example.com');
  return value as OfficersEmail;
}

function language(value: string): Language {
  if (!isLanguage(value)) throw new Error(`one of ${LANGUAGES.join(', ')}`);
  return value;
}

/** The form is that of crypto/sheet.ts, which a cold start does not load. */
function sheetKey(value: string): string | undefined {
  if (value !== '' && !/^v[1-9]\d*\.[A-Za-z0-9+/]{43}=$/.test(value))
    throw new Error('a public key of compliance officer-task keys, such as v1.…=');
  return value || undefined;
}

/** In epoch milliseconds; the beginning of Brevo if empty. */
function day(value: string): number {
  const at = /^(\d{4}-\d{2}-\d{2})?$/.test(value) ? Date.parse(`${value || '2012-01-01'}T00:00:00Z`) : NaN;
  if (Number.isNaN(at) || at > Date.now()) throw new Error('a day that was, such as 2019-03-01');
  return at;
}

/**
 * Every setting: its name, its default, how it is read, and the description that the CLI of
 * Firebase shows.
 */
const settings = {
  appBucket: text(
    'APP_BUCKET',
    '',
    orNone,
    "The app's bucket, if it is not the project's default one; an officer's terminal takes PROJECT.firebasestorage.app for that",
  ),
  exportBucket: text('EXPORT_BUCKET', '', orNone, "Bucket of the exports; empty: the app's"),
  evidenceBucket: text('EVIDENCE_BUCKET', '', orNone, "Bucket of certificates and checkpoints; empty: the app's"),
  stripeApiBase: text('STRIPE_API_BASE', 'https://api.stripe.com', url),
  brevoApiBase: text('BREVO_API_BASE', 'https://api.brevo.com', url),
  brevoMarketingList: whole('BREVO_MARKETING_LIST', 0, orNone, 'Id of the Brevo list of marketing contacts; 0: none'),
  brevoLinkAttribute: text(
    'BREVO_LINK_ATTRIBUTE',
    '',
    attribute,
    'Attribute of Brevo contacts that gets the link by which a person objects to messages, such as OBJECTION_LINK; create it in Brevo first; empty: none is written',
  ),
  brevoSender: text(
    'BREVO_SENDER',
    '',
    sender,
    'Sender of notices about rights, as Name <address>; empty: none are sent, and the app shows them',
  ),
  officerEmail: text(
    'OFFICER_EMAIL',
    '',
    officersEmail,
    'Address of the officers: one e-mail each morning says how much is new, due and open; empty: none is sent',
  ),
  officerLanguage: text('OFFICER_LANGUAGE', 'en', language, `Language of that e-mail: ${LANGUAGES.join(', ')}`),
  brevoSince: text(
    'BREVO_SINCE',
    '',
    day,
    'Since when Brevo sends for you (YYYY-MM-DD): an export asks its log for nothing older; empty: its own beginning, 2012',
  ),
  brevoSmtpPerHour: whole(
    'BREVO_SMTP_PER_HOUR',
    300,
    from(12, 'requests'),
    'Requests to /smtp/… that Brevo answers your account in an hour, for everybody who uses its key together; set less if other software asks it too',
  ),
  linksUrl: text(
    'LINKS_URL',
    '',
    (value) => (value === '' ? undefined : url(value)),
    "Address of the function `links`, as it stands in e-mails, if it has another one than Google gives it; empty: Google's",
  ),
  reconcileAfterMs: whole(
    'RECONCILE_AFTER_SECONDS',
    3600,
    seconds,
    'How old a consent document is before it is compared with the ledger: its event is on its way until then',
  ),
  announcementsPerNight: whole(
    'ANNOUNCEMENTS_PER_NIGHT',
    5_000,
    from(1, 'messages'),
    'So many people are told of a new version of the policy in one night',
  ),
  reconcileDays: whole(
    'RECONCILE_DAYS',
    3,
    from(1, 'days'),
    'How far back the nightly comparison of consent documents with the ledger goes',
  ),
  rectifyAfterMs: whole(
    'RECTIFY_AFTER_SECONDS',
    300,
    seconds,
    'How long changes of one profile are gathered before they are carried to other companies together',
  ),
  secondLookMs: whole('SECOND_LOOK_SECONDS', 90_000, seconds, 'When late events and tokens can no longer arrive'),
  thirdLookMs: whole(
    'THIRD_LOOK_SECONDS',
    0,
    secondsOrNone,
    "When other companies' servers no longer write again; 0: the policy's period",
  ),
  officerSheetKey: text(
    'OFFICER_SHEET_KEY',
    '',
    sheetKey,
    "Public key that the sheets of officers' tasks are encrypted to (compliance officer-task keys); needed if the policy has recipients without an interface",
  ),
  officerTasksMs: whole(
    'OFFICER_TASKS_SECONDS',
    0,
    secondsOrNone,
    "How long an erasure waits for officers' tasks, for tests; 0: the policy's period",
  ),
  erasureGraceMs: whole(
    'ERASURE_GRACE_SECONDS',
    0,
    secondsOrNone,
    "How long an erasure that a person asked for can be taken back; 0: the policy's period",
  ),
  missingAfterMs: whole(
    'MISSING_AFTER_SECONDS',
    72_000,
    seconds,
    'How long after it was first missed an account that is missed again starts its erasure',
  ),
  erasureHoldAbove: whole(
    'ERASURE_HOLD_ABOVE',
    0,
    orNone,
    "How many erasures that nobody asked for may begin in an hour or a day before the rest is held; 0: the policy's numbers",
  ),
  pollMs: whole('POLL_SECONDS', 60, seconds, 'How often a process of another company is asked about'),
  enqueueGraceMs: whole('ENQUEUE_GRACE_SECONDS', 120, seconds, 'When a task that did not start is enqueued again'),
  leaseMs: whole(
    'LEASE_SECONDS',
    0,
    secondsOrNone,
    'When another task takes over an attempt that gave no sign; 0: by kind of job',
  ),
  retryBaseMs: whole('RETRY_BASE_SECONDS', 30, seconds, 'First wait after a failed attempt; doubles each time'),
  contactPerHour: whole(
    'CONTACT_PER_HOUR',
    5,
    between(1, 1_000),
    'Contact requests of one e-mail address in an hour; further ones wait for an officer',
  ),
  // BulkWriter itself goes up to 10,000 a second; below 100 a large erasure never ends.
  writesPerSecond: whole(
    'FIRESTORE_WRITES_PER_SECOND',
    4000,
    between(100, 10_000),
    'Documents that one instance deletes or changes in a second, at the beginning and at most: of erasures and of the retention',
  ),
  writesPerSecondTogether: whole(
    'FIRESTORE_WRITES_PER_SECOND_TOGETHER',
    5000,
    between(100, 100_000),
    'The same of all instances together, which share it',
  ),
  // More than ten proxies are on no path through Google's network.
  trustedProxyHops: whole(
    'TRUSTED_PROXY_HOPS',
    1,
    between(0, 10),
    "How many proxies add an address to X-Forwarded-For: 1 with the functions' own URLs, one more for each that stands in front (Firebase Hosting, a load balancer)",
  ),
};

/**
 * Settings as plain data. Times in milliseconds; undefined: there is none, or the policy's own
 * counts.
 */
export type Config = { readonly [K in keyof typeof settings]: ReturnType<(typeof settings)[K]> };

/**
 * Reads and checks every setting.
 *
 * @throws ComplianceError `config` that names each setting that is missing or wrong, and its right
 * form.
 */
export function readConfig(): Config {
  const problems: string[] = [];
  const read = (one: () => unknown): unknown => {
    try {
      return one();
    } catch (error) {
      problems.push((error as Error).message);
      return undefined;
    }
  };
  const config = Object.fromEntries(Object.entries(settings).map(([name, one]) => [name, read(one)]));
  if (problems.length > 0) throw new ComplianceError('config', `settings of the functions: ${problems.join('; ')}`);
  return config as Config;
}

/** A secret as `defineSecret` makes it, or one of an officer's environment. */
export interface Secret {
  readonly name: string;
  value(): string;
}

/**
 * The value of a secret, without line breaks at its end.
 *
 * @throws ComplianceError `secret` that names the missing one and how to get it: a function has to
 * be given it, an officer's terminal reads the one that is deployed.
 */
export function readSecret(secret: Secret): string {
  const value = withoutLineBreaks(secret.value());
  if (value) return value;
  const { name } = secret;
  const isFunction = process.env['K_SERVICE'] !== undefined;
  // In a terminal, `set` would replace the key that everything deployed is sealed with.
  const remedy = isFunction
    ? `firebase functions:secrets:set ${name}`
    : `export ${name}=$(firebase functions:secrets:access ${name})`;
  throw new ComplianceError('secret', `the secret ${name} is not set: ${remedy}`);
}

/**
 * Returns the version of a key, from the name of its secret.
 *
 * @throws ComplianceError `secret` if the name has none
 */
export function versionOf({ name }: Pick<Secret, 'name'>): number {
  const version = /_V([1-9]\d*)$/.exec(name)?.[1];
  if (version !== undefined) return Number(version);
  throw new ComplianceError('secret', `${name} is no name of a key: it ends with a version, such as _V2`);
}

/**
 * Reads secrets that are versions of one key; the highest version is current.
 *
 * @throws ComplianceError `secret` that names one that is missing, or whose name has no version
 */
function readVersions(secrets: readonly Secret[]): PseudonymKeys {
  const versions = secrets.map((secret) => [versionOf(secret), readSecret(secret)] as const);
  return { current: Math.max(...versions.map(([version]) => version)), keys: Object.fromEntries(versions) };
}

/**
 * The pseudonym keys by version.
 *
 * @throws ComplianceError `secret` that names the missing one, or says that two versions have the
 *   same key.
 */
export function readPseudonymKeys(secrets: readonly Secret[] = PSEUDONYM_KEYS): PseudonymKeys {
  const read = readVersions(secrets);
  if (new Set(Object.values(read.keys)).size < secrets.length)
    throw new ComplianceError(
      'secret',
      'two versions of the pseudonym key are the same: make a new key for the new version',
    );
  return read;
}

/**
 * The keys that sign evidence, by version (crypto/sign.ts says in which form).
 *
 * @throws ComplianceError `secret` that names the missing one.
 */
export const readSigningKeys = (secrets: readonly Secret[] = EVIDENCE_SIGNING_KEYS): SigningKeys =>
  readVersions(secrets);
