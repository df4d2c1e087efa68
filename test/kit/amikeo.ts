import { amikeo } from '../../functions/policies/amikeo/index.ts';
import { policy } from '../../functions/policies/deployed.ts';

/**
 * True if AMIKEO's policy is deployed. A few tests read files that are generated for it in this
 * repository (secrets of its functions, hashes of its texts). With another policy deployed they are
 * skipped.
 */
export const isAmikeo = policy === amikeo;
if (!isAmikeo) console.log("Skipped where so marked: AMIKEO's own files. Another policy is deployed.");
