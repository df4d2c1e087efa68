import type { Bucket } from '@google-cloud/storage';
import { Timestamp, type DocumentData, type Firestore } from 'firebase-admin/firestore';
import { expect } from 'vitest';
import { certificateName, issueCertificate } from '../../../../functions/src/erasure/certificate/issue.ts';
import { erasureJobs, type ErasureJob } from '../../../../functions/src/erasure/job.ts';
import {
  manualOutcomes,
  planErasure,
  recordsToErase,
  retainedOutcomes,
  systemsOf,
} from '../../../../functions/src/erasure/plan.ts';
import { verifyCertificate } from '../../../../functions/src/erasure/certificate/certificate.ts';
import type { Certificate } from '../../../../functions/src/erasure/certificate/shape.ts';
import { newKeyPair } from '../../../../functions/src/crypto/sign.ts';
import { newJob } from '../../../../functions/src/jobs/catalog.ts';
import type { Job, StepState } from '../../../../functions/src/jobs/types.ts';
import { emptyHead, type Head } from '../../../../functions/src/ledger/chain.ts';
import { sealedHead } from '../../../../functions/src/ledger/documents.ts';
import type { Context } from '../../../../functions/src/platform/context.ts';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import type { Subject } from '../../../../functions/src/subject/identity.ts';
import { inLanguages } from '../../../../functions/src/texts/index.ts';
import type { Outcome } from '../../../../functions/src/systems/system.ts';
import { sealed } from '../../../../functions/src/crypto/seal.ts';
import { fakeAuth, type FakeUser } from '../../../kit/auth.ts';
import { proven, provenPhones } from '../../../kit/proven.ts';

export const AT = Date.UTC(2026, 0, 31, 12);
const MINUTE = 60_000;
export const PSEUDONYM = `v1_${'p'.repeat(43)}`;
export const firstKeys = newKeyPair();
export const secondKeys = newKeyPair();
export const SYSTEMS = systemsOf(amikeo);

export const subject: Subject = {
  uid: 'Ab3dEf6hIj9lMn2pQr5t',
  pseudonym: PSEUDONYM,
  accountCreatedAt: 1_700_000_000,
  verifiedEmails: proven('camille.durand@example.org'),
  providerIds: { stripeCustomer: 'cus_9s6XKzkNRiz8i3', brevoContact: '1742' },
  phones: provenPhones('+33612345678'),
  federated: ['google.com:109876543210987654321'],
  installations: ['3f2b8c1e-7a4d-4e5f-9b6a-0c1d2e3f4a5b'],
};

export const keptTask = inLanguages(amikeo, ({ officer }) => officer.tasks.kept);
export const ground = { article: 'Art. 17(3)(b)', text: { en: 'Accounting', fr: 'Comptabilité' } };
export const kept = (record: string, count: number, more: object = {}): Outcome => ({
  ...{ record, count, outcome: 'retained', ground, until: Date.UTC(2037, 0, 1) },
  ...more,
});

/** An erasure up to a step, which has not begun. All went well, except as a test says. */
export function jobBefore(until: string, said: Record<string, readonly Outcome[]> = {}, startedAt = AT): ErasureJob {
  const erasee = { uid: subject.uid, pseudonym: PSEUDONYM, accountCreatedAt: subject.accountCreatedAt };
  const start = { by: 'request', id: 'request:1', at: startedAt, from: startedAt, requested: true } as const;
  const job = newJob(planErasure(amikeo, erasee, start), startedAt);
  const order = Object.keys(job.steps);
  const gone = (system?: string): Outcome[] =>
    SYSTEMS.filter((one) => system === undefined || one === system).flatMap((one) =>
      recordsToErase(amikeo, one).map(({ id }): Outcome => ({ record: id, count: 0, outcome: 'done' })),
    );
  const usual = (step: string): Outcome[] => {
    if (step === 'check') return gone();
    if (step === 'recipients') return manualOutcomes(amikeo, startedAt);
    if (step === 'close') return retainedOutcomes(amikeo, startedAt);
    return SYSTEMS.includes(step) ? gone(step) : [];
  };
  const about = (outcome: Outcome): string => ('record' in outcome ? outcome.record : outcome.recipient);
  const steps = order.map((id, index): [string, StepState] => {
    const step = job.steps[id];
    if (step === undefined) throw new Error(`no step ${id}`);
    if (index >= order.indexOf(until)) return [id, step];
    const own = said[id] ?? [];
    const outcomes = [...usual(id).filter((one) => !own.some((other) => about(other) === about(one))), ...own];
    return [id, { ...step, state: 'done', outcomes, finishedAt: startedAt + (index + 1) * MINUTE }];
  });
  return erasureJobs.read({ ...job, steps: Object.fromEntries(steps) });
}

export class Died extends Error {}

/**
 * An evidence bucket: each object is created once. `failing` names the call that dies, before or
 * after its effect.
 */
