import type { Bucket } from '@google-cloud/storage';
import { writeSealed } from '../../kit/sealed/seal.ts';
import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { refreshProtection } from '../../../functions/src/consent/protection.ts';
import { issueLink, LINK_MS, SIGNED_IN_WITHIN_MS } from '../../../functions/src/export/link.ts';
import type { Head } from '../../../functions/src/ledger/chain.ts';
import { headRef } from '../../../functions/src/ledger/documents.ts';
import { requestKey } from '../../../functions/src/requests/request.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { fakeAuth } from '../../kit/auth.ts';
import { putHead } from '../../kit/sealed/ledger.ts';
import { state, storedPower } from '../../kit/sealed/statements.ts';
import { testContext } from '../requests/helpers.ts';

/**
 * Tests that a link goes to the right person only. The suite's Auth cannot show these cases: old
 * sign-ins, uids that are used again, erasures that begin at this moment.
 */

const NOW = Date.parse('2026-06-01T00:00:00Z');
const CREATED = Date.parse('2026-01-01T00:00:00Z');
const LINK = 'https://storage.example/signed';

let createdAt: number | null;
let signed = 0;
let whileSigning: () => Promise<unknown>;
const contextNow = () => {
  const auth = fakeAuth(() =>
    createdAt === null ? [] : [{ uid: 'ada', metadata: { creationTime: new Date(createdAt).toUTCString() } }],
  );
  const bucket = {
    file: (name: string) => ({
      exists: async () => [name === 'exports/ada/r1/a.zip'],
      getSignedUrl: async (how: { expires: number }) => {
        signed += 1;
        await whileSigning();
        return [`${LINK}?until=${how.expires}`];
      },
    }),
  };
  const base = testContext(NOW);
  const clients = {
    ...base.clients,
    auth: async () => auth,
    bucket: async () => bucket as unknown as Bucket,
  };
  return { ...base, clients };
};

let context = contextNow();
const chain = (): string => pseudonymOf('ada', context.keys);
const request = (more: object = {}) => {
  const record = {
    type: 'access',
    status: 'waiting',
    receivedAt: Timestamp.fromMillis(CREATED + 5000),
    answer: { parts: [{ object: 'a.zip', bytes: 7, sha256: 'f00' }] },
    ...more,
  };
  return writeSealed(context.own.doc(`requests/${requestKey(chain(), 'r1', context.keys)}`), record, context.keys);
};
const head = (more: Partial<Head>) => putHead(context, chain(), more);
const link = ({ signedInAt = NOW - 1000, ...more }: { signedInAt?: number; data?: unknown } = {}) =>
  issueLink(context, {
    caller: { uid: 'ada', accountCreatedAt: (createdAt ?? 0) / 1000, signedInAt },
    data: { requestId: 'r1', language: 'en' },
    language: 'en',
    ...more,
  });
const entries = async () => (await headRef(context.own, chain()).collection('entries').get()).docs.map((d) => d.data());

beforeEach(async () => {
  createdAt = CREATED;
  whileSigning = () => Promise.resolve();
  context = contextNow();
  await request();
});

