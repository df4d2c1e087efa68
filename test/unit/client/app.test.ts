import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/** The client in an app: it compiles there, and the page of apps names everything that it has. */

const ROOT = join(import.meta.dirname, '../../..');
const CLIENT = join(ROOT, 'client');
const page = readFileSync(join(ROOT, 'docs/app.md'), 'utf8');

/** Options of an app with a bundler. None of them allows imports that end in `.ts`. */
const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
  types: [],
  strict: true,
  isolatedModules: true,
  skipLibCheck: true,
  noEmit: true,
};

/** The app beside the copied folder: the code of the page, with the values that are given. */
const APP = join(CLIENT, 'app.ts');
const given = [
  "import type { FirebaseApp } from 'firebase/app';",
  "import type { ListedRequest } from './compliance';",
  'declare const [app, SITE_KEY, policyVersion]: [FirebaseApp, string, string];',
  'declare const show: (requests: readonly ListedRequest[]) => void;',
];

/** Compiles an app of this code; returns the mistakes. */
function mistakesIn(code: string): string[] {
  const host = ts.createCompilerHost(options);
  const text = [...given, code, 'console.log(url);'].join('\n').replaceAll("'./compliance'", "'./index'");
  host.fileExists = (file) => file === APP || ts.sys.fileExists(file);
  host.readFile = (file) => (file === APP ? text : ts.sys.readFile(file));
  const program = ts.createProgram([APP], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ code: number, messageText }) => `TS${number} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
}

const [, example = ''] = /```ts\n([\s\S]*?)\n```/.exec(page.slice(page.indexOf('## The client for the web'))) ?? [];

describe('the client', () => {
  it('compiles in an app with the code of docs/app.md, under the options of a bundler', () => {
    expect(mistakesIn(example)).toEqual([]);
    expect(mistakesIn(example.replaceAll("'analytics'", "'noPurpose'"))).toEqual([
      expect.stringMatching(/noPurpose/),
      expect.stringMatching(/noPurpose/),
    ]);
  });

  it('has no function that docs/app.md does not name', () => {
    const files = readdirSync(CLIENT).filter((file) => file.endsWith('.ts') && file !== 'follow.ts');
    const names = files.flatMap((file) =>
      [...readFileSync(join(CLIENT, file), 'utf8').matchAll(/^export (?:async )?(?:function|const) ([a-z]\w+)/gm)].map(
        ([, name = '']) => name,
      ),
    );
    expect(names.length).toBeGreaterThan(15);
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
