import type { Bucket } from '@google-cloud/storage';
import fc from 'fast-check';
import { Timestamp, type Firestore } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { assertNamesNobody, certificateName, issueCertificate } from '../../../functions/src/erasure/certificate.ts';
import { certificateFacts } from '../../../functions/src/erasure/certificateFacts.ts';
import {
  manualOutcomes,
  planErasure,
  recordsToErase,
  recordsToForget,
  retainedOutcomes,
  systemsOf,
} from '../../../functions/src/erasure/plan.ts';
import { faultsOfContent, verifyCertificate, type Certificate } from '../../../functions/src/evidence/certificate.ts';
import { newKeyPair } from '../../../functions/src/evidence/sign.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import type { Job, StepState } from '../../../functions/src/jobs/types.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { PermanentError } from '../../../functions/src/platform/errors.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import type { Subject } from '../../../functions/src/subject/identity.ts';
import { manualForRefused } from '../../../functions/src/systems/manual.ts';
import { inLanguages } from '../../../functions/src/texts/index.ts';
import type { Outcome } from '../../../functions/src/systems/system.ts';
import { proven, provenPhones } from '../../kit/proven.ts';

const AT = Date.UTC(2026, 0, 31, 12);
const MINUTE = 60_000;
const PSEUDONYM = `v1_${'p'.repeat(43)}`;
const first = newKeyPair();
const second = newKeyPair();
const SYSTEMS = systemsOf(amikeo);

const subject: Subject = {
  uid: 'Ab3dEf6hIj9lMn2pQr5t',
  pseudonym: PSEUDONYM,
  accountCreatedAt: 1_700_000_000,
  verifiedEmails: proven('camille.durand@example.org'),
  providerIds: { stripeCustomer: 'cus_9s6XKzkNRiz8i3', brevoContact: '1742' },
  phones: provenPhones('+33612345678'),
  federated: ['google.com:109876543210987654321'],
  installations: ['3f2b8c1e-7a4d-4e5f-9b6a-0c1d2e3f4a5b'],
};

const keptTask = inLanguages(amikeo, ({ officer }) => officer.tasks.kept);
const ground = { article: 'Art. 17(3)(b)', text: { en: 'Accounting', fr: 'Comptabilité' } };
const kept = (record: string, count: number, more: object = {}): Outcome => ({
  ...{ record, count, outcome: 'retained', ground, until: Date.UTC(2037, 0, 1) },
  ...more,
});

/** An erasure as far as a step (that one not begun), in which everything went well but what a test says. */
function jobBefore(until: string, said: Record<string, readonly Outcome[]> = {}, startedAt = AT): Job {
  const erasee = { uid: subject.uid, pseudonym: PSEUDONYM, accountCreatedAt: subject.accountCreatedAt };
  const start = { by: 'request', id: 'request:1', at: startedAt, from: startedAt, asked: true } as const;
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
  return { ...job, steps: Object.fromEntries(steps) };
}

class Died extends Error {}

/** An evidence bucket: objects are created once. `failing` says which call dies, and whether before or after its effect. */
class Evidence {
  readonly objects = new Map<string, { text: string; contentType: string }>();
  readonly writes: string[] = [];
  calls = 0;
  failing: (call: number, when: 'before' | 'after') => boolean = () => false;
  /** What an object reads as, other than it is. */
  spoilt = (text: string): string => text;

  async #call<T>(effect: () => T): Promise<T> {
    const call = this.calls++;
    if (this.failing(call, 'before')) throw new Died();
    const answer = effect();
    if (this.failing(call, 'after')) throw new Died();
    return answer;
  }

  bucket(): Bucket {
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
    return { file } as unknown as Bucket;
  }

  text(name: string): string {
    const object = this.objects.get(name);
    if (object === undefined) throw new Error(`no ${name} among ${[...this.objects.keys()].join(' ')}`);
    return object.text;
  }

  certificate(name: string): Certificate {
    const { certificate, faults } = verifyCertificate(this.text(name), [first.publicKey, second.publicKey]);
    expect(faults).toEqual([]);
    if (certificate === null) throw new Error('no certificate');
    return certificate;
  }
}

