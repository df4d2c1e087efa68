import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { example } from '../../../functions/policies/example/index.ts';
import { termsOf } from '../../../functions/src/consent/terms.ts';
import { certificateFacts } from '../../../functions/src/erasure/certificate/facts.ts';
import {
  manualOutcomes,
  planErasure,
  recordsToErase,
  retainedOutcomes,
  systemsOf,
} from '../../../functions/src/erasure/plan.ts';
import { erasureJobs, type ErasureJob } from '../../../functions/src/erasure/job.ts';
import {
  certificateHash,
  signCertificate,
  verifyCertificate,
} from '../../../functions/src/erasure/certificate/certificate.ts';
import { certificatePage } from '../../../functions/src/erasure/certificate/page.ts';
import { newKeyPair, signerFrom } from '../../../functions/src/crypto/sign.ts';
import { information } from '../../../functions/src/export/report/information.ts';
import { linkMessage, readLinkForm } from '../../../functions/src/export/linkForm.ts';
import { planExport } from '../../../functions/src/export/plan.ts';
import { readme } from '../../../functions/src/export/archive/readme.ts';
import { report } from '../../../functions/src/export/report/report.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { erasureText } from '../../../functions/src/messages/erasure.ts';
import { languageOf } from '../../../functions/src/platform/language.ts';
import { noticeLanguage } from '../../../functions/src/policy/notices.ts';
import { receiptOf } from '../../../functions/src/proof/receipt/receipt.ts';
import { receiptPage } from '../../../functions/src/proof/receipt/page.ts';
import { submitContact } from '../../../functions/src/rights/contact/submit.ts';
import { manual } from '../../../functions/src/systems/officerTasks.ts';
import type { Scope } from '../../../functions/src/systems/system.ts';
import { LANGUAGES } from '../../../functions/src/texts/languages.ts';
import { answer, at, chainOf } from '../proof/helpers.ts';
import { testContext } from '../requests/helpers.ts';

const NOW = at('2026-06-01T10:00:00Z');
/** The locale of the app's document of a person from Flanders. */
const LOCALE = 'nl-BE';
const { language } = noticeLanguage(example, LOCALE);

/** The names of the policy's purposes and records in a language. */
const namesIn = (of: 'en' | 'fr' | 'nl'): string[] =>
  [...Object.values(example.purposes), ...Object.values(example.records)].map(({ name }) => name[of] ?? '?');

/**
 * No name of the policy stands there in another language than Dutch; one that Dutch has too proves
 * nothing.
 */
function expectOnlyDutch(text: string): void {
  const dutch = namesIn('nl').join(' ');
  const others = [...namesIn('en'), ...namesIn('fr')].filter((name) => !dutch.includes(name));
  expect(others.filter((name) => new RegExp(`(?<!\\p{L})${name}(?!\\p{L})`, 'u').test(text))).toEqual([]);
}

