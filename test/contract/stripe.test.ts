import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../functions/src/platform/context.ts';
import { ComplianceError } from '../../functions/src/platform/errors.ts';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import { loadSystem, manifests } from '../../functions/src/systems/registry.ts';
import { stopRenewal } from '../../functions/src/systems/stripe/renewal.ts';
import {
  NO_FIGURES,
  type Change,
  type NamedRecord,
  type Scope,
  type System,
} from '../../functions/src/systems/system.ts';
import { collect, erase, NOW, recordsOf, subjectOf, testContext } from '../conformance/harness.ts';
import { proven, provenEmail } from '../kit/proven.ts';
import { ROOT, scanCalls, type Scan } from './callSites.ts';
import { record, type Recorder, type Sent } from './recorder.ts';
import { findStripeMock, HOW_TO_INSTALL, startStripeMock, type StripeMock } from './stripeMock.ts';
import { heldPeople } from '../kit/sealed/held.ts';

/**
 * Sends every call that this project can make to Stripe, made by the project's own code, to
 * Stripe's own stripe-mock: none is refused. Only the request is judged. The answers are fixtures,
 * so the code may find that they do not fit.
 */

const binary = findStripeMock();
if (binary === undefined) console.log(`skipped: ${HOW_TO_INSTALL}`);

/** Long after every period of the policy is over. */
const MUCH_LATER = Date.parse('2060-01-01T00:00:00Z');
const CUSTOMER = 'cus_contract1';

const changes: readonly Change[] = [
  erase,
  { kind: 'rectify', values: { email: 'camille@example.com', name: 'Camille Martin' } },
  { kind: 'restrict', restricted: true },
  { kind: 'restrict', restricted: false },
  { kind: 'consent', purpose: 'messages', granted: true, email: provenEmail('camille@example.com') },
  { kind: 'consent', purpose: 'messages', granted: false, email: provenEmail('camille@example.com') },
];

/** People with ids and addresses that need quoting, encoding, or nothing of the kind. */
const subjects = [
  subjectOf('uid-1', { verifiedEmails: proven('camille@example.com'), providerIds: { stripeCustomer: CUSTOMER } }),
  subjectOf(`o'neill\\ "é" OR metadata['uid']:'x`, { verifiedEmails: proven(`o'neill+tag&x=1@exämple.com`) }),
  subjectOf('', { verifiedEmails: proven('without.account@example.com') }),
];

/** The deployed client, with each call of it written down by the line of our code that makes it. */
function watched<T extends object>(target: T, reached: Set<string>): T {
  return new Proxy(target, {
    get(from, key) {
      const value: unknown = Reflect.get(from, key, from);
      if (typeof value === 'object' && value !== null && typeof key === 'string' && /^[a-z]/.test(key))
        return watched(value, reached);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        reached.add(callerOf(new Error()));
        return Reflect.apply(value, from, args);
      };
    },
  });
}

/** The first line of our own code in a stack. */
function callerOf({ stack = '' }: Error): string {
  const found = stack
    .split('\n')
    .find((line) => line.includes(`${ROOT}/functions/src/`) || line.includes(`${ROOT}/cli/`));
  const [, file = '?', line = '?'] = /\/((?:functions\/src|cli)\/[^:]+):(\d+):\d+/.exec(found ?? '') ?? [];
  return `${file}:${line}`;
}

