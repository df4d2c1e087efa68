import type { Context } from '../platform/context.ts';
import { PermanentError } from '../platform/errors.ts';
import { loaders, manifests as found } from './registry.generated.ts';
import type { System, SystemManifest } from './system.ts';

/**
 * Every system that this backend reaches: the folders beside this file, as `npm run generate` lists them. Adding one: docs/adding-a-system.md.
 */
export type KnownSystem = keyof typeof found;

/** What is known of the systems without loading any SDK. */
export const manifests: Readonly<Record<KnownSystem, SystemManifest>> = found;

export const systemIds = Object.keys(manifests) as readonly KnownSystem[];

export const isKnownSystem = (id: string): id is KnownSystem => Object.hasOwn(manifests, id);

/** What `system.ts` of a folder exports. */
interface SystemModule {
  createSystem(context: Context): System;
}

const modules: Readonly<Record<KnownSystem, () => Promise<SystemModule>>> = loaders;

/**
 * A system, loaded when it is used.
 *
 * @throws PermanentError `system.unknown` where this backend has none of that id
 */
export async function loadSystem(id: string, context: Context): Promise<System> {
  if (isKnownSystem(id)) return (await modules[id]()).createSystem(context);
  const what = `no system '${id}' in functions/src/systems: the policy may name ${systemIds.join(', ')}`;
  throw new PermanentError('system.unknown', what);
}
