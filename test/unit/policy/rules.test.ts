import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { example } from '../../../functions/policies/example/index.ts';
import { shop } from '../../../functions/policies/shop/index.ts';
import { renderRules } from '../../../functions/src/policy/generate/rules.ts';
import type { Policy } from '../../../functions/src/policy/schema.ts';
import { asDraft } from '../../kit/amikeo.ts';

/** The documents that the rules of a policy open, beside the database itself. */
const opened = (policy: Policy): string[] =>
  [...renderRules(policy).matchAll(/^ *match \/(.*) \{$/gm)]
    .map(([, path = '']) => path)
    .filter((path) => !path.startsWith('databases/'));

describe('the rules open the paths that the policy names, and nothing else', () => {
  it.each([
    [
      'AMIKEO',
      amikeo,
      [
        'users/{uid}/consents/{purpose}',
        'users/{uid}/devicePermissions/{id}',
        'users/{uid}/privacyRequests/{id}',
        'users/{uid}/privacy/{id}',
        'users/{uid}',
        'users/{uid}/installations/{id}',
        'users/{uid}/activity/{id}',
        'users/{uid}/sessions/{id}',
        'users/{uid}/usageEvents/{id}',
        'contactRequests/{id}',
      ],
    ],
    [
      'the example, which has no contact form',
      example,
      [
        'users/{uid}/consents/{purpose}',
        'users/{uid}/devicePermissions/{id}',
        'users/{uid}/privacyRequests/{id}',
        'users/{uid}/privacy/{id}',
        'riders/{rider}',
        'riders/{rider}/trips/{trip}',
      ],
    ],
    [
      'the shop, which asks devices for nothing, and whose contact form writes elsewhere',
      shop,
      [
        'users/{uid}/consents/{purpose}',
        'users/{uid}/privacyRequests/{id}',
        'users/{uid}/privacy/{id}',
        'members/{uid}',
        'reviews/{review}',
        'questions/{question}',
      ],
    ],
  ])('of %s', (_name, policy, paths) => {
    expect(opened(policy)).toEqual(paths);
  });

  it('a policy that asks for nothing has no block for answers', () => {
    const { sale, accounts } = shop.purposes;
    const purposes = Object.fromEntries(Object.entries({ sale, accounts }).filter((one) => one[1] !== undefined));
    expect(opened({ ...shop, purposes: purposes as Policy['purposes'] })).not.toContain(
      'users/{uid}/consents/{purpose}',
    );
  });

  it('a record that the policy enforces takes rows while one of its purposes is open', () => {
    const draft = asDraft(amikeo);
    const rules = renderRules(draft);
    expect(rules).toContain("return !isRestricted(state) && (isAgreed(state, 'analytics'));");
    // Deleting one's own rows is free in any state.
    expect(rules).toContain('allow create, update: if isPerson(uid) && isShaped() && hasOpenPurpose();');
    const { usageEvents, ...records } = amikeo.records;
    if (usageEvents === undefined) throw new Error('AMIKEO has no usage events');
    const purposes = ['analytics', 'preferences'];
    const mixed = renderRules({ ...draft, records: { ...records, usageEvents: { ...usageEvents, purposes } } });
    expect(mixed).toContain("(isAgreed(state, 'analytics') || isOpen(state, 'preferences'))");
    expect(renderRules({ ...draft, records })).not.toContain('shownState');
  });

  it('the rule for files that docs/your-own-policy.md shows asks all that the generated ones ask', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/your-own-policy.md'), 'utf8');
    const shown = /function hasAgreed\(\) \{.*?\n\}/s.exec(page)?.[0];
    const functions =
      /function isRestricted.*?function isAgreed.*?\n *\}/s.exec(renderRules(asDraft(amikeo)))?.[0] ?? '';
    const asked = [...functions.matchAll(/state\.get\((\[.*?\]|'.*?'), /g)].map(([, path = '']) => path);
    expect(asked).toHaveLength(4);
    for (const path of asked) expect(shown).toContain(`state.get(${path.replace('purpose,', "'coreService',")}, `);
  });

  it('the owner’s rights to a row are in its block, with its fields', () => {
    const rules = renderRules(shop);
    const block = (path: string): string => rules.split(`match /${path} {`)[1]?.split('\n    }\n')[0] ?? '';
    expect(block('reviews/{review}')).toContain('allow read: if isPerson(resource.data.author);');
    expect(block('reviews/{review}')).toContain("&& isTime('writtenAt')");
    expect(block('reviews/{review}')).not.toContain('delete');
    expect(block('members/{uid}')).toContain('allow create, update: if isPerson(uid) && isShaped();');
    expect(block('members/{uid}')).toContain("&& optionalText('address', 500)");
  });
});
