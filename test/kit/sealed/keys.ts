import { suiteParameters } from '../../../emulator/parameters.ts';

/** Each project has keys of its own. */
const project = process.env['GCLOUD_PROJECT'] ?? '';
const { secrets } = suiteParameters({ project, stripeUrl: '', brevoUrl: '', marketingList: 1, waits: 'short' });

/**
 * The pseudonym keys of the local suite. A test that writes into a suite's databases seals with
 * them, or leaves documents there that the backend calls forged.
 */
export const keys = { current: 1, keys: { 1: secrets['PSEUDONYM_KEY_V1'] ?? '' } };

/** The key that signs evidence in the local suite. */
export const signingKeys = { current: 1, keys: { 1: secrets['EVIDENCE_SIGNING_KEY_V1'] ?? '' } };