const erased = { at: Timestamp.fromMillis(AT), accountCreatedAt: subject.accountCreatedAt };
const closed: Record<string, object> = { [PSEUDONYM]: { seq: 4, hash: 'c'.repeat(64), closed: erased } };

interface World {
  readonly evidence: Evidence;
  readonly context: Context;
  readonly logged: string[];
}

function world({ heads = closed, current = 1, policy = amikeo, evidence = new Evidence() } = {}): World {
  const logged: string[] = [];
  const own = {
    collection: (name: string) => ({
      doc: (id: string) => ({
        get: async () => {
          if (name !== 'ledger') throw new Error(`nobody reads ${name}`);
          return { data: () => heads[id] };
        },
      }),
    }),
  } as unknown as Firestore;
  const log = (level: string) => (event: string, fields?: object) =>
    void logged.push(`${level} ${event} ${JSON.stringify(fields ?? {})}`);
  const context = {
    policy,
    clients: { own: () => own, bucket: async () => evidence.bucket() },
    evidenceKeys: () => ({ current, keys: { 1: first.privateKey, 2: second.privateKey } }),
    now: () => {
      throw new Error('a certificate asks no clock: it would be another one each time');
    },
    log: { info: log('info'), warn: log('warn'), error: log('error') },
  } as unknown as Context;
  return { evidence, context, logged };
}

const final = (said: Record<string, readonly Outcome[]> = {}, startedAt = AT): Job =>
  jobBefore('certificate', said, startedAt);
const NAME = certificateName(final());
const INTERIM = certificateName(final(), { interim: true });
const issue = (context: Context, job: Job, interim = false) => issueCertificate(context, job, { interim, subject });

