import { addressOf, type Account } from '../../functions/src/access.ts';
import { functionsOf } from '../../functions/src/compliance.ts';
import { declarationOf, type Settings } from '../../functions/src/deployment.ts';
import { functionName } from '../../functions/src/platform/functions.ts';
import type { Policy } from '../../functions/src/policy/schema.ts';
import { secretsIn, type SystemFolder } from '../generate/systems.ts';

/** A function as it is declared: everything that access to it and by it depends on. */
export interface Declared {
  /** The name under which it is deployed. */
  readonly name: string;
  readonly trigger: 'event' | 'schedule' | 'task' | 'callable' | 'request' | 'page';
  readonly account: Account;
  readonly secrets: readonly string[];
  /** Of a task: the accounts that enqueue to its queue. */
  readonly enqueuers: readonly Account[];
}

interface Endpoint {
  readonly serviceAccountEmail?: unknown;
  readonly secretEnvironmentVariables?: readonly { readonly key: string }[];
  readonly eventTrigger?: object;
  readonly scheduleTrigger?: object;
  readonly httpsTrigger?: { readonly invoker?: readonly unknown[] };
  readonly taskQueueTrigger?: { readonly invoker?: readonly string[] };
}

const ACCOUNTS: readonly Account[] = ['public', 'jobs', 'officer'];
const accountOf = new Map(ACCOUNTS.map((account) => [addressOf(account).toCEL(), account]));

/**
 * Lists the functions of a policy, by name. It reads the declarations themselves, so that a
 * deployment and its grants cannot differ.
 *
 * @param systems the folders of the systems: the registry in this process lacks one that is new
 * @throws Error if a function runs as no account of this backend
 */
export function declaredFunctions(policy: Policy, settings: Settings, systems: readonly SystemFolder[]): Declared[] {
  const declaration = declarationOf(policy, settings, secretsIn(systems));
  const account = (address: string): Account => {
    const found = accountOf.get(address);
    if (found === undefined) throw new Error(`a function names the account ${address}, which is none of access.ts`);
    return found;
  };
  return Object.entries(functionsOf({ ...declaration, policy: async () => policy }))
    .flatMap(([name, made]): Declared[] => {
      // A policy without a contact form, or without e-mails, has none of their functions.
      if (made === undefined) return [];
      const { __endpoint } = made;
      const { serviceAccountEmail, ...endpoint } = __endpoint as Endpoint;
      const declared: Declared = {
        name: functionName(declaration.prefix, name),
        trigger: triggerOf(endpoint),
        account: account((serviceAccountEmail as ReturnType<typeof addressOf>).toCEL()),
        secrets: (endpoint.secretEnvironmentVariables ?? []).map(({ key }) => key),
        enqueuers: (endpoint.taskQueueTrigger?.invoker ?? []).map(account),
      };
      return [declared];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function triggerOf(endpoint: Endpoint): Declared['trigger'] {
  const { eventTrigger, scheduleTrigger, taskQueueTrigger, httpsTrigger } = endpoint;
  if (eventTrigger !== undefined) return 'event';
  if (httpsTrigger !== undefined) return httpsTrigger.invoker?.includes('public') === true ? 'page' : 'request';
  if (scheduleTrigger !== undefined) return 'schedule';
  return taskQueueTrigger === undefined ? 'callable' : 'task';
}
