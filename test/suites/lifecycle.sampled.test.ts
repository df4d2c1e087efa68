/**
 * Tests the begin and end of suites: in every case a clear message, the right exit code, and
 * nothing left running.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Firestore } from 'firebase-admin/firestore';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { isFree } from '../../emulator/processes/ports.ts';
import { isAlive } from '../../emulator/processes/processes.ts';
import { startSuite, type Suite, type SuiteExit } from '../../emulator/suite.ts';
import { ROOT, SUITES } from '../../emulator/workspace.ts';
import { backend } from '../kit/foreign.ts';
import { eachNth, isAll } from '../kit/depth.ts';

const functions = join(import.meta.dirname, 'fixture-functions');
const owner = { Authorization: 'Bearer owner' };
const options = { ports: 'auto', functions, firestore: backend } as const;

/** The processes of a suite, by name, from its pid files. */
function processesOf(id: string): Record<string, number> {
  const folder = join(SUITES, id, 'pids');
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, Math.abs(Number(readFileSync(join(folder, name), 'utf8')))]),
  );
}

async function expectNothingLeft(
  suite: { id: string; ports: Suite['ports'] },
  pids: Record<string, number>,
): Promise<void> {
  await vi.waitFor(() => expect(Object.entries(pids).filter(([, pid]) => isAlive(pid))).toEqual([]), {
    timeout: 60_000,
    interval: 50,
  });
  for (const [name, port] of Object.entries(suite.ports)) expect([name, await isFree(port)]).toEqual([name, true]);
}

interface Run {
  child: ChildProcess;
  output: () => string;
  code: Promise<number | null>;
}

