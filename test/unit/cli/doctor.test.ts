import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newSheetKeys } from '../../../functions/src/crypto/sheet.ts';
import { runCompliance } from '../../compliance.ts';
import { reportOfStatements } from '../../../cli/statements.ts';
import {
  findingsOfEvidence,
  findingsOfExports,
  reportOfJobs,
  reportOfLinks,
  reportOfMorning,
  reportOfSettings,
  reportOfSheets,
  type BucketState,
} from '../../../cli/doctor/checks.ts';
import { reportOfRules, rulesIn } from '../../../cli/doctor/rules.ts';

/**
 * No emulator knows the settings of a bucket: these are answers as the JSON API of Cloud Storage
 * documents them, to the real SDK.
 */

const good: BucketState = {
  location: 'EUROPE-WEST1',
  softDeletePolicy: { retentionDurationSeconds: '0' },
  iamConfiguration: { publicAccessPrevention: 'enforced', uniformBucketLevelAccess: { enabled: true } },
};
const locked: BucketState = { ...good, retentionPolicy: { retentionPeriod: '157680000', isLocked: true } };
const closed = { bindings: [{ role: 'roles/storage.objectAdmin', members: ['serviceAccount:x@y'] }] };
const checks = (state: BucketState, access: object = closed, app?: string): string[] =>
  findingsOfExports('b', state, access, app).map(({ check }) => check);

describe('the bucket of the exports', () => {
  it('is as it must be', () => expect(checks(good)).toEqual([]));
  it.each<[string, BucketState]>([
    ['softDelete', { ...good, softDeletePolicy: { retentionDurationSeconds: '604800' } }],
    ['versioning', { ...good, versioning: { enabled: true } }],
    ['publicAccess', { ...good, iamConfiguration: { uniformBucketLevelAccess: { enabled: true } } }],
    ['uniformAccess', { ...good, iamConfiguration: { publicAccessPrevention: 'enforced' } }],
    ['retentionLock', locked],
    ['location', { ...good, location: 'US-CENTRAL1' }],
    ['location', { ...good, location: 'EUROPE-WEST6' }],
  ])('%s is found, with a command or a remedy', (check, state) => {
    const [finding, ...others] = findingsOfExports('b', state, closed);
    expect(others).toEqual([]);
    expect(finding?.check).toBe(check);
    expect(finding?.mend).toMatch(/gs:\/\/b|bucket/);
  });
  it('that everybody can read, or that is the app’s, is found', () => {
    const open = { bindings: [{ role: 'roles/storage.objectViewer', members: ['user:a@b', 'allUsers'] }] };
    expect(checks(good, open)).toEqual(['openTo']);
    expect(findingsOfExports('b', good, open)[0]?.mend).toContain(
      '--member=allUsers --role=roles/storage.objectViewer',
    );
    expect(checks(good, closed, 'b')).toEqual(['ofItsOwn']);
  });
});

describe('the bucket of the evidence', () => {
  it('wants a lock, and may keep deleted objects', () => {
    expect(findingsOfEvidence('e', { ...locked, versioning: { enabled: true } }, closed)).toEqual([]);
    expect(findingsOfEvidence('e', good, closed).map(({ check, found }) => [check, found])).toEqual([
      ['retentionLock', 'none'],
    ]);
    const unlocked = { ...good, retentionPolicy: { retentionPeriod: '1', isLocked: false } };
    expect(findingsOfEvidence('e', unlocked, closed)[0]?.found).toBe('not locked');
  });
});

describe("the officers' e-mail each morning", () => {
  it('is on, or off with its reason', () => {
    const [address, sender] = ['privacy@example.com', 'AMIKEO <bonjour@amikeo.example>'];
    const off = (because: string) => ({ on: false, text: expect.stringContaining(`off, since ${because}`) as string });
    expect(reportOfMorning(true, address, sender)).toEqual({ on: true, text: 'morning e-mail: on' });
    expect(reportOfMorning(true)).toEqual(off('OFFICER_EMAIL is empty'));
    expect(reportOfMorning(true, '', sender)).toEqual(off('OFFICER_EMAIL is empty'));
    expect(reportOfMorning(true, address)).toEqual(off('BREVO_SENDER is empty'));
    expect(reportOfMorning(true, address, '')).toEqual(off('BREVO_SENDER is empty'));
    expect(reportOfMorning(false, address, sender)).toEqual(off('no recipient of the policy carries'));
  });
});

describe('requests by e-mail', () => {
  const SENDER = 'AMIKEO <bonjour@amikeo.example>';
  it.each([
    [true, SENDER, 'https://privacy.example/links', true, 'lead to https://privacy.example/links'],
    [true, SENDER, '', true, 'since LINKS_URL is empty'],
    [true, SENDER, undefined, true, 'since LINKS_URL is empty'],
    [true, SENDER, 'http://privacy.example/links', false, 'LINKS_URL is no address that begins with https'],
    [true, SENDER, 'privacy.example', false, 'LINKS_URL is no address that begins with https'],
    [true, '', 'https://privacy.example/links', true, 'off, since BREVO_SENDER is empty'],
    [true, undefined, undefined, true, 'off, since BREVO_SENDER is empty'],
    [false, SENDER, 'nonsense', true, 'no recipient of the policy carries'],
  ])('mail %s, sender %s, address %s: what follows is said', (hasMail, sender, address, ok, text) => {
    expect(reportOfLinks(hasMail, sender, address)).toEqual({ ok, text: expect.stringContaining(text) as string });
  });
});

