import type { Context } from '../../platform/context.ts';
import type { PseudonymKeys } from '../../platform/keys.ts';
import { nameOfAddress } from '../../subject/emails.ts';
import type { Refusal, Subject } from '../../subject/identity.ts';
import { serverWrittenIds } from '../../subject/known.ts';
import { prove } from '../../subject/prove.ts';
import { provenByAccount, provenByAddress } from '../../subject/proven.ts';
import { namesOfChain } from '../../subject/pseudonym.ts';
import { loadSystem } from '../../systems/registry.ts';
import type { Cursor, NamedRecord, Row, Scope, System } from '../../systems/system.ts';

/** The person of an export, and the systems in which their rows are read. */
export interface Sources {
  readonly systems: ReadonlyMap<string, System>;
  readonly scope: Scope;
  readonly refused: readonly Refusal[];
  /** Systems in which the person could not be looked for. */
  readonly failed: ReadonlySet<string>;
  /** The person's rows of a record, from a row of it on. */
  readonly read: (named: NamedRecord, cursor: Cursor | undefined) => AsyncIterable<Row>;
}

/** The person whose rows are read. */
export interface Whose {
  /** Empty: somebody without an account. */
  readonly uid: string;
  readonly chain: string;
  /** Of somebody without an account: their name among `subjects`. */
  readonly subjectKey?: string | undefined;
}

/**
 * Finds the person in the systems of an export, by their proofs of now. Writes nothing.
 *
 * @param records to be read: the person is looked for in their systems
 * @param how.stopAt when the reading has to end
 * @param how.tolerant is a system left out in which the person could not be looked for?
 * @returns null if the account is gone, or the address proves nothing any more
 */
export async function openSources(
  context: Context,
  whose: Whose,
  records: readonly NamedRecord[],
  { stopAt, tolerant }: { readonly stopAt: number; readonly tolerant: boolean },
): Promise<Sources | null> {
  const subject = await subjectOf(context, whose);
  if (subject === null) return null;
  const systems = new Map<string, System>();
  for (const id of new Set(records.map(({ record }) => record.system))) systems.set(id, await loadSystem(id, context));
  const failed = new Set<string>();
  const candidates = await Promise.all(
    [...systems].map(async ([id, system]) => {
      try {
        // Finds only by identifiers that prove: an archive must not tell whether somebody else's
        // address is known anywhere.
        return await system.find({ ...subject, unproven: [] });
      } catch (error) {
        if (!tolerant) throw error;
        failed.add(id);
        return [];
      }
    }),
  );
  const { handles, refused } = prove(subject, candidates.flat());
  const scope: Scope = { policy: context.policy, subject, handles, refused, now: context.now(), deadline: stopAt };
  const read = (named: NamedRecord, cursor: Cursor | undefined): AsyncIterable<Row> =>
    systemOf(systems, named.record.system).read(named, cursor === undefined ? scope : { ...scope, cursor });
  return { systems, scope, refused, failed, read };
}

/** Returns the person with their proofs of now; null if there are none. Writes nothing. */
async function subjectOf(context: Context, { uid, subjectKey, chain }: Whose): Promise<Subject | null> {
  if (uid === '') {
    const stranger = subjectKey === undefined ? null : await provenByAddress(context, subjectKey, chain);
    const [email] = stranger?.verifiedEmails ?? [];
    if (stranger === null || email === undefined) return null;
    return { ...stranger, otherPseudonyms: otherNames(nameOfAddress(email), chain, context.keys) };
  }
  const { subject, account } = await provenByAccount(context, { uid, pseudonym: chain });
  if (account === null) return null;
  const written = await serverWrittenIds(context.clients.app(), context.policy, uid);
  const otherPseudonyms = otherNames(uid, chain, context.keys);
  return { ...subject, otherPseudonyms, providerIds: { ...subject.providerIds, ...written } };
}

const otherNames = (uid: string, chain: string, keys: PseudonymKeys): string[] =>
  namesOfChain(uid, chain, keys).filter((name) => name !== chain);

function systemOf(systems: ReadonlyMap<string, System>, id: string): System {
  const system = systems.get(id);
  if (system === undefined) throw new RangeError(`the export has not loaded the system ${id}`);
  return system;
}