describe('the certificate of an erasure', () => {
  it('is in the evidence bucket with its pages, signed, created once, and names the file that the pages are made from', async () => {
    const { evidence, context, logged } = world();
    expect(await issue(context, final())).toEqual([
      { record: 'certificates', count: 1, outcome: 'done', how: 'changed' },
    ]);
    expect(NAME).toBe(`certificates/${PSEUDONYM}/erasure_${PSEUDONYM}_1700000000.json`);
    const page = (language: string): string => NAME.replace('.json', `.${language}.html`);
    expect(evidence.writes).toEqual([NAME, page('en'), page('fr')]);
    expect(evidence.objects.get(NAME)?.contentType).toBe('application/json');
    const { sha256, ok } = verifyCertificate(evidence.text(NAME), [first.publicKey]);
    expect(ok).toBe(true);
    for (const language of ['en', 'fr']) {
      expect(evidence.objects.get(page(language))?.contentType).toBe('text/html; charset=utf-8');
      expect(evidence.text(page(language))).toContain(`lang="${language}"`);
      expect(evidence.text(page(language))).toContain(sha256);
    }
    expect(logged).toEqual([expect.stringMatching(/^info certificate issued/)]);
  });

  it('says of every record and recipient what was asked and what became of it, and no more', async () => {
    const { evidence, context } = world();
    const what = inLanguages(amikeo, ({ officer }) => officer.tasks.residue);
    const job = final({
      firestore: [
        { record: 'activity', count: 5, outcome: 'done', how: 'deleted' },
        { record: 'activity', count: 1, outcome: 'manual', what, by: AT + 30 * 86_400_000 },
      ],
      stripe: [kept('stripeInvoices', 2, { ids: ['in_1', 'in_2'] })],
      check: [kept('stripeInvoices', 2, { ids: ['in_1', 'in_2'] })],
    });
    await issue(context, job);
    const { records, recipients, ...rest } = evidence.certificate(NAME);
    const record = (id: string) => records.find((one) => one.record === id);
    expect(record('activity')).toMatchObject({
      ...{ name: amikeo.records['activity']?.name, state: 'manual', place: 'users/{uid}/activity/{id}' },
      system: { id: 'firestore', name: 'Cloud Firestore' },
      recipients: [{ recipient: 'firebase' }],
      outcomes: [
        { outcome: 'done', count: 5, how: 'deleted', at: new Date(job.steps['check']?.finishedAt ?? 0).toISOString() },
        { outcome: 'manual', count: 1, what, by: new Date(AT + 30 * 86_400_000).toISOString() },
      ],
    });
    expect(record('activity')?.asked.en).toContain('deleted with the deletion of the account');
    expect(record('stripeInvoices')).toMatchObject({
      state: 'retained',
      outcomes: [{ count: 2, ground, until: '2037-01-01T00:00:00.000Z', ids: ['in_1', 'in_2'] }],
    });
    expect(record('brevoContact')).toMatchObject({
      state: 'done',
      recipients: [{ recipient: 'brevoAutomation' }, { recipient: 'brevoEmail' }],
    });
    expect(record('ledger')).toMatchObject({
      state: 'retained',
      outcomes: [{ until: expect.stringMatching(/^2031-/) }],
    });
    for (const { id } of recordsToForget(amikeo)) expect(record(id)?.state).toBe('pending');
    expect(recipients.map(({ recipient }) => recipient)).toEqual(Object.keys(amikeo.recipients));
    const recipient = (id: string) => recipients.find((one) => one.recipient === id);
    expect(recipient('stripe')).toMatchObject({
      ...{ by: 'interface', state: 'retained', role: 'processor', countries: ['IE', 'US'] },
      notified: new Date(job.steps['stripe']?.finishedAt ?? 0).toISOString(),
    });
    // Something of theirs is an officer's: nobody can say that they were told of everything.
    expect(recipient('firebase')).toMatchObject({ state: 'manual', notified: null });
    expect(recipient('zendesk')).toMatchObject({ by: 'officer', state: 'manual', notified: null, records: [] });
    const authority = amikeo.controller.supervisoryAuthority;
    expect(rest).toMatchObject({
      ...{ number: 1, supersedes: null, interim: false, startedBy: 'request', pseudonym: PSEUDONYM },
      ledger: { chain: PSEUDONYM, seq: 4, hash: 'c'.repeat(64) },
      controller: { name: amikeo.controller.name, supervisoryAuthority: { name: authority.name, url: authority.url } },
      policyVersion: amikeo.version,
    });
    expect(rest.kept.map((one) => one.record)).toContain('certificates');
    expect(rest.kept.map((one) => one.record)).not.toContain('ledger');
  });

  it('has the times of the steps, and is issued when the last one before it had finished: no clock is asked', () => {
    const job = final();
    const { times, remains } = certificateFacts(amikeo, job, {
      ...{ interim: false, number: 1, supersedes: null, subject },
      ledger: { chain: PSEUDONYM, seq: 1, hash: 'c'.repeat(64) },
    });
    const of = (step: string): string => new Date(job.steps[step]?.finishedAt ?? 0).toISOString();
    expect(times).toEqual({
      ...{ asked: new Date(AT).toISOString(), began: of('begin'), accountEnded: new Date(AT).toISOString() },
      ...{
        readBack: of('check'),
        secondLook: of('secondLook'),
        thirdLook: of('thirdLook'),
        completed: of('close'),
        issued: of('close'),
      },
    });
    expect(remains.map(({ id, within }) => [id, within])).toEqual([
      ['softDelete', 'P7D'],
      ['pointInTimeRecovery', 'P7D'],
      ['backups', 'P14W'],
    ]);
    const [softDelete] = remains;
    expect(Date.parse(softDelete?.until ?? '') - Date.parse(times.issued)).toBe(7 * 86_400_000);
  });

  it('is not signed before the steps that it speaks of are finished, nor before the chain is closed', async () => {
    for (const [job, interim] of [
      [jobBefore('secondLook'), true],
      [jobBefore('thirdLook'), true],
      [jobBefore('close'), false],
      [jobBefore('holds'), false],
    ] as const) {
      const { evidence, context } = world();
      await expect(issue(context, job, interim)).rejects.toMatchObject({ code: 'certificate.early' });
      expect(evidence.writes).toEqual([]);
    }
    const open = world({ heads: { [PSEUDONYM]: { seq: 4, hash: 'c'.repeat(64), erasing: erased } } });
    await expect(issue(open.context, final())).rejects.toMatchObject({ code: 'certificate.early' });
    expect(open.evidence.writes).toEqual([]);
  });

  it('names the end of the chain that goes on under a newer key of the pseudonyms', async () => {
    const next = `v2_${'q'.repeat(43)}`;
    const heads = {
      [PSEUDONYM]: { seq: 2, hash: 'd'.repeat(64), continuedBy: next, closed: erased },
      [next]: { seq: 7, hash: 'e'.repeat(64), closed: erased },
    };
    const { evidence, context } = world({ heads });
    await issue(context, final());
    expect(evidence.certificate(NAME).ledger).toEqual({ chain: next, seq: 7, hash: 'e'.repeat(64) });
  });
});

