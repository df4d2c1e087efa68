import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseEnv } from 'node:util';
import { ROOT } from './run.ts';

/** The folder of the settings; `COMPLIANCE_SETTINGS` names another one. */
const folder = (): string => process.env['COMPLIANCE_SETTINGS'] ?? join(ROOT, 'functions');

/** The file with a project's own settings, as it is named from here. */
export const settingsFile = (project: string): string => relative(process.cwd(), join(folder(), `.env.${project}`));

/**
 * Reads the settings of a deployment from the files that `firebase deploy` reads: `.env`, and
 * `.env.PROJECT`, which counts before it.
 */
export function deployedSettings(project: string): Record<string, string | undefined> {
  const read = (file: string) => (existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {});
  return { ...read(join(folder(), '.env')), ...read(settingsFile(project)) };
}