describe('a link to the copy that a holder asked for', () => {
  const DAY = 86_400_000;
  const asHolder = (uid: string, requestId = 'r1') =>
    issueLink(
      { ...context, policy: amikeo },
      {
        caller: { uid, accountCreatedAt: NOW / 1000, signedInAt: NOW - 1000 },
        data: { requestId, child: 'ada' },
        language: 'en',
      },
    );
  /** Bob's power over Ada. */
  async function power(until = NOW + DAY): Promise<void> {
    const ended = Timestamp.fromMillis(until);
    const stated = { child: 'ada', holder: 'bob', from: Timestamp.fromMillis(NOW - DAY), until: ended };
    await state(context, 'guardianships/g', { ...stated, ...storedPower('parentalAuthority', NOW) });
    await refreshProtection(context, 'ada');
  }
  /** The power, and a request by it that was answered. */
  async function asked(more: object = {}, until?: number): Promise<void> {
    await power(until);
    const onBehalf = { holder: pseudonymOf('bob', context.keys), regime: 'parentalAuthority', ...more };
    await request({ status: 'completed', onBehalf });
  }

  it('is theirs, and nobody else’s; the ledger names them by pseudonym', async () => {
    await asked();
    expect(await asHolder('bob')).toMatchObject({ ok: true });
    expect(await asHolder('eve')).toMatchObject({ code: 'notFound' });
    const found = (await entries()).filter(({ kind }) => kind === 'access');
    expect(found).toMatchObject([{ actor: 'holder', holder: pseudonymOf('bob', context.keys) }]);
    // Their own app reads it as well: it is their data.
    expect(await link()).toMatchObject({ ok: true });
  });

  it('ends with their power, in that very moment', async () => {
    await asked({}, NOW + 1);
    expect(await asHolder('bob')).toMatchObject({ ok: true });
    context.time.now = NOW + 1;
    expect(await asHolder('bob')).toMatchObject({ code: 'notFound' });
  });

  it('ends with the power by which they asked, also before the event of its end has come', async () => {
    await asked();
    const mandate = {
      child: 'ada',
      holder: 'bob',
      from: Timestamp.fromMillis(NOW - DAY),
      ...storedPower('mandate', NOW),
    };
    await state(context, 'guardianships/m', mandate);
    await refreshProtection(context, 'ada');
    const onBehalf = { holder: pseudonymOf('bob', context.keys), regime: 'mandate' };
    await request({ status: 'completed', onBehalf });
    expect(await asHolder('bob')).toMatchObject({ ok: true });
    // Bob is a parent still: that is another power.
    const until = Timestamp.fromMillis(NOW);
    await state(context, 'guardianships/m', { ...mandate, until, statedAt: Timestamp.fromMillis(NOW) });
    expect(await asHolder('bob')).toMatchObject({ code: 'notFound' });
    expect((await entries()).filter(({ kind }) => kind === 'access')).toHaveLength(1);
  });

  it.each<[string, object, boolean]>([
    ['disagreed', { say: 'disagrees' }, false],
    ['disagreed, and an officer let it go on', { say: 'disagrees', letOnBy: 'officer' }, true],
    ['agreed', { say: 'agrees' }, true],
  ])('if the person %s: %o', async (_, more, isGiven) => {
    await asked(more);
    expect((await asHolder('bob')).ok).toBe(isGiven);
  });

  it('is none for a request of the person’s own, or of another holder', async () => {
    await power();
    await request({ status: 'completed' });
    expect(await asHolder('bob')).toMatchObject({ code: 'notFound' });
    const other = { holder: pseudonymOf('carol', context.keys), regime: 'parentalAuthority' };
    await request({ status: 'completed', onBehalf: other });
    expect(await asHolder('bob')).toMatchObject({ code: 'notFound' });
  });
});

describe('a link to an archive', () => {
  it('is for minutes, and an access in the ledger', async () => {
    const given = await link();
    expect(given).toEqual({
      ok: true,
      result: {
        url: `${LINK}?until=${NOW + LINK_MS}`,
        expiresAt: NOW + LINK_MS,
        bytes: 7,
        sha256: 'f00',
        part: 1,
        parts: 1,
      },
    });
    const [entry, ...others] = await entries();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ kind: 'access', state: 'access.linkIssued', actor: 'subject' });
    // Anybody with the link has the archive.
    expect(JSON.stringify(entry)).not.toContain('storage.example');
    await link();
    expect(await entries()).toHaveLength(2);
  });

  it('wants a recent sign-in, even if the token was refreshed', async () => {
    expect(await link({ signedInAt: NOW - SIGNED_IN_WITHIN_MS })).toMatchObject({ ok: true });
    const signedInAt = NOW - SIGNED_IN_WITHIN_MS - 1000;
    expect(await link({ signedInAt })).toMatchObject({ ok: false, code: 'stale' });
    expect(await entries()).toHaveLength(1);
  });

  it.each(['cancelled', 'refused', 'in_progress', 'received'])(
    'is not given for a request that is %s',
    async (status) => {
      await request({ status });
      expect(await link()).toMatchObject({ ok: false, code: 'notFound' });
    },
  );

  it('is given while the archive is being sent to another controller as well', async () => {
    await request({ status: 'in_progress', transmission: { state: 'sending', host: 'import.example.org' } });
    expect(await link()).toMatchObject({ ok: true });
  });

  it('is not given for a request that no export answers, an object that is gone, or a request that there is not', async () => {
    await request({ type: 'erasure' });
    expect(await link()).toMatchObject({ code: 'notFound' });
    await request({ answer: { parts: [{ object: 'b.zip', bytes: 7, sha256: 'f00' }] } });
    expect(await link()).toMatchObject({ code: 'notFound' });
    expect(await link({ data: { requestId: 'r2' } })).toMatchObject({ code: 'notFound' });
    expect(await link({ data: { requestId: '..' } })).toMatchObject({ code: 'invalid' });
    expect(await entries()).toEqual([]);
  });

  it('is not given to a later account that has the uid of the one that asked', async () => {
    createdAt = CREATED + 60_000;
    expect(await link()).toMatchObject({ code: 'notFound' });
  });

  it('is not given when the erasure has begun, also while it is made', async () => {
    await head({ erasing: { at: NOW, accountCreatedAt: CREATED / 1000 } });
    signed = 0;
    expect(await link()).toMatchObject({ code: 'notFound' });
    expect(signed).toBe(0);
    await head({});
    whileSigning = () => head({ erasing: { at: NOW, accountCreatedAt: CREATED / 1000 } });
    expect(await link()).toMatchObject({ code: 'notFound' });
    expect(await entries()).toEqual([]);
  });
});