describe('issued again', () => {
  it('writes nothing more: the same job states the same, under a newer key too', async () => {
    const { evidence, context } = world();
    await issue(context, final());
    const before = new Map(evidence.objects);
    expect(await issue(context, final())).toHaveLength(1);
    await issue(world({ evidence, current: 2 }).context, final());
    expect(evidence.writes).toHaveLength(3);
    expect(evidence.objects).toEqual(before);
  });

  it('after a process died at any call, before or after its effect: the same three objects', async () => {
    const whole = world();
    await issue(whole.context, final());
    const { calls } = whole.evidence;
    expect(calls).toBeGreaterThan(6);
    for (const when of ['before', 'after'] as const)
      for (let call = 0; call < calls; call++) {
        const { evidence, context } = world();
        evidence.failing = (n, at) => n === call && at === when;
        // A look at what is not there has no effect to die after.
        await issue(context, final()).catch((error: unknown) => expect(error).toBeInstanceOf(Died));
        await issue(context, final());
        expect(evidence.objects).toEqual(whole.evidence.objects);
      }
  });

  it('by two tasks at once: one certificate', async () => {
    const { evidence, context } = world();
    await Promise.allSettled([issue(context, final()), issue(context, final())]);
    await issue(context, final());
    expect([...evidence.objects.keys()].sort()).toEqual(
      [NAME, NAME.replace('json', 'en.html'), NAME.replace('json', 'fr.html')].sort(),
    );
  });

  it('fails where the bucket does not hold what was written', async () => {
    const { evidence, context } = world();
    evidence.spoilt = (text) => text.replace('done', 'gone');
    await expect(issue(context, final())).rejects.toMatchObject({ code: 'certificate.readBack' });
  });

  it('of a job that was given up and begun again is the next one, and names the one before', async () => {
    const { evidence, context } = world();
    await issue(context, final());
    await issue(context, final({}, AT + 86_400_000));
    await issue(context, final({}, AT + 86_400_000));
    const next = certificateName(final(), { attempt: 2 });
    expect(next).toMatch(/-2\.json$/);
    expect(evidence.certificate(next)).toMatchObject({
      number: 2,
      supersedes: verifyCertificate(evidence.text(NAME)).sha256,
    });
    expect(evidence.writes).toHaveLength(6);
    await issue(context, jobBefore('holds', {}, AT + 2 * 86_400_000), true);
    expect(evidence.certificate(INTERIM)).toMatchObject({
      number: 3,
      supersedes: verifyCertificate(evidence.text(next)).sha256,
    });
    await issue(context, final({}, AT + 2 * 86_400_000));
    expect(evidence.certificate(certificateName(final(), { attempt: 3 })).number).toBe(4);
  });

  it('leaves what is there and is none of its own, and says so loudly', async () => {
    const other = world();
    await issue(other.context, { ...final(), id: 'erasure_other' });
    const stranger = world({ heads: { v1_other: closed[PSEUDONYM] ?? {} } });
    await issue(stranger.context, { ...final(), pseudonym: 'v1_other' });
    await issue(other.context, final());
    const foreign = [
      other.evidence.text(certificateName({ ...final(), id: 'erasure_other' })),
      stranger.evidence.text(certificateName({ ...final(), pseudonym: 'v1_other' })),
      other.evidence.text(NAME).replace('"number":1', '"number":7'),
      '{}',
    ];
    const { evidence, context, logged } = world();
    foreign.forEach((text, index) =>
      evidence.objects.set(certificateName(final(), { attempt: index + 1 }), { text, contentType: 'application/json' }),
    );
    await issue(context, final());
    foreign.forEach((text, index) =>
      expect(evidence.text(certificateName(final(), { attempt: index + 1 }))).toBe(text),
    );
    expect(evidence.certificate(certificateName(final(), { attempt: 5 }))).toMatchObject({
      ...{ number: 1, supersedes: null },
    });
    expect(logged.filter((line) => line.startsWith('error'))).toHaveLength(4);
  });

  it('under keys of which the first is no longer kept: what that one signed counts as the one before', async () => {
    const { evidence, context } = world();
    await issue(context, final());
    const keyed = { ...context, evidenceKeys: () => ({ current: 2, keys: { 2: second.privateKey } }) };
    await issue(keyed, final());
    expect(evidence.certificate(certificateName(final(), { attempt: 2 }))).toMatchObject({ number: 2 });
  });

  it('is refused, and says which secret to set, where there is no key to sign with', async () => {
    const { context, evidence } = world();
    const without = { ...context, evidenceKeys: () => ({ current: 2, keys: { 1: first.privateKey } }) };
    await expect(issue(without, final())).rejects.toMatchObject({ code: 'signing_key' });
    const broken = { ...context, evidenceKeys: () => ({ current: 1, keys: { 1: 'nonsense' } }) };
    await expect(issue(broken, final())).rejects.toThrow(/EVIDENCE_SIGNING_KEY_V1/);
    expect(evidence.writes).toEqual([]);
  });
});

