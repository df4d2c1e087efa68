import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT, scanCalls, type Scan, type Sdk } from '../../contract/callSites.ts';
import { STRIPE_MOCK_VERSION } from '../../contract/stripeMock.ts';

const page = readFileSync(join(ROOT, 'docs/systems.md'), 'utf8');

const sections: Readonly<Record<Sdk, { title: string; link: RegExp }>> = {
  stripe: { title: 'Stripe', link: /\]\(https:\/\/docs\.stripe\.com\/[^)]+\)/ },
  brevo: { title: 'Brevo', link: /\]\(https:\/\/developers\.brevo\.com\/[^)]+\)/ },
};

interface Row {
  readonly call: string;
  readonly linked: boolean;
}

/**
 * The calls that the tables of a section name: `customers.list({ email })` is `customers.list`,
 * `DELETE /a/{b}` is `DELETE a/{}`.
 */
function rowsOf(sdk: Sdk, text = page): Row[] {
  const { title, link } = sections[sdk];
  const section = text.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
  return section.split('\n').flatMap((line) => {
    if (!line.startsWith('|')) return [];
    const spans = [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);
    return spans.flatMap((span) => {
      const [, request] = /^((?:GET|POST|PUT|PATCH|DELETE) .+)$/.exec(span) ?? [];
      const [, named] = /^([a-zA-Z]\w*(?:\.\w+)+)/.exec(span) ?? [];
      const call = request === undefined ? named : request.replace(' /', ' ').replace(/\{[^}]*\}/g, '{}');
      return call === undefined ? [] : [{ call, linked: link.test(line) }];
    });
  });
}

describe('every call to another company is on docs/systems.md, with its documentation', () => {
  let scan: Scan;
  beforeAll(() => {
    scan = scanCalls();
  }, 300_000);
  const made = (sdk: Sdk) => scan.calls.filter((call) => call.sdk === sdk);

  it.each([
    ['stripe', 8],
    ['brevo', 8],
  ] as const)('%s', (sdk, atLeast) => {
    expect(new Set(made(sdk).map(({ call }) => call)).size).toBeGreaterThanOrEqual(atLeast);
    const documented = new Set(rowsOf(sdk).flatMap(({ call, linked }) => (linked ? [call] : [])));
    expect(made(sdk).filter(({ call }) => !documented.has(call))).toEqual([]);
  });

  it.each(['stripe', 'brevo'] as const)('%s: the page names no call that nobody makes', (sdk) => {
    const calls = new Set(made(sdk).map(({ call }) => call));
    expect(rowsOf(sdk).filter(({ call }) => !calls.has(call))).toEqual([]);
  });

  it('nothing is called in a way that cannot be followed, and no other client is made', () => {
    expect(scan.unclear).toEqual([]);
    expect(scan.made.map(({ sdk, at }) => `${sdk} ${at.split(':')[0] ?? ''}`).sort()).toEqual([
      'brevo functions/src/platform/clients.ts',
      'stripe functions/src/platform/clients.ts',
    ]);
  });

  it('the page says which stripe-mock CI builds', () => {
    expect(page).toContain(`CI builds ${STRIPE_MOCK_VERSION} if Go is there`);
  });
});
