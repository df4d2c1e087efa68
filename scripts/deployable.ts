import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build } from './build.ts';
import { ROOT, run } from './run.ts';

/**
 * Proves that the upload of `firebase deploy` works by itself. Copied into an empty folder and
 * installed from its own lockfile, it lists exactly the functions that index.ts declares, as the
 * CLI asks for them. A function starts with the code that the installation compiled.
 */

/** Google's images are built and run by so many users: root, `www-data` and `cnb`. */
const USERS = 3;

interface FirebaseJson {
  readonly functions: readonly { readonly source: string; readonly ignore?: readonly string[] }[];
}

/** The names in `ignore` of firebase.json are folders and files at any depth. */
async function upload(to: string): Promise<void> {
  const { functions } = JSON.parse(await readFile(join(ROOT, 'firebase.json'), 'utf8')) as FirebaseJson;
  const [codebase] = functions;
  if (!codebase) throw new Error('firebase.json declares no functions');
  const source = join(ROOT, codebase.source);
  const ignored = (codebase.ignore ?? []).map((pattern) => pattern.replace(/^\*\*\/|\/\*\*$/g, ''));
  const isIgnored = (path: string): boolean =>
    path
      .split('/')
      .some((part) =>
        ignored.some((name) =>
          name.includes('*')
            ? new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(part)
            : part === name,
        ),
      );
  await cp(source, to, { recursive: true, filter: (path) => !isIgnored(relative(source, path)) });
}

const folder = await mkdtemp(join(tmpdir(), 'compliance-deploy-'));
try {
  await upload(folder);
  // The build has a folder of its own: a suite may be starting from the other one.
  const declared = (await build(join(folder, 'lib'))).sort();
  // An image is built for one function, which Google names. The settings of npm are those of the
  // upload: this process may have those of the repository.
  const [target = ''] = declared;
  const installation = { cwd: folder, env: { GOOGLE_FUNCTION_TARGET: target, npm_config_ignore_scripts: undefined } };
  if ((await run('npm', ['ci', '--omit=dev'], installation)) !== 0)
    throw new Error("the functions' own lockfile does not install");
  if (!usesCompiled(folder, target)) throw new Error(`${target} does not start with the code that was compiled ahead`);
  const manifest = join(folder, 'manifest.yaml');
  const env = {
    FUNCTIONS_CONTROL_API: 'true',
    FUNCTIONS_MANIFEST_OUTPUT_PATH: manifest,
    GCLOUD_PROJECT: 'demo-deploy',
    FIREBASE_CONFIG: '{}',
  };
  const listing = join(folder, 'node_modules/.bin/firebase-functions');
  if ((await run(listing, [folder], { cwd: folder, env })) !== 0)
    throw new Error('the copy does not list its functions');
  const listed = endpointsOf(await readFile(manifest, 'utf8')).sort();
  if (listed.join() !== declared.join())
    throw new Error(`the copy lists ${listed.join(', ')}\ninstead of ${declared.join(', ')}`);
  console.log(`the deployable copy lists exactly: ${listed.join(', ')}`);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/**
 * Asks Node if a function starts with the code that its installation compiled. Other users, who may
 * run the image, find the same code.
 */
function usesCompiled(folder: string, name: string): boolean {
  const compiled = join(folder, 'lib/compiled');
  const found = readdirSync(compiled).map((user) => readdirSync(join(compiled, user)).join());
  if (found.length < USERS || new Set(found).size > 1) return false;
  const env = { ...process.env, FUNCTION_TARGET: name, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' };
  const started = spawnSync(process.execPath, ['--eval', `require('./lib/index.cjs')`], { cwd: folder, env });
  return new RegExp(`${name}\\.cjs.* was accepted`).test(String(started.stderr));
}

/** The keys under `endpoints` of the manifest, which firebase-functions writes as JSON. */
function endpointsOf(manifest: string): string[] {
  return Object.keys((JSON.parse(manifest) as { endpoints: object }).endpoints);
}