describe('an interim certificate', () => {
  const held = { held: true, until: null } as const;
  const said = { firestore: [kept('activity', 3, held)], check: [kept('activity', 3, held)] };

  it('says what is held, and is replaced by the final one, which names it', async () => {
    const { evidence, context } = world({ heads: {} });
    await issue(context, jobBefore('holds', said), true);
    await issue(context, jobBefore('holds', said), true);
    expect(INTERIM).toMatch(/\.interim\.json$/);
    expect(evidence.writes).toEqual(['json', 'en.html', 'fr.html'].map((end) => INTERIM.replace('json', end)));
    const interim = evidence.certificate(INTERIM);
    expect(interim).toMatchObject({ number: 1, interim: true, ledger: null, times: { completed: null } });
    const activity = (certificate: Certificate) => certificate.records.find(({ record }) => record === 'activity');
    expect(activity(interim)).toMatchObject({ state: 'retained', outcomes: [{ count: 3, held: true, until: null }] });
    expect(interim.kept.map(({ record }) => record)).toContain('ledger');

    const done: Outcome = { record: 'activity', count: 3, outcome: 'done', how: 'deleted' };
    await issue(world({ evidence }).context, final({ ...said, holds: [done] }));
    const certificate = evidence.certificate(NAME);
    expect(certificate).toMatchObject({
      ...{ number: 2, interim: false },
      supersedes: verifyCertificate(evidence.text(INTERIM)).sha256,
    });
    expect(activity(certificate)).toMatchObject({ state: 'done', outcomes: [{ count: 3, how: 'deleted' }] });
  });

  it('does not repeat what an officer wrote about the hold: it could name a person or a lawsuit', async () => {
    const { evidence, context } = world();
    const text = { en: 'Durand v. Auticiel', fr: 'Durand c. Auticiel' };
    const named = [kept('activity', 3, { ...held, ground: { article: 'Art. 17(3)(e)', text } })];
    await issue(context, jobBefore('holds', { firestore: named, check: named }), true);
    expect(evidence.text(INTERIM)).not.toContain('Durand');
    expect(evidence.text(INTERIM)).toContain('Art. 17(3)(e)');
  });
});

