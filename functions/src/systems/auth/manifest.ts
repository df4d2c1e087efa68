import type { SystemManifest } from '../system.ts';

/** The account itself: `users/{uid}`. */
export const manifest: SystemManifest = {
  id: 'auth',
  name: 'Firebase Authentication',
  resources: ['users'],
  searchedBy: [],
};
