import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '../scripts/build.ts';
import { ROOT } from '../scripts/run.ts';
import { median } from './figures.ts';

/** How long the functions take to load, over an empty function of the same trigger type with what both need of firebase-admin. */

const admin = `const { initializeApp, getApps } = require('firebase-admin/app');\nconst { getFirestore } = require('firebase-admin/firestore');\n`;
const use = '{ if (!getApps().length) initializeApp(); getFirestore(); }';
const options = `{ region: 'europe-west1' }`;

/** The least that a function of each trigger type is. */
const EMPTY: Readonly<Record<string, string>> = {
  written: `exports.f = require('firebase-functions/v2/firestore').onDocumentWritten({ document: 'a/{b}', region: 'europe-west1' }, async () => ${use});`,
  created: `exports.f = require('firebase-functions/v2/firestore').onDocumentCreated({ document: 'a/{b}', region: 'europe-west1' }, async () => ${use});`,
  userCreated: `exports.f = require('firebase-functions/v2/identity').onUserCreated(${options}, async () => ${use});`,
  userDeleted: `exports.f = require('firebase-functions/v2/identity').onUserDeleted(${options}, async () => ${use});`,
  schedule: `exports.f = require('firebase-functions/v2/scheduler').onSchedule({ schedule: 'every day 03:00', region: 'europe-west1' }, async () => ${use});`,
  task: `exports.f = require('firebase-functions/v2/tasks').onTaskDispatched(${options}, async () => ${use});`,
  call: `exports.f = require('firebase-functions/v2/https').onCall(${options}, async () => ${use});`,
};

const TRIGGER: Readonly<Record<string, keyof typeof EMPTY>> = {
  consentWritten: 'written',
  devicePermissionWritten: 'written',
  ageBandWritten: 'written',
  guardianshipWritten: 'written',
  restrictionWritten: 'written',
  privacyRequestCreated: 'created',
  contactRequestCreated: 'created',
  privacyRequestUpdated: 'written',
  accountCreated: 'userCreated',
  accountDeleted: 'userDeleted',
  retentionDaily: 'schedule',
  tick: 'schedule',
  erasureTask: 'task',
  retentionTask: 'task',
  exportTask: 'task',
  changeTask: 'task',
  ledgerTask: 'task',
  contact: 'call',
  guardianConsent: 'call',
  consentReceipt: 'call',
  exportLink: 'call',
};

export interface LoadFigure {
  readonly name: string;
  readonly trigger: string;
  readonly ms: number;
  readonly emptyMs: number;
  readonly ratio: number;
}

/** One cold load in a process of its own: milliseconds from Node's own start of the module to its end. */
function coldLoad(file: string, target: string): number {
  const code = `const t = process.hrtime.bigint(); require(${JSON.stringify(file)}); process.stdout.write(String(Number(process.hrtime.bigint() - t) / 1e6));`;
  const env = { ...process.env, FUNCTION_TARGET: target, GCLOUD_PROJECT: 'demo-bench', FIREBASE_CONFIG: '{}' };
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`${target} does not load: ${stderr}`);
  return Number(stdout);
}

/**
 * Pairs of cold loads, one after the other so that both see the same machine; the ratio is the median of the pairs' ratios.
 *
 * @param rounds pairs per function
 */
export async function benchLoad(rounds: number, say: (line: string) => void): Promise<LoadFigure[]> {
  const names = await build();
  const parent = join(ROOT, '.suite');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'bench-'));
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    for (const [trigger, code] of Object.entries(EMPTY)) writeFileSync(join(folder, `${trigger}.cjs`), admin + code);
    const index = join(ROOT, 'functions/lib/index.cjs');
    return names.map((name) => {
      const trigger = TRIGGER[name];
      if (trigger === undefined) throw new Error(`bench/load.ts does not know the trigger of ${name}`);
      const empty = join(folder, `${trigger}.cjs`);
      coldLoad(index, name);
      const pairs = Array.from({ length: rounds }, () => ({
        ours: coldLoad(index, name),
        empty: coldLoad(empty, 'f'),
      }));
      const figure = {
        name,
        trigger,
        ms: median(pairs.map((p) => p.ours)),
        emptyMs: median(pairs.map((p) => p.empty)),
        ratio: median(pairs.map((p) => p.ours / p.empty)),
      };
      say(`${name}: ${figure.ratio.toFixed(2)} of an empty ${trigger} function`);
      return figure;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