const server = createServer((request, response) => {
  const [, bucket = '', iam] = /\/b\/([^/?]+)(\/iam)?/.exec(request.url ?? '') ?? [];
  const known: Record<string, BucketState> = {
    exports: good,
    evidence: locked,
    soft: { ...good, versioning: { enabled: true } },
  };
  const body = iam === undefined ? known[bucket] : closed;
  response.writeHead(known[bucket] === undefined ? 404 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body ?? { error: { code: 404, message: 'no such bucket' } }));
});
beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve())));
afterAll(() => new Promise((resolve) => server.close(resolve)));

async function doctor(...args: string[]): Promise<{ code: number; stdout: string }> {
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { PATH: process.env['PATH'], STORAGE_EMULATOR_HOST: host, GCLOUD_PROJECT: 'demo-doctor' };
  const { code, stdout } = await runCompliance(['doctor', ...args], env);
  return { code, stdout };
}

describe('forged jobs', () => {
  it('are told with their number, or as not checked', () => {
    expect(reportOfJobs(3)).toContain('3 forged');
    expect(reportOfJobs(0)).toContain('none is forged');
    expect(reportOfJobs(null)).toContain('not checked');
  });
});

describe('the sheets of officers', () => {
  it('open with the keys of the officer, or say why not', () => {
    const [one, two] = [newSheetKeys(1), newSheetKeys(1)];
    expect(reportOfSheets(one.publicKey, true, { 1: one.privateKey })).toMatchObject({ ok: true });
    expect(reportOfSheets(one.publicKey, true, null)).toMatchObject({ ok: true });
    expect(reportOfSheets(undefined, false, null)).toMatchObject({ ok: true });
    expect(reportOfSheets(one.publicKey, true, { 1: two.privateKey })).toMatchObject({ ok: false });
    expect(reportOfSheets('nothing', true, null)).toMatchObject({ ok: false });
  });
});

describe("the app's rules", () => {
  const inRules = (blocks: string): string => `rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    ${blocks}
  }
}
`;
  it.each([
    ['our own', rulesIn('firestore.rules') ?? '', true],
    [
      'everything below a person',
      inRules('match /users/{uid}/{document=**} { allow read, write: if mine(uid); }'),
      false,
    ],
    ['nested', inRules('match /users/{uid} { match /{any}/{id} {\n allow create: if a() == {}; } }'), false],
    ['everything', inRules('match /{document=**} { allow update, delete; }'), false],
    ['everything, to read', inRules('match /{document=**} { allow get, list: if true; }'), true],
    ['everything, for nobody', inRules('match /{document=**} { allow read, write: if false; }'), true],
    ['another collection', inRules('match /users/{uid}/notes/{id} { allow write: if mine(uid); }'), true],
    ['a comment', inRules('// match /{document=**} { allow write; }'), true],
  ])('are judged by the writes that they allow at the state: %s', (_, text, ok) => {
    expect(reportOfRules('a.rules', text).ok).toBe(ok);
  });

  it('that are wide are named with their line', () => {
    const wide = inRules('match /users/{uid}/{document=**} { allow write: if mine(uid); }');
    expect(reportOfRules('a.rules', wide).text).toContain('line 4: match /users/{uid}/{document=**}');
    expect(reportOfRules('no.rules', rulesIn('no.rules')).text).toContain('not checked');
  });
});

const MORNING = ['--officer-email', 'privacy@example.com'];
const UNSAFE = ['--brevo-sender', 'AMIKEO <bonjour@amikeo.example>', '--links-url', 'http://privacy.example'];

describe('compliance doctor', () => {
  it('says that all is well, or names each fault with its remedy, or a bucket that it cannot read', async () => {
    const [well, soft, none, plain] = await Promise.all([
      doctor('--export-bucket', 'exports', '--evidence-bucket', 'evidence'),
      doctor('--export-bucket', 'soft', '--evidence-bucket', 'evidence', '--json', ...MORNING),
      doctor('--export-bucket', 'nowhere', '--evidence-bucket', 'evidence', '--json'),
      doctor('--export-bucket', 'exports', '--evidence-bucket', 'evidence', ...UNSAFE),
    ]);
    const unlocked = reportOfSheets(undefined, true, null).text;
    const settings = reportOfSettings('functions/.env.demo-doctor', false);
    const unchecked = [
      reportOfJobs(null),
      unlocked,
      reportOfStatements(null),
      reportOfMorning(true).text,
      reportOfLinks(true).text,
      reportOfRules('firestore.rules', rulesIn('firestore.rules')).text,
    ].join('\n');
    expect(well).toEqual({ code: 0, stdout: `${settings}\nthe buckets are as they must be\n${unchecked}\n` });
    expect(soft.code).toBe(1);
    expect(JSON.parse(soft.stdout)).toMatchObject({
      ok: false,
      forgedJobs: null,
      // The address alone sends nothing.
      morning: false,
      statements: null,
      findings: [
        { bucket: 'soft', check: 'versioning', mend: 'gcloud storage buckets update gs://soft --no-versioning' },
      ],
    });
    expect(JSON.parse(none.stdout)).toMatchObject({
      ok: false,
      findings: [{ bucket: 'nowhere', check: 'unreadable', found: '404' }],
    });
    expect(none.code).toBe(1);
    expect(plain).toEqual({ code: 1, stdout: expect.stringContaining('no address that begins with https') as string });
  });
});