class Evidence {
  readonly objects = new Map<string, { text: string; contentType: string }>();
  readonly writes: string[] = [];
  calls = 0;
  failing: (call: number, when: 'before' | 'after') => boolean = () => false;
  /** The settings of a bucket, or the HTTP status with which it refuses them. */
  settings: (kind: string) => object | number = () => 404;
  /** Changes an object's text as it is read. */
  spoilt = (text: string): string => text;

  async #call<T>(effect: () => T): Promise<T> {
    const call = this.calls++;
    if (this.failing(call, 'before')) throw new Died();
    const answer = effect();
    if (this.failing(call, 'after')) throw new Died();
    return answer;
  }

  bucket(kind: string): Bucket {
    const file = (name: string) => ({
      interceptors: [],
      download: () =>
        this.#call(() => {
          const object = this.objects.get(name);
          if (object === undefined) throw Object.assign(new Error('no such object'), { code: 404 });
          return [Buffer.from(this.spoilt(object.text), 'utf8')];
        }),
      getMetadata: () =>
        this.#call(() => [{ size: String(Buffer.byteLength(this.objects.get(name)?.text ?? '', 'utf8')) }]),
      save: (
        text: string,
        options: { contentType: string; resumable: boolean; preconditionOpts: { ifGenerationMatch: number } },
      ) =>
        this.#call(() => {
          expect(options).toMatchObject({ resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
          if (this.objects.has(name)) throw Object.assign(new Error('it is there'), { code: 412 });
          this.objects.set(name, { text, contentType: options.contentType });
          this.writes.push(name);
        }),
    });
    const getMetadata = async () => {
      const settings = this.settings(kind);
      if (typeof settings === 'number') throw Object.assign(new Error('no settings'), { code: settings });
      return [settings];
    };
    return { file, getMetadata } as unknown as Bucket;
  }

  text(name: string): string {
    const object = this.objects.get(name);
    if (object === undefined) throw new Error(`no ${name} among ${[...this.objects.keys()].join(' ')}`);
    return object.text;
  }

  certificate(name: string): Certificate {
    const { certificate, faults } = verifyCertificate(this.text(name), [firstKeys.publicKey, secondKeys.publicKey]);
    expect(faults).toEqual([]);
    if (certificate === null) throw new Error('no certificate');
    return certificate;
  }
}

const keys = { current: 1, keys: { 1: 'a key for tests' } };
export const erased = { at: AT, accountCreatedAt: subject.accountCreatedAt };
export const closed: Record<string, Partial<Head>> = { [PSEUDONYM]: { seq: 4, hash: 'c'.repeat(64), closed: erased } };

interface World {
  readonly evidence: Evidence;
  readonly context: Context;
  readonly logged: string[];
}

/** The mark of the erasure, as the backend writes it. */
export const markOf = ({ id, pseudonym = '' }: Pick<Job, 'id' | 'pseudonym'>): DocumentData =>
  sealed(
    `tombstones/${pseudonym}`,
    { job: id, deletedAt: Timestamp.fromMillis(AT), completedAt: Timestamp.fromMillis(AT) },
    keys,
  );
export const buried = markOf(jobBefore('certificate'));

export function world({
  heads = closed,
  current = 1,
  policy = amikeo,
  evidence = new Evidence(),
  mark = buried,
  accounts = [] as readonly FakeUser[],
} = {}): World {
  const logged: string[] = [];
  const head = (id: string) => {
    const stored = heads[id];
    return stored && sealedHead(id, { ...emptyHead(id), ...stored }, keys);
  };
  const own = {
    collection: (name: string) => ({
      doc: (id: string) => ({
        get: async () => {
          if (name !== 'ledger') throw new Error(`nobody reads ${name}`);
          return { data: () => head(id) };
        },
      }),
    }),
    doc: (path: string) => ({
      get: async () => {
        if (!path.startsWith('tombstones/')) throw new Error(`nobody reads ${path}`);
        return { data: () => mark };
      },
    }),
  } as unknown as Firestore;
  const log = (level: string) => (event: string, fields?: object) =>
    void logged.push(`${level} ${event} ${JSON.stringify(fields ?? {})}`);
  const context = {
    policy,
    keys,
    clients: {
      own: () => own,
      bucket: async (kind: string) => evidence.bucket(kind),
      auth: async () => fakeAuth(() => [...accounts]),
    },
    evidenceKeys: () => ({ current, keys: { 1: firstKeys.privateKey, 2: secondKeys.privateKey } }),
    now: () => {
      throw new Error('a certificate asks no clock: it would be another one each time');
    },
    log: { info: log('info'), warn: log('warn'), error: log('error') },
  } as unknown as Context;
  return { evidence, context, logged };
}

export const final = (said: Record<string, readonly Outcome[]> = {}, startedAt = AT): ErasureJob =>
  jobBefore('certificate', said, startedAt);
export const NAME = certificateName(final());
export const INTERIM = certificateName(final(), { interim: true });
export const issue = (context: Context, job: ErasureJob, interim = false) =>
  issueCertificate(context, job, { step: interim ? 'holds' : 'certificate', subject });
