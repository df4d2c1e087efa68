/**
 * The region of the functions and their queues: in the EU, beside the database (Art. 44: no
 * transfer that is not needed).
 */
export const REGION = 'europe-west1';

/**
 * The name under which a function is deployed, and its queue: callables are called by it.
 *
 * @param prefix stands before the names of all functions of a deployment: `prefix` of firebase.json
 */
export const functionName = (prefix: string, name: string): string => `${prefix}-${name}`;
