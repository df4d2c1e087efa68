/**
 * Prints the functions that an entry file declares, as the Functions SDK finds them: exports with
 * an `__endpoint`, also inside groups. It is a program of its own, because loading functions
 * changes the process. Usage: declared.ts <entry file>
 */
import { createRequire } from 'node:module';

const [, , entry = ''] = process.argv;

/** A function that the entry file exports. */
export interface Declared {
  readonly entryPoint: string;
  readonly scheduled: boolean;
  readonly secrets: readonly string[];
}

interface Endpoint {
  scheduleTrigger?: unknown;
  secretEnvironmentVariables?: { key: string }[];
}

function collect(value: unknown, path: string[]): Declared[] {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return [];
  const endpoint = (value as { __endpoint?: Endpoint }).__endpoint;
  if (endpoint)
    return [
      {
        entryPoint: path.join('.'),
        scheduled: endpoint.scheduleTrigger !== undefined,
        secrets: (endpoint.secretEnvironmentVariables ?? []).map(({ key }) => key),
      },
    ];
  if (typeof value === 'function' || path.length > 5) return [];
  return Object.entries(value).flatMap(([name, inner]) => collect(inner, [...path, name]));
}

process.stdout.write(`\n${JSON.stringify(collect(createRequire(import.meta.url)(entry), []))}\n`);
process.exit(0);
