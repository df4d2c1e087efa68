// Written by `npm run generate` from the folders beside this file: add or change those, not this.
import { manifest as authManifest } from './auth/manifest.ts';
import { manifest as brevoManifest } from './brevo/manifest.ts';
import { manifest as firestoreManifest } from './firestore/manifest.ts';
import { manifest as storageManifest } from './storage/manifest.ts';
import { manifest as stripeManifest } from './stripe/manifest.ts';

/** The manifest of each system, without its SDK. */
export const manifests = {
  auth: authManifest,
  brevo: brevoManifest,
  firestore: firestoreManifest,
  storage: storageManifest,
  stripe: stripeManifest,
};

/** Loads a system at its first use. */
export const loaders = {
  auth: () => import('./auth/system.ts'),
  brevo: () => import('./brevo/system.ts'),
  firestore: () => import('./firestore/system.ts'),
  storage: () => import('./storage/system.ts'),
  stripe: () => import('./stripe/system.ts'),
};
