import type { SystemManifest } from '../system.ts';

/**
 * Files: the app's bucket, and those of exports and evidence. A record is a prefix:
 * `users/{uid}/**`.
 */
export const manifest: SystemManifest = { id: 'storage', name: 'Cloud Storage', resources: ['*'], searchedBy: [] };
