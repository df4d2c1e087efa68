import type { Policy, Source } from './schema.ts';

/** Lists every source of a policy with its dotted path. */
export const sourcesIn = (policy: Policy): { readonly path: string; readonly source: Source }[] => collect(policy, '');

function collect(part: unknown, path: string): { path: string; source: Source }[] {
  if (typeof part !== 'object' || part === null) return [];
  if (isSource(part)) return [{ path, source: part }];
  return Object.entries(part).flatMap(([name, member]) => collect(member, path === '' ? name : `${path}.${name}`));
}

const isSource = (part: object): part is Source => 'kind' in part && 'reference' in part;
