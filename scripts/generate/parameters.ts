import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { declaredParams, Expression } from 'firebase-functions/params';
import '../../functions/src/platform/params.ts';
import { SYSTEMS, type SystemFolder } from './systems.ts';

interface Options {
  readonly default?: string | number;
  readonly description?: string;
}

/** The file of a system's folder that declares its own settings, if it has any. */
const SETTINGS = 'settings.ts';

/** Declares the settings of every system, in the order of their names. */
export async function declareSettings(root: string, systems: readonly SystemFolder[]): Promise<void> {
  for (const { id, files } of systems)
    if (files.includes(SETTINGS)) await import(pathToFileURL(join(root, SYSTEMS, id, SETTINGS)).href);
}

/**
 * Renders every declared setting with its default as a dotenv file. Without a terminal the CLI
 * takes no default: a parameter must have its value in a file.
 */
export function renderParameters(): string {
  const blocks = declaredParams.flatMap((parameter) => {
    if (!(parameter instanceof Expression)) return [];
    const { name, options } = parameter as { name: string; options: Options };
    const comment = options.description === undefined ? [] : wrapped(options.description);
    return [[...comment, `${name}=${String(options.default ?? '')}`].join('\n')];
  });
  return [
    [
      '# Written by `npm run generate` from functions/src/platform/params.ts and the settings.ts of each',
      '# system: every setting with its default.',
      '# A project has its own values in .env.<project id> beside this file: the CLI reads both.',
      '# There is no secret in either.',
    ].join('\n'),
    ...blocks,
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

/** A text as comment lines of at most 100 columns. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1);
    if (line === undefined || line.length + word.length + 1 > 100) lines.push(`# ${word}`);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}
