import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defined } from '../../functions/src/platform/defined.ts';
import type { Problem } from '../../functions/src/policy/check.ts';
import { allRecords, purposesWithEffect, recordsOfSystem } from '../../functions/src/policy/lookup.ts';
import type { Policy } from '../../functions/src/policy/schema.ts';
import type { SystemManifest } from '../../functions/src/systems/system.ts';

/** The folder of the systems, one folder each; a folder's name is the system's id. */
export const SYSTEMS = 'functions/src/systems';

/** The files that a folder needs to be a system (functions/src/systems/system.ts). */
const PARTS = ['manifest.ts', 'system.ts'];

/** As ids of a policy are: letters, digits and hyphens. */
const ID = /^[a-zA-Z][a-zA-Z0-9-]{0,39}$/;

export interface SystemFolder {
  readonly id: string;
  readonly files: readonly string[];
  /** Names of the secrets that its manifest asks for. */
  readonly secrets: readonly string[];
  /** Resources that its manifest understands; absent: it has no manifest yet. */
  readonly resources?: readonly string[];
  /** The names of a resource to which it carries a correction. */
  readonly corrects?: SystemManifest['corrects'];
  /** The resources whose rows are contracts. */
  readonly contracts?: readonly string[];
}

/** Returns the folders of the systems, by name; none if a repository has no such place. */
export async function systemFolders(root: string): Promise<SystemFolder[]> {
  const place = join(root, SYSTEMS);
  const entries = await readdir(place, { withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const ids = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  return Promise.all(
    ids.map(async (id) => {
      const files = await readdir(join(place, id));
      const manifest = files.includes('manifest.ts') ? await manifestIn(join(place, id)) : undefined;
      const { resources, corrects, contracts } = manifest ?? {};
      return { id, files, secrets: manifest?.secrets ?? [], ...defined({ resources, corrects, contracts }) };
    }),
  );
}

/** The registry in this process lacks a folder that is new: its manifest is read from its file. */
async function manifestIn(folder: string): Promise<SystemManifest | undefined> {
  const found = (await import(pathToFileURL(join(folder, 'manifest.ts')).href)) as { manifest?: SystemManifest };
  return found.manifest;
}

/** Names the secrets of a system, by its id. */
export const secretsIn =
  (systems: readonly SystemFolder[]) =>
  (system: string): readonly string[] =>
    systems.find(({ id }) => id === system)?.secrets ?? [];

/** Names each folder that is no system, and each system of the policy that nobody has written. */
export function systemProblems(policy: Policy, folders: readonly SystemFolder[]): Problem[] {
  if (folders.length === 0) return [];
  const broken = folders.flatMap(({ id, files }) => {
    const missing = PARTS.filter((part) => !files.includes(part));
    const found: string[] = [];
    if (!ID.test(id)) found.push(`'${id}' cannot be an id: letters, digits and hyphens, a letter first, 40 at most`);
    if (missing.length > 0)
      found.push(`has no ${missing.join(' and no ')}: docs/adding-a-system.md says what they hold`);
    return found.map((message) => ({ code: 'system-folder', path: `${SYSTEMS}/${id}`, message }));
  });
  const known = new Set(folders.map(({ id }) => id));
  const unknown = namedSystems(policy)
    .filter(({ system }) => !known.has(system))
    .map(({ path, system }) => ({
      code: 'system-unknown',
      path,
      message: `no folder ${SYSTEMS}/${system}: there are ${[...known].join(', ')}. Add it (docs/adding-a-system.md), or say what an officer does there`,
    }));
  const ofRecords = [
    ...folders.map((folder) => resourceProblems(policy, folder)),
    mirrorProblems(policy, folders),
    contractProblems(policy, folders),
  ];
  return [...broken, ...unknown, ...ofRecords.flat()];
}

/** Records of a resource that the system does not know: its first erasure would fail. */
const resourceProblems = (policy: Policy, { id: system, resources = ['*'] }: SystemFolder): Problem[] =>
  recordsOfSystem(policy, system)
    .filter(({ record }) => !resources.some((resource) => isOf(resource, record.path)))
    .map(({ id, record }) => ({
      code: 'resource-unknown',
      path: `records.${id}.path`,
      message: `'${record.path}' is nothing that '${system}' has: write ${resources.map((one) => `${one}/{id}`).join(', or ')}`,
    }));

/** Contracts of which the system cannot tell: it would be asked in vain each night. */
function contractProblems({ contract, records }: Policy, folders: readonly SystemFolder[]): Problem[] {
  const record = contract && records[contract.record];
  if (contract === undefined || record === undefined || record.system === 'firestore') return [];
  const { contracts = [], resources = [] } = folders.find(({ id }) => id === record.system) ?? {};
  return !resources.some((resource) => isOf(resource, record.path)) ||
    contracts.some((resource) => isOf(resource, record.path))
    ? []
    : [
        {
          code: 'contract-unknown',
          path: 'contract.record',
          message: `'${record.system}' knows no contracts in '${record.path}': name ${contracts.map((one) => `${one}/{id}`).join(', ') || 'a record of Firestore'}`,
        },
      ];
}

/** Values that no system can carry: a correction would stop there, and be called blocked. */
const mirrorProblems = (policy: Policy, folders: readonly SystemFolder[]): Problem[] =>
  allRecords(policy).flatMap(({ id, record: { system, path, mirrors = {} } }) =>
    Object.entries(mirrors).flatMap(([name, value]) => {
      const { corrects = {}, resources = [] } = folders.find((folder) => folder.id === system) ?? {};
      // A resource, or a system, that nobody knows is told above.
      if (!resources.some((resource) => isOf(resource, path))) return [];
      const known = Object.entries(corrects).find(([resource]) => isOf(resource, path))?.[1];
      const isKnown = known !== undefined && ('account' in value ? known.email : known.profile).test(name);
      const what = 'account' in value ? 'the verified address' : 'fields of the profile';
      return isKnown
        ? []
        : [
            {
              code: 'mirror-unknown',
              path: `records.${id}.mirrors.${name}`,
              message: `'${system}' cannot carry ${what} to '${name}' of '${path}': correct the name, or leave it to an officer (docs/systems.md)`,
            },
          ];
    }),
  );

/** True if the path is one row of the resource: its name and one variable. */
const isOf = (resource: string, path: string): boolean =>
  resource === '*' || (path.startsWith(`${resource}/`) && /^\{\w+\}$/.test(path.slice(resource.length + 1)));

const namedSystems = (policy: Policy): { path: string; system: string }[] => [
  ...allRecords(policy).map(({ id, record }) => ({ path: `records.${id}.system`, system: record.system })),
  ...Object.entries(policy.recipients).flatMap(([id, { reach }]) =>
    'systems' in reach ? reach.systems.map((system) => ({ path: `recipients.${id}.reach`, system })) : [],
  ),
  ...purposesWithEffect(policy).flatMap(({ purpose, effects }) =>
    effects.map(({ system }) => ({ path: `purposes.${purpose}.effects`, system })),
  ),
];

/**
 * Renders the list of the systems as a file. Bundles want static imports, and a manifest must not
 * load the SDK of its system.
 */
export function renderRegistry(folders: readonly SystemFolder[]): string {
  const ids = folders.map(({ id }) => id);
  const name = (id: string): string => `${id.replaceAll('-', '_')}Manifest`;
  const key = (id: string): string => (id.includes('-') ? `'${id}'` : id);
  const object = (value: (id: string) => string): string =>
    ids.length === 0 ? '{}' : `{\n${ids.map((id) => `  ${key(id)}: ${value(id)},\n`).join('')}}`;
  return [
    '// Written by `npm run generate` from the folders beside this file: add or change those, not this.',
    ...ids.map((id) => `import { manifest as ${name(id)} } from './${id}/manifest.ts';`),
    '',
    '/** The manifest of each system, without its SDK. */',
    `export const manifests = ${object(name)};`,
    '',
    '/** Loads a system at its first use. */',
    `export const loaders = ${object((id) => `() => import('./${id}/system.ts')`)};`,
    '',
  ].join('\n');
}
