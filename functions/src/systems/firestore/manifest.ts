import type { SystemManifest } from '../system.ts';

/**
 * Both databases of the project: the app's own and the backend's, `compliance`. Any document path
 * is a resource.
 */
export const manifest: SystemManifest = { id: 'firestore', name: 'Cloud Firestore', resources: ['*'], searchedBy: [] };
