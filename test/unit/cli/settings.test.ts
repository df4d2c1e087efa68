import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deleteApp, getApps } from 'firebase-admin/app';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings, officerContext } from '../../../cli/context.ts';
import { deployedSettings } from '../../../scripts/settings.ts';
import { runCompliance } from '../../compliance.ts';

/** A deployment has its settings in files: an officer's terminal has to work with the same. */

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
const project = 'demo-x';
const own = (lines: string): void => writeFileSync(join(folder, `.env.${project}`), lines);
writeFileSync(join(folder, '.env'), 'EXPORT_BUCKET=\nCONTACT_PER_HOUR=5\nSTRIPE_API_BASE=https://api.stripe.com\n');

/** Cloud Storage with one bucket, and the names of those that were asked for. */
const asked: string[] = [];
const storage = createServer((request, response) => {
  const bucket = /\/b\/([^/?]+)/.exec(request.url ?? '')?.[1] ?? '';
  asked.push(bucket);
  response.writeHead(bucket === 'archives' ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify(bucket === 'archives' ? { kind: 'storage#objects', items: [] } : {}));
});
let outer: NodeJS.ProcessEnv;
beforeAll(() => new Promise<void>((resolve) => void storage.listen(0, '127.0.0.1', () => resolve())));
beforeEach(() => {
  outer = process.env;
  const host = `http://127.0.0.1:${(storage.address() as AddressInfo).port}`;
  process.env = {
    PATH: outer['PATH'],
    STORAGE_EMULATOR_HOST: host,
    COMPLIANCE_SETTINGS: folder,
    PSEUDONYM_KEY_V1: 'k',
  };
  asked.length = 0;
  own('EXPORT_BUCKET=archives\nBREVO_SENDER=AMIKEO <bonjour@amikeo.example>\n');
});
afterEach(async () => {
  process.env = outer;
  await Promise.all(getApps().map((app) => deleteApp(app)));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  return new Promise((resolve) => storage.close(resolve));
});

const opened = (more: Record<string, string> = {}) => {
  Object.assign(process.env, more);
  loadSettings(['request', 'copy', 'r1', '--project', project]);
  return officerContext({ project });
};

describe("the settings of an officer's command", () => {
  it('are those of the deployment: the environment, then .env.PROJECT, then .env', async () => {
    const { config, clients } = opened({ CONTACT_PER_HOUR: '9' });
    expect(config).toMatchObject({ exportBucket: 'archives', contactPerHour: 9 });
    expect(config.brevoSender?.email).toBe('bonjour@amikeo.example');
    expect((await clients.bucket('exports')).name).toBe('archives');
    expect(deployedSettings(project)).toMatchObject({ EXPORT_BUCKET: 'archives', CONTACT_PER_HOUR: '5' });
  });

  it.each([[['--project=demo-x']], [[]]])('count also with the project given otherwise: %j', (args) => {
    process.env['GCLOUD_PROJECT'] = args.length === 0 ? project : 'demo-y';
    loadSettings(['due', ...args]);
    expect(process.env['EXPORT_BUCKET']).toBe('archives');
  });

  it('leave the stand-ins of the local suite in their place', () => {
    expect(opened({ STRIPE_STANDIN_URL: 'http://127.0.0.1:1' }).config.stripeApiBase.port).toBe('1');
  });

  it('that name no bucket that is there are an error with both names: nobody is told that nothing is in it', async () => {
    own('EXPORT_BUCKET=archive\n');
    const { clients } = opened();
    await expect(clients.bucket('exports')).rejects.toThrow(/no bucket archive: set EXPORT_BUCKET/);
    await expect(clients.bucket('evidence')).rejects.toThrow(
      /no bucket demo-x.firebasestorage.app: set EVIDENCE_BUCKET/,
    );
    expect(asked).toEqual(['archive', 'demo-x.firebasestorage.app']);
  });

  it('lead doctor to the buckets of the deployment, and the app’s bucket is theirs if they have none', async () => {
    own('APP_BUCKET=demo-x.appspot.com\nEXPORT_BUCKET=archives\nBREVO_SENDER=A <a@example.com>\n');
    const env = { ...process.env, PSEUDONYM_KEY_V1: undefined };
    const { stdout } = await runCompliance(['doctor', '--json', '--project', project], env);
    expect([...new Set(asked)].sort()).toEqual(['archives', 'demo-x.appspot.com']);
    const told = JSON.parse(stdout) as { links: { text: string }; hasSettings: boolean; findings: object[] };
    expect(told.links.text).toContain('on; links lead to');
    expect(told.hasSettings).toBe(true);
    expect(told.findings).toContainEqual(expect.objectContaining({ bucket: 'demo-x.appspot.com', found: '404' }));
  });
});
