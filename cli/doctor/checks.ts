import { isSheetKey, openSheet, sealSheet, type SheetKeys } from '../../functions/src/crypto/sheet.ts';

/** The checks of `compliance doctor`, as pure functions of Cloud Storage's answers. */

/**
 * The checked parts of a bucket's metadata (Cloud Storage JSON API, `buckets.get`); each can be
 * absent.
 */
export interface BucketState {
  readonly location?: string;
  readonly softDeletePolicy?: { readonly retentionDurationSeconds?: string | number };
  readonly versioning?: { readonly enabled?: boolean };
  readonly retentionPolicy?: { readonly retentionPeriod?: string | number; readonly isLocked?: boolean };
  readonly iamConfiguration?: {
    readonly publicAccessPrevention?: string;
    readonly uniformBucketLevelAccess?: { readonly enabled?: boolean };
  };
}

/** The checked parts of its policy (`buckets.getIamPolicy`). */
export interface BucketAccess {
  readonly bindings?: readonly { readonly role: string; readonly members?: readonly string[] }[];
}

type Check =
  | 'softDelete'
  | 'versioning'
  | 'publicAccess'
  | 'uniformAccess'
  | 'openTo'
  | 'location'
  | 'ofItsOwn'
  | 'retentionLock'
  | 'unreadable';

/** Something that is not as it should be, and how to mend it. */
export interface Finding {
  readonly bucket: string;
  readonly check: Check;
  readonly found: string;
  readonly why: string;
  /** A command, or another remedy. */
  readonly mend: string;
}

const DAY_S = 86_400;
const PUBLIC: ReadonlySet<string> = new Set(['allUsers', 'allAuthenticatedUsers']);

const update = (bucket: string, flag: string): string => `gcloud storage buckets update gs://${bucket} ${flag}`;

/**
 * Checks the bucket of the exports: deletions are final, only the functions read it, and it serves
 * nothing else.
 *
 * @param app the name of the app's own bucket
 */
export function findingsOfExports(bucket: string, state: BucketState, access: BucketAccess, app?: string): Finding[] {
  const findings = findingsOfAny(bucket, state, access);
  const kept = Number(state.softDeletePolicy?.retentionDurationSeconds ?? 0);
  if (kept > 0)
    findings.push({
      bucket,
      check: 'softDelete',
      found: `${kept / DAY_S} days`,
      why: 'an archive whose time is over, or whose person was erased, can be brought back for so long',
      mend: update(bucket, '--clear-soft-delete'),
    });
  if (state.versioning?.enabled === true)
    findings.push({
      bucket,
      check: 'versioning',
      found: 'on',
      why: 'deleted archives stay as older versions, for ever',
      mend: update(bucket, '--no-versioning'),
    });
  if (state.retentionPolicy !== undefined)
    findings.push({
      bucket,
      check: 'retentionLock',
      found: `${Number(state.retentionPolicy.retentionPeriod ?? 0) / DAY_S} days`,
      why: 'archives cannot be deleted before that, even if the policy says so',
      mend:
        state.retentionPolicy.isLocked === true
          ? 'use another bucket: this lock is for ever'
          : update(bucket, '--clear-retention-period'),
    });
  if (bucket === app)
    findings.push({
      bucket,
      check: 'ofItsOwn',
      found: "the app's own bucket",
      why: "the app's files want soft delete and their own rules; archives want neither",
      mend: 'create a bucket of its own and set the parameter EXPORT_BUCKET',
    });
  return findings;
}

/**
 * Checks the bucket of checkpoints and certificates: its objects stay, even against an owner's
 * rights.
 */
export function findingsOfEvidence(bucket: string, state: BucketState, access: BucketAccess): Finding[] {
  const findings = findingsOfAny(bucket, state, access);
  if (state.retentionPolicy?.isLocked !== true)
    findings.push({
      bucket,
      check: 'retentionLock',
      found: state.retentionPolicy === undefined ? 'none' : 'not locked',
      why: 'a proof that can be deleted or replaced proves less',
      mend: `${update(bucket, '--retention-period=5y')}, and when you are sure: ${update(bucket, '--lock-retention-period')}`,
    });
  return findings;
}

/** Returns the line about the settings: without their file, the rest may be of other ones. */
export const reportOfSettings = (file: string, isThere: boolean): string =>
  isThere
    ? `settings: those of the environment, then of ${file}`
    : `settings: ${file} is not there; those that the environment has not are taken to have their defaults`;

/**
 * Returns the line about forged jobs.
 *
 * @param count null: there was no key to find them with
 */
export function reportOfJobs(count: number | null): string {
  if (count === null) return 'jobs: not checked, since PSEUDONYM_KEY_V1 is not set';
  if (count === 0) return 'jobs: none is forged';
  return `jobs: ${count} forged, and none of them runs: compliance jobs blocked names them`;
}

