import type { DocumentData, Firestore } from 'firebase-admin/firestore';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import { verifyAll, verifyChains } from '../../functions/src/checkpoints/verify.ts';
import { isSealed } from '../../functions/src/crypto/seal.ts';
import { stuckJobs } from '../../functions/src/jobs/officer.ts';
import { loadJob } from '../../functions/src/jobs/store.ts';
import { statementFaults } from '../../functions/src/ledger/statements.ts';
import type { Context } from '../../functions/src/platform/context.ts';
import { loadRequest } from '../../functions/src/requests/store.ts';
import { listDue } from '../../functions/src/rights/due.ts';
import { isStillUnused } from '../../functions/src/erasure/contract.ts';
import { readKnown } from '../../functions/src/subject/known.ts';
import { pseudonymOf } from '../../functions/src/subject/pseudonym.ts';
import { readTombstone } from '../../functions/src/subject/tombstones.ts';
import { fakeAuth } from '../kit/auth.ts';
import { testContext } from '../unit/requests/helpers.ts';
import { forgeriesOf, isSame, type Forgery, type Original } from './generate.ts';
import { isWithoutEffect } from './older.ts';
import { accounts, CREATED, DAY, identityOf, live, liveOn, OTHERS, VICTIMS } from './people.ts';

/**
 * A world of people with documents that the backend has written (people.ts). It also judges a
 * forgery: is it named, refused by the step that would act on it, or without effect?
 */

const NOW = Date.parse('2026-06-01T00:00:00Z');

/** The kinds of documents that the backend acts on, by their paths. */
const KINDS = {
  head: /^ledger\/[^/]+$/,
  entry: /^ledger\/[^/]+\/entries\/[^/]+$/,
  job: /^jobs\/[^/]+$/,
  request: /^requests\/[^/]+$/,
  known: /^subjects\/[^/]+$/,
  identity: /^subjects\/[^/]+\/identities\/[^/]+$/,
  ageBand: /^ageBands\/[^/]+$/,
  guardianship: /^guardianships\/[^/]+$/,
  restriction: /^restrictions\/[^/]+$/,
  legalHold: /^legalHolds\/[^/]+$/,
  mark: /^tombstones\/[^/]+$/,
  inactivity: /^inactivities\/[^/]+$/,
} as const;
export type Kind = keyof typeof KINDS;
const kindOf = (path: string): Kind | undefined =>
  (Object.keys(KINDS) as Kind[]).find((kind) => KINDS[kind].test(path));

type Documents = ReadonlyMap<string, DocumentData>;

/**
 * `withoutEffect`: an older version with its right seal. Nothing happens by it that did not happen
 * rightly.
 */
export type Told = 'named' | 'refused' | 'withoutEffect' | 'believed';

export interface World {
  readonly context: Context & { readonly own: Firestore };
  readonly forgeries: readonly (Forgery & { readonly kind: Kind })[];
  /**
   * Puts a forgery in its place, asks the checks and the steps that act, and puts the right
   * document back.
   */
  tell(forgery: Forgery): Promise<Told>;
}

export async function forgeryWorld(): Promise<World> {
  const base = testContext(NOW);
  const auth = async () => fakeAuth(() => accounts(NOW + DAY));
  const context = { ...base, policy: amikeo, clients: { ...base.clients, auth } };
  await live(context);
  const older = await dump(context.own);
  base.time.now += DAY;
  await liveOn(context);
  const newer = await dump(context.own);
  for (const check of Object.values(CHECKS)) {
    const told = await check(context);
    if (told.length > 0) throw new Error(`the right documents are named: ${JSON.stringify(told)}`);
  }

  const forgeries = [...newer].flatMap(([path, data]) => {
    const kind = kindOf(path);
    if (kind === undefined || !isOf(VICTIMS, path, data, context)) return [];
    const original: Original = { path, data, ofAnother: twinOf(path, data, newer, context), older: older.get(path) };
    return forgeriesOf(original).map((forgery) => ({ ...forgery, kind }));
  });
  return {
    context,
    forgeries,
    tell: async ({ path, data, how, field }) => {
      const ref = context.own.doc(path);
      await ref.set(data);
      const isOlder = how === 'of an older time' && field === '*';
      try {
        if (await isNamed(context, path)) return 'named';
        if (await isRefused(context, path, data)) return 'refused';
        const right = { ...newer.get(path), id: ref.id };
        const isHarmless = isOlder && (await isWithoutEffect[kindOf(path) ?? '']?.(context, data, right)) === true;
        return isHarmless ? 'withoutEffect' : 'believed';
      } finally {
        if (isOlder) await restore(context.own, newer);
        else await ref.set(newer.get(path) ?? {});
      }
    },
  };
}

