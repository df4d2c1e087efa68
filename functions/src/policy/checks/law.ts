import { addPeriod } from '../calendar.ts';
import { countryName, isAdequate, isInEea } from '../countries.ts';
import { allRecords, isObjectable, manualRecipients, recipientDataTypes } from '../lookup.ts';
import type { Period, Policy, Purpose } from '../schema.ts';
import { eachPurpose, eachRecipient, eachRecord, finding, quote, type Check, type Finding } from './problem.ts';

/**
 * The demands of the law on a policy as a whole: special categories, transfers, portability,
 * deadlines.
 */

const specialTypes = (policy: Policy, types: readonly string[]): string[] =>
  types.filter((type) => policy.dataTypes[type]?.specialCategory === true);

const holders = (policy: Policy) => [
  ...allRecords(policy).map(({ id, record }) => ({
    path: `records.${id}`,
    recipient: undefined,
    part: record,
    types: record.dataTypes,
  })),
  ...Object.entries(policy.recipients).map(([id, recipient]) => ({
    path: `recipients.${id}`,
    recipient: id,
    part: recipient,
    types: recipientDataTypes(policy, recipient),
  })),
];

const specialWithoutGround: Check = (policy) =>
  holders(policy).flatMap(({ path, part, types }) => {
    const special = specialTypes(policy, types);
    return finding(
      `${path}.specialCategory`,
      special.length > 0 && !part.specialCategory
        ? `${quote(special)} can reveal a special category of data: name the ground (Art. 9(2)), or do not hold it`
        : undefined,
    );
  });

const groundWithoutSpecial: Check = (policy) =>
  holders(policy).flatMap(({ path, part, types }) =>
    finding(
      `${path}.specialCategory`,
      part.specialCategory && specialTypes(policy, types).length === 0
        ? `a ground of Art. 9(2) is named, and none of its data types is a special category: mark the data type, or remove the ground`
        : undefined,
    ),
  );

/**
 * Art. 9(2)(a), 13(1)(e): the ground names the consents, each of them is explicit in itself, and
 * its purpose names the recipient.
 */
const explicitConsentUnnamed: Check = (policy) =>
  holders(policy).flatMap(({ path, recipient, part: { specialCategory: ground } }): Finding[] => {
    if (ground === undefined) return [];
    const at = `${path}.specialCategory`;
    const { article, consents = [], askedElsewhere } = ground;
    const isUnnamed = consents.length === 0 && askedElsewhere === undefined;
    if (article !== '9(2)(a)')
      return finding(
        at,
        isUnnamed
          ? undefined
          : `it rests on Art. ${article} and names a consent: leave the consent out, or name 9(2)(a)`,
      );
    if (isUnnamed)
      return finding(
        `${at}.consents`,
        "it rests on an explicit consent, and does not say to which purpose: name it in 'consents', or say in 'askedElsewhere' how it is asked for",
      );
    return consents.flatMap((id) => finding(`${at}.consents`, notConsentedTo(id, policy.purposes[id], recipient)));
  });

/** Why a ground cannot rest on the consent to a purpose. */
function notConsentedTo(id: string, purpose: Purpose | undefined, recipient: string | undefined): string | undefined {
  if (purpose?.explicit !== true)
    return `'${id}' asks for no explicit consent: correct the name, or set 'explicit' of the purpose and say so in its text`;
  return recipient === undefined || purpose.recipients.includes(recipient)
    ? undefined
    : `nobody who consents to '${id}' is told of '${recipient}': add it to the recipients of the purpose and to its text, or name another ground`;
}

/** A consent to data that can reveal health is explicit in itself; no other one is. */
const explicitConsentMissing = eachPurpose('.explicit', ({ explicit, consent, dataTypes }, policy) => {
  const special = specialTypes(policy, dataTypes);
  if (explicit === true && !consent)
    return "its consent is explicit, and nobody is asked: set 'consent' to true, or leave it out";
  if (consent && special.length > 0 && explicit !== true)
    return `a consent is asked for, and ${quote(special)} can reveal a special category of data: set it to true, and ask expressly in the text (Art. 9(2)(a))`;
  return explicit === true && special.length === 0
    ? 'none of its data types is a special category: leave it out, or mark the data type'
    : undefined;
});

