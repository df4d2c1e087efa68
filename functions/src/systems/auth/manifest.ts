import type { SystemManifest } from '../system.ts';

/** The account itself. */
export const manifest: SystemManifest = {
  id: 'auth',
  name: 'Firebase Authentication',
  resources: ['*'],
  searchedBy: [],
};
