import { deleteApp, getApps } from 'firebase-admin/app';
import { vi } from 'vitest';
import { main } from '../../../cli/main.ts';
import type { Ran } from '../../../emulator/terminal/terminal.ts';

/**
 * Runs a command as anybody does, in this process: no project, no emulator, no key in the
 * environment. It is for commands that open no database; `runCompliance` starts the real one.
 */
export const compliance = (...args: string[]): Promise<Ran> => complianceWithKey(undefined, ...args);

/** The same with a pseudonym key in the environment. */
export async function complianceWithKey(key: string | undefined, ...args: string[]): Promise<Ran> {
  const outer = new Set(Object.keys(process.env));
  const apps = new Set(getApps());
  let stdout = '';
  let stderr = '';
  const line = (text: unknown): string => `${String(text)}\n`;
  const exitCode = (): number => Number(process.exitCode ?? 0);
  vi.stubEnv('GCLOUD_PROJECT', undefined);
  vi.stubEnv('EVIDENCE_PUBLIC_KEY', '');
  vi.stubEnv('PSEUDONYM_KEY_V1', key);
  const spies = [
    vi.spyOn(console, 'log').mockImplementation((text) => void (stdout += line(text))),
    vi.spyOn(console, 'error').mockImplementation((text) => void (stderr += line(text))),
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((stdout += String(text)), true)),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((stderr += String(text)), true)),
  ];
  try {
    process.exitCode = undefined;
    await main(args);
    return { code: exitCode(), stdout, stderr };
  } finally {
    process.exitCode = undefined;
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
    // A command leaves an app, and the settings of its project.
    await Promise.all(getApps().flatMap((app) => (apps.has(app) ? [] : [deleteApp(app)])));
    for (const name of Object.keys(process.env)) if (!outer.has(name)) Reflect.deleteProperty(process.env, name);
  }
}
