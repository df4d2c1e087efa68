import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { termsOf } from '../../../functions/src/consent/terms.ts';
import type { Draft } from '../../../functions/src/ledger/entry.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { consentPurposes } from '../../../functions/src/policy/lookup.ts';
import { noticeOf } from '../../../functions/src/policy/notices.ts';
import type { Policy } from '../../../functions/src/policy/schema.ts';
import { receiptOf, type Receipt } from '../../../functions/src/proof/receipt/receipt.ts';
import { RECEIPT_CONTEXT } from '../../../functions/src/proof/receipt/linkedData.ts';
import { receiptPage } from '../../../functions/src/proof/receipt/page.ts';
import { keptInWords } from '../../../functions/src/proof/receipt/words.ts';
import { CONSENT_STATES, type ConsentState } from '../../../functions/src/proof/consentStates.ts';
import { answer, at, CHAIN, chainOf } from './helpers.ts';

const NOW = at('2026-06-01T00:00:00Z');
const terms = termsOf(amikeo, 'messages', { policyVersion: '2025-06-15', locale: 'fr-FR' });
const life: Draft[] = [
  answer('refused', at('2026-01-01T10:00:00Z'), { ...terms, source: 'app', declared: ['source'] }),
  answer('given', at('2026-02-01T10:00:00Z'), { ...terms, source: 'app', appVersion: '1.2' }),
  answer('withdrawn', at('2026-03-01T10:00:00Z'), { purpose: 'analytics', actor: 'holder', holder: 'v1_parent' }),
  { kind: 'devicePermission', state: 'granted', permission: 'camera', occurredAt: 0, recordedAt: 0 },
];

function receipt(drafts: readonly Draft[] = life, language: 'en' | 'fr' = 'fr', policy: Policy = amikeo): Receipt {
  const stored = chainOf(drafts);
  const history = { chains: [stored], entries: stored.entries, problems: [] };
  return receiptOf({ policy, history, issuedAt: NOW, receiptId: 'receipt-1', language });
}

const record = (from: Receipt, purpose: string) =>
  from.consent_records.find(({ record_id }) => record_id === `${CHAIN}/${purpose}`);

/**
 * Every name of a field, wherever it stands, and every value of `@type` and of fields that hold an
 * IRI.
 */
function walk(value: unknown, keys = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) walk(item, keys);
  else if (typeof value === 'object' && value !== null)
    for (const [key, member] of Object.entries(value)) {
      if (key === '@context') continue;
      keys.add(key);
      walk(member, keys);
    }
  return keys;
}

