import { signCertificate, type CertificateFacts } from '../../../../functions/src/erasure/certificate/certificate.ts';
import type { Certificate } from '../../../../functions/src/erasure/certificate/shape.ts';
import { newKeyPair, signerFrom } from '../../../../functions/src/crypto/sign.ts';
import { inLanguages } from '../../../../functions/src/texts/index.ts';

/**
 * A certificate in which every kind of outcome and every optional field is there, and the keys that
 * it is checked with.
 */

export const pair = newKeyPair();
export const stranger = newKeyPair();

const at = '2026-02-01T11:00:00.000Z';
const names = (en: string, fr = en) => ({ en, fr });
const ground = { article: 'Art. 17(3)(b)', text: names('Accounting records', 'Pièces comptables') };

const record = (
  id: string,
  system: string,
  state: CertificateFacts['records'][number]['state'],
  outcomes: CertificateFacts['records'][number]['outcomes'],
): CertificateFacts['records'][number] => ({
  record: id,
  name: names(`Data ${id}`, `Données ${id}`),
  system: { id: system, name: `System ${system}` },
  place: `${id}/{uid}`,
  recipients: system === 'stripe' ? [{ recipient: 'stripe', name: 'Stripe <EU>' }] : [],
  asked: names('deleted with the deletion of the account', 'supprimé dès la suppression du compte'),
  ...{ state, outcomes },
});

export const facts: CertificateFacts = {
  ...{ id: 'erasure_v1_pseudonym_1700000000', number: 2, interim: false, supersedes: 'a'.repeat(64) },
  statement: inLanguages({ languages: ['en', 'fr'] }, ({ certificate }) => certificate.statement),
  controller: {
    ...{ name: 'Example SAS', address: '1 rue de Rivoli, Paris', country: 'FR', email: 'privacy@example.com' },
    dataProtectionOfficer: 'dpo@example.com',
    supervisoryAuthority: { name: 'CNIL', url: 'https://www.cnil.fr' },
    timeZone: 'Europe/Paris',
  },
  policyVersion: '2025-06-15',
  pseudonym: 'v1_pseudonym',
  startedBy: 'request',
  times: {
    asked: '2026-01-01T10:00:00.000Z',
    began: '2026-01-31T10:00:00.000Z',
    accountEnded: '2026-01-31T10:00:00.000Z',
    readBack: '2026-01-31T10:10:00.000Z',
    secondLook: '2026-02-01T11:00:00.000Z',
    thirdLook: '2026-02-01T11:00:30.000Z',
    completed: '2026-02-01T11:01:00.000Z',
    issued: '2026-02-01T11:02:00.000Z',
  },
  records: [
    record('activity', 'firestore', 'done', [
      { outcome: 'done', count: 5, how: 'deleted', at },
      { outcome: 'done', count: 2, how: 'anonymised', at },
    ]),
    record('files', 'firestore', 'done', [{ outcome: 'done', count: 0, at }]),
    record('identity', 'firestore', 'pending', [{ outcome: 'pending', count: 0 }]),
    record('later', 'firestore', 'unknown', [{ outcome: 'unknown', count: 0 }]),
    record('held', 'firestore', 'retained', [
      { outcome: 'retained', count: 1, ground: { ...ground, article: 'Art. 17(3)(e)' }, until: null, held: true, at },
    ]),
    record('invoices', 'stripe', 'retained', [
      {
        ...{ outcome: 'retained', count: 2, ground, until: '2036-12-31T23:00:00.000Z', at },
        ids: ['in_1', 'in_2'],
      },
    ]),
    record('logs', 'brevo', 'manual', [
      { outcome: 'submitted', count: 3, providerId: '4711', finishBy: '2026-02-03T10:00:00.000Z', at },
      { outcome: 'manual', count: 1, what: names('Look & compare', 'Comparer'), by: '2026-02-28T10:00:00.000Z', at },
    ]),
  ],
  recipients: [
    {
      ...{ recipient: 'stripe', name: 'Stripe <EU>', role: 'processor', countries: ['IE', 'US'], by: 'interface' },
      ...{ notified: '2026-01-31T10:05:00.000Z', state: 'retained', records: ['invoices'], outcomes: [] },
    },
    {
      ...{ recipient: 'zendesk', name: 'Zendesk', role: 'processor', countries: ['US'], by: 'officer' },
      ...{ notified: null, state: 'manual', records: [] },
      outcomes: [
        { outcome: 'manual', count: 0, what: names('Ask them', 'Leur demander'), by: '2026-02-10T10:00:00.000Z', at },
      ],
    },
  ],
  remains: [
    {
      id: 'backups',
      name: names('Backups', 'Sauvegardes'),
      within: 'P14W',
      until: '2026-05-10T10:02:00.000Z',
      basis: 'declared',
    },
  ],
  kept: [{ record: 'requests', name: names('Request files', 'Dossiers'), rule: names('five years', 'cinq ans') }],
  ledger: { chain: 'v1_pseudonym', seq: 9, hash: 'b'.repeat(64) },
};

export const sign = (of: CertificateFacts = facts): Certificate => signCertificate(of, signerFrom(pair.privateKey));
export const certificate = sign();

export const interim = sign({
  ...facts,
  ...{ number: 1, supersedes: null, interim: true, ledger: null, times: { ...facts.times, completed: null } },
});
