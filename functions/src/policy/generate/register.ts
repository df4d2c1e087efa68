import { ADEQUACY, countryName, isAdequate, isInEea } from '../countries.ts';
import { allRecords, nameIn } from '../lookup.ts';
import type { Policy, PolicyRecord, Recipient, Text } from '../schema.ts';
import { isDraft } from '../versions/inForce.ts';
import { textsIn } from '../../texts/index.ts';
import { inLanguage, type Language } from '../../texts/languages.ts';
import { cell, list, section, table } from './markdown.ts';
import { noticeAnchor } from './notices.ts';
import { provisionOf, roleOf, sourcesOf, trackersIn } from './registerCells.ts';
import { categoriesTable, copiesTable, unconfirmedStatements } from './registerSections.ts';
import {
  dayInWords,
  endsWithInWords,
  keptInWords,
  periodInWords,
  ruleInWords,
  sourceInWords,
  systemWords,
} from './words.ts';

/**
 * Renders the register of processing activities (GDPR Art. 30(1)) as Markdown, for a person to
 * read. Deterministic: the same policy always makes the same text, without the date on which it was
 * made.
 */
export function renderRegister(policy: Policy, language: Language): string {
  const { register: h, rules } = textsIn(language);
  const say = (text: Text): string => inLanguage(text, language);
  const names = (ids: readonly string[], parts: Record<string, { name: Text }>): string =>
    ids.map((id) => nameIn(parts, id, language)).join('; ');
  const records = allRecords(policy);
  const dataOf = (types: 'all' | readonly string[]): string =>
    types === 'all' ? h.everything : names(types, policy.dataTypes);

  const controller = table(undefined, [
    [h.controller, policy.controller.name],
    [h.address, policy.controller.address],
    [h.contact, policy.controller.email],
    [h.dpo, policy.controller.dataProtectionOfficer ?? h.noDpo],
    [h.authority, `[${policy.controller.supervisoryAuthority.name}](${policy.controller.supervisoryAuthority.url})`],
    [h.version, isDraft(policy, policy.version) ? `${policy.version} (${h.draft})` : policy.version],
    [h.financialYear, dayInWords(policy.controller.financialYearEnd, language)],
    [h.age, `${policy.ageOfConsent.years} (${sourceInWords(policy.ageOfConsent.source, language)})`],
    [h.source, sourceInWords(policy.controller.source, language)],
  ]);

  const activities = Object.entries(policy.purposes).map(([id, purpose], index) =>
    section(3, `${index + 1}. ${say(purpose.name)}`, [
      say(purpose.description),
      table(undefined, [
        [h.legalBasis, rules.legalBases[purpose.legalBasis]],
        ...(purpose.interest === undefined ? [] : [[h.interest, say(purpose.interest)]]),
        ...(purpose.consent
          ? [
              [h.consentAsked, purpose.consentFor ? say(purpose.consentFor) : h.forTheWhole],
              [h.notice, `[${policy.version}](notices.md#${noticeAnchor(policy.version, id)})`],
            ]
          : []),
        [h.subjects, names(purpose.subjects, policy.subjectCategories)],
        [h.data, names(purpose.dataTypes, policy.dataTypes)],
        [h.provision, provisionOf(policy, purpose, language)],
        ...trackersIn(policy, purpose, language),
        [h.recipients, purpose.recipients.map((r) => policy.recipients[r]?.name ?? r).join('; ')],
        [
          h.kept,
          names(
            records.filter(({ record }) => record.purposes.includes(id)).map((r) => r.id),
            policy.records,
          ),
        ],
        [h.source, sourceInWords(purpose.source, language)],
      ]),
    ]),
  );

  const place = (record: PolicyRecord): string =>
    [systemWords[record.system] ?? record.system, record.database, record.bucket, `\`${record.path}\``]
      .filter((part) => part !== undefined)
      .join(', ');
  const retention = table(
    [h.record, h.where, h.data, h.ends],
    records.map(({ record }) => [
      `**${say(record.name)}**<br>${sourceInWords(record.source, language)}`,
      place(record),
      names(record.dataTypes, policy.dataTypes),
      list([
        ...(record.endsWith === undefined ? [] : [endsWithInWords(record.endsWith, policy, language)]),
        ...record.fate.map(
          (rule) => `${ruleInWords(rule, policy, language)} — ${sourceInWords(rule.source, language)}`,
        ),
      ]),
    ]),
  );

  const safeguardsOf = ({ countries, safeguards }: Recipient): string => {
    const outside = countries.filter((country) => !isInEea(country));
    if (outside.length === 0) return h.noTransfer;
    const decided = outside.filter(isAdequate).map((c) => `${countryName(c, language) ?? c}: ${ADEQUACY[c] ?? ''}`);
    return [...safeguards.map((s) => rules.safeguards[s]), ...decided].join('; ');
  };
  const recipients = table(
    [h.recipient, h.role, h.countries, h.safeguards, h.keptFor, h.data, h.source],
    Object.values(policy.recipients).map((r) => [
      `**${r.name}**`,
      roleOf(r, language),
      r.countries.map((c) => countryName(c, language) ?? c).join(', '),
      safeguardsOf(r),
      keptInWords(r.kept, language),
      dataOf(r.dataTypes),
      sourcesOf(r, language),
    ]),
  );

  const reach = table(
    [h.recipient, h.how],
    Object.values(policy.recipients).map((r) => [
      r.name,
      'systems' in r.reach
        ? `${h.byInterface} (${r.reach.systems.join(', ')})`
        : `${say(r.reach.manual)} (${h.within} ${periodInWords(r.reach.within, language)})`,
    ]),
  );

  return (
    [
      `# ${h.title} – ${policy.controller.name}`,
      h.generated,
      section(2, h.controllerSection, [controller]),
      section(2, h.activities, activities),
      section(2, h.retention, [h.retentionIntro, retention]),
      section(2, h.copies, [h.copiesIntro, copiesTable(policy, language)]),
      section(2, h.recipientsAndTransfers, [recipients]),
      section(2, h.categories, [categoriesTable(policy, language)]),
      section(2, h.reach, [h.reachIntro, reach]),
      section(2, h.special, specialCategories(policy, language)),
      section(2, h.permissions, [
        table(
          [h.permission, h.use, h.source],
          Object.values(policy.devicePermissions).map((p) => [
            say(p.name),
            say(p.description),
            sourceInWords(p.source, language),
          ]),
        ),
      ]),
      section(2, h.rights, [rightsTable(policy, language)]),
      section(2, h.security, [policy.securityMeasures.map((measure) => `- ${cell(say(measure))}`).join('\n')]),
      ...unconfirmedStatements(policy, language),
    ].join('\n\n') + '\n'
  );
}

