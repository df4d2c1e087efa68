import { deleteApp, getApps } from 'firebase-admin/app';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createClients } from '../../../functions/src/platform/clients.ts';
import type { Config } from '../../../functions/src/platform/params.ts';

const config: Config = {
  appBucket: undefined,
  exportBucket: undefined,
  evidenceBucket: undefined,
  stripeApiBase: new URL('http://127.0.0.1:12111'),
  brevoApiBase: new URL('http://127.0.0.1:12112/'),
  brevoMarketingList: 1,
  brevoSince: Date.UTC(2012, 0, 1),
  brevoLinkAttribute: undefined,
  linksUrl: undefined,
  brevoSmtpPerHour: 300,
  brevoSender: undefined,
  officerEmail: undefined,
  officerLanguage: 'en',
  reconcileAfterMs: 1000,
  announcementsPerNight: 5_000,
  rectifyAfterMs: 1000,
  reconcileDays: 3,
  secondLookMs: 1,
  officerSheetKey: undefined,
  officerTasksMs: undefined,
  thirdLookMs: 1,
  erasureGraceMs: undefined,
  erasureHoldAbove: undefined,
  missingAfterMs: 1000,
  pollMs: 1,
  enqueueGraceMs: 1,
  leaseMs: undefined,
  retryBaseMs: 1,
  contactPerHour: 1,
  trustedProxyHops: 1,
  writesPerSecond: 4000,
  writesPerSecondTogether: 5000,
};
const keyOf = vi.fn((name: string) => `key of ${name}`);

describe('clients are made when they are first asked for', () => {
  afterEach(async () => {
    vi.unstubAllEnvs();
    await Promise.all(getApps().map((app) => deleteApp(app)));
  });
  const env = (values: Record<string, string | undefined>) => {
    const names = ['FIREBASE_CONFIG', 'GCLOUD_PROJECT', 'GOOGLE_CLOUD_PROJECT'];
    for (const name of names) vi.stubEnv(name, values[name]);
  };

  it('makes nothing before, and each once', async () => {
    env({ GCLOUD_PROJECT: 'demo-unit' });
    const clients = createClients(config, keyOf);
    expect(getApps()).toEqual([]);
    expect(clients.app()).toBe(clients.app());
    expect(clients.own()).not.toBe(clients.app());
    expect(clients.own().databaseId).toBe('compliance');
    expect(clients.app().databaseId).toBe('(default)');
    expect(keyOf).not.toHaveBeenCalled();
    expect(await clients.stripe()).toBe(await clients.stripe());
    expect(await clients.brevo()).toBe(await clients.brevo());
    expect(keyOf.mock.calls).toEqual([['STRIPE_SECRET_KEY'], ['BREVO_API_KEY']]);
  });

  it('a missing secret fails at its first use, and is asked for again', async () => {
    let key = '';
    const asked = createClients(config, () => {
      if (key === '') throw new Error('no secret');
      return key;
    });
    await expect(asked.stripe()).rejects.toThrow('no secret');
    key = 'sk_test_x';
    await expect(asked.stripe()).resolves.toBeDefined();
  });

  it.each([
    [
      'what the CLI tells the functions',
      { FIREBASE_CONFIG: '{"projectId":"p","storageBucket":"p.firebasestorage.app"}' },
      'p.firebasestorage.app',
    ],
    ['that of the project if nothing tells', { GCLOUD_PROJECT: 'demo-unit' }, 'demo-unit.firebasestorage.app'],
  ])('the default bucket is %s', async (_, values, name) => {
    env(values);
    const clients = createClients(config, keyOf);
    for (const kind of ['app', 'exports', 'evidence'] as const) expect((await clients.bucket(kind)).name).toBe(name);
  });

  it('parameters name the buckets; those of exports and evidence are the app’s if they have none', async () => {
    env({ GCLOUD_PROJECT: 'demo-unit' });
    const clients = createClients({ ...config, exportBucket: 'e', evidenceBucket: 'v' }, keyOf);
    expect((await clients.bucket('exports')).name).toBe('e');
    expect((await clients.bucket('evidence')).name).toBe('v');
    expect((await clients.bucket('app')).name).toBe('demo-unit.firebasestorage.app');
    const older = createClients({ ...config, appBucket: 'demo-unit.appspot.com', evidenceBucket: 'v' }, keyOf);
    expect((await older.bucket('app')).name).toBe('demo-unit.appspot.com');
    expect((await older.bucket('exports')).name).toBe('demo-unit.appspot.com');
    expect((await older.bucket('evidence')).name).toBe('v');
  });

  it('says so if nothing names a bucket', async () => {
    env({});
    await expect(createClients(config, keyOf).bucket('app')).rejects.toMatchObject({ code: 'config' });
  });
});