describe.skipIf(binary === undefined)('every Stripe call of this project fits the specification of Stripe', () => {
  let mock: StripeMock;
  let recorder: Recorder;
  let client: Stripe;
  let scan: Scan;
  let sent: readonly Sent[];
  const reached = new Set<string>();
  const driven: string[] = [];

  /** Runs a piece of our code; its opinion of a fixture does not count. */
  async function drive(name: string, work: () => Promise<unknown>): Promise<void> {
    driven.push(name);
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ComplianceError)) throw new Error(name, { cause: error });
    }
  }

  async function start(strict: boolean): Promise<Context> {
    mock = await startStripeMock(binary ?? '', { strict });
    recorder = await record(mock.url);
    const context = testContext({ stripe: recorder.url });
    client = await context.clients.stripe();
    return context;
  }
  const stop = async (): Promise<void> => {
    await recorder.stop();
    await mock.stop();
  };

  /**
   * Every part of the interface, for every record of Stripe, every change, before and after every
   * period.
   */
  async function driveSystem(system: System): Promise<void> {
    const known = ['id', 'find', 'read', 'apply', 'preview', 'check', 'expire', 'undated', 'lastContract'];
    expect(
      Object.keys(system).filter((part) => !known.includes(part)),
      'parts that this test does not try',
    ).toEqual([]);
    for (const subject of subjects) await drive(`find ${subject.uid}`, () => system.find(subject));
    const records = recordsOf(amikeo, 'stripe');
    const unnamed = manifests.stripe.resources.filter(
      (resource) => !records.some(({ record }) => record.path.startsWith(`${resource}/`)),
    );
    expect(unnamed, 'resources without a record to try them with').toEqual([]);
    for (const named of records) {
      for (const now of [NOW, MUCH_LATER]) {
        const scope = scopeAt(now);
        await drive(`read ${named.id}`, () => collect(system.read(named, scope)));
        for (const change of changes) {
          await drive(`apply ${named.id} ${change.kind}`, () => system.apply(named, scope, change));
          await drive(`check ${named.id} ${change.kind}`, () => system.check(named, scope, change));
          await drive(`preview ${named.id} ${change.kind}`, () => system.preview(named, scope, change));
        }
        await drive(`expire ${named.id}`, async () => system.expire?.(named, sweepAt(named, now)));
        await drive(`undated ${named.id}`, async () => system.undated?.(named));
        await drive(`lastContract ${named.id}`, async () => system.lastContract?.(named, scope));
      }
    }
  }

  const scopeAt = (now: number): Scope => {
    const [subject] = subjects;
    if (subject === undefined) throw new Error('nobody');
    const handles = [{ system: 'stripe', id: CUSTOMER }];
    return { policy: amikeo, subject, handles, now, deadline: Date.now() + 60_000 };
  };
  const sweepAt = ({ record }: NamedRecord, now: number) => ({
    policy: amikeo,
    now,
    field: record.timestamp ?? 'created',
    cutoff: now,
    held: heldPeople(),
    figures: NO_FIGURES,
    deadline: Date.now() + 60_000,
  });

  beforeAll(async () => {
    // Is the version that we ask for the one that stripe-mock knows? Then it may insist on it.
    let context = await start(true);
    const problem = await client.customers.list({ limit: 1 }).then(
      () => null,
      (error: unknown) => error as Error,
    );
    if (problem !== null) {
      const [, spec] = /specification '([^']+)'/.exec(problem.message) ?? [];
      if (spec === undefined) throw problem;
      console.log(
        `stripe-mock has the specification of ${spec}, this project asks for ${recorder.sent[0]?.apiVersion ?? '?'}: the requests are held to ${spec}`,
      );
      await stop();
      context = await start(false);
    }
    const clients = { ...context.clients, stripe: async () => watched(client, reached) };
    scan = scanCalls();
    await driveSystem(await loadSystem('stripe', { ...context, clients }));
    // None of the fixtures' subscriptions is renewed.
    await drive('stopRenewal', () => stopRenewal({ ...context, clients }, 'sub_contract1'));
    sent = [...recorder.sent];
  }, 180_000);
  afterAll(stop);

  it('none is refused', () => {
    expect(driven.length).toBeGreaterThan(50);
    expect(sent.length).toBeGreaterThan(50);
    const refused = sent.filter(({ status }) => status !== 200);
    expect(refused.map(({ method, path, query, body, refusal }) => ({ method, path, query, body, refusal }))).toEqual(
      [],
    );
  });

  it('and none is left out: each line of the code that calls Stripe was run', () => {
    const calls = scan.calls.filter(({ sdk }) => sdk === 'stripe');
    expect(calls.length).toBeGreaterThanOrEqual(10);
    expect(scan.unclear).toEqual([]);
    expect(calls.filter(({ at }) => !reached.has(at))).toEqual([]);
    // The other way round, so that the lines are known to be the right ones.
    expect([...reached].filter((at) => !calls.some((call) => call.at === at))).toEqual([]);
  });

  it('second pages too', () => {
    const paged = sent.filter(({ query }) => /(^|&)(starting_after|page)=/.test(query)).map(({ path }) => path);
    expect([...new Set(paged)].sort()).toEqual([
      '/v1/charges',
      '/v1/customers',
      '/v1/customers/cus_contract1/payment_methods',
      '/v1/customers/search',
      '/v1/invoices',
      '/v1/subscriptions',
    ]);
  });

  it('writing calls carry an idempotency key, and all of them the one version of the API', () => {
    const versions = new Set(sent.map(({ apiVersion }) => apiVersion));
    expect([...versions]).toEqual([client.getApiField('version')]);
    const writing = sent.filter(({ method }) => method !== 'GET');
    expect(new Set(writing.map(({ method }) => method))).toEqual(new Set(['DELETE', 'POST']));
    const keys = writing.map(({ idempotencyKey }) => idempotencyKey);
    expect(keys).not.toContain('');
    expect(new Set(keys).size, 'each its own').toBe(keys.length);
  });

  it.each<[string, (stripe: Stripe) => Promise<unknown>]>([
    ['a parameter that there is not', (stripe) => stripe.customers.list({ mail: 'x' } as Stripe.CustomerListParams)],
    ['a value that there is not', (stripe) => stripe.subscriptions.list({ status: 'any' as 'all' })],
    ['a missing parameter', (stripe) => stripe.customers.search({} as Stripe.CustomerSearchParams)],
    ['a body where there is none', (stripe) => stripe.customers.del('cus_1', { force: 'yes' })],
    ['a path that there is not', (stripe) => stripe.rawRequest('POST', '/v1/customers/cus_1/forget')],
  ])('a request that does not fit is refused, or the rest would prove nothing: %s', async (_, call) => {
    await expect(call(client)).rejects.toMatchObject({ type: 'StripeInvalidRequestError' });
    expect(recorder.sent.at(-1)?.refusal).toBeDefined();
  });
});
