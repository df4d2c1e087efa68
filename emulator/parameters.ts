import { createHash, createHmac, createPrivateKey, createPublicKey } from 'node:crypto';

/** The suite's own facts that the functions' parameters need. */
export interface ParameterContext {
  readonly project: string;
  readonly stripeUrl: string;
  readonly brevoUrl: string;
  /** Id of the list of marketing contacts in the local Brevo. */
  readonly marketingList: number;
  /** `short`: waits of people or of production take seconds. `real`: the deployed defaults. */
  readonly waits: 'short' | 'real';
  /** Parameters with another value than the suite's. */
  readonly params?: Readonly<Record<string, string>> | undefined;
}

/** The functions' settings, as strings: the contents of a `.env` and a `.secret.local`. */
export interface Parameters {
  readonly params: Record<string, string>;
  readonly secrets: Record<string, string>;
}

/** The bucket that a project has by default, and the suite's for everything. */
export const bucketOf = (project: string): string => `${project}.appspot.com`;

/**
 * Waits of minutes and hours, as seconds. `SECOND_LOOK_SECONDS` and so on are described in
 * functions/src/platform/params.ts.
 */
const SHORT_WAITS = {
  SECOND_LOOK_SECONDS: '2',
  THIRD_LOOK_SECONDS: '1',
  OFFICER_TASKS_SECONDS: '1',
  ERASURE_GRACE_SECONDS: '20',
  MISSING_AFTER_SECONDS: '1',
  POLL_SECONDS: '1',
  ENQUEUE_GRACE_SECONDS: '5',
  RETRY_BASE_SECONDS: '1',
  LEASE_SECONDS: '20',
  RECONCILE_AFTER_SECONDS: '1',
  RECTIFY_AFTER_SECONDS: '1',
};

/** The first bytes of an Ed25519 private key as PKCS#8, DER (RFC 8410); its 32 bytes follow. */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The same of an X25519 key (RFC 8410). */
const PKCS8_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** The keys of the officers' sheets in the suite, the same in each run. */
export function localSheetKeys(project: string): { readonly publicKey: string; readonly privateKey: string } {
  const seed = createHash('sha256').update(`sheet key of the local suite ${project}`).digest();
  const pkcs8 = Buffer.concat([PKCS8_X25519, seed]);
  const key = createPublicKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }));
  const raw = key.export({ format: 'der', type: 'spki' }).subarray(-32);
  return { publicKey: `v1.${raw.toString('base64')}`, privateKey: pkcs8.toString('base64') };
}

/** The same key in each run, so that checkpoints of one run verify in the next. */
function localSigningKey(project: string): string {
  const seed = createHash('sha256').update(`signing key of the local suite ${project}`).digest();
  return Buffer.concat([PKCS8_ED25519, seed]).toString('base64');
}

/**
 * Sets every parameter and secret of functions/src/platform/params.ts for the suite: a new one is
 * added here, too. The pseudonym key is the same in each run, so that pseudonyms can be compared.
 *
 * @throws Error if one of `params` is no parameter
 */
export function suiteParameters(context: ParameterContext): Parameters {
  const { params, secrets } = defaults(context);
  const unknown = Object.keys(context.params ?? {}).filter((name) => !Object.hasOwn(params, name));
  if (unknown.length > 0) throw new Error(`the functions have no parameter ${unknown.join(', ')}`);
  return { params: { ...params, ...context.params }, secrets };
}

function defaults(context: ParameterContext): Parameters {
  return {
    params: {
      APP_BUCKET: bucketOf(context.project),
      EXPORT_BUCKET: bucketOf(context.project),
      EVIDENCE_BUCKET: bucketOf(context.project),
      OFFICER_SHEET_KEY: localSheetKeys(context.project).publicKey,
      STRIPE_API_BASE: context.stripeUrl,
      BREVO_API_BASE: context.brevoUrl,
      BREVO_MARKETING_LIST: String(context.marketingList),
      BREVO_LINK_ATTRIBUTE: 'OBJECTION_LINK',
      BREVO_SENDER: 'AMIKEO <bonjour@amikeo.example>',
      // Nobody reads a morning's e-mail of the suite, but for tests that set it.
      OFFICER_EMAIL: '',
      OFFICER_LANGUAGE: 'en',
      // Before every date in the fixtures.
      BREVO_SINCE: '2020-01-01',
      // A demo or a test makes more exports in an hour than people do.
      BREVO_SMTP_PER_HOUR: '1000000',
      RECONCILE_DAYS: '3',
      CONTACT_PER_HOUR: '5',
      // No proxy stands before the emulators: a caller can write anything into X-Forwarded-For.
      TRUSTED_PROXY_HOPS: '0',
      // The emulator checks no caller.
      SERVER_ACCOUNT: 'private',
      // A demo or a test deletes more accounts in an hour than people do.
      ERASURE_HOLD_ABOVE: '1000',
      ...(context.waits === 'short'
        ? SHORT_WAITS
        : {
            SECOND_LOOK_SECONDS: '90000',
            THIRD_LOOK_SECONDS: '0',
            OFFICER_TASKS_SECONDS: '0',
            ERASURE_GRACE_SECONDS: '0',
            MISSING_AFTER_SECONDS: '72000',
            POLL_SECONDS: '60',
            ENQUEUE_GRACE_SECONDS: '120',
            RETRY_BASE_SECONDS: '30',
            LEASE_SECONDS: '0',
            RECONCILE_AFTER_SECONDS: '3600',
          }),
    },
    secrets: {
      PSEUDONYM_KEY_V1: createHmac('sha256', 'pseudonym key of the local suite')
        .update(context.project)
        .digest('base64'),
      EVIDENCE_SIGNING_KEY_V1: localSigningKey(context.project),
      STRIPE_SECRET_KEY: 'sk_test_local_suite',
      BREVO_API_KEY: 'xkeysib-local-suite',
      BREVO_WEBHOOK_TOKEN: 'webhook-token-of-the-local-suite',
    },
  };
}
