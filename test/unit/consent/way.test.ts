import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Timestamp } from 'firebase-admin/firestore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStandins, type Standins } from '../../../emulator/standins/index.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { planErasure } from '../../../functions/src/erasure/plan.ts';
import { consentWritten } from '../../../functions/src/handlers/consent.ts';
import { runTask } from '../../../functions/src/handlers/tasks.ts';
import { changeRunners } from '../../../functions/src/queueRunners.ts';
import { createClients } from '../../../functions/src/platform/clients.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { fakeAuth } from '../../kit/auth.ts';
import { countCalls } from '../../kit/executed.ts';
import { testContext } from '../requests/helpers.ts';

/**
 * The way of a consent is short, and is the one that docs/consents.md draws. Counted are the files
 * at work in one answer, on databases in memory, up to the commit of the ledger's entry. Also those
 * in the task that carries it, up to the call to Brevo.
 */

const NOW = Date.parse('2026-06-01T10:00:00Z');

/**
 * Files that every function stands on, and pure files that many rooms share. `jobs/` counts as one
 * room: every job takes the same way through it.
 */
const LIBRARIES =
  /^(platform|policy|texts|crypto)\/|^ledger\/(chain|documents|shape)\.ts$|^subject\/(pseudonym|emails)\.ts$|^systems\/registry\.generated\.ts$/;

const roomsOf = (files: Iterable<string>): string[] =>
  [
    ...new Set([...files].filter((file) => !LIBRARIES.test(file)).map((file) => file.replace(/^jobs\/.*/, 'jobs/'))),
  ].sort();

/**
 * The files of a drawing in the order in which they are entered; a file that is entered again
 * stands there again.
 */
function drawn(title: string): string[] {
  return [...drawing(title).matchAll(/^(?: *\d+|\[\w+\]|) +(\S+)/gm)].map(([, file = '']) => file);
}

function drawing(title: string): string {
  const pages = ['consents', 'architecture'].map((name) =>
    readFileSync(new URL(`../../../docs/${name}.md`, import.meta.url), 'utf8'),
  );
  return pages.join('\n').split(`**${title}**`)[1]?.split('```')[1] ?? '';
}

const ERASURE = 'From the end of an account to the certificate';
const TITLES = ['From the event to the ledger', 'From the job of a withdrawal to Brevo', ERASURE] as const;

/**
 * The files that a step of an erasure calls from erasure/steps.ts, in the order of its text and of
 * the functions there that it calls.
 */
function filesCalledIn(step: string): string[] {
  const code = readFileSync(new URL('../../../functions/src/erasure/steps.ts', import.meta.url), 'utf8');
  const fileOf = new Map<string, string>();
  for (const [, names = '', path = ''] of code.matchAll(/^import \{([^}]*)\} from '([^']+)';$/gm))
    for (const name of names.split(',')) fileOf.set(name.trim(), join('erasure', path));
  const bodies = new Map<string, string>();
  for (const [, name = '', body = ''] of code.matchAll(/^(?:async )?function (\w+)(\([\s\S]*?^\}$)/gm))
    bodies.set(name, body);
  const follow = (text: string, above: readonly string[]): string[] =>
    [...text.matchAll(/\b(\w+)\(/g)].flatMap(([, name = '']) => {
      const body = bodies.get(name);
      if (body !== undefined && !above.includes(name)) return follow(body, [...above, name]);
      return fileOf.get(name) ?? [];
    });
  const [, work = ''] = new RegExp(`^    ${step}: ([\\s\\S]*?)^    (?=\\S)`, 'm').exec(code) ?? [];
  return follow(work, []);
}

let context: Context;
let servers: Standins;

/** Called once, at the end of a way. */
let arrived: { write?: (() => Promise<void>) | undefined; brevo?: (() => Promise<void>) | undefined } = {};
const arrive = async (where: keyof typeof arrived): Promise<void> => {
  const then = arrived[where];
  arrived = { ...arrived, [where]: undefined };
  await then?.();
};
let time = NOW;