/**
 * Returns the line about the officers' e-mail each morning, and whether it goes (`isMorningOn`).
 *
 * @param hasMail a recipient of the policy carries messages about rights
 * @param address as it is deployed; empty: none
 * @param sender as it is deployed; empty: none
 */
export function reportOfMorning(
  hasMail: boolean,
  address = '',
  sender = '',
): { readonly on: boolean; readonly text: string } {
  const off = (why: string) => ({ on: false, text: `morning e-mail: off, since ${why}` });
  if (!hasMail) return off('no recipient of the policy carries messages about rights');
  if (address === '') return off('OFFICER_EMAIL is empty; compliance due says what waits');
  if (sender === '') return off('BREVO_SENDER is empty; compliance due says what waits');
  return { on: true, text: 'morning e-mail: on' };
}

/**
 * Returns the line about requests by e-mail, and whether something is wrong with them.
 *
 * @param hasMail a recipient of the policy carries messages about rights
 * @param sender as it is deployed; empty: none
 * @param address of the function `links`, as it is deployed; empty: Google's
 */
export function reportOfLinks(
  hasMail: boolean,
  sender = '',
  address = '',
): { readonly ok: boolean; readonly text: string } {
  const told = (ok: boolean, text: string) => ({ ok, text: `requests by e-mail: ${text}` });
  if (!hasMail) return told(true, 'off, since no recipient of the policy carries messages about rights');
  if (sender === '')
    return told(
      true,
      'off, since BREVO_SENDER is empty: nobody gets a link, and answers reach people in the app or on a page',
    );
  if (address === '')
    return told(true, 'on; links lead to the address that Google gives the function, since LINKS_URL is empty');
  if (!URL.canParse(address) || new URL(address).protocol !== 'https:')
    return told(
      false,
      'LINKS_URL is no address that begins with https: links lead nowhere, or others on the way can read and use them',
    );
  return told(true, `on; links lead to ${address}`);
}

/**
 * Returns the line about the sheets of officers' tasks, and whether something is wrong with them.
 *
 * @param publicKey of the deployment; undefined: nobody gave it
 * @param isNeeded true if the policy has recipients that an officer asks
 * @param privateKeys by version, as far as they are set
 */
export function reportOfSheets(
  publicKey: string | undefined,
  isNeeded: boolean,
  privateKeys: SheetKeys | null,
): { readonly ok: boolean; readonly text: string } {
  const told = (ok: boolean, text: string) => ({ ok, text: `sheets of officers: ${text}` });
  if (publicKey === undefined)
    return told(true, isNeeded ? 'not checked, since OFFICER_SHEET_KEY is not set' : 'the policy needs none');
  if (!isSheetKey(publicKey))
    return told(false, 'OFFICER_SHEET_KEY is no public key: make a pair with compliance officer-task keys');
  if (privateKeys === null) return told(true, 'not opened, since OFFICER_SHEET_PRIVATE_KEY_V1 is not set');
  try {
    openSheet('doctor', sealSheet('doctor', 'probe', publicKey), privateKeys);
    return told(true, 'a new one opens');
  } catch (error) {
    return told(false, `a new one does not open: ${(error as Error).message}`);
  }
}

function findingsOfAny(bucket: string, state: BucketState, { bindings = [] }: BucketAccess): Finding[] {
  const findings: Finding[] = [];
  const { publicAccessPrevention = 'inherited', uniformBucketLevelAccess } = state.iamConfiguration ?? {};
  if (publicAccessPrevention !== 'enforced')
    findings.push({
      bucket,
      check: 'publicAccess',
      found: publicAccessPrevention,
      why: 'one wrong setting would open its contents to everybody',
      mend: update(bucket, '--public-access-prevention'),
    });
  if (uniformBucketLevelAccess?.enabled !== true)
    findings.push({
      bucket,
      check: 'uniformAccess',
      found: 'off',
      why: 'each object can have readers of its own, which nobody sees',
      mend: update(bucket, '--uniform-bucket-level-access'),
    });
  for (const { role, members = [] } of bindings)
    for (const member of members.filter((one) => PUBLIC.has(one)))
      findings.push({
        bucket,
        check: 'openTo',
        found: `${member} has ${role}`,
        why: 'everybody can read or change its contents',
        mend: `gcloud storage buckets remove-iam-policy-binding gs://${bucket} --member=${member} --role=${role}`,
      });
  const { location = 'unknown' } = state;
  if (!/^(EU$|EUR\d|EUROPE-)/i.test(location) || /^EUROPE-(WEST2|WEST6)$/i.test(location))
    findings.push({
      bucket,
      check: 'location',
      found: location,
      why: 'it is not in the European Union: a transfer that the policy would have to name (Art. 44)',
      mend: 'create a bucket in the EU and set the parameter; a bucket cannot move',
    });
  return findings;
}
