import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { countryName } from '../../../functions/src/policy/countries.ts';
import { example } from '../../../functions/policies/example/index.ts';
import { renderNotices } from '../../../functions/src/policy/generate/notices.ts';
import { periodInWords } from '../../../functions/src/policy/generate/words.ts';
import { consentPurposes, endsAccount, recordsEndedByWithdrawal } from '../../../functions/src/policy/lookup.ts';
import { lockNotices, lockProblems } from '../../../functions/src/policy/noticeLock.ts';
import { LOCK_FILE, readLock } from '../../../functions/src/policy/versions/lockFile.ts';
import { noticeOf } from '../../../functions/src/policy/notices.ts';
import type { Policy } from '../../../functions/src/policy/schema.ts';
import { languagesOf } from '../../../functions/src/texts/languages.ts';
import { checkRepository, run } from '../../../scripts/generate/run.ts';
import { copy } from './bad-policies.ts';
import { quickTargets } from '../../kit/generated.ts';
import { isAmikeo } from '../../kit/amikeo.ts';

const sha256 = (text: string) => createHash('sha256').update(Buffer.from(text, 'utf8')).digest('hex');
const asked = languagesOf(amikeo).flatMap((language) =>
  consentPurposes(amikeo).map((purpose) => ({
    language,
    purpose,
    text: amikeo.notices[amikeo.version]?.[purpose]?.[language] ?? '',
  })),
);

/** The consequence of a no. */
const refused = {
  en: { works: 'the app works all the same', ends: 'we delete your account' },
  fr: { works: "l'application marche quand même", ends: 'nous supprimons votre compte' },
};

describe('the notices of AMIKEO agree with the policy (Art. 13)', () => {
  it.each(asked)(
    '$purpose, $language: the recipients of the data, and their countries',
    ({ purpose, language, text }) => {
      const recipients = (amikeo.purposes[purpose]?.recipients ?? []).map((id) => amikeo.recipients[id]);
      expect(recipients.length).toBeGreaterThan(0);
      for (const recipient of recipients) {
        // `Google Analytics (Google Ireland Limited, …)` -> `Google Analytics`; of Brevo and
        // Zendesk the product is not named.
        const name = /^(New Relic|Google Analytics|\w+)/.exec(recipient?.name ?? '')?.[0] ?? '?';
        const line = text.split('\n').find((l) => l.startsWith(`- ${name}`));
        const isNamed = (code: string): boolean =>
          (line ?? '').includes((countryName(code, language) ?? code).replace(/^the /, ''));
        const missing = (recipient?.countries ?? []).filter((code) => !isNamed(code));
        expect({ name, missing }).toEqual({ name, missing: [] });
      }
    },
  );

  it.each(asked)('$purpose, $language: the periods of the records that it ends', ({ purpose, language, text }) => {
    const periods = recordsEndedByWithdrawal(amikeo, purpose).flatMap(({ record }) =>
      record.fate.flatMap(({ when, after }) => ('field' in when ? [periodInWords(after, language)] : [])),
    );
    expect(periods.filter((period) => !text.includes(period))).toEqual([]);
    const { reconsentAfter, erasureGrace } = amikeo.rights;
    const asked = endsAccount(amikeo, purpose) ? erasureGrace : reconsentAfter;
    expect(text).toContain(periodInWords(asked.period, language));
  });

  it.each(asked)('$purpose, $language: health, the age, the choice, and the address', ({ purpose, language, text }) => {
    const special = amikeo.purposes[purpose]?.dataTypes.some((id) => amikeo.dataTypes[id]?.specialCategory === true);
    expect(text.includes(language === 'fr' ? 'votre santé' : 'your health')).toBe(special);
    // Art. 9(2)(a): the yes is explicit, and to this as well.
    expect(text.includes(language === 'fr' ? 'un oui pour cela' : 'a yes to that')).toBe(special);
    expect(amikeo.purposes[purpose]?.explicit === true).toBe(special);
    for (const said of [
      amikeo.controller.email,
      amikeo.controller.supervisoryAuthority.url,
      String(amikeo.ageOfConsent.years),
      refused[language === 'fr' ? 'fr' : 'en'][endsAccount(amikeo, purpose) ? 'ends' : 'works'],
      language === 'fr' ? 'aussi facile que dire oui' : 'as easy as saying yes',
    ])
      expect(text).toContain(said);
  });

  it.each(asked)('$purpose, $language is easy to read: short sentences', ({ text }) => {
    const sentences = text
      .replace(/https?:\S+|\S+@\S+/g, 'x')
      .split(/(?<=[.?!:])\s+|\n/)
      .map((sentence) => sentence.split(/\s+/).filter((word) => /\p{L}/u.test(word)));
    expect(sentences.filter((words) => words.length > 20).map((words) => words.join(' '))).toEqual([]);
  });

  it('monitoring and messages name the other periods of their records', () => {
    const of = (purpose: string) => asked.filter((a) => a.purpose === purpose).map(({ text }) => text);
    for (const text of of('monitoring'))
      expect(text).toMatch(/13 (mois|months)[^]*13 (mois|months)[^]*12 (mois|months)[^]*90 (jours|days)/);
    for (const text of [...of('messages'), ...of('marketingAutomation')]) expect(text).toMatch(/3 (ans|years)/);
  });
});