/** Puts every document back as it was. */
async function restore(own: Firestore, right: Documents): Promise<void> {
  for (const path of (await dump(own)).keys()) if (!right.has(path)) await own.doc(path).delete();
  for (const [path, data] of right) await own.doc(path).set(data);
}

async function dump(own: Firestore): Promise<Map<string, DocumentData>> {
  const found = new Map<string, DocumentData>();
  const collections = await own.listCollections();
  for (const collection of [...collections.map(({ id }) => own.collection(id)), ...groups(own)])
    for (const { ref, data } of (await collection.get()).docs.map((one) => ({ ref: one.ref, data: one.data() })))
      found.set(ref.path, data);
  return found;
}
const groups = (own: Firestore) => ['entries', 'identities'].map((id) => own.collectionGroup(id));

/** Every check; each returns the documents that are not as they should be. */
const CHECKS = {
  jobs: (context) => stuckJobs(context),
  due: async (context) => (await listDue(context, 'P1Y')).filter(({ waitsFor }) => waitsFor.for === 'seal'),
  night: (context) => Array.fromAsync(statementFaults(context, context.now())),
  verify: async (context, chain?: string) => {
    const { own, keys } = context;
    const options = { policy: amikeo, now: context.now(), keys };
    if (chain !== undefined) return (await verifyChains(own, [chain], options)).verified.problems;
    return (await Array.fromAsync(verifyAll(own, options))).at(-1)?.verified.problems ?? [];
  },
} satisfies Record<string, (context: World['context'], chain?: string) => Promise<readonly unknown[]>>;

/** The check that names documents of a kind. No check names those of any other kind. */
const CHECKS_OF: Partial<Record<Kind, keyof typeof CHECKS>> = {
  ...{ head: 'verify', entry: 'verify', job: 'jobs', request: 'due' },
  ...{ ageBand: 'night', guardianship: 'night', restriction: 'night', legalHold: 'night' },
};

async function isNamed(context: World['context'], path: string): Promise<boolean> {
  const kind = kindOf(path);
  const check = kind && CHECKS_OF[kind];
  return check !== undefined && (await CHECKS[check](context, path.split('/')[1])).length > 0;
}

/** True if the step that would act on the document refuses it, or acts as if it were not there. */
async function isRefused(context: Context, path: string, forged: DocumentData): Promise<boolean> {
  const [, id = ''] = path.split('/');
  switch (kindOf(path)) {
    case 'job':
      return isThrown(loadJob(context, id));
    case 'request':
      return isThrown(loadRequest(context, id));
    case 'known': {
      const known = await readKnown(context, id);
      return known?.historyLost === true && known.verifiedEmails.length === 0;
    }
    case 'identity': {
      // It is collected anew, and takes the place of the forged one.
      const identity = await identityOf(context, id);
      const instead = (await context.clients.own().doc(path).get()).data() ?? {};
      const isAnew = !isSame(instead, forged) && instead['identity'] === JSON.stringify(identity);
      return isAnew && isSealed(path, instead, context.keys);
    }
    case 'mark':
      return (await readTombstone(context, id)) === undefined;
    case 'inactivity':
      return !(await isStillUnused(context, { uid: id, accountCreatedAt: CREATED }));
    default:
      return false;
  }
}

const isThrown = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => false,
    (error: unknown) => (error as { code?: unknown }).code === 'seal.broken',
  );

const belongsTo = (uid: string, path: string, data: DocumentData, { keys }: Pick<Context, 'keys'>): boolean =>
  path.includes(uid) ||
  path.includes(pseudonymOf(uid, keys)) ||
  [data['uid'], data['child']].includes(uid) ||
  data['pseudonym'] === pseudonymOf(uid, keys);
const isOf = (uids: readonly string[], path: string, data: DocumentData, context: Pick<Context, 'keys'>): boolean =>
  uids.some((uid) => belongsTo(uid, path, data, context));

/** The document of the other person that is most like this one. */
function twinOf(path: string, data: DocumentData, all: Documents, context: Context): DocumentData | undefined {
  const kind = kindOf(path);
  const twins = [...all].filter(([other, its]) => kindOf(other) === kind && isOf(OTHERS, other, its, context));
  const likeness = (other: DocumentData): number =>
    ['kind', 'purpose', 'state', 'seq'].filter((field) => other[field] === data[field]).length;
  return twins.map(([, its]) => its).sort((a, b) => likeness(b) - likeness(a))[0];
}
