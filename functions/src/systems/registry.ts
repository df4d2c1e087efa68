import type { Context } from '../platform/context.ts';
import { PermanentError } from '../platform/errors.ts';
import { manifest as auth } from './auth/manifest.ts';
import { manifest as brevo } from './brevo/manifest.ts';
import { manifest as firestore } from './firestore/manifest.ts';
import { manifest as storage } from './storage/manifest.ts';
import { manifest as stripe } from './stripe/manifest.ts';
import type { System, SystemManifest } from './system.ts';

/** Every system that this backend reaches. Adding one: docs/systems.md. */
export const systemIds = ['firestore', 'storage', 'auth', 'stripe', 'brevo'] as const;
export type KnownSystem = (typeof systemIds)[number];

/** What is known of the systems without loading any SDK. */
export const manifests: Readonly<Record<KnownSystem, SystemManifest>> = { firestore, storage, auth, stripe, brevo };

export const isKnownSystem = (id: string): id is KnownSystem => (systemIds as readonly string[]).includes(id);

/**
 * A system, loaded when it is used.
 *
 * @throws PermanentError `system.unknown` where this backend has none of that id
 */
export async function loadSystem(id: string, context: Context): Promise<System> {
  if (!isKnownSystem(id)) {
    const what = `no system '${id}' in functions/src/systems: the policy may name ${systemIds.join(', ')}`;
    throw new PermanentError('system.unknown', what);
  }
  switch (id) {
    case 'firestore':
      return (await import('./firestore/system.ts')).createSystem(context);
    case 'storage':
      return (await import('./storage/system.ts')).createSystem(context);
    case 'auth':
      return (await import('./auth/system.ts')).createSystem(context);
    case 'stripe':
      return (await import('./stripe/system.ts')).createSystem(context);
    case 'brevo':
      return (await import('./brevo/system.ts')).createSystem(context);
    default:
      return unreachable(id);
  }
}

function unreachable(id: never): never {
  throw new PermanentError('system.unknown', `no system '${String(id)}'`);
}
