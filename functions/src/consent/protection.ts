import { patched, type Head } from '../ledger/chain.ts';
import type { HeldPower, Protection } from '../ledger/entry.ts';
import {
  explain,
  hasLost,
  isStale,
  keeping,
  newestOf,
  olderIn,
  unexplained,
  versionsWith,
  withoutGaps,
} from '../ledger/protection.ts';
import type { Amendment } from '../ledger/store.ts';
import type { Instant } from '../platform/time.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { consentPurposes } from '../policy/lookup.ts';
import type { Policy } from '../policy/schema.ts';
import { guardedBy, powersIn, readStated, type Guarded, type Guardianship } from '../subject/guardians.ts';
import { pseudonymOf, pseudonymsOf } from '../subject/pseudonym.ts';
import { amendWithEffects } from './effects.ts';
import { derive, isCounted, patchOf, answersUnder } from '../ledger/standing.ts';
import { backendEntry } from './terms.ts';

/**
 * Decides about the protection of the person from now on, and the effect on the standing answers. A
 * consent that a child gave alone waits for the holder. At the age from which a person decides
 * alone, standing consents are asked again. Null if nothing changes.
 *
 * @param next the protection now; undefined: the person alone
 * @param powers the powers to act for the person, also those that begin later
 */
export function decideProtection(
  head: Head,
  next: Protection | undefined,
  policy: Policy,
  now: Instant,
  powers: readonly HeldPower[] = [],
): Amendment | null {
  const known = head.protection;
  const isSame = JSON.stringify(comparable(known)) === JSON.stringify(comparable(next));
  const held = powers.length === 0 ? undefined : powers;
  if (isSame && inOrder(head.powers ?? []).join() === inOrder(powers).join()) return null;
  // A protection that only its powers changed goes on since it began.
  const protection = isSame ? known : next;
  const purposes = consentPurposes(policy);
  const changed = answersUnder(head, protection, now, purposes);
  const grownUp = protection === undefined && known?.reason === 'age';
  const entry: Amendment['entries'][number] = {
    id: `protection_${head.seq}`,
    draft: {
      kind: 'protection',
      state: protection?.mode ?? 'alone',
      actor: 'server',
      reason: (protection ?? known)?.reason ?? 'guardianship',
      ...(protection === undefined ? {} : { holders: protection.holders.map(({ holder }) => holder), protection }),
      ...defined({ powers: held }),
      ...(grownUp ? { asked: purposes } : {}),
      occurredAt: now,
      recordedAt: now,
    },
  };
  const entries = [entry];
  for (const [purpose, answers] of Object.entries(changed)) {
    const state = head.current[purpose];
    const derived = derive(answers, protection, now);
    if (!isCounted(state) || derived === null || derived.state === state) continue;
    const reason = grownUp ? 'age' : 'guardianship';
    entries.push({
      id: `${derived.state}_${purpose}_${head.seq}`,
      draft: { ...backendEntry(head, policy, purpose, now), state: derived.state, reason },
    });
  }
  const patch = patchOf(policy, patched(head, { protection }), changed, now);
  return { entries, patch: { ...patch, protection, powers: held } };
}

/**
 * Returns the part of a protection that makes a difference: not since when it was noticed, nor the
 * order of fields and holders.
 */
const comparable = (protection: Protection | undefined): unknown =>
  protection && [
    protection.mode,
    protection.reason,
    protection.until ?? null,
    protection.holders.map(({ holder, from, until }) => JSON.stringify([holder, from, until ?? null])).sort(),
  ];

/** Powers as texts that compare, whatever the order of fields and documents. */
const inOrder = (powers: readonly HeldPower[]): string[] =>
  powers
    .map(({ holder, regime, scope, decides, from, until }) =>
      JSON.stringify([holder ?? null, regime, [...scope].sort(), decides, from, until ?? null]),
    )
    .sort();

/**
 * Follows the servers' statements about a person's age and guardians, also if only their time has
 * come. The head of their chain has the protection then; entries record the effect on the consents.
 * A statement that is gone, or an older version that was put back, changes nothing
 * (ledger/protection.ts). Runs twice harmlessly.
 */
export async function refreshProtection(context: Context, uid: string): Promise<void> {
  // A statement may have come, and been noted, between the reading and the transaction.
  let reads = 1;
  while (!(await followStatements(context, uid, reads === MOST_READS))) reads += 1;
}

/** The most reads of statements that do not tell all that the head knows. */
const MOST_READS = 4;

/** Returns false, and changes nothing, if the statements are stale and are not followed anyway. */
async function followStatements(context: Context, uid: string, anyway: boolean): Promise<boolean> {
  const { keys, policy, log } = context;
  const read = await readStated(context, uid);
  let seen: { stale: boolean; older: boolean; gone: boolean } = { stale: false, older: false, gone: false };
  const decide = (head: Head): Amendment | null => {
    const now = context.now();
    const stated = newestOf(read, head.stated);
    const explained = explain(stated, keys);
    const missing = unexplained(head.protection, explained, now);
    const gone = missing !== null || hasLost(head.powers, explained, now);
    seen = { stale: isStale(read, head.stated), older: olderIn(read, head.stated).length > 0, gone };
    if (seen.stale && !anyway) return null;
    const guarded = guardedBy(withoutGaps(stated, missing), now);
    const next = keeping(head.protection, protectionOf(context, head, guarded), missing);
    const versions = versionsWith(stated, head.stated);
    const powers = heldPowers(context, head, powersIn(stated, now));
    const amendment = decideProtection(head, next, policy, now, powers);
    if (versions === head.stated) return amendment;
    return { entries: amendment?.entries ?? [], patch: { ...amendment?.patch, stated: versions } };
  };
  const entries = await amendWithEffects(context, uid, decide);
  if (seen.stale && !anyway) return false;
  if (seen.older || seen.gone)
    log.error('a statement about a person is gone, or an older one; their protection stays', {
      chain: pseudonymOf(uid, keys),
    });
  if (entries.length > 0) log.info('who decides for a person has changed', { entries: entries.length });
  return true;
}

/**
 * Names a holder as the head names them, under whichever key: a new key changes neither a power nor
 * the requests that somebody made by it. A name of today, if the head has none.
 */
function nameIn({ protection, powers = [] }: Head, uid: string, { keys }: Context): string {
  const known = [...(protection?.holders ?? []), ...powers].map(({ holder }) => holder);
  return pseudonymsOf(uid, keys).find((name) => known.includes(name)) ?? pseudonymOf(uid, keys);
}

/** With pseudonyms in the place of uids: the ledger names nobody. */
function protectionOf(context: Context, head: Head, guarded: Guarded | null): Protection | undefined {
  if (guarded === null) return undefined;
  const holders = guarded.holders.map(({ uid, ...rest }) => ({ holder: nameIn(head, uid, context), ...rest }));
  return { ...guarded, since: context.now(), holders };
}

/** The same of powers: a statement that is gone gives nobody one. */
const heldPowers = (context: Context, head: Head, powers: readonly Guardianship[]): HeldPower[] =>
  powers.map(({ holder: uid, ...power }) => ({
    ...power,
    ...(uid === undefined ? {} : { holder: nameIn(head, uid, context) }),
  }));