/** The launcher as a program: a signal reaches it. */
function run(...args: string[]): Run {
  const cli = [join(ROOT, 'node_modules/tsx/dist/cli.mjs'), join(ROOT, 'emulator/cli.ts')];
  // Not through tsx's own process, which handles signals in a way of its own.
  const child = spawn(process.execPath, ['--import', 'tsx', cli[1] ?? '', ...args], { cwd: ROOT, stdio: 'pipe' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, output: () => output, code: new Promise((resolve) => child.once('exit', resolve)) };
}
const common = ['--ports', 'auto', '--firestore', backend, '--functions', functions];
const said = (one: Run, what: RegExp): Promise<RegExpExecArray> =>
  vi.waitFor(
    () => {
      const match = what.exec(one.output());
      if (!match) throw new Error(`not said yet: ${String(what)}\n${one.output()}`);
      return match;
    },
    { timeout: 240_000, interval: 50 },
  );

describe.runIf(isAll)('a suite', () => {
  let suite: Suite;
  beforeAll(async () => {
    suite = await startSuite(options);
  });
  afterAll(() => suite.stop());

  it('runs beside another one, each with its own data, and one stops without the other', async () => {
    const other = await startSuite(options);
    const pids = processesOf(other.id);
    expect(Object.keys(pids).sort()).toEqual(['cli', 'firestore', 'pubsub']);
    await other.fire('daily');
    const seen = async (one: Suite): Promise<boolean> => {
      const host = one.env.FIRESTORE_EMULATOR_HOST ?? '';
      // The SDK prefers the environment, which may be that of a suite around this test.
      vi.stubEnv('FIRESTORE_EMULATOR_HOST', host);
      const db = new Firestore({
        projectId: one.project,
        databaseId: 'compliance',
        host,
        ssl: false,
        customHeaders: owner,
      });
      const { exists } = await db.doc('seen/daily_all').get();
      await db.terminate();
      vi.unstubAllEnvs();
      return exists;
    };
    expect([await seen(other), await seen(suite)]).toEqual([true, false]);
    await other.stop();
    expect(await other.exited).toEqual({});
    await expectNothingLeft(other, pids);
    expect(existsSync(join(SUITES, other.id))).toBe(false);
    await suite.fire('daily');
  });

  it('ends with the reason when one of its emulators is killed, and takes all others with it', async () => {
    for (const victim of ['firestore', 'cli', 'pubsub']) {
      const one = await startSuite(options);
      const pids = processesOf(one.id);
      process.kill(pids[victim] ?? 0, 'SIGKILL');
      const { crash } = await Promise.race([
        one.exited,
        new Promise<SuiteExit>((resolve) => setTimeout(() => resolve({ crash: 'nothing happened' }), 60_000)),
      ]);
      expect(crash).toMatch(
        victim === 'cli' ? /^the Firebase CLI was ended by SIGKILL/ : `the ${victim} emulator has ended`,
      );
      await expectNothingLeft(one, pids);
      rmSync(join(SUITES, one.id), { recursive: true, force: true });
    }
  });
});

describe('a start that fails', () => {
  it('names the ports in use, and touches nothing', async () => {
    const blocker = createServer();
    const taken = await new Promise<boolean>((resolve) => {
      blocker.once('error', () => resolve(true)).listen(9499, '127.0.0.1', () => resolve(false));
    });
    try {
      await expect(startSuite({ functions, firestore: 'embedded' })).rejects.toThrow(
        /^in use: port .*9499 \(tasks\).*\. Stop what runs there, or use --ports auto\.$/,
      );
    } finally {
      if (!taken) blocker.close();
    }
  });

  it('refuses a project that could be real', async () => {
    await expect(startSuite({ ...options, project: 'amikeo' })).rejects.toThrow(/must be a demo one/);
  });

  describe('because of the functions', () => {
    const broken = (code: string): string => {
      const folder = mkdtempSync(join(tmpdir(), 'functions-'));
      cpSync(functions, folder, { recursive: true });
      writeFileSync(join(folder, 'index.cjs'), `${readFileSync(join(functions, 'index.cjs'), 'utf8')}\n${code}`);
      onTestFinished(() => rmSync(folder, { recursive: true }));
      return folder;
    };

    const refusals: [string, string, RegExp][] = [
      ['that cannot be loaded', "throw new Error('no such policy');", /no such policy/],
      [
        'with a parameter that has no value',
        "const p = defineString('NO_VALUE'); exports.more = onRequest({ minInstances: p }, () => undefined);",
        /not all functions were loaded:\n {2}onNote was not loaded/,
      ],
      [
        'with a secret that the suite does not know',
        "exports.more = onRequest({ region, secrets: ['UNKNOWN'] }, () => undefined);",
        /more needs the secret UNKNOWN/,
      ],
    ];
    it.each(eachNth(3, refusals))('%s: says so, and leaves its logs alone', async (_, code, message) => {
      const refused = await startSuite({ ...options, functions: broken(code) }).catch((error: unknown) => error);
      expect((refused as Error).message).toMatch(message);
      // Looks at this suite's folder alone: other processes make and remove theirs meanwhile.
      const [, folder = 'no log is named'] = /^See (.*)\/functions\.log$/m.exec((refused as Error).message) ?? [];
      expect(readdirSync(folder).filter((name) => !name.endsWith('.log'))).toEqual([]);
      rmSync(folder, { recursive: true });
    });
  });
});

describe('the command', () => {
  it('passes on the exit code, the environment, and the arguments as they are', async () => {
    const script = `console.log('got', process.argv[1], process.env.GCLOUD_PROJECT, process.env.FIRESTORE_BACKEND); process.exit(7)`;
    const one = run('exec', ...common, '--project', 'demo-other', '--', process.execPath, '-e', script, 'a b  "c"');
    expect(await one.code).toBe(7);
    expect(one.output()).toMatch(/^got a b {2}"c" demo-other (official|embedded)$/m);
    const [, log = ''] = /log: (.*)$/m.exec(one.output()) ?? [];
    expect(existsSync(log)).toBe(true);
    rmSync(join(log, '..'), { recursive: true });
  });

  it.runIf(isAll)('fires functions of the running suite from within', async () => {
    const fire = `"${process.execPath}" --import tsx emulator/cli.ts fire`;
    const one = run('exec', ...common, '--', `${fire} daily && ! ${fire} broken && echo fired`);
    expect([await one.code, one.output()]).toEqual([
      0,
      expect.stringMatching(/daily was fired[^]*broken failed \(500\)[^]*fired/),
    ]);
  });

  const signals: [NodeJS.Signals, number][] = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ];
  it.each(eachNth(2, signals))('stops everything on %s, also the command', async (signal, code) => {
    // Ends a second after it is asked to: the suite must not go first, and be taken for crashed.
    const slowly = `process.on('SIGTERM', () => setTimeout(() => process.exit(), 1000))`;
    const sleeper = `${slowly}; console.log('pid', process.pid, process.env.SUITE_STATE); setInterval(() => {}, 1000)`;
    const one = run('exec', ...common, '--', process.execPath, '-e', sleeper);
    const [, pid = '', state = ''] = await said(one, /pid (\d+) (.*)/);
    const pids = { ...processesOf(state.split('/').at(-2) ?? ''), sleeper: Number(pid) };
    one.child.kill(signal);
    expect(await one.code).toBe(code);
    expect(Object.entries(pids).filter(([, each]) => isAlive(each))).toEqual([]);
    expect(existsSync(join(state, '..'))).toBe(false);
  });

  it('stops while it is starting', async () => {
    const one = run('start', ...common);
    await said(one, /Firestore: /);
    const before = new Set(readdirSync(SUITES));
    await vi.waitFor(() => expect(readdirSync(SUITES).length).toBeGreaterThanOrEqual(before.size), 10_000);
    one.child.kill('SIGINT');
    expect(await one.code).toBe(130);
  });

  it.runIf(isAll)('leaves nothing even when it is killed itself', async () => {
    const one = run('start', ...common);
    const [, log = ''] = await said(one, /running; log: (.*?);/);
    const id = log.split('/').at(-2) ?? '';
    const pids = processesOf(id);
    one.child.kill('SIGKILL');
    await vi.waitFor(() => expect(Object.entries(pids).filter(([, each]) => isAlive(each))).toEqual([]), 15_000);
    await vi.waitFor(() => expect(existsSync(join(SUITES, id))).toBe(false), 15_000);
  });

  it('explains itself, and refuses an unknown command', async () => {
    const help = run('--help');
    expect(await help.code).toBe(0);
    expect(help.output()).toMatch(/start.*[^]*exec.*[^]*fire/);
    const wrong = run('exec', '--project', 'real-one', '--', 'true');
    expect(await wrong.code).toBe(1);
    expect(wrong.output()).toContain('only demo- projects');
    expect(await run('fire', 'daily', '--suite', 'none').code).toBe(1);
  });
});
