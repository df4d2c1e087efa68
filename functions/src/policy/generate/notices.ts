import { textsIn } from '../../texts/index.ts';
import { inLanguage, languagesOf, nameOfLanguage } from '../../texts/languages.ts';
import { noticeHash } from '../notices.ts';
import type { Policy } from '../schema.ts';
import { isDraft, statedVersion } from '../versions/inForce.ts';
import { section } from './markdown.ts';

/** A place in the page that other pages link to. */
export const noticeAnchor = (version: string, purpose: string): string => `${version}-${purpose}`;

/**
 * Renders every notice as Markdown, for a person to read: the newest version first, each text in
 * each language with its hash. Deterministic.
 */
export function renderNotices(policy: Policy): string {
  const languages = languagesOf(policy);
  const versions = Object.entries(policy.notices)
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .map(([version, purposes]) =>
      section(
        2,
        titleOf(policy, version),
        changeOf(policy, version).concat(
          Object.entries(purposes).map(([id, texts]) => {
            const name = policy.purposes[id]?.name;
            const title = name ? languages.map((language) => inLanguage(name, language)).join(' · ') : id;
            return [
              `<a id="${noticeAnchor(version, id)}"></a>`,
              section(
                3,
                `${title} (\`${id}\`)`,
                languages.flatMap((language) => {
                  const text = texts[language];
                  if (text === undefined) return [];
                  return [`${textsIn(language).format.name} · \`${noticeHash(text)}\`\n\n${fenced(text)}`];
                }),
              ),
            ].join('\n\n');
          }),
        ),
      ),
    );
  return [
    `# Notices – ${policy.controller.name}`,
    `The texts with which people are asked for a consent, as they are shown: word for word what a consent in the ledger is proven with, by its SHA-256. Written from the policy by \`npm run generate\`. A published text never changes; [notices.lock.json](notices.lock.json) sees to it. Where the language of a person is neither ${languages.map(nameOfLanguage).join(' nor ')}, the app shows the ${nameOfLanguage(policy.languages[0])} one.`,
    ...versions,
  ]
    .join('\n\n')
    .concat('\n');
}

/** The newest version that is no draft is the current one. */
function titleOf(policy: Policy, version: string): string {
  if (isDraft(policy, version)) return `${version} (draft)`;
  return version === statedVersion(policy) ? `${version} (current)` : version;
}

/** The change of a version, in each language; nothing of the first version. */
function changeOf(policy: Policy, version: string): string[] {
  const change = policy.changes?.[version];
  if (change === undefined) return [];
  const { announced, kind, endsConsents, text } = change;
  const ids = Object.keys(endsConsents);
  const told = announced === undefined ? 'Nobody is told yet.' : `Announced on ${announced}, in force from ${version}.`;
  const ended = ids.length === 0 ? 'no consent' : ids.map((id) => `\`${id}\``).join(', ');
  return [
    `${told} The change is of the kind \`${kind}\`; it asks again for ${ended}.`,
    ...languagesOf(policy).map((language) => `${textsIn(language).format.name}\n\n${fenced(text[language] ?? '')}`),
  ];
}

/** A block that the text cannot end. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}
