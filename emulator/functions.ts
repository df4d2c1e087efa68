import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Declared } from './declared.ts';
import { HOST } from './processes/ports.ts';

const backendsSchema = z.object({
  backends: z.array(
    z.object({ functionTriggers: z.array(z.object({ entryPoint: z.string(), id: z.string(), name: z.string() })) }),
  ),
});

const declaredSchema = z.array(
  z.object({ entryPoint: z.string(), scheduled: z.boolean(), secrets: z.array(z.string()) }),
);

/** A function that the CLI has loaded. */
export interface Loaded {
  readonly entryPoint: string;
  /** The name under which it is called: `<region>-<name>`. */
  readonly id: string;
  readonly name: string;
}

/**
 * Returns the functions that a folder declares: the exports of its `main`, loaded in a process of
 * its own.
 *
 * @throws Error with the functions' own message if they cannot be loaded
 */
export async function declaredFunctions(folder: string, cli: Record<string, string>): Promise<Declared[]> {
  const { main = 'index.js' } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { main?: string };
  const { SUITE_NODE = process.execPath, SUITE_TSX = 'tsx', SUITE_EMULATOR = '' } = cli;
  const project = 'demo-declared';
  const load = promisify(execFile)(
    SUITE_NODE,
    ['--import', SUITE_TSX, join(SUITE_EMULATOR, 'declared.ts'), resolve(folder, main)],
    {
      env: {
        ...cli,
        FUNCTIONS_CONTROL_API: 'true',
        GCLOUD_PROJECT: project,
        FIREBASE_CONFIG: JSON.stringify({ projectId: project, storageBucket: `${project}.appspot.com` }),
      },
    },
  );
  const { stdout } = await load.catch((error: unknown) => {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(`the functions cannot be loaded:\n${stderr?.trim() ?? message}`);
  });
  return declaredSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
}

/** Returns the functions that the Functions emulator has loaded. */
export async function loadedFunctions(port: number): Promise<Loaded[]> {
  const response = await fetch(`http://${HOST}:${port}/backends`);
  return backendsSchema.parse(await response.json()).backends.flatMap((backend) => backend.functionTriggers);
}

/**
 * Compares the declared functions with the loaded ones. The CLI goes on if functions are missing; a
 * suite must not.
 *
 * @param output the CLI's output: it names functions that it loaded and then ignored, because their
 *   emulator is not there
 * @param secrets the secrets that the suite offers; for any other the CLI would ask Google
 * @returns a line for each thing that is wrong
 */
export function problemsOf(
  declared: readonly Declared[],
  loaded: readonly Loaded[],
  output: string,
  secrets: readonly string[],
): string[] {
  const there = new Set(loaded.map((one) => one.entryPoint));
  const ignored = [...output.matchAll(/functions\[([^\]]+)\][^\n]*(function ignored because[^\n]*)/g)];
  return [
    ...declared.filter((one) => !there.has(one.entryPoint)).map((one) => `${one.entryPoint} was not loaded`),
    ...ignored.map(([, id = '', why = '']) => `${id}: ${why}`),
    ...declared.flatMap((one) =>
      one.secrets
        .filter((secret) => !secrets.includes(secret))
        .map((secret) => `${one.entryPoint} needs the secret ${secret}, which emulator/parameters.ts does not set`),
    ),
  ];
}
