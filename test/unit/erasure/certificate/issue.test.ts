import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certificateFacts } from '../../../../functions/src/erasure/certificate/facts.ts';
import { certificateShape } from '../../../../functions/src/erasure/certificate/shape.ts';
import { recordsToForget } from '../../../../functions/src/erasure/plan.ts';
import { faultsOfContent, verifyCertificate } from '../../../../functions/src/erasure/certificate/certificate.ts';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { inLanguages } from '../../../../functions/src/texts/index.ts';
import type { Outcome } from '../../../../functions/src/systems/system.ts';
import {
  AT,
  erased,
  final,
  firstKeys,
  ground,
  issue,
  jobBefore,
  kept,
  keptTask,
  NAME,
  PSEUDONYM,
  subject,
  SYSTEMS,
  world,
} from './issue.sample.ts';
import { AMIKEO_VERSION } from '../../../kit/amikeo.ts';

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
    const { sha256, ok } = verifyCertificate(evidence.text(NAME), [firstKeys.publicKey]);
    expect(ok).toBe(true);
    for (const language of ['en', 'fr']) {
      expect(evidence.objects.get(page(language))?.contentType).toBe('text/html; charset=utf-8');
      expect(evidence.text(page(language))).toContain(`lang="${language}"`);
      expect(evidence.text(page(language))).toContain(sha256);
    }
    expect(logged).toEqual([expect.stringMatching(/^info certificate issued/)]);
  });

  it('says of every record and recipient how it was asked and how it ended, and no more', async () => {
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
      policyVersion: AMIKEO_VERSION,
    });
    expect(rest.kept.map((one) => one.record)).toContain('certificates');
    expect(rest.kept.map((one) => one.record)).not.toContain('ledger');
  });

  it('names the officer who began it by their pseudonym, and nobody else', () => {
    const officer = `v1_${'a'.repeat(43)}`;
    const job = final();
    const factsWith = (input: object) =>
      certificateFacts(
        amikeo,
        { ...job, input: { ...job.input, ...input } },
        {
          ...{ step: 'certificate', number: 1, supersedes: null, subject, softDeleteSeconds: null },
          ledger: { chain: PSEUDONYM, seq: 1, hash: 'c'.repeat(64) },
        },
      );
    const facts = factsWith({ startedBy: 'officer', officer });
    expect(facts).toMatchObject({ startedBy: 'officer', officer });
    expect(faultsOfContent(facts)).toEqual([]);
    const faulty = (named: string) =>
      certificateShape()
        .safeParse({ ...facts, officer: named })
        .error?.issues.map(({ path }) => path[0]);
    expect(faulty('Ines Marchal')).toContain('officer');
    expect(faulty(officer)).not.toContain('officer');
    expect(factsWith({ startedBy: 'officer' })).not.toHaveProperty('officer');
  });

  it('has the times of the steps, and is issued when the last one before it had finished: no clock is asked', () => {
    const job = final();
    const { times, remains } = certificateFacts(amikeo, job, {
      ...{ step: 'certificate', number: 1, supersedes: null, subject, softDeleteSeconds: null },
      ledger: { chain: PSEUDONYM, seq: 1, hash: 'c'.repeat(64) },
    });
    const of = (step: string): string => new Date(job.steps[step]?.finishedAt ?? 0).toISOString();
    expect(times).toEqual({
      ...{ asked: new Date(AT).toISOString(), began: of('begin'), accountEnded: new Date(AT).toISOString() },
      ...{
        readBack: of('check'),
        secondLook: of('secondLook'),
        thirdLook: of('thirdLook'),
        completed: of('officers'),
        issued: of('officers'),
      },
    });
    expect(remains.map(({ id, within, basis }) => [id, within, basis])).toEqual([
      ['softDelete', 'P7D', 'notRead'],
      ['pointInTimeRecovery', 'P7D', 'declared'],
      ['backups', 'P14W', 'declared'],
      ['logs', 'P30D', 'declared'],
      ['auditLogs', 'P400D', 'declared'],
    ]);
    const [softDelete] = remains;
    expect(Date.parse(softDelete?.until ?? '') - Date.parse(times.issued)).toBe(7 * 86_400_000);
  });

  const keeping = (seconds?: number | string) => ({
    softDeletePolicy: seconds === undefined ? undefined : { retentionDurationSeconds: seconds },
  });
  const DAY = 86_400;
  it.each([
    ['the longest of the two buckets with files', keeping(String(30 * DAY)), keeping(7 * DAY), 30, 'P30D', 'setting'],
    ['none, if it is switched off', keeping('0'), keeping(0), 0, 'P0D', 'setting'],
    ['seconds, if it is no whole day', keeping(90_000), keeping('0'), 90_000 / DAY, 'PT90000S', 'setting'],
    ['the declared time, if a bucket does not say', keeping(30 * DAY), keeping(), 7, 'P7D', 'notRead'],
    ['the declared time, if a bucket may not be asked', 403, keeping('0'), 7, 'P7D', 'notRead'],
    ['the declared time, of a bucket that says nonsense', keeping('soon'), keeping('0'), 7, 'P7D', 'notRead'],
  ])('says how long removed files can be restored: %s', async (_, app, exports, days, within, basis) => {
    const { evidence, context } = world();
    // The bucket of the evidence keeps its objects: its own setting says nothing of a person's
    // files.
    evidence.settings = (kind) => ({ app, exports })[kind] ?? keeping(90 * DAY);
    await issue(context, final());
    const { remains, times } = evidence.certificate(NAME);
    expect(remains.find(({ id }) => id === 'softDelete')).toMatchObject({ within, basis });
    const until = Date.parse(remains.find(({ id }) => id === 'softDelete')?.until ?? '');
    expect(until - Date.parse(times.issued)).toBe(days * DAY * 1000);
  });

  it('waits while Cloud Storage does not answer, and says the same when it is issued again', async () => {
    const { evidence, context } = world();
    evidence.settings = () => 503;
    await expect(issue(context, final())).rejects.toMatchObject({ code: 'storage.503' });
    expect(evidence.writes).toEqual([]);
    evidence.settings = () => keeping('0');
    await issue(context, final());
    evidence.settings = () => keeping(30 * DAY);
    await issue(context, final());
    expect(evidence.writes.filter((name) => name.endsWith('.json'))).toEqual([NAME]);
    expect(evidence.certificate(NAME).remains[0]).toMatchObject({ within: 'P0D' });
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

describe('the results of any erasure', () => {
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
        const facts = certificateFacts(amikeo, job, {
          step: interim ? 'holds' : 'certificate',
          number: 1,
          supersedes: null,
          ledger,
          subject,
          softDeleteSeconds: null,
        });
        expect(faultsOfContent(facts)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