const accountWithoutConsent = eachPurpose('.endsAccount', ({ endsAccount, consent }) =>
  endsAccount !== undefined && !consent
    ? "the account ends with a consent that nobody is asked for: set 'consent' to true, or leave it out"
    : undefined,
);

const unknownCountry: Check = (policy) =>
  [
    { path: 'controller.country', codes: [policy.controller.country] },
    ...Object.entries(policy.recipients).map(([id, r]) => ({ path: `recipients.${id}.countries`, codes: r.countries })),
  ].flatMap(({ path, codes }) =>
    codes
      .filter((code) => countryName(code, 'en') === undefined)
      .map((code) => ({ path, message: `'${code}' is not a country of ISO 3166-1: correct the code` })),
  );

/**
 * Chapter V: `adequacyDecision` and the framework cover the countries that they were decided for,
 * the others cover any.
 */
const transferWithoutSafeguard = eachRecipient('.safeguards', ({ countries, safeguards }) => {
  const anywhere = safeguards.includes('standardContractualClauses') || safeguards.includes('bindingCorporateRules');
  const open = countries.filter(
    (country) =>
      !isInEea(country) &&
      !isAdequate(country) &&
      !anywhere &&
      !(country === 'US' && safeguards.includes('dataPrivacyFramework')),
  );
  return open.length === 0
    ? undefined
    : `transfers to ${open.map((code) => countryName(code, 'en') ?? code).join(', ')} have no safeguard: name one (Art. 46), or keep the data in the EEA or in a country with an adequacy decision (Art. 45)`;
});

const safeguardForNobody: Check = (policy) =>
  Object.entries(policy.recipients).flatMap(([id, { countries, safeguards }]) => {
    const path = `recipients.${id}.safeguards`;
    return [
      ...finding(
        path,
        safeguards.includes('dataPrivacyFramework') && !countries.includes('US')
          ? 'the Data Privacy Framework covers the United States only, which are not listed: correct one of them'
          : undefined,
      ),
      ...finding(
        path,
        safeguards.includes('adequacyDecision') && !countries.some(isAdequate)
          ? 'no country of the list has an adequacy decision as of 2026: name another safeguard'
          : undefined,
      ),
      ...finding(
        path,
        safeguards.length > 0 && countries.every(isInEea)
          ? 'all countries are in the EEA, so that nothing is transferred: remove the safeguards, or list the country that is meant'
          : undefined,
      ),
    ];
  });

/** Art. 20(1): provided by the person, and processed on consent or a contract. */
const portability: Check = (policy) =>
  allRecords(policy).flatMap(({ id, record }) => {
    if (!record.export.portability) return [];
    const path = `records.${id}.export`;
    const based = record.purposes.some((purpose) => {
      const p = policy.purposes[purpose];
      return p !== undefined && (p.consent || p.legalBasis === 'consent' || p.legalBasis === 'contract');
    });
    return [
      ...finding(
        path,
        record.provided
          ? undefined
          : "it is portable, and the person did not provide it: set 'portability' to false, or 'provided' to true (Art. 20(1))",
      ),
      ...finding(
        path,
        based
          ? undefined
          : "it is portable, and none of its purposes rests on consent or a contract: set 'portability' to false, or correct the purposes (Art. 20(1)(a))",
      ),
    ];
  });

const accessToNobody = eachRecord('.export', ({ subject, export: to }) =>
  'none' in subject && (to.access || to.portability)
    ? 'it is exported, and nobody knows whose rows it has: say who the person is, or do not export it'
    : undefined,
);

/** Compares from a moment in a long month, so that calendar months have their full length. */
const longer = (a: Period, b: Period): boolean => {
  const start = Date.UTC(2026, 0, 1);
  return addPeriod(start, a, 'UTC') > addPeriod(start, b, 'UTC');
};

