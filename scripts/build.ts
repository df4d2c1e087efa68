import './requireNode.mjs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { build as bundle, type Plugin } from 'esbuild';
import ts from 'typescript';
import type { Policy } from '../functions/src/policy/schema.ts';
import { spansOf } from '../functions/src/policy/zone.ts';

/**
 * Builds `functions/lib`: one CommonJS bundle for each exported function, and an `index.cjs`.
 * `index.cjs` loads the function that `FUNCTION_TARGET` names, or all of them if it is not set, as
 * when functions are listed. Production would otherwise load everything for each function
 * (docs/benchmarks.md). firebase-* and @google-cloud/* stay outside. Packages that few events need
 * go into bundles of their own, which the first module that needs them loads. The policy and
 * the clocks of its zone are computed here, so that no start computes them.
 */

const ROOT = join(import.meta.dirname, '..');
const SOURCE = join(ROOT, 'functions/src');
const OUT = join(ROOT, 'functions/lib');

/** A package that is bundled apart. */
interface Apart {
  readonly file: string;
  /** The one export that stands for it: a default import of CommonJS is all that it exports. */
  readonly only?: string;
  /** Exports that load it when one of their members is first asked for, not with their importer. */
  readonly late?: readonly string[];
}

const LAZY: Readonly<Record<string, Apart>> = {
  stripe: { file: 'vendor-stripe' },
  '@getbrevo/brevo': { file: 'vendor-brevo' },
  // Many modules import the calendar, which has the policy's zone at hand (policy/builtZones.ts).
  'temporal-polyfill': { file: 'vendor-temporal', late: ['Temporal'] },
  'zip-stream': { file: 'vendor-zip', only: 'default' },
};

/**
 * Returns the exported functions of index.ts, each with the source of an index.ts that exports it
 * alone.
 */
function split(index: string): Map<string, string> {
  const file = ts.createSourceFile('index.ts', index, ts.ScriptTarget.ES2023);
  const isExport = (s: ts.Statement): s is ts.VariableStatement =>
    ts.isVariableStatement(s) && (s.modifiers ?? []).some((m) => m.kind === ts.SyntaxKind.ExportKeyword);
  const nameOf = (s: ts.VariableStatement): string =>
    s.declarationList.declarations.map((d) => d.name.getText(file)).join();
  const source = (statements: ts.Statement[]): string => statements.map((s) => s.getFullText(file)).join('');
  const others = file.statements.filter((s) => !isExport(s));
  return new Map(file.statements.filter(isExport).map((s) => [nameOf(s), source([...others, s])]));
}

/** Keeps packages outside of the bundles. */
const outside: Plugin = {
  name: 'outside',
  setup(build) {
    build.onResolve({ filter: /^(firebase-|@google-cloud\/)/ }, ({ path }) => ({
      path,
      external: true,
      sideEffects: false,
    }));
    build.onResolve({ filter: /.*/ }, ({ path }) => {
      const vendor = LAZY[path];
      if (vendor?.late !== undefined) return { path, namespace: 'late', sideEffects: false };
      return vendor && { path: `./${vendor.file}.cjs`, external: true, sideEffects: false };
    });
    build.onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => {
      const { file = '', late = [] } = LAZY[path] ?? {};
      const member = (name: string): string =>
        `export const ${name} = new Proxy({}, { get: (_, member) => require('./${file}.cjs').${name}[member] });`;
      return { contents: late.map(member).join('\n'), loader: 'js' };
    });
    // The `require` of such a module.
    build.onResolve({ filter: /^[.][/]vendor-/ }, ({ path }) => ({ path, external: true, sideEffects: false }));
  },
};

/** Contents that stand for files, by their paths from the folder `functions`. */
type Instead = Readonly<Record<string, string>>;

/**
 * Returns a module that imports its own files at once, if it imports them when they are reached:
 * `await import('./a.ts')`. In a bundle nothing is saved by that, since all of it is compiled, and
 * a module that is wrapped for later is compiled twice (docs/benchmarks.md).
 */
export function atOnce(source: string): string {
  const file = ts.createSourceFile('module.ts', source, ts.ScriptTarget.ES2023);
  const imports: string[] = [];
  let text = source;
  const calls: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) calls.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  for (const call of calls.reverse()) {
    const [from] = call.arguments;
    if (from === undefined || !ts.isStringLiteral(from) || !from.text.startsWith('.')) continue;
    const name = `imported${imports.length}`;
    imports.push(`import * as ${name} from ${JSON.stringify(from.text)};`);
    text = `${text.slice(0, call.getStart(file))}Promise.resolve(${name})${text.slice(call.end)}`;
  }
  return `${text}\n${imports.join('\n')}\n`;
}

