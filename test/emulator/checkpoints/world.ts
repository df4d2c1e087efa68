import { createHash } from 'node:crypto';
import type { Bucket } from '@google-cloud/storage';
import { initializeApp, type App } from 'firebase-admin/app';
import { getFirestore, type Firestore } from 'firebase-admin/firestore';
import { expect } from 'vitest';
import { newKeyPair } from '../../../functions/src/crypto/sign.ts';
import type { Runners } from '../../../functions/src/jobs/catalog.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { createJob, loadJob } from '../../../functions/src/jobs/store.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { append, emptyHead, entryHash, type Entry, type Head } from '../../../functions/src/ledger/chain.ts';
import { afterEntry } from '../../../functions/src/ledger/derive.ts';
import { evidenceStore, type EvidenceStore } from '../../../functions/src/checkpoints/bucket.ts';
import {
  entryRef,
  headFromDocument,
  headRef,
  sealedEntry,
  sealedHead,
} from '../../../functions/src/ledger/documents.ts';
import { bucketOf } from '../../../functions/src/checkpoints/tree.ts';
import {
  verifyAll,
  verifyChains,
  type Verified,
  type VerifyOutcome,
} from '../../../functions/src/checkpoints/verify.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { defined } from '../../../functions/src/platform/defined.ts';
import { checkpointJob, checkpointName } from '../../../functions/src/checkpoints/plan.ts';
import { checkpointRunner } from '../../../functions/src/checkpoints/steps.ts';
import { testContext } from '../../conformance/harness.ts';
import { chainOf } from './chains.ts';
import { evidenceBucket } from '../../kit/evidenceBucket.ts';
import { writeSealed } from '../../kit/sealed/seal.ts';

/**
 * A ledger in a project of its own, on a real Firestore, with a clock and a bucket of its own:
 * tampering and time harm nobody there.
 */

class Death extends Error {}

export const DAY = 86_400_000;
export const pair = newKeyPair();

interface Fate {
  readonly dieAt?: number | undefined;
  readonly after?: boolean | undefined;
  /** Does not go on after the first task. */
  readonly stop?: true | undefined;
  /** Runs it as the command of an officer does. */
  readonly byOfficer?: true | undefined;
}

export interface World {
  readonly own: Firestore;
  readonly objects: Map<string, string>;
  readonly logged: string[];
  now: number;
  /** How often a process died. */
  deaths: number;
  readonly evidence: EvidenceStore;
  /** Writes further answers of a person, one a minute, as the functions write them. */
  write(person: string, ...states: string[]): Promise<void>;
  /**
   * Runs a checkpoint to its end; a process dies at its n-th write, before or after it takes
   * effect.
   */
  checkpoint(options?: Fate & { rebuild?: boolean; name?: string }): Promise<Job>;
  /** Writes fields of a job, as the backend would. */
  setJob(id: string, fields: Readonly<Record<string, unknown>>): Promise<void>;
  /** Goes on with a job. */
  run(id: string, options?: Fate): Promise<Job>;
  verify(): Promise<Verified & Pick<VerifyOutcome, 'rebuilt'>>;
  verifyOne(person: string): Promise<Verified>;
  chain(person: string): string;
  read(person: string): Promise<{ head: Head; entries: Entry[] }>;
  /** The database, and the keys that seal its documents. */
  readonly sealing: Pick<Context, 'clients' | 'keys'>;
  /**
   * Rewrites the history of a person from the n-th entry on: hashes, links, head and seals. An
   * attacker with the database and the key of the seals can do this.
   */
  rewrite(person: string, from: number, change: Partial<Entry>): Promise<void>;
}

let worlds = 0;

