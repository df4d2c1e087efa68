import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { issueCertificate } from '../../../../functions/src/erasure/certificate/issue.ts';
import { assertNamesNobody } from '../../../../functions/src/erasure/certificate/namesNobody.ts';
import { certificateFacts } from '../../../../functions/src/erasure/certificate/facts.ts';
import { PermanentError } from '../../../../functions/src/platform/errors.ts';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { manualForRefused } from '../../../../functions/src/systems/officerTasks.ts';
import type { Outcome } from '../../../../functions/src/systems/system.ts';
import { AT, final, issue, jobBefore, kept, NAME, subject, world } from './issue.sample.ts';
import { times } from '../../../kit/depth.ts';

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

  it('although the texts for an officer do, in any words', async () => {
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
      { numRuns: times(12, 40) },
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
    await issueCertificate(context, final({ stripe: [...refused, other] }), { step: 'certificate', subject: null });
    expect(evidence.text(NAME)).not.toMatch(/SomebodyElse|neighbour|88001742/);
    expect(evidence.text(NAME)).toContain('it names another account');
  });

  it('and is not signed if it would: at any other place, from any source', async () => {
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
      // Read back as the system said it: the certificate states exactly that.
      const check = Object.values(said).flat();
      const error: unknown = await issue(context, final({ ...said, check })).catch((e: unknown) => e);
      expect(error, place).toBeInstanceOf(PermanentError);
      expect(error).toMatchObject({ code: 'certificate.names' });
      for (const value of identifiers.filter((one) => one.length > 4))
        expect((error as Error).message).not.toContain(value);
      expect(evidence.writes, place).toEqual([]);
    }
  });

  it('but names the things asked about: invoices and processes by their numbers, also a number that a contact has', async () => {
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

  it('and a certificate without any of it passes, also if nothing is known of the person any more', () => {
    const facts = certificateFacts(amikeo, jobBefore('holds'), {
      ...{ step: 'holds', number: 1, supersedes: null, ledger: null, subject, softDeleteSeconds: null },
    });
    expect(() => assertNamesNobody(facts, subject)).not.toThrow();
    expect(() => assertNamesNobody(facts, null)).not.toThrow();
    expect(() => assertNamesNobody({ ...facts, id: subject.uid }, subject)).toThrow(PermanentError);
    expect(() => assertNamesNobody({ ...facts, id: subject.uid }, null)).not.toThrow();
  });

  it('a uid that is a plain word stops no certificate', async () => {
    for (const uid of ['done', 'officer', 'firestore', 'v1', '30', 'a'])
      expect(
        await issueCertificate(world().context, final(), { step: 'certificate', subject: { ...subject, uid } }),
      ).toHaveLength(1);
  });
});

function raise(): never {
  throw new Error('the policy has no such record');
}