describe('a certificate names nobody', () => {
  const identifiers = [
    subject.uid,
    ...subject.verifiedEmails,
    ...(subject.phones ?? []),
    '33612345678',
    ...(subject.federated ?? []),
    '109876543210987654321',
    ...(subject.installations ?? []),
    ...Object.values(subject.providerIds),
  ];

  it('although the texts for an officer do, in whatever words', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(identifiers, { minLength: 1 }), fc.nat(4), async (values, position) => {
        const words = ['See', 'the', 'customer', '(Stripe),', 'and compare.'];
        words.splice(position, 0, ...values);
        const what = { en: words.join(' '), fr: words.join(' ') };
        const task: Outcome = { record: 'activity', count: 1, outcome: 'manual', what, by: AT };
        const { evidence, context } = world();
        await issue(context, final({ firestore: [task], check: [task] }));
        for (const { text } of evidence.objects.values())
          for (const value of identifiers.filter((one) => one.length > 4)) expect(text).not.toContain(value);
        expect(evidence.text(NAME)).toContain('(left out here)');
        expect(evidence.text(NAME)).toContain('customer');
      }),
      { numRuns: 40 },
    );
  });

  it('nor anybody else: a customer or an address that could not be proven to be theirs', async () => {
    const record = { id: 'stripeCustomer', record: amikeo.records['stripeCustomer'] ?? raise() };
    const candidate = { system: 'stripe', id: 'cus_SomebodyElse', by: 'email' } as const;
    const contact = { system: 'stripe', id: '88001742', by: 'email' } as const;
    const scope = {
      ...{ policy: amikeo, subject, handles: [], now: AT, deadline: AT },
      refused: [candidate, contact].map((one) => ({ candidate: one, reason: 'namesSomebodyElse' as const })),
    };
    const refused = manualForRefused(record, scope, 'stripe');
    expect(JSON.stringify(refused)).toContain('cus_SomebodyElse');
    const what = { en: 'Ask neighbour@example.net, please', fr: 'Demander à neighbour@example.net' };
    const other: Outcome = { record: 'stripeCustomer', count: 1, outcome: 'manual', what, by: AT };
    const { evidence, context } = world();
    await issueCertificate(context, final({ stripe: [...refused, other] }), { interim: false, subject: null });
    expect(evidence.text(NAME)).not.toMatch(/SomebodyElse|neighbour|88001742/);
    expect(evidence.text(NAME)).toContain('it names another account');
  });

  it('and is not signed where it would: where else a value could come in, whoever put it there', async () => {
    const places: [string, Record<string, readonly Outcome[]>][] = [
      ['ids', { stripe: [kept('stripeInvoices', 1, { ids: ['cus_9s6XKzkNRiz8i3'] })] }],
      [
        'providerId',
        {
          brevo: [
            {
              record: 'brevoEmails',
              count: 1,
              outcome: 'submitted',
              providerId: 'camille.durand@example.org',
              finishBy: AT,
            },
          ],
        },
      ],
      ['record', { firestore: [{ record: subject.uid, count: 1, outcome: 'done', how: 'deleted' }] }],
      ['recipient', { recipients: [{ recipient: 'CAMILLE.DURAND@EXAMPLE.ORG', count: 0, outcome: 'done' }] }],
    ];
    for (const [place, said] of places) {
      const { evidence, context } = world();
      // Read back as the system said it, so that it is what the certificate states.
      const check = Object.values(said).flat();
      const error: unknown = await issue(context, final({ ...said, check })).catch((e: unknown) => e);
      expect(error, place).toBeInstanceOf(PermanentError);
      expect(error).toMatchObject({ code: 'certificate.names' });
      for (const value of identifiers.filter((one) => one.length > 4))
        expect((error as Error).message).not.toContain(value);
      expect(evidence.writes, place).toEqual([]);
    }
  });

  it('but says what was asked about: invoices and processes by their numbers, also a number that a contact has', async () => {
    const { evidence, context } = world();
    const process: Outcome = {
      record: 'brevoEmails',
      count: 1,
      outcome: 'submitted',
      providerId: '1742',
      finishBy: AT,
    };
    const invoices = kept('stripeInvoices', 1, { ids: ['in_1PGc0a'] });
    await issue(context, final({ brevo: [process], stripe: [invoices], check: [process, invoices] }));
    expect(evidence.text(NAME)).toContain('in_1PGc0a');
    expect(evidence.text(NAME)).toContain('"providerId":"1742"');
  });

  it('and a certificate without any of it passes, also where nothing is known of the person any more', () => {
    const facts = certificateFacts(amikeo, jobBefore('holds'), {
      ...{ interim: true, number: 1, supersedes: null, ledger: null, subject },
    });
    expect(() => assertNamesNobody(facts, subject)).not.toThrow();
    expect(() => assertNamesNobody(facts, null)).not.toThrow();
    expect(() => assertNamesNobody({ ...facts, id: subject.uid }, subject)).toThrow(PermanentError);
    expect(() => assertNamesNobody({ ...facts, id: subject.uid }, null)).not.toThrow();
  });

  it('a uid that is a plain word stops no certificate', async () => {
    for (const uid of ['done', 'officer', 'firestore', 'v1', '30', 'a'])
      expect(
        await issueCertificate(world().context, final(), { interim: false, subject: { ...subject, uid } }),
      ).toHaveLength(1);
  });
});

