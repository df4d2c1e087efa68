import { inLanguage } from '../../texts/languages.ts';
import { contactPath, requestTypes } from '../contract.ts';
import { allRecords, consentPurposes, devicePermissionIds, isConsentPurpose, type NamedRecord } from '../lookup.ts';
import type { Policy, PolicyRecord } from '../schema.ts';
import { firstAsked } from '../versions/inForce.ts';
import { CONSENT, contactRules, DEVICE_PERMISSION, ENFORCED, HELPERS, REQUEST, STATE } from './rulesText.ts';

/**
 * The security rules that a policy asks for: its consents, device permissions, rights requests, the
 * contact form, and the owner's access to each record (`client`). Everything without an `allow` is
 * refused. Deterministic.
 */
export const renderRules = (policy: Policy): string => `rules_version = '2';

// Generated from the policy by \`npm run generate\`: change the policy, not this file.
//
// It opens personal data to an app's clients, and nothing else: everything without an \`allow\`
// is refused. Only the app's own database is opened. The backend's database, \`compliance\`,
// matches nothing here and so stays closed to every client; the Admin SDK does not pass through
// rules. Rules of all matching blocks are ORed: an app with rules of its own must not have a wide
// \`users/{uid}/{document=**}\`, which would undo every check below.
service cloud.firestore {
  match /databases/(default)/documents {
${indented(4, blocksOf(policy).join('\n\n'))}
  }
}
`;

function blocksOf(policy: Policy): string[] {
  const consents = consentPurposes(policy);
  const permissions = devicePermissionIds(policy);
  const contact = contactPath(policy);
  return [
    HELPERS,
    ...(consents.length > 0 ? [listOf('consentPurposes', consents), CONSENT] : []),
    ...(permissions.length > 0 ? [listOf('devicePermissions', permissions), DEVICE_PERMISSION] : []),
    listOf('requestTypes', requestTypes),
    REQUEST,
    STATE,
    ...(allRecords(policy).some(({ record }) => isEnforced(policy, record)) ? [ENFORCED] : []),
    ...allRecords(policy).flatMap((named) => recordBlock(policy, named) ?? []),
    ...(contact === null ? [] : [contactRules(contact)]),
  ];
}

const listOf = (name: string, values: readonly string[]): string =>
  `function ${name}() {\n  return [${values.map(quoted).join(', ')}];\n}`;

/** Each id and field of a policy is letters, digits, hyphens and the like: nothing to escape. */
const quoted = (value: string): string => `'${value}'`;

/** The methods that the owner of a row may use; undefined: none. */
function recordBlock(policy: Policy, { record }: NamedRecord): string | undefined {
  const { client, path, subject, name } = record;
  if (client === undefined || !('pathVariable' in subject || 'field' in subject)) return undefined;
  const { owner, servers = [], texts = {}, timestamp } = client;
  const enforce = isEnforced(policy, record);
  const shape = [
    'isModest()',
    ...(timestamp === undefined ? [] : [`isTime(${quoted(timestamp)})`]),
    ...Object.entries(texts).map(([field, max]) => `optionalText(${quoted(field)}, ${max})`),
  ];
  const [stored, written] =
    'pathVariable' in subject
      ? [`isPerson(${subject.pathVariable})`, `isPerson(${subject.pathVariable})`]
      : [`isPerson(resource.data.${subject.field})`, `isPerson(request.resource.data.${subject.field})`];
  const theirs = `[${servers.map(quoted).join(', ')}]`;
  const unless = (keys: string): string[] => (servers.length === 0 ? [] : [`!${keys}.hasAny(${theirs})`]);
  // It comes last: a row that is refused anyway reads no document.
  const open = enforce ? ['hasOpenPurpose()'] : [];
  const conditions = {
    read: [stored],
    delete: [stored],
    create: [written, 'isShaped()', ...unless('request.resource.data.keys()'), ...open],
    update: [
      ...new Set([stored, written]),
      'isShaped()',
      ...unless('request.resource.data.diff(resource.data).affectedKeys()'),
      ...open,
    ],
  };
  // Operations under the same conditions are one line.
  const lines = Map.groupBy(OPERATIONS, (one) => conditions[one].join(' && '));
  const allows = [...lines].flatMap(([condition, all]) => {
    const may = all.filter((one) => owner.includes(one));
    return may.length === 0 ? [] : [`  allow ${may.join(', ')}: if ${condition};`];
  });
  const writes = owner.includes('create') || owner.includes('update');
  return [
    `// ---- ${inLanguage(name, 'en').replaceAll(/\s+/g, ' ')}`,
    ...(servers.length === 0
      ? []
      : [`// Only servers write ${servers.join(', ')}: the owner neither adds nor changes nor removes it.`]),
    '',
    `match /${path} {`,
    ...(writes ? ['  function isShaped() {', `    return ${shape.join('\n      && ')};`, '  }', ''] : []),
    ...(enforce ? openPurpose(policy, record) : []),
    ...allows,
    '}',
  ].join('\n');
}

/** Do rules refuse rows of a record now, or from a known day on? Nobody can answer a draft. */
function isEnforced(policy: Policy, { client }: PolicyRecord): boolean {
  const enforce = client?.enforce;
  return enforce !== undefined && (enforce === true || firstAsked(policy, enforce)?.isDraft === false);
}

/** The functions that tell if rows of a record are taken now. */
function openPurpose(policy: Policy, { client, purposes }: PolicyRecord): string[] {
  const one = typeof client?.enforce === 'string' ? client.enforce : undefined;
  const ids = one === undefined ? purposes : [one];
  const open = ids.map((id) => `${isConsentPurpose(policy, id) ? 'isAgreed' : 'isOpen'}(state, ${quoted(id)})`);
  const from = one === undefined ? undefined : firstAsked(policy, one);
  const isOpen = [
    '    let state = shownState();',
    `    return !isRestricted(state) && (${open.join(' || ')});`,
    '  }',
    '',
  ];
  if (from?.from === undefined)
    return [`  // One of the purposes of the rows is open.`, '  function hasOpenPurpose() {', ...isOpen];
  return [
    `  // Nobody can say yes before the day of the version ${from.version}: until then no document is read.`,
    '  function hasOpenPurpose() {',
    `    return request.time < timestamp.value(${from.from}) || hasConsent();`,
    '  }',
    '',
    '  function hasConsent() {',
    ...isOpen,
  ];
}

const OPERATIONS = ['read', 'delete', 'create', 'update'] as const;

const indented = (by: number, text: string): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? '' : `${' '.repeat(by)}${line}`))
    .join('\n');
