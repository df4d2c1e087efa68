/**
 * The name under which a function is deployed, and its queue: callables are called by it.
 *
 * @param prefix stands before the names of all functions of a deployment: `prefix` of firebase.json
 */
export const functionName = (prefix: string, name: string): string => `${prefix}-${name}`;