describe('the consent receipt (ISO/IEC TS 27560)', () => {
  it('has one record for each answered purpose, with the current state', () => {
    const made = receipt();
    expect(made.consent_records.map((r) => [r.record_id, r.current_state, r.agreed])).toEqual([
      [`${CHAIN}/analytics`, 'withdrawn', false],
      [`${CHAIN}/messages`, 'given', true],
    ]);
    expect(made.not_answered.map(({ purpose_id }) => purpose_id)).toEqual(
      consentPurposes(amikeo).filter((p) => p !== 'analytics' && p !== 'messages'),
    );
  });

  it('carries the fields that the standard requires of a record', () => {
    const messages = record(receipt(), 'messages');
    const [process] = messages?.pii_processing ?? [];
    expect(messages).toMatchObject({
      schema_version: 'https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr',
      pii_principal_id: CHAIN,
      current_since: '2026-02-01T10:00:00.000Z',
    });
    expect(process).toMatchObject({
      lawful_basis: 'eu-gdpr:A6-1-a',
      pii_controllers: ['_:controller'],
      recipient_third_parties: ['_:recipient-brevoEmail'],
      storage_locations: [{ location: ['loc:BE', 'loc:DE', 'loc:FR'] }],
      jurisdiction: 'loc:FR',
      withdrawal_method: { '@type': 'dpv:WithdrawConsent', exercised_at: 'mailto:contact@auticiel.com' },
      authority_party: '_:authority',
    });
    // As the text told them that was agreed to, whatever the order.
    const types = amikeo.purposes['messages']?.dataTypes ?? [];
    expect(process?.pii_information.map(({ pii_type }) => pii_type).sort()).toEqual([...types].sort());
    expect(process?.pii_information.find(({ pii_type }) => pii_type === 'usageData')?.['@type']).toBe(
      'dpv:SpecialCategoryPersonalData',
    );
    expect(process?.retention_period.map(({ description }) => description)).toContain(
      "Contact Brevo : jusqu'à ce que vous supprimiez votre compte, ou 3 ans au plus après votre dernière activité",
    );
    expect(process?.retention_as_recorded).toEqual(terms.retention);
    expect(messages?.consent_events).toMatchObject([
      { event_id: 'event1', event_state: 'refused', event_time: '2026-01-01T10:00:00.000Z', entity_id: CHAIN },
      { event_id: 'event2', event_state: 'given', recorded_time: '2026-02-01T10:00:01.000Z', event_method: 'app 1.2' },
    ]);
    expect(messages?.consent_events[0]?.validity_duration.duration).toBe('P6M');
  });

  it('has the exact text of the notice, once, with its hash', () => {
    const seen = noticeOf(amikeo, '2025-06-15', 'messages', 'fr');
    expect(record(receipt(), 'messages')?.privacy_notice).toEqual([
      {
        '@type': 'dpv:ConsentNotice',
        notice_version: '2025-06-15',
        language: 'fr',
        notice_hash: `sha256:${seen?.hash ?? ''}`,
        notice_check: 'exact',
        notice_text: seen?.text,
        notice_language_assumed: false,
      },
    ]);
  });

  it('never shows a text that was changed afterwards as the one that was shown', () => {
    const changed = structuredClone(amikeo);
    const text = changed.notices['2025-06-15']?.['messages'];
    if (text) text.fr = 'Un autre texte.';
    const made = receipt(life, 'fr', changed);
    expect(record(made, 'messages')?.privacy_notice).toMatchObject([{ notice_check: 'differs' }]);
    expect(JSON.stringify(made)).not.toContain('Un autre texte.');
    expect(receiptPage(changed, made)).toContain('Nous n’avons plus ce texte');
  });

  it('names the controller, the recipients with their countries, and the authority', () => {
    expect(receipt().party_identification).toMatchObject([
      { party_id: '_:controller', party_name: 'Auticiel', party_email: 'contact@auticiel.com' },
      { party_id: '_:recipient-googleAnalytics', location: ['loc:IE', 'loc:US'] },
      { party_id: '_:recipient-firebase', location: ['loc:IE', 'loc:BE', 'loc:NL', 'loc:FI', 'loc:US'] },
      { party_id: '_:recipient-brevoEmail', location: ['loc:FR', 'loc:DE', 'loc:BE'] },
      { party_id: '_:authority', party_url: amikeo.controller.supervisoryAuthority.url },
    ]);
  });

  it.each([
    ['subject', CHAIN],
    ['backend', '_:controller'],
    ['server', '_:controller'],
    ['officer', CHAIN],
  ] as const)('says of an event by %s whose it is', (actor, entity) => {
    const made = receipt([answer('expired', at('2026-03-01T10:00:00Z'), { actor })]);
    expect(record(made, 'messages')?.consent_events.map(({ entity_id }) => entity_id)).toEqual([entity]);
  });

  it('names the actor, and its place in the ledger', () => {
    const stored = chainOf(life);
    const made = receipt();
    expect(record(made, 'analytics')?.consent_events[0]?.entity_id).toBe('v1_parent');
    expect(made.integrity).toMatchObject({
      chains: [{ chain: CHAIN, seq: 4, hash: stored.head.hash }],
      verified: true,
    });
    expect(record(made, 'messages')?.consent_events[1]?.entry_hash).toBe(`sha256:${stored.entries[1]?.hash ?? ''}`);
  });

  it('shows the terms of the time of recording, also after the policy has changed', () => {
    const later = structuredClone(amikeo);
    const purpose = later.purposes['messages'];
    if (purpose) Object.assign(purpose, { recipients: [], dataTypes: ['emailAddress'] });
    delete later.recipients['brevoEmail'];
    const [process] = record(receipt(life, 'fr', later), 'messages')?.pii_processing ?? [];
    expect(process?.recipient_third_parties).toEqual(['_:recipient-brevoEmail']);
    expect(process?.pii_information).toHaveLength(terms.dataTypes?.length ?? -1);
  });

  it('every field has its term in the context, or is said to be ours', () => {
    const everything = receipt([
      ...life,
      answer('pending', 5, { effectiveAt: 6, noticeVersion: '1', noticeLanguage: 'fr', noticeHash: 'a' }),
    ]);
    const unknown = [...walk(everything)].filter((key) => !key.startsWith('@') && !(key in RECEIPT_CONTEXT));
    // Inside `integrity`, which is ours, names are ours as well.
    expect(unknown.sort()).toEqual(['algorithm', 'chain', 'chains', 'hash', 'seq', 'verified']);
  });

  it('each state of the ledger has its term of the vocabulary', () => {
    const states = Object.keys(CONSENT_STATES) as ConsentState[];
    expect(Object.fromEntries(states.map((state) => [state, RECEIPT_CONTEXT[state]]))).toEqual({
      given: 'dpv:ConsentGiven',
      reconfirmed: 'dpv:RenewedConsentGiven',
      pending: 'dpv:ConsentRequested',
      refused: 'dpv:ConsentRefused',
      withdrawn: 'dpv:ConsentWithdrawn',
      objected: 'dpv:ConsentWithdrawn',
      expired: 'dpv:ConsentExpired',
    });
  });

  it('a person who never answered gets an empty one', () => {
    const made = receiptOf({
      policy: amikeo,
      history: { chains: [], entries: [], problems: [] },
      issuedAt: NOW,
      receiptId: 'r',
      language: 'en',
    });
    expect(made.consent_records).toEqual([]);
    expect(made.not_answered).toHaveLength(consentPurposes(amikeo).length);
    expect(receiptPage(amikeo, made)).toContain('You have not answered any question yet.');
  });
});

