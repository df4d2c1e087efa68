import type { Context } from '../platform/context.ts';
import { PermanentError } from '../platform/errors.ts';
import { loaders, manifests as found } from './registry.generated.ts';
import { inLanguage } from '../texts/languages.ts';
import type { Unproven } from '../subject/identity.ts';
import type { NamedRecord, System, SystemManifest } from './system.ts';

/**
 * Every system that this backend reaches: the folders beside this file, as `npm run generate` lists
 * them. Adding one: docs/adding-a-system.md.
 */
export type KnownSystem = keyof typeof found;

/** The facts about the systems, without loading any SDK. */
export const manifests: Readonly<Record<KnownSystem, SystemManifest>> = found;

export const systemIds = Object.keys(manifests) as readonly KnownSystem[];

/**
 * The places in which a person is searched for by address or telephone beside the uid. Each is a
 * whole system, or a record of Firestore whose rows may name an address and no uid.
 */
export function searchedBy({ id, record }: NamedRecord): {
  readonly source: string;
  readonly name: string;
  readonly kinds: readonly Unproven['kind'][];
}[] {
  if ('field' in record.subject && record.subject.email !== undefined)
    return [{ source: id, name: inLanguage(record.name, 'en'), kinds: ['email'] }];
  if (!isKnownSystem(record.system)) return [];
  const { searchedBy: kinds, name } = manifests[record.system];
  return kinds.length === 0 ? [] : [{ source: record.system, name, kinds }];
}

const isKnownSystem = (id: string): id is KnownSystem => Object.hasOwn(manifests, id);

/** The exports of a folder's `system.ts`. */
interface SystemModule {
  createSystem(context: Context): System;
}

const modules: Readonly<Record<KnownSystem, () => Promise<SystemModule>>> = loaders;

/**
 * Loads a system when it is used.
 *
 * @throws PermanentError `system.unknown` if this backend has none of that id
 */
export async function loadSystem(id: string, context: Context): Promise<System> {
  if (isKnownSystem(id)) return (await modules[id]()).createSystem(context);
  const what = `no system '${id}' in functions/src/systems: the policy may name ${systemIds.join(', ')}`;
  throw new PermanentError('system.unknown', what);
}