function specialCategories(policy: Policy, language: Language): string[] {
  const h = textsIn(language).register;
  const say = (text: Text): string => inLanguage(text, language);
  const types = Object.values(policy.dataTypes).filter(({ specialCategory }) => specialCategory === true);
  if (types.length === 0) return [h.noSpecial];
  const parts = [
    ...allRecords(policy).map(({ record }) => ({ name: say(record.name), ground: record.specialCategory })),
    ...Object.values(policy.recipients).map((r) => ({ name: r.name, ground: r.specialCategory })),
  ];
  const grounds = new Map<string, { ground: NonNullable<PolicyRecord['specialCategory']>; names: string[] }>();
  for (const { name, ground } of parts) {
    if (!ground) continue;
    const key = JSON.stringify(ground);
    const known = grounds.get(key) ?? { ground, names: [] };
    known.names.push(name);
    grounds.set(key, known);
  }
  return [
    `${h.specialIntro} ${types.map(({ name }) => say(name)).join('; ')}.`,
    table(
      [h.ground, h.whatFor, h.source],
      [...grounds.values()].map(({ ground, names }) => [
        `**Art. ${ground.article}** ${say(ground.text)}`,
        names.join('; '),
        sourceInWords(ground.source, language),
      ]),
    ),
  ];
}

function rightsTable({ rights }: Policy, language: Language): string {
  const h = textsIn(language).register;
  const say = (text: Text): string => inLanguage(text, language);
  const { answerWithin, erasureGrace, accountDeletionGrace, thirdLook, reconsentAfter, exportsKept } = rights;
  const { restrictionLift, officerSheetsKept, inactivity, objectionToEveryBasis, transmission } = rights;
  const rows = [
    [h.answerWithin, answerWithin.period, answerWithin.source],
    ...(answerWithin.extension
      ? ([[h.answerExtension, answerWithin.extension.period, answerWithin.extension.source]] as const)
      : []),
    [h.erasureGrace, erasureGrace.period, erasureGrace.source],
    [h.accountDeletionGrace, accountDeletionGrace.period, accountDeletionGrace.source],
    [h.thirdLook, thirdLook.period, thirdLook.source],
    [h.reconsentAfter, reconsentAfter.period, reconsentAfter.source],
    [h.exportsKept, exportsKept.period, exportsKept.source],
    [h.restrictionLift, restrictionLift.notice, restrictionLift.source],
    [h.officerSheetsKept, officerSheetsKept.period, officerSheetsKept.source],
    ...(inactivity
      ? ([
          [h.inactivity, inactivity.period, inactivity.source],
          [h.inactivityNotice, inactivity.notice, inactivity.source],
        ] as const)
      : []),
  ] as const;
  return table(
    [h.what, h.period, h.source],
    rows.map(([what, period, source]) => [
      what,
      periodInWords(period, language) || h.none,
      sourceInWords(source, language),
    ]),
  ).concat(
    `\n\n${h.automatedDecisions}: ${say(rights.automatedDecisions.text)} (${sourceInWords(rights.automatedDecisions.source, language)})`,
    objectionToEveryBasis === undefined
      ? ''
      : `\n\n${h.objectionToEveryBasis} (${sourceInWords(objectionToEveryBasis.source, language)})`,
    transmission === undefined
      ? ''
      : `\n\n${h.transmission}: ${transmission.hosts.join(', ') || h.nobodyYet} (${sourceInWords(transmission.source, language)})`,
  );
}
