// Written by `npm run generate` from policies/deployed.ts and its policy: change those, not this.
import type { Declaration, Deployment } from './deployment.ts';

const declaration: Declaration = {
  "prefix": "compliance",
  "timeZone": "Europe/Paris",
  "secrets": [
    "STRIPE_SECRET_KEY",
    "BREVO_API_KEY"
  ],
  "paths": {
    "consents": "users/{uid}/consents/{purpose}",
    "privacyRequests": "users/{uid}/privacyRequests/{id}",
    "ageBands": "ageBands/{uid}",
    "guardianships": "guardianships/{id}",
    "restrictions": "restrictions/{uid}",
    "devicePermissions": "users/{uid}/devicePermissions/{id}",
    "contactRequests": "contactRequests/{id}",
    "profiles": "users/{uid}"
  },
  "mail": true,
  "marketing": true
};

/** The deployment of this repository; its policy is loaded at the first event. */
export const deployment: Deployment = {
  ...declaration,
  policy: async () => (await import('../policies/deployed.ts')).policy,
};
