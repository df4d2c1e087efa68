import type { Auth } from 'firebase-admin/auth';
import { beforeAll, describe, expect, it } from 'vitest';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import { accountCreatedAt } from '../../functions/src/subject/identity.ts';
import { loadSystem } from '../../functions/src/systems/registry.ts';
import { proven } from '../kit/proven.ts';
import { collect, drive, erase, fresh, recordsOf, scopeFor, subjectOf, testContext } from './harness.ts';
import { conformance, type Planted } from './suite.ts';

const context = testContext();
let auth: Auth;
beforeAll(async () => {
  auth = await context.clients.auth();
});

const isThere = async (uid: string): Promise<boolean> => (await auth.getUsers([{ uid }])).users.length === 1;

async function plant(): Promise<Planted> {
  const uid = fresh('cf');
  const displayName = 'Camille Martin';
  const user = await auth.createUser({ uid, displayName, email: `${uid}@example.com`, emailVerified: true });
  const others = [`${uid}x`, uid.slice(0, -1), uid.toUpperCase()];
  for (const other of others) await auth.createUser({ uid: other, displayName, email: `${other}+1@example.com` });
  return {
    subject: subjectOf(uid, { accountCreatedAt: accountCreatedAt(user), verifiedEmails: proven(`${uid}@example.com`) }),
    stranger: subjectOf(fresh('nobody')),
    left: async () => ((await isThere(uid)) ? 1 : 0),
    retained: {},
    others: async () => (await Promise.all(others.map((other) => auth.getUser(other)))).map((one) => one.toJSON()),
    rows: { account: 1 },
  };
}

const system = await loadSystem('auth', context);
conformance(system, { policy: amikeo, plant });

describe('Authentication, further', () => {
  const [named] = recordsOf(amikeo, 'auth');
  if (!named) throw new Error('the policy has no account');

  it('leaves an account that was created later under the same uid alone: it is another person', async () => {
    const { subject } = await plant();
    const earlier = { ...subject, accountCreatedAt: (subject.accountCreatedAt ?? 0) - 5 };
    const scope = await scopeFor(system, amikeo, earlier);
    expect(scope).toMatchObject({ handles: [], refused: [{ reason: 'anotherAccount' }] });
    const { outcomes } = await drive((s) => system.apply(named, s, erase), scope);
    expect(outcomes).toEqual([{ record: 'account', count: 0, outcome: 'done' }]);
    expect((await drive((s) => system.check(named, s, erase), scope)).outcomes).toEqual(outcomes);
    expect(await collect(system.read(named, scope))).toEqual([]);
    expect(await isThere(subject.uid)).toBe(true);
  });

  it('asks an officer if nobody knows whether the account is the one', async () => {
    const { subject } = await plant();
    const scope = await scopeFor(system, amikeo, { ...subject, accountCreatedAt: null });
    const { outcomes } = await drive((s) => system.apply(named, s, erase), scope);
    expect(outcomes).toMatchObject([{ outcome: 'manual' }]);
    expect(await isThere(subject.uid)).toBe(true);
  });

  it('has no account of a person without one, even with a proven address', async () => {
    const { subject } = await plant();
    const nobody = subjectOf('', { verifiedEmails: subject.verifiedEmails, accountCreatedAt: null });
    const scope = await scopeFor(system, amikeo, nobody);
    expect(scope).toMatchObject({ handles: [], refused: [] });
    const none = [{ record: 'account', count: 0, outcome: 'done' }];
    expect(await system.preview(named, scope, erase)).toEqual(none);
    expect(await system.apply(named, scope, erase)).toEqual({ settled: none });
    expect(await system.check(named, scope, erase)).toEqual({ settled: none });
    expect(await isThere(subject.uid)).toBe(true);
  });

  it('gives no hash of a password', async () => {
    const uid = fresh('cf');
    const user = await auth.createUser({ uid, password: 'correct horse' });
    const scope = await scopeFor(system, amikeo, subjectOf(uid, { accountCreatedAt: accountCreatedAt(user) }));
    const [row] = await collect(system.read(named, scope));
    expect(row?.data).toMatchObject({ uid });
    expect(JSON.stringify(row)).not.toMatch(/password(Hash|Salt)/);
  });
});