export function newWorld(apps: App[]): World {
  const name = `checkpoint-${process.pid}-${worlds++}`;
  const app = initializeApp({ projectId: `demo-${name}` }, name);
  apps.push(app);
  const own = getFirestore(app, 'compliance');
  const objects = new Map<string, string>();
  const logged: string[] = [];
  const base = testContext();
  let checkpoints = 0;

  const contextOf = (fate?: { dieAt: number; after: boolean }, byOfficer?: true): Context => {
    let writes = 0;
    const mortal = async <T>(write: () => Promise<T>): Promise<T> => {
      // Nothing is written any more by a process that died, also not that its step failed.
      if (fate !== undefined && writes >= fate.dieAt) throw new Death();
      const doomed = fate !== undefined && ++writes === fate.dieAt;
      if (doomed && !fate.after) throw new Death();
      const result = await write();
      if (doomed) throw new Death();
      return result;
    };
    const dying = new Proxy(own, {
      get(target, property, receiver) {
        const value: unknown = Reflect.get(target, property, receiver);
        if (typeof value !== 'function') return value;
        if (property === 'runTransaction') return (work: never) => mortal(() => target.runTransaction(work));
        return (value as (...a: unknown[]) => unknown).bind(target);
      },
    });
    const bucket = evidenceBucket(objects);
    const dyingBucket = {
      getFiles: bucket.getFiles.bind(bucket),
      file: (object: string) => {
        const file = bucket.file(object);
        const save = (content: string, how: object) => mortal(() => file.save(content, how));
        return Object.assign(Object.create(file) as typeof file, { save });
      },
    } as unknown as Bucket;
    return {
      ...base,
      config: { ...base.config, leaseMs: 10_000, enqueueGraceMs: 1000, retryBaseMs: 100 },
      clients: { ...base.clients, own: () => dying, bucket: async () => dyingBucket },
      queue: { enqueue: async () => undefined },
      evidenceKeys: () => ({ current: 1, keys: { 1: pair.privateKey } }),
      now: () => world.now,
      log: { info: () => undefined, warn: (event) => logged.push(event), error: (event) => logged.push(event) },
      ...defined({ byOfficer }),
    };
  };
  const runners = { checkpoint: async (context: Context) => checkpointRunner(context) } as unknown as Runners;

  const world: World = {
    own,
    objects,
    logged,
    now: Date.parse('2026-03-01T02:00:00Z'),
    deaths: 0,
    evidence: evidenceStore(evidenceBucket(objects)),
    chain: (person) => `v1_${createHash('sha256').update(person).digest('base64url')}`,
    async write(person, ...states) {
      const chain = world.chain(person);
      let head = headFromDocument(chain, (await headRef(own, chain).get()).data());
      for (const state of states) {
        world.now += 60_000;
        const at = { occurredAt: world.now, recordedAt: world.now };
        const kind = state === 'erased' ? 'erasure' : 'consent';
        const next = append(chain, head, `e${head.seq + 1}`, { kind, purpose: 'messages', state, ...at });
        head = afterEntry(head, next.entry);
        const batch = own.batch();
        batch.create(entryRef(own, chain, next.entry.id), sealedEntry(chain, next.entry, base.keys));
        batch.set(headRef(own, chain), sealedHead(chain, head, base.keys));
        await batch.commit();
      }
    },
    async checkpoint({ rebuild = false, name, ...fate } = {}) {
      world.now += DAY;
      const plan = checkpointJob(name ?? checkpointName(world.now, ++checkpoints), world.now, rebuild);
      await createJob(contextOf(), plan);
      return world.run(plan.id, fate);
    },
    setJob: (id, fields) => writeSealed(own.doc(`jobs/${id}`), fields, base.keys),
    async run(id, { dieAt, after = false, stop, byOfficer } = {}) {
      let fate = dieAt === undefined ? undefined : { dieAt, after };
      for (let round = 0; round < 60; round++) {
        await runJob(contextOf(fate, byOfficer), runners, id).catch((error: unknown) => {
          if (!(error instanceof Death)) throw error;
          world.deaths += 1;
        });
        fate = undefined;
        const job = await loadJob({ ...base, clients: { own: () => own } }, id);
        if (job === null) throw new Error('no job');
        if (stop || job.status === 'completed' || job.status === 'blocked') return job;
        world.now += 11_000;
      }
      throw new Error('the job does not end');
    },
    async verify() {
      const { policy, keys } = base;
      const options = { policy, now: world.now, trusted: [pair.publicKey], keys, evidence: world.evidence };
      let last: (Verified & Pick<VerifyOutcome, 'rebuilt'>) | undefined;
      for await (const { verified, rebuilt } of verifyAll(own, options)) last = { ...verified, rebuilt };
      if (!last) throw new Error('nothing was verified');
      return last;
    },
    async verifyOne(person) {
      const options = { policy: base.policy, now: world.now, trusted: [pair.publicKey], keys: base.keys };
      return (await verifyChains(own, [world.chain(person)], options)).verified;
    },
    read: (person) => chainOf(own, world.chain(person)),
    sealing: { clients: { ...base.clients, own: () => own }, keys: base.keys },
    async rewrite(person, from, change) {
      const chain = world.chain(person);
      const { head, entries } = await world.read(person);
      let { hash } = emptyHead(chain);
      const batch = own.batch();
      for (const entry of entries) {
        const unhashed = { ...entry, ...(entry.seq === from ? change : {}), previousHash: hash };
        const next = { ...unhashed, hash: entryHash(unhashed) };
        batch.set(entryRef(own, chain, next.id), sealedEntry(chain, next, base.keys));
        hash = next.hash;
      }
      batch.set(headRef(own, chain), sealedHead(chain, { ...head, hash }, base.keys));
      await batch.commit();
    },
  };
  return world;
}

/** Three people with a history, and a signed checkpoint of it. */
export async function signedWorld(apps: App[]): Promise<World> {
  const world = newWorld(apps);
  await world.write('ada', 'given', 'withdrawn', 'given');
  await world.write('ben', 'given');
  await world.write('cleo', 'refused', 'given');
  expect((await world.checkpoint()).status).toBe('completed');
  expect(await world.verify()).toMatchObject({ chains: 3, entries: 6, problemCount: 0, unsigned: { entries: 0 } });
  return world;
}

export const named = async (world: World) => (await world.verify()).problems;
export const entryOf = (world: World, person: string, id: string) =>
  headRef(world.own, world.chain(person)).collection('entries').doc(id);
export const bucketDocument = (world: World, person: string) =>
  world.own.collection('checkpointBuckets').doc(bucketOf(world.chain(person)) ?? '');
export const newest = async (world: World) => {
  const { docs } = await world.own.collection('checkpoints').orderBy('number', 'desc').limit(1).get();
  const [document] = docs;
  if (!document) throw new Error('no checkpoint');
  return document;
};
