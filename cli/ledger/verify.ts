import { existsSync, readFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import type { Firestore } from 'firebase-admin/firestore';
import { verifierFrom } from '../../functions/src/crypto/sign.ts';
import { evidenceStore, type EvidenceStore } from '../../functions/src/checkpoints/bucket.ts';
import { chainsOf } from '../../functions/src/ledger/find.ts';
import {
  verifyAll,
  verifyChains,
  type Verified,
  type VerifyOptions,
  type VerifyOutcome,
} from '../../functions/src/checkpoints/verify.ts';
import type { Problem } from '../../functions/src/checkpoints/verifyLedger.ts';
import { policy } from '../../functions/policies/deployed.ts';
import { verifyFile } from '../../functions/src/checkpoints/file/verify.ts';
import { pseudonymsOf } from '../../functions/src/subject/pseudonym.ts';
import {
  asUsage,
  fail,
  keysFromEnvironment,
  keysIfSet,
  openDatabase,
  print,
  withProject,
  type Common,
} from '../common.ts';
import { existing } from '../context.ts';

interface Options extends Common {
  readonly uid?: string;
  readonly chain?: string;
  readonly file?: string;
  readonly publicKey?: string;
  readonly bucket?: string;
}

export const publicKey = new Option(
  '--public-key <file or base64>',
  'the public key that you trust; further ones separated by commas',
).env('EVIDENCE_PUBLIC_KEY');
const evidenceBucket = new Option(
  '--bucket <name>',
  'the evidence bucket: its checkpoints are compared with those of the database',
).env('EVIDENCE_BUCKET');

export function verifyCommand(ledger: Command): void {
  withProject(ledger.command('verify'))
    .description('finds a changed, missing, added or re-ordered entry, and each difference from the signed checkpoint')
    .option('--uid <uid>', 'only this person (needs PSEUDONYM_KEY_V1)')
    .option('--chain <pseudonym>', 'only this chain; no statement is looked at without --uid')
    .option('--file <export.jsonl>', 'an exported file, without any database')
    .addOption(publicKey)
    .addOption(evidenceBucket)
    .action(async (options: Options) => {
      const trusted = await asUsage(() => trustedKeys(options.publicKey));
      const { file } = options;
      const { verified, checkpoint, rebuilt, statements } = await (file === undefined
        ? verifyStored(options, trusted)
        : asUsage(() => verifyFile(file, { policy, now: Date.now(), trusted, keys: keysIfSet(), progress })));
      if (process.stderr.isTTY) process.stderr.write('\n');
      const { name = '', at = '', keyId = '' } = checkpoint ?? {};
      const signed = checkpoint === null ? null : { name, at, keyId, compared: trusted.length > 0 };
      print(options, { ...verified, checkpoint: signed, rebuilt, statements }, () =>
        [...report(verified, signed, rebuilt), ...aboutStatements(options, statements), figuresOf(verified)].join('\n'),
      );
      if (verified.problemCount > 0) fail();
    });
}

async function verifyStored(options: Options, trusted: readonly string[]): Promise<VerifyOutcome> {
  const own = openDatabase(options);
  const evidence = await bucketOf(options.bucket);
  const keys = keysIfSet();
  const how: VerifyOptions = { policy, now: Date.now(), trusted, keys, ...(evidence ? { evidence } : {}) };
  const chains = await chainsAsked(own, options);
  if (chains !== null) return verifyChains(own, chains, how, options.uid);
  let last: VerifyOutcome | undefined;
  for await (const soFar of verifyAll(own, how)) {
    last = soFar;
    progress(soFar.verified);
  }
  if (last === undefined) throw new Error('the ledger could not be read');
  return last;
}

/** Returns the chains of a person, or the named chain; null means all of them. */
export async function chainsAsked(own: Firestore, { uid, chain }: Options): Promise<string[] | null> {
  if (chain !== undefined) return [chain];
  if (uid === undefined) return null;
  const keys = keysFromEnvironment();
  const found = await chainsOf({ clients: { own: () => own }, keys }, uid);
  // Adds the first names also if no chain has them any more: a missing chain must be noticed.
  return [...new Set([...found, ...pseudonymsOf(uid, keys)])];
}

/** The evidence bucket, with the officer's credentials. */
async function bucketOf(name: string | undefined): Promise<EvidenceStore | undefined> {
  if (!name) return undefined;
  const { getStorage } = await import('firebase-admin/storage');
  return evidenceStore(await existing(getStorage().bucket(name), 'EVIDENCE_BUCKET'));
}

/**
 * @throws {RangeError} if one of them is no Ed25519 public key
 */
export function trustedKeys(text: string | undefined): string[] {
  const keys = text?.split(',').filter((part) => part.trim() !== '') ?? [];
  return keys.map((part) => verifierFrom(existsSync(part) ? readFileSync(part, 'utf8') : part).publicKey);
}

export function progress({ chains, entries }: Pick<Verified, 'chains' | 'entries'>): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${chains} chains, ${entries} entries`);
}

interface Signed {
  readonly name: string;
  readonly at: string;
  readonly keyId: string;
  readonly compared: boolean;
}

function report(verified: Verified, signed: Signed | null, rebuilt: readonly string[]): string[] {
  const { ended, unsigned, sealsChecked, problems, problemCount } = verified;
  const lines = problems.map(describe);
  if (problemCount > problems.length) lines.push(`… and ${problemCount - problems.length} more problems`);
  if (signed === null) lines.push('no checkpoint was signed yet: a chain that was rewritten as a whole would not show');
  else {
    lines.push(`held against the checkpoint ${signed.name}, signed ${signed.at} with the key ${signed.keyId}`);
    if (!signed.compared)
      lines.push('this key was not compared with one that you trust: give it with --public-key or EVIDENCE_PUBLIC_KEY');
  }
  lines.push(
    sealsChecked === null
      ? 'no seal was checked, so a forged head, entry or statement may not show: set PSEUDONYM_KEY_V1 (firebase functions:secrets:access PSEUDONYM_KEY_V1)'
      : `${sealsChecked} seals were checked`,
  );
  if (rebuilt.length > 0)
    lines.push(`a new tree was begun, and nothing before it compared, in ${rebuilt.join(', ')}: was it explained?`);
  if (ended > 0) lines.push(`${ended} chains ended at their period and were deleted`);
  if (unsigned.entries > 0)
    lines.push(`${unsigned.entries} entries (${unsigned.chains} whole chains) are newer than the checkpoint`);
  return lines;
}

const figuresOf = ({ chains, entries, problemCount }: Verified): string =>
  `${chains} chains, ${entries} entries, ${problemCount} problems`;

/** Says which statements about people were not looked at. Without keys `report` has said so. */
function aboutStatements({ file }: Options, statements: VerifyOutcome['statements']): string[] {
  if (statements === 'ofPerson') return ['of the statements, only those about this person were looked at'];
  if (statements === 'all' || keysIfSet() === undefined) return [];
  if (file !== undefined) return ['no statement was looked at: an exported file has none'];
  return ['no statement was looked at: the chain does not say whose it is, and --uid finds the statements of a person'];
}

function describe(found: Problem): string {
  if ('seq' in found) {
    const { chain, seq, id, field, problem } = found;
    const what = field === undefined ? problem : `${problem} in ${field}`;
    return `${chain} entry ${seq}${id === undefined ? '' : ` (${id})`}: ${what}`;
  }
  const { problem, ...where } = found;
  const place = Object.entries(where).map(([name, value]) => `${name} ${value}`);
  return `${place.join(', ') || 'ledger'}: ${problem}`;
}
