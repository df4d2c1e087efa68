import { find, unknownPerson } from '../../erasure/officer.ts';
import { addJob, enqueueJob } from '../../jobs/store.ts';
import type { Context, OwnStore } from '../../platform/context.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { keyedHash } from '../../platform/keys.ts';
import type { Instant } from '../../platform/time.ts';
import { allRecords } from '../../policy/lookup.ts';
import type { Policy } from '../../policy/schema.ts';
import type { PersonQuery } from '../../proof/findPerson.ts';
import { keyVersionOf } from '../../subject/pseudonym.ts';
import { disclosureDocument, disclosureIn, disclosures, type Disclosure, type Place } from './disclosure.ts';
import { releaseJobs } from './job.ts';

/** A disclosure to an authority, as an officer records it. */
export type DisclosureOrder = Pick<Disclosure, 'authority' | 'basis' | 'records' | 'from' | 'until' | 'disclosedAt'> &
  Pick<Disclosure, 'decidedBy' | 'recordedBy' | 'hiddenUntil'> & { readonly person: PersonQuery };

/** The most characters of the authority's name, and of the legal basis. */
const LONGEST = 500;

/** Lists the mistakes of an order. Pure. */
function problemsOf(policy: Policy, order: DisclosureOrder, now: Instant): string[] {
  const { authority, basis, records, from, until, disclosedAt, hiddenUntil } = order;
  const known = allRecords(policy).map(({ id }) => id);
  const unknown = records.filter((id) => !known.includes(id));
  const isText = (text: string): boolean => text.trim().length > 2 && text.length <= LONGEST;
  const checks: [boolean, string][] = [
    [isText(authority), `the authority has 3 to ${LONGEST} characters`],
    [isText(basis), `the legal basis has 3 to ${LONGEST} characters, such as an article and a file number`],
    [records.length > 0, 'nothing was given: name the records'],
    [unknown.length === 0, `the policy has no record called ${unknown.join(', ')}; it has ${known.join(', ')}`],
    [disclosedAt <= now, 'it lies in the future: record it when the data were given'],
    [from === undefined || until === undefined || from < until, 'the period of the data ends before it begins'],
    [typeof hiddenUntil !== 'number' || hiddenUntil > now, 'the day until which it is hidden has passed already'],
  ];
  return checks.flatMap(([isRight, text]) => (isRight ? [] : [text]));
}

/**
 * Records that data of a person were given to an authority (Art. 5(2), 15(1)(c)). Recorded twice it
 * is one. Costs a few reads to find the person, and 1 or 2 writes.
 *
 * @throws ComplianceError `disclosure.order` with everything that is wrong; `officer.unknown` if
 *   nobody knows the person; `officer.email`, `officer.uid` as `find` does
 */
export async function recordDisclosure(
  context: Context,
  order: DisclosureOrder,
): Promise<{ readonly id: string; readonly changed: boolean }> {
  const { clients, keys, now } = context;
  const problems = problemsOf(context.policy, order, now());
  if (problems.length > 0) throw new ComplianceError('disclosure.order', problems.join('; '));
  const { person, ...given } = order;
  const { chain: pseudonym, names, isKnown } = await find(context, person);
  if (!isKnown) throw unknownPerson();
  const of = [given.authority, given.basis, [...given.records].sort().join(' '), String(given.disclosedAt)];
  // A hash can begin with a dash, which a command would take for an option.
  const idUnder = (chain: string): string =>
    `disclosure_${keyedHash('disclosure', [chain, ...of], keys, keyVersionOf(chain))}`;
  const id = idUnder(pseudonym);
  // One that was recorded before the key changed is this one.
  const ids = [id, ...names.filter((name) => name !== pseudonym).map(idUnder)];
  const disclosure: Disclosure = { ...given, id, pseudonym, recordedAt: now() };
  const own = clients.own();
  const place: Place = given.hiddenUntil === undefined ? 'shown' : 'hidden';
  const { hiddenUntil } = given;
  // It names nobody: a person's jobs are in their access, and this one would tell of the secret.
  const job =
    typeof hiddenUntil === 'number'
      ? releaseJobs.plan({
          id: `release_${id}`,
          input: { disclosure: id },
          dueAt: hiddenUntil,
          wakeAt: hiddenUntil,
          steps: [{ id: 'release' }],
        })
      : undefined;
  const known = await own.runTransaction(async (tx) => {
    const places = ids.flatMap((one) => [disclosures(own, 'hidden').doc(one), disclosures(own, 'shown').doc(one)]);
    const there = (await tx.getAll(...places)).find(({ exists }) => exists);
    if (there !== undefined) return there.id;
    tx.set(disclosures(own, place).doc(id), disclosureDocument(place, disclosure, keys));
    if (job !== undefined) addJob(tx, context, job);
    return undefined;
  });
  if (known !== undefined) return { id: known, changed: false };
  if (job !== undefined) await enqueueJob(context, job);
  return { id, changed: true };
}

/** The outcome of a release. `unknown`: there is no such one. `shown`: it was shown before. */
export type Released = { readonly ok: true } | { readonly ok: false; readonly because: 'unknown' | 'shown' };

/**
 * Shows a hidden disclosure: from now on it is in the person's access. Runs twice harmlessly.
 *
 * @param by the officer's pseudonym, or `backend`
 * @throws ComplianceError `seal.broken` if the backend did not write it so: it stays hidden
 */
export async function releaseDisclosure(
  { clients, keys }: OwnStore,
  id: string,
  by: string,
  now: Instant,
): Promise<Released> {
  const own = clients.own();
  if (!/^[\w-]+$/.test(id)) return { ok: false, because: 'unknown' };
  return own.runTransaction(async (tx): Promise<Released> => {
    const [hidden, shown] = await tx.getAll(disclosures(own, 'hidden').doc(id), disclosures(own, 'shown').doc(id));
    const data = hidden?.data();
    if (hidden === undefined || data === undefined)
      return { ok: false, because: shown?.exists === true ? 'shown' : 'unknown' };
    const disclosure = disclosureIn('hidden', id, data, keys);
    const next: Disclosure = { ...disclosure, releasedAt: now, releasedBy: by };
    tx.set(disclosures(own, 'shown').doc(id), disclosureDocument('shown', next, keys));
    tx.delete(hidden.ref);
    return { ok: true };
  });
}