describe('noticeOf', () => {
  it.each([
    ['fr', 'fr', false],
    ['fr-CA', 'fr', false],
    ['fr_FR', 'fr', false],
    ['EN-gb', 'en', false],
    [' en ', 'en', false],
    ['de', 'fr', true],
    ['frr', 'fr', true],
    ['français', 'fr', true],
    ['', 'fr', true],
    [undefined, 'fr', true],
  ] as const)('for the locale %j: %s, assumed %s', (locale, language, assumed) => {
    const text = amikeo.notices['2025-06-15']?.['messages']?.[language] ?? '';
    expect(noticeOf(amikeo, '2025-06-15', 'messages', locale)).toEqual({
      version: '2025-06-15',
      language,
      assumed,
      text,
      hash: sha256(text),
    });
  });

  it('the default language is the policy’s', () => {
    expect(noticeOf({ ...amikeo, languages: ['en', 'fr'] }, '2025-06-15', 'messages', 'de')?.language).toBe('en');
  });

  it.each([
    ['2025-06-14', 'messages'],
    ['2025-06-15', 'payment'],
    ['__proto__', 'messages'],
    ['constructor', 'name'],
    ['2025-06-15', 'constructor'],
    ['2025-06-15', '__proto__'],
  ])('there is no text of %s for %s', (version, purpose) => {
    expect(noticeOf(amikeo, version, purpose, 'fr')).toBeNull();
  });
});

const rewording = { kind: 'wording' as const, endsConsents: {}, text: { en: 'Words.', fr: 'Mots.', nl: 'Woorden.' } };

