import { pathsOf, type Paths } from './policy/contract.ts';
import { MAIL_SYSTEM, sendsMail, systemIds } from './policy/lookup.ts';
import { writesThrough } from './policy/purposes/marketing.ts';
import type { Policy } from './policy/schema.ts';

/** The declaration of the functions: known before a policy is loaded. */
export interface Declaration {
  /** Before the name of each function and queue, as in `compliance-tick`. */
  readonly prefix: string;
  /** The time zone of the schedules (IANA). */
  readonly timeZone: string;
  /** Names of the secrets that hold other companies' keys. */
  readonly secrets: readonly string[];
  /** The documents that functions listen to. */
  readonly paths: Paths;
  /**
   * Does the policy send e-mails about rights? The functions that need them are there only then.
   */
  readonly mail: boolean;
  /** Does the policy write marketing to people through Brevo? */
  readonly marketing: boolean;
}

/** One deployment of this backend. */
export interface Deployment extends Declaration {
  /** Loads the policy at the first event of an instance. */
  readonly policy: () => Promise<Policy>;
}

/** An app has functions named `contact` or `tick` more often than one begins with this. */
export const DEFAULT_PREFIX = 'compliance';

/** The settings that `policies/deployed.ts` may have beside the policy. */
export interface Settings {
  /**
   * Keeps the functions and their queues apart from an app's own of the same names. Lower-case
   * letters, digits and hyphens, a letter first, 30 at most: `prefix` of firebase.json.
   * `compliance` if it is not given.
   */
  readonly prefix?: string;
  /**
   * The app's own files that hold our rules and indexes beside the app's: `npm run generate` merges
   * into them. Paths from the root of the repository.
   */
  readonly into?: readonly string[];
}

/**
 * Derives the declaration of a policy's functions. Pure.
 *
 * @param secretsOf names the secrets of a system
 */
export const declarationOf = (
  policy: Policy,
  { prefix = DEFAULT_PREFIX }: Settings,
  secretsOf: (system: string) => readonly string[],
): Declaration => ({
  prefix,
  timeZone: policy.controller.timeZone,
  secrets: [...new Set(systemIds(policy).flatMap(secretsOf))],
  paths: pathsOf(policy),
  mail: sendsMail(policy),
  marketing: writesThrough(policy, MAIL_SYSTEM),
});
