import { noticeHash } from '../notices.ts';
import type { Policy } from '../schema.ts';
import { section } from './markdown.ts';

/** A place in the page that other pages link to. */
export const noticeAnchor = (version: string, purpose: string): string => `${version}-${purpose}`;

/** Every notice as Markdown, for a person to read: the newest version first, each text in both languages with its hash. Deterministic. */
export function renderNotices(policy: Policy): string {
  const versions = Object.entries(policy.notices)
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .map(([version, purposes]) =>
      section(
        2,
        version === policy.version ? `${version} (current)` : version,
        Object.entries(purposes).map(([id, texts]) => {
          const name = policy.purposes[id]?.name;
          const title = name ? `${name.en} · ${name.fr}` : id;
          return [
            `<a id="${noticeAnchor(version, id)}"></a>`,
            section(
              3,
              `${title} (\`${id}\`)`,
              (['en', 'fr'] as const).map(
                (l) => `${l === 'en' ? 'English' : 'Français'} · \`${noticeHash(texts[l])}\`\n\n${fenced(texts[l])}`,
              ),
            ),
          ].join('\n\n');
        }),
      ),
    );
  return [
    `# Notices – ${policy.controller.name}`,
    `The texts with which people are asked for a consent, as they are shown: word for word what a consent in the ledger is proven with, by its SHA-256. Written from the policy by \`npm run generate\`. A published text never changes; [notices.lock.json](notices.lock.json) sees to it. Where the language of a person is neither English nor French, the app shows the ${policy.defaultLanguage === 'fr' ? 'French' : 'English'} one.`,
    ...versions,
  ]
    .join('\n\n')
    .concat('\n');
}

/** A block that the text cannot end. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}