describe('a Dutch person of the example', () => {
  it('is read as one; of AMIKEO, which has no Dutch, in its main language', () => {
    expect(noticeLanguage(example, LOCALE)).toEqual({ language: 'nl', assumed: false });
    expect(noticeLanguage(amikeo, LOCALE)).toEqual({ language: 'fr', assumed: true });
  });

  it('is told of their erasure', () => {
    const { subject, text } = erasureText(
      example,
      { what: 'begun', until: Date.parse('2026-06-08T10:00:00Z') },
      language,
    );
    expect(subject).toBe('Vélo Rive SCRL: wij verwijderen uw account');
    expect(text).toContain('Wij zijn klaar op zijn laatst op maandag 8 juni 2026.');
    expect(text).toContain('Hebt u een vraag? Schrijf ons:\nprivacy@velo-rive.example');
  });

  it('gets an archive that they can read', () => {
    const name = example.records['trips']?.name ?? {};
    const files = { json: 'data/trips.json', csv: 'data/trips.csv' };
    const entry = {
      record: 'trips',
      name,
      system: 'firestore',
      path: 'riders/{rider}/trips/{trip}',
      count: 2,
      ...files,
    };
    const facts = {
      format: 'gdpr-export/1' as const,
      product: 'access' as const,
      request: 'r1',
      createdAt: new Date(NOW).toISOString(),
      policyVersion: example.version,
      controller: example.controller.name,
      part: { number: 1, last: true },
      records: [entry],
      missing: [{ source: 'postman', name: 'Facteur SA', why: 'manual' }],
    };
    const text = readme(facts, example, language, true);
    expect(text).toContain('Uw persoonsgegevens bij Vélo Rive SCRL');
    expect(text).toContain('Gemaakt op 1 juni 2026');
    expect(text).toContain('data/trips.json  -  Ritten (2 regels)');
    expectOnlyDutch(text);

    const rows = [{ path: 'riders/r/trips/t', data: { endedAt: '2026-05-01T08:00:00.000Z', paid: true } }];
    const page = report(facts, example, [{ entry, rows }], language, true);
    expect(page).toContain('<html lang="nl">');
    for (const said of [
      '<dd dir="auto">ja</dd>',
      'Wij antwoorden binnen 1 maand.',
      'Ierland, Verenigde Staten',
      'verplaatst naar “Archief van ritten” 6 maanden na de datum in endedAt',
    ])
      expect(page).toContain(said);
    expectOnlyDutch(page);

    const beside = information(example, planExport(example, 'access'));
    expect(beside['rights']).toEqual({
      en: expect.stringContaining('rectification'),
      fr: expect.stringContaining('rectification'),
      nl: expect.stringContaining('rectificatie'),
    });
  });

  it('gets a consent receipt', () => {
    const terms = termsOf(example, 'newsletter', { policyVersion: example.version, locale: LOCALE });
    expect(terms).toMatchObject({ noticeLanguage: 'nl' });
    const stored = chainOf([answer('given', at('2026-03-01T10:00:00Z'), { ...terms, purpose: 'newsletter' })]);
    const history = { chains: [stored], entries: stored.entries, problems: [] };
    const receipt = receiptOf({ policy: example, history, issuedAt: NOW, receiptId: 'r1', language });
    expect(receipt.consent_records[0]?.pii_processing[0]?.purpose.name).toBe('Nieuwsbrief');
    const page = receiptPage(example, receipt);
    for (const said of [
      '<h1>Uw antwoorden</h1>',
      'U hebt ja gezegd. U bent het ermee eens.',
      'Sinds 1 maart 2026',
      'Zwitserland',
      'Mogen wij u schrijven als er een nieuw station opent?',
    ])
      expect(page).toContain(said);
    expectOnlyDutch(page);
  });

  it('gets a certificate of their erasure, in each language of the policy', () => {
    const certificate = signCertificate(
      certificateFacts(example, erased(), {
        ...{ step: 'certificate', number: 1, supersedes: null, subject: null, softDeleteSeconds: null },
        ledger: { chain: 'v1_pseudonym', seq: 3, hash: 'a'.repeat(64) },
      }),
      signerFrom(newKeyPair().privateKey),
    );
    expect(verifyCertificate(JSON.stringify(certificate)).certificate).not.toBeNull();
    const languages = ['en', 'fr', 'nl'];
    expect(Object.keys(certificate.statement)).toEqual(languages);
    for (const { name, asked } of certificate.records)
      expect([Object.keys(name).sort(), Object.keys(asked).sort()]).toEqual([languages, languages]);
    const page = certificatePage(certificate, certificateHash(certificate), language);
    for (const said of [
      '<h1>Verklaring van wissing</h1>',
      'Gecontroleerd op 1 juni 2026',
      'verwijderd bij de verwijdering van het account',
      'Verwijder het adres in de console van Facteur.',
      'Back-ups van de database',
    ])
      expect(page).toContain(said);
    expectOnlyDutch(page);
  });

  it('is answered by the functions in Dutch', async () => {
    const { contactRequests } = amikeo.records;
    if (contactRequests === undefined) throw new Error('AMIKEO has no contact form');
    const records = { ...example.records, contactRequests };
    const context = { ...testContext(NOW), policy: { ...example, records } };
    const contact = (data: object, acceptLanguage?: string) =>
      submitContact(context, {
        data,
        address: '203.0.113.7',
        language: languageOf(example.languages, data, acceptLanguage),
        caller: null,
      });
    const message = expect.stringContaining('Vul uw e-mailadres');
    expect(await contact({ locale: LOCALE })).toMatchObject({ ok: false, message });
    expect(await contact({}, 'nl-BE,nl;q=0.9,en;q=0.5')).toMatchObject({ ok: false, message });

    expect(readLinkForm(example, { requestId: 'r1', language: 'nl' }).ok).toBe(true);
    expect(readLinkForm(amikeo, { requestId: 'r1', language: 'nl' }).ok).toBe(false);
    expect(linkMessage(example, 'invalid', language)).toContain('language is en, fr of nl.');
    expect(linkMessage(amikeo, 'invalid', 'en')).toContain('language is en or fr.');
  });

  it('leaves an officer a task in each language of the policy, and in no other', () => {
    const scope = { policy: example, now: NOW } as Scope;
    const tasks = [example, amikeo].map((policy) => manual('trips', { ...scope, policy }, 1, 'kept'));
    expect(tasks.map((task) => ('what' in task ? Object.keys(task.what) : []))).toEqual([[...LANGUAGES], ['en', 'fr']]);
  });
});

/** An erasure in which everything went well, up to its certificate. */
function erased(): ErasureJob {
  const start = { by: 'request', id: 'request:1', at: NOW, from: NOW, requested: true } as const;
  const job = newJob(planErasure(example, { uid: 'u1', pseudonym: 'v1_pseudonym', accountCreatedAt: 1 }, start), NOW);
  const done = (system: string) =>
    recordsToErase(example, system).map(({ id }) => ({ record: id, count: 1, outcome: 'done' as const }));
  const outcomesOf = (id: string) => {
    if (id === 'check') return systemsOf(example).flatMap(done);
    if (id === 'recipients') return manualOutcomes(example, NOW);
    if (id === 'close') return retainedOutcomes(example, NOW);
    return systemsOf(example).includes(id) ? done(id) : [];
  };
  const steps = Object.entries(job.steps).map(([id, step]) =>
    id === 'certificate' || id === 'forget'
      ? [id, step]
      : [id, { ...step, state: 'done', outcomes: outcomesOf(id), finishedAt: NOW }],
  );
  return erasureJobs.read({ ...job, steps: Object.fromEntries(steps) as Job['steps'] });
}