function extensionProblems(extension: Policy['rights']['answerWithin']['extension']): Finding[] {
  if (extension === undefined) return [];
  const { period, source } = extension;
  const path = 'rights.answerWithin.extension';
  return [
    ...finding(
      `${path}.period`,
      longer(period, 'P2M') ? 'two months more at most: P2M or less (Art. 12(3))' : undefined,
    ),
    ...finding(
      `${path}.period`,
      longer(period, 'P0D') ? undefined : 'it gives no time: leave it out if no request is answered later',
    ),
    ...finding(
      `${path}.source`,
      source.kind === 'statute'
        ? undefined
        : 'the law alone allows an answer after the first month: cite its article (Art. 12(3))',
    ),
  ];
}

const deadlines: Check = (policy) => {
  const { answerWithin, erasureGrace, accountDeletionGrace, thirdLook, officerSheetsKept } = policy.rights;
  const limit = 'P1M';
  const start = Date.UTC(2026, 0, 1);
  const looked = addPeriod(addPeriod(start, erasureGrace.period, 'UTC'), thirdLook.period, 'UTC');
  return [
    ...finding(
      'rights.answerWithin.period',
      longer(answerWithin.period, limit)
        ? 'a request is answered within one month: P1M or less (Art. 12(3))'
        : undefined,
    ),
    ...extensionProblems(answerWithin.extension),
    ...Object.entries({ erasureGrace, accountDeletionGrace }).flatMap(([name, { period: grace }]) =>
      finding(
        `rights.${name}.period`,
        longer(answerWithin.period, grace)
          ? undefined
          : `the grace of ${grace} leaves no time to act before the answer is due after ${answerWithin.period}: shorten it (a grace does not stop the clock)`,
      ),
    ),
    ...finding(
      'rights.thirdLook.period',
      // A grace that is too long by itself is named by itself.
      looked < addPeriod(start, answerWithin.period, 'UTC') || !longer(answerWithin.period, erasureGrace.period)
        ? undefined
        : `the grace of ${erasureGrace.period} and the third look after ${thirdLook.period} end after the answer is due: shorten one of them`,
    ),
    ...finding(
      'rights.officerSheetsKept.period',
      longer(limit, officerSheetsKept.period)
        ? `an officer has up to a month to ask a recipient, and nobody knows about whom after ${officerSheetsKept.period}: lengthen it`
        : undefined,
    ),
    ...manualRecipients(policy).flatMap(({ id, within }) =>
      finding(
        `recipients.${id}.reach.within`,
        longer(within, answerWithin.period)
          ? `${within} is longer than the ${answerWithin.period} in which the person is answered: shorten it`
          : undefined,
      ),
    ),
  ];
};

const badCalendar: Check = ({ controller: { timeZone, financialYearEnd } }) => {
  const [month = 0, day = 0] = financialYearEnd.slice(2).split('-').map(Number);
  const date = new Date(Date.UTC(2024, month - 1, day));
  let zone = true;
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    zone = false;
  }
  return [
    ...finding(
      'controller.timeZone',
      zone ? undefined : `'${timeZone}' is not an IANA time zone, such as Europe/Paris`,
    ),
    ...finding(
      'controller.financialYearEnd',
      date.getUTCMonth() === month - 1 && date.getUTCDate() === day
        ? undefined
        : `'${financialYearEnd}' is not a day of the year, such as --12-31`,
    ),
  ];
};

/** Art. 13(1)(d): whoever may object is told to what (Art. 21(1)). */
const interest = eachPurpose('.interest', ({ legalBasis, interest: told }) => {
  if (isObjectable(legalBasis) === (told !== undefined)) return undefined;
  return told === undefined
    ? `it rests on ${legalBasis}, and nobody is told the interest behind it: write it (Art. 13(1)(d))`
    : `an interest is named, and it rests on ${legalBasis}: remove it, or correct the basis`;
});

export const lawChecks: Record<string, Check> = {
  'special-category-without-ground': specialWithoutGround,
  'ground-without-special-category': groundWithoutSpecial,
  'explicit-consent-unnamed': explicitConsentUnnamed,
  'explicit-consent-missing': explicitConsentMissing,
  'account-without-consent': accountWithoutConsent,
  'unknown-country': unknownCountry,
  'transfer-without-safeguard': transferWithoutSafeguard,
  'safeguard-for-nobody': safeguardForNobody,
  portability,
  'access-to-nobody': accessToNobody,
  deadlines,
  'bad-calendar': badCalendar,
  interest,
};