describe('how long, in easy words', () => {
  it('the earliest of a line counts, and a no ends only the data that rest on that consent', () => {
    const policy = structuredClone(amikeo);
    policy.records['usageEvents']?.purposes.push('monitoring');
    expect(keptInWords(policy, 'analytics', 'en')).toContain(
      'Usage events: 13 months at most, or until you say no, or until you delete your account',
    );
    expect(keptInWords(policy, 'monitoring', 'en')).toContain(
      'Usage events: 13 months at most, or until you delete your account',
    );
    expect(keptInWords(amikeo, 'messages', 'fr')).toContain(
      "Journal Brevo des e-mails envoyés : jusqu'à ce que vous supprimiez votre compte, ou 3 ans au plus après votre dernière activité",
    );
  });
});

describe('the page of the receipt', () => {
  it.each(['en', 'fr'] as const)('in %s: every part in the language, headings in order, no script', (language) => {
    const page = receiptPage(amikeo, receipt(life, language));
    expect(page).toContain(`<html lang="${language}">`);
    const levels = [...page.matchAll(/<h(\d)>/g)].map(([, level]) => Number(level));
    expect(levels[0]).toBe(1);
    levels.slice(1).forEach((level, i) => expect(level - (levels[i] ?? 0)).toBeLessThanOrEqual(1));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(page).not.toMatch(/<script|undefined|\[object|NaN/i);
    for (const said of {
      en: [
        'You said yes.',
        'You took your yes back.',
        'An adult answered for you.',
        'Newsletters and offers by e-mail',
        'Germany',
        '1 February 2026 at 11:00',
      ],
      fr: [
        'Vous avez dit oui.',
        'Vous avez repris votre oui.',
        'Un adulte a répondu pour vous.',
        'Allemagne',
        '1 février 2026 à 11:00',
      ],
    }[language])
      expect(page).toContain(said);
  });

  it('shows the text in the language in which it was shown, on a page of any language', () => {
    expect(receiptPage(amikeo, receipt(life, 'en'))).toContain('<pre lang="fr">Pouvons-nous vous envoyer');
  });

  it('says so if the ledger does not verify', () => {
    const stored = chainOf(life);
    const history = {
      chains: [stored],
      entries: stored.entries,
      problems: [{ chain: CHAIN, seq: 1, problem: 'changed' as const }],
    };
    const made = receiptOf({ policy: amikeo, history, issuedAt: NOW, receiptId: 'r', language: 'en' });
    expect(made.integrity.verified).toBe(false);
    expect(receiptPage(amikeo, made)).toContain('Something is wrong with the ledger');
  });

  it('any value of an entry or the policy stays a text', () => {
    const poison = fc.constantFrom(
      '<script>x</script>',
      '"><img src=x onerror=x>',
      "' onload='x",
      '</pre><b>',
      '&lt;i&gt;',
    );
    fc.assert(
      fc.property(poison, poison, poison, (a, b, c) => {
        const policy = structuredClone(amikeo);
        policy.controller.name = a;
        policy.controller.address = b;
        const messages = policy.purposes['messages'];
        if (messages) messages.name = { en: c, fr: c };
        const brevo = policy.recipients['brevoEmail'];
        if (brevo) brevo.name = a;
        const text = policy.notices['2025-06-15']?.['messages'];
        if (text) text.fr = `${b}${c}`;
        const spoilt = termsOf(policy, 'messages', { policyVersion: '2025-06-15', locale: 'fr' });
        const drafts = [
          answer('given', 1, { ...spoilt, dataTypes: [a], recipients: ['brevoEmail', b] }),
          answer(c, 2, { purpose: a, holder: b, actor: 'holder' }),
        ];
        const page = receiptPage(policy, receipt(drafts, 'fr', policy));
        const allowed =
          /^<\/?(!doctype|html|head|meta|title|style|body|main|h[123]|p|strong|ul|li|a|dl|dt|dd|code|pre|details|summary)\b[^<>]*>$/;
        const tags = page.match(/<[^>]*>/g) ?? [];
        expect(tags.filter((tag) => !allowed.test(tag))).toEqual([]);
        expect(tags.filter((tag) => /\son\w+\s*=/i.test(tag))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
