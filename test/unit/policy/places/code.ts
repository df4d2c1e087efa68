import { join } from 'node:path';
import ts from 'typescript';

export const ROOT = join(import.meta.dirname, '../../../../functions/src');

/** The code of the functions with its types, and its own files. */
export function readFunctions(): { readonly program: ts.Program; readonly sources: readonly ts.SourceFile[] } {
  const config = ts.parseJsonConfigFileContent({ extends: join(ROOT, '../../tsconfig.json') }, ts.sys, ROOT);
  const ownFiles = config.fileNames.filter((name) => name.startsWith(ROOT));
  const program = ts.createProgram(ownFiles, { ...config.options, noEmit: true, skipLibCheck: true });
  return { program, sources: program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(ROOT)) };
}