beforeAll(async () => {
  servers = await startStandins({ now: () => NOW });
  await fetch(`${servers.brevoUrl}/v3/contacts/lists`, {
    method: 'POST',
    headers: { 'api-key': 'test', 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'marketing', folderId: 1 }),
  });
  const base = testContext(NOW);
  const { own } = base;
  const config = { ...base.config, brevoApiBase: new URL(servers.brevoUrl), brevoMarketingList: 1 };
  const real = createClients(config, () => 'sk_test_x');
  const metadata = { creationTime: new Date(NOW - 1_000_000).toUTCString() };
  const ada = { uid: 'ada', email: 'ada@example.com', emailVerified: true, metadata };
  const commit = own.runTransaction.bind(own);
  own.runTransaction = async (...work) => {
    const result = await commit(...work);
    await arrive('write');
    return result;
  };
  const brevo = async () => {
    await arrive('brevo');
    return real.brevo();
  };
  const clients = { ...base.clients, auth: async () => fakeAuth(() => [ada]), brevo };
  context = { ...base, policy: amikeo, config, clients, now: () => time };
  // The modules are loaded, so that only calls are counted.
  await answer('first', true);
  await carry('first');
});
afterAll(() => servers.stop());

async function answer(id: string, granted: boolean): Promise<void> {
  time += 60_000;
  const data = { granted, policyVersion: '2025-06-15', source: 'app', updatedAt: Timestamp.fromMillis(time) };
  await consentWritten(context, {
    id,
    time: new Date(time).toISOString(),
    document: 'users/ada/consents/messages',
    params: { uid: 'ada', purpose: 'messages' },
    data: { before: { data: () => undefined }, after: { data: () => data } },
  } as unknown as Parameters<typeof consentWritten>[1]);
}
const carry = (id: string): Promise<void> =>
  runTask(changeRunners)(context, { data: { jobId: `change_${id}` } } as unknown as Parameters<
    ReturnType<typeof runTask>
  >[1]);

describe('the way of a consent', () => {
  it.each([
    ['From the event to the ledger', 'write', 10],
    ['From the job of a withdrawal to Brevo', 'brevo', 15],
  ] as const)('%s: few files, each as it is drawn, and hardly any twice', async (title, where, most) => {
    await answer(`given_${where}`, true);
    if (where === 'brevo') await answer('withdrawal', false);
    const executed = await countCalls();
    let files: ReadonlySet<string> | undefined;
    arrived = { [where]: async () => void (files = await executed()) };
    await (where === 'write' ? answer('withdrawn', false) : carry('withdrawal'));
    if (files === undefined) throw new Error('the way did not arrive');
    const rooms = roomsOf(files);
    expect(rooms).toEqual(roomsOf(drawn(title)));
    expect(rooms.length).toBeLessThanOrEqual(most);
    expect(drawn(title).length - rooms.length, 'returns').toBeLessThanOrEqual(2);
  });
});

describe('docs/consents.md and docs/architecture.md', () => {
  it('draws files that are there', () => {
    for (const title of TITLES) {
      expect(drawn(title), title).not.toEqual([]);
      for (const file of drawn(title))
        expect(existsSync(new URL(`../../../functions/src/${file}`, import.meta.url)), file).toBe(true);
    }
  });

  it.each([...TITLES])('%s: the words behind the files stand in one column', (title) => {
    const columns = [...drawing(title).matchAll(/^(.*\.ts +)\S/gm)].map(([, before = '']) => before.length);
    expect(new Set(columns).size).toBe(1);
  });

  it('draws the files of a step of an erasure in the order in which the step calls them', () => {
    const steps = drawing(ERASURE)
      .split(/^(?=\[\w+\])/m)
      .slice(1);
    const wrong = steps.flatMap((text) => {
      const [, step = ''] = /^\[(\w+)\]/.exec(text) ?? [];
      const called = filesCalledIn(step);
      const shown = [...text.matchAll(/([\w/]+\.ts)\b/g)].map(([, file = '']) => file);
      const direct = shown.filter((file) => called.includes(file));
      // A file that is drawn twice is called twice, so each is looked for behind the one before.
      let at = -1;
      return direct.every((file) => (at = called.indexOf(file, at + 1)) >= 0) ? [] : [`${step}: ${direct.join(', ')}`];
    });
    expect(wrong).toEqual([]);
    expect(filesCalledIn('begin')).toContain('subject/tombstones.ts');
  });

  it('draws the steps of an erasure in the order of its plan', () => {
    const erasee = { uid: 'ada', pseudonym: 'p', accountCreatedAt: 1 };
    const start = { by: 'accountDeleted', id: 's', at: NOW, from: NOW, requested: true } as const;
    const planned = planErasure(amikeo, erasee, start).steps.map(({ id }) => id);
    expect([...drawing(ERASURE).matchAll(/^\[(\w+)\]/gm)].map(([, step]) => step)).toEqual(planned);
  });
});