/** Bundles other contents than those of the files, and our own files at once. */
const ownFiles = (instead: Instead): Plugin => ({
  name: 'own files',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const within = relative(join(ROOT, 'functions'), path);
      if (within.startsWith('..')) return undefined;
      return { contents: instead[within] ?? atOnce(await readFile(path, 'utf8')), loader: 'ts' };
    });
  },
});

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  charset: 'utf8',
  legalComments: 'none',
  minifySyntax: true,
} as const;

/** Bundles sources that are no files: each under its name. */
const named = (sources: ReadonlyMap<string, string>): Plugin => ({
  name: 'named',
  setup(build) {
    build.onResolve({ filter: /^named:/ }, ({ path }) => ({ path: path.slice('named:'.length), namespace: 'named' }));
    build.onLoad({ filter: /.*/, namespace: 'named' }, ({ path }) => {
      const contents = sources.get(path);
      return contents === undefined ? undefined : { contents, resolveDir: SOURCE, loader: 'ts' };
    });
  },
});

/** Bundles each function by itself, all in one go: so each file is read once. */
async function functionBundles(out: string, functions: ReadonlyMap<string, string>, instead: Instead): Promise<void> {
  await bundle({
    ...shared,
    entryPoints: [...functions.keys()].map((name) => ({ in: `named:${name}`, out: name })),
    outdir: out,
    outExtension: { '.js': '.cjs' },
    treeShaking: true,
    // `import()` becomes a `require` that is called when it is reached: Node finds no names in a
    // bundle that it imports. A module requires its packages when it is evaluated itself.
    supported: { 'dynamic-import': false },
    plugins: [named(functions), outside, ownFiles(instead)],
  });
}

async function vendorBundle(out: string, packageName: string): Promise<void> {
  const { file = '', only } = LAZY[packageName] ?? {};
  const part = only === undefined ? '' : `.${only}`;
  await bundle({
    ...shared,
    stdin: {
      contents: `module.exports = require(${JSON.stringify(packageName)})${part};`,
      resolveDir: ROOT,
      loader: 'js',
    },
    outfile: join(out, `${file}.cjs`),
  });
}

/** The file of the policy that is deployed, from the folder `functions`. */
const POLICY = 'policies/deployed.ts';

/** The file of the zones whose clocks are computed here, so that no start computes them. */
const ZONES = 'src/policy/builtZones.ts';
const ZONE_YEARS = { from: Date.UTC(1970), to: Date.UTC(2100) };

/**
 * Renders a module that computes nothing and exports one name: JSON is what an engine reads
 * fastest.
 *
 * @throws Error if the value is not plain data
 */
export function plainModule(name: string, value: unknown): string {
  const json = JSON.stringify(value);
  if (!isDeepStrictEqual(JSON.parse(json), value))
    throw new Error(`${name} is plain data, and JSON does not keep all of this one`);
  return `export const ${name} = JSON.parse(${JSON.stringify(json)});\n`;
}

async function deployedPolicy(): Promise<Policy> {
  return (await import('../functions/policies/deployed.ts')).policy;
}

/** Renders the files that hold a policy, and the clocks of its zone. */
const modulesOf = (policy: Policy): Instead => {
  const { timeZone } = policy.controller;
  return {
    [POLICY]: plainModule('policy', policy),
    [ZONES]: plainModule('builtZones', { [timeZone]: spansOf(timeZone, ZONE_YEARS.from, ZONE_YEARS.to) }),
  };
};

/** Lets Node use the code that was compiled where the image was built, if there is any. */
const USE_COMPILED = `const compiled = require('node:path').join(__dirname, 'compiled');
if (require('node:fs').existsSync(compiled)) require('node:module').enableCompileCache(compiled);
`;

const loads = (names: readonly string[]): string => `for (const name of ${JSON.stringify(names)})
  if ((process.env.FUNCTION_TARGET ?? name) === name) exports[name] = require('./' + name + '.cjs')[name];
`;

/**
 * @param out the folder that is made anew
 * @param policy the deployed one, if none is given
 * @param instead contents that replace files; none: all other files are built as they are
 * @returns the names of the functions
 */
export async function build(out = OUT, policy?: Policy, instead: Instead = {}): Promise<string[]> {
  const index = await readFile(join(SOURCE, 'index.ts'), 'utf8');
  const functions = split(index);
  const contents = { ...modulesOf(policy ?? (await deployedPolicy())), ...instead };
  const names = [...functions.keys()];
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  await Promise.all([
    functionBundles(out, functions, contents),
    ...Object.keys(LAZY).map((packageName) => vendorBundle(out, packageName)),
  ]);
  await writeFile(join(out, 'index.cjs'), `'use strict';\n${USE_COMPILED}${loads(names)}`);
  await copyFile(join(import.meta.dirname, 'compileOnInstall.cjs'), join(out, 'compile.cjs'));
  return names;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const names = await build();
  console.log(`functions/lib: ${names.join(', ')}`);
}