describe('a published text never changes', () => {
  const now = Date.parse('2026-06-01T12:00:00Z');
  const lock = lockNotices(example, {}, now);
  const spoilt = (spoil: (texts: Policy['notices']) => void) => {
    const policy = copy();
    spoil(policy.notices);
    return lockProblems(policy, lock, now).map(({ code, path, message }) => [code, path, message] as const);
  };
  const at = (language: string) => `notices.2026-02-01.newsletter.${language}`;

  it('the lock holds the hash of each text', () => {
    expect(Object.keys(lock)).toEqual(['2026-02-01']);
    expect(lock['2026-02-01']).toMatchObject({
      since: '2026-02-01',
      texts: {
        newsletter: Object.fromEntries(
          languagesOf(example).map((l) => [l, sha256(example.notices['2026-02-01']?.['newsletter']?.[l] ?? '')]),
        ),
      },
    });
    expect(lockProblems(example, lock, now)).toEqual([]);
  });

  it('a changed text is named, in its language, with the remedy', () => {
    const problems = spoilt((texts) => {
      const text = texts['2026-02-01']?.['newsletter'];
      if (text) text.fr = `${text.fr ?? ''} `;
    });
    expect(problems).toEqual([
      ['published-notice', at('fr'), expect.stringMatching(/has changed.*publish the new text under a new version/)],
    ]);
  });

  it.each([
    ['purpose', (texts: Policy['notices']) => delete texts['2026-02-01']?.['newsletter']],
    ['version', (texts: Policy['notices']) => delete texts['2026-02-01']],
  ])('a %s that is gone is named', (_what, spoil) => {
    expect(spoilt(spoil).map(([, path, message]) => [path, /is gone/.test(message)])).toEqual([
      [at('en'), true],
      [at('fr'), true],
      [at('nl'), true],
    ]);
  });

  it('a new version adds to the lock and leaves the older ones', () => {
    const policy = copy();
    policy.version = '2027-01-01';
    policy.notices['2027-01-01'] = { newsletter: { en: 'new', fr: 'nouveau' } };
    policy.changes = { '2027-01-01': { announced: '2026-12-01', ...rewording } };
    const next = lockNotices(policy, lock, now);
    expect(next['2026-02-01']).toEqual(lock['2026-02-01']);
    expect(next['2027-01-01']?.texts['newsletter']?.fr).toBe(sha256('nouveau'));
    expect(lockProblems(policy, lock, now)).toEqual([]);
  });

  it('a locked text stays locked after any change of it', () => {
    const policy = copy();
    const text = policy.notices['2026-02-01']?.['newsletter'];
    if (text) text.fr = 'Autre chose.';
    expect(lockNotices(policy, lock, now)).toEqual(lock);
  });

  describe('a draft before its day', () => {
    const draft = (fr: string): Policy => {
      const policy = copy();
      policy.version = '2026-07-01';
      policy.notices['2026-07-01'] = { newsletter: { en: 'new', fr, nl: 'nieuw' } };
      policy.changes = { '2026-07-01': { announced: '2026-07-01', ...rewording } };
      return policy;
    };
    const first = lockNotices(draft('nouveau'), lock, now);
    // The controller is in Brussels, two hours before UTC.
    const eve = Date.parse('2026-06-30T21:59:59.999Z');
    const day = Date.parse('2026-06-30T22:00:00Z');

    it('can be edited, and taken back, until its day', () => {
      const edited = draft('mieux dit');
      expect(lockProblems(edited, first, eve)).toEqual([]);
      expect(lockNotices(edited, first, eve)['2026-07-01']?.texts['newsletter']?.fr).toBe(sha256('mieux dit'));
      expect(lockProblems(example, first, eve)).toEqual([]);
      expect(lockNotices(example, first, eve)).toEqual(lock);
    });

    it('is locked from its day on, as it was generated last', () => {
      expect(lockProblems(draft('mieux dit'), first, day).map(({ path }) => path)).toEqual([
        'notices.2026-07-01.newsletter.fr',
      ]);
      expect(lockNotices(draft('mieux dit'), first, day)).toEqual(first);
      expect(lockProblems(example, first, day)).toHaveLength(3);
    });

    it('becomes stale by no day that comes: the lock is the same before and after', () => {
      expect(lockNotices(draft('nouveau'), first, day)).toEqual(first);
      expect(lockProblems(draft('nouveau'), first, day)).toEqual([]);
    });
  });

  it.skipIf(!isAmikeo)('the texts of AMIKEO are those that were published', async () => {
    const file = await readFile(join(import.meta.dirname, '../../..', LOCK_FILE), 'utf8');
    expect(lockProblems(amikeo, readLock(file), now)).toEqual([]);
    expect(lockNotices(amikeo, readLock(file), now)).toEqual(readLock(file));
  });

  describe('in the repository', () => {
    let root: string;
    beforeEach(async () => {
      root = await mkdtemp(join(tmpdir(), 'notices-'));
    });
    afterEach(() => rm(root, { recursive: true }));

    it('generate, its --check and policy check refuse a changed text, and write nothing', async () => {
      const lines: string[] = [];
      const go = (policy: Policy, check: boolean) =>
        run({ root, policy, targets: quickTargets(policy), check, print: (line) => lines.push(line) });
      expect(await go(example, false)).toBe(0);
      const files = () =>
        Promise.all(['docs/notices.lock.json', 'docs/notices.md'].map((f) => readFile(join(root, f), 'utf8')));
      const before = await files();

      const changed = copy();
      const text = changed.notices['2026-02-01']?.['newsletter'];
      if (text) text.en = 'Other words.';
      for (const check of [true, false]) {
        lines.length = 0;
        expect(await go(changed, check)).toBe(1);
        expect(lines[0]).toContain(`published-notice · ${at('en')}`);
      }
      expect(await files()).toEqual(before);
      expect(await checkRepository(root, changed)).toMatchObject({ ok: false, problems: [{ path: at('en') }] });
      expect(await checkRepository(root, example)).toMatchObject({ ok: true });
    });
  });
});

describe('the page of the notices', () => {
  it('has every text word for word, with its hash, and the current version first', () => {
    const policy = copy();
    policy.notices['2025-01-01'] = {
      newsletter: { en: 'An old ```text```.', fr: 'Un vieux texte.', nl: 'Een oude tekst.' },
    };
    const page = renderNotices(policy);
    for (const texts of Object.values(policy.notices).flatMap((purposes) => Object.values(purposes)))
      for (const language of languagesOf(example)) {
        expect(page).toContain(`\n${texts[language]}\n`);
        expect(page).toContain(sha256(texts[language] ?? '?'));
      }
    expect(page.indexOf('## 2026-02-01 (current)')).toBeLessThan(page.indexOf('## 2025-01-01'));
    expect(page).toContain('````text\nAn old ```text```.\n````');
  });
});