describe('whatever an erasure came to', () => {
  it('its certificate holds together and verifies', () => {
    const said = fc.array(
      fc.record({
        step: fc.constantFrom(...SYSTEMS, 'check', 'secondLook', 'holds', 'close', 'recipients'),
        outcome: fc.constantFrom<Outcome>(
          { record: 'activity', count: 2, outcome: 'done', how: 'deleted' },
          { record: 'activity', count: 1, outcome: 'manual', what: keptTask, by: AT },
          { record: 'noSuchRecord', count: 3, outcome: 'done', how: 'anonymised' },
          { record: 'brevoEmails', count: 1, outcome: 'submitted', providerId: '7', finishBy: AT },
          { recipient: 'zendesk', count: 0, outcome: 'done' },
          { recipient: 'noSuchRecipient', count: 0, outcome: 'manual', what: keptTask, by: AT },
          kept('stripeInvoices', 2, { ids: ['in_1'] }),
          kept('activity', 1, { held: true, until: null }),
        ),
      }),
    );
    fc.assert(
      fc.property(said, fc.boolean(), (list, interim) => {
        const byStep: Record<string, Outcome[]> = {};
        for (const { step, outcome } of list) byStep[step] = [...(byStep[step] ?? []), outcome];
        const job = jobBefore(interim ? 'holds' : 'certificate', byStep);
        const ledger = interim ? null : { chain: PSEUDONYM, seq: 1, hash: 'c'.repeat(64) };
        const facts = certificateFacts(amikeo, job, { interim, number: 1, supersedes: null, ledger, subject });
        expect(faultsOfContent(facts)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

function raise(): never {
  throw new Error('the policy has no such record');
}
