import './requireNode.mjs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build as bundle, transform, type Plugin } from 'esbuild';
import ts from 'typescript';

/**
 * Builds `functions/lib`: one CommonJS bundle for each exported function, and an `index.cjs`.
 * `index.cjs` loads the function that `FUNCTION_TARGET` names, or all of them if it is not set, as
 * when functions are listed. Production would otherwise load everything for each function
 * (docs/benchmarks.md). firebase-* and @google-cloud/* stay outside. The SDKs of other companies go
 * into bundles of their own, which are loaded when they are called.
 */

const ROOT = join(import.meta.dirname, '..');
const SOURCE = join(ROOT, 'functions/src');
const OUT = join(ROOT, 'functions/lib');

/** Packages that are bundled apart and loaded by `import()`. */
const LAZY: Readonly<Record<string, string>> = { stripe: 'vendor-stripe', '@getbrevo/brevo': 'vendor-brevo' };

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
      return vendor === undefined ? undefined : { path: `./${vendor}.cjs`, external: true, sideEffects: false };
    });
  },
};

/** Contents that stand for files, by their paths from the folder `functions`. */
type Instead = Readonly<Record<string, string>>;

/** Bundles other contents than those of the files. */
const replaced = (instead: Instead): Plugin => ({
  name: 'replaced',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const contents = instead[relative(join(ROOT, 'functions'), path)];
      return contents === undefined ? undefined : { contents, loader: 'ts' };
    });
  },
});

const shared = {
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node24',
  legalComments: 'none',
  minifySyntax: true,
} as const;

async function functionBundle(out: string, name: string, contents: string, instead: Instead): Promise<void> {
  const result = await bundle({
    ...shared,
    stdin: { contents, resolveDir: SOURCE, sourcefile: 'index.ts', loader: 'ts' },
    // Tree shaking wants ES modules, a fast start wants CommonJS.
    format: 'esm',
    treeShaking: true,
    plugins: [outside, replaced(instead)],
  });
  // `import()` becomes a `require` that is called when it is reached: Node finds no names in a
  // bundle that it imports.
  const cjs = { format: 'cjs', platform: 'node', target: 'node24', supported: { 'dynamic-import': false } } as const;
  const { code } = await transform(result.outputFiles[0]?.text ?? '', cjs);
  await writeFile(join(out, `${name}.cjs`), code);
}

async function vendorBundle(out: string, packageName: string, file: string): Promise<void> {
  const contents = `module.exports = require(${JSON.stringify(packageName)})`;
  const result = await bundle({ ...shared, stdin: { contents, resolveDir: ROOT, loader: 'js' }, format: 'cjs' });
  await writeFile(join(out, `${file}.cjs`), result.outputFiles[0]?.contents ?? new Uint8Array());
}

/**
 * @param out the folder that is made anew
 * @param instead contents that replace files; none: all files are built as they are
 * @returns the names of the functions
 */
export async function build(out = OUT, instead: Instead = {}): Promise<string[]> {
  const index = await readFile(join(SOURCE, 'index.ts'), 'utf8');
  const functions = split(index);
  const names = [...functions.keys()];
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  await Promise.all([
    ...[...functions].map(([name, source]) => functionBundle(out, name, source, instead)),
    ...Object.entries(LAZY).map(([packageName, file]) => vendorBundle(out, packageName, file)),
  ]);
  const loader = `for (const name of ${JSON.stringify(names)})\n  if ((process.env.FUNCTION_TARGET ?? name) === name) exports[name] = require('./' + name + '.cjs')[name];\n`;
  await writeFile(join(out, 'index.cjs'), `'use strict';\n${loader}`);
  return names;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const names = await build();
  console.log(`functions/lib: ${names.join(', ')}`);
}
