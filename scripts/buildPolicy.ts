import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { policy as deployed, settings } from '../functions/policies/deployed.ts';
import { checkPolicy, printProblem } from '../functions/src/policy/check.ts';
import { renderRules } from '../functions/src/policy/generate/rules.ts';
import { build } from './build.ts';
import { renderDeployment } from './generate/deployment.ts';
import { systemFolders } from './generate/systems.ts';

const ROOT = join(import.meta.dirname, '..');

/**
 * Builds the functions as they are if `policies/deployed.ts` names another policy: a folder with
 * `functions/`, ready to run, and the security rules of that policy. Nothing of the repository
 * changes.
 *
 * @param name the folder of the policy below `functions/policies`, and the name of its constant
 * @throws Error if there is no such policy, or it does not hold together
 */
export async function buildPolicy(name: string, folder: string): Promise<void> {
  const checked = checkPolicy(await policyNamed(name));
  if (!checked.ok) throw new Error(`functions/policies/${name}: ${checked.problems.map(printProblem).join('; ')}`);
  const { policy } = checked;
  const systems = await systemFolders(ROOT);
  const functions = join(folder, 'functions');
  await build(join(functions, 'lib'), policy, {
    'src/deployment.generated.ts': renderDeployment(policy, settings, systems),
  });
  await mkdir(functions, { recursive: true });
  await copyFile(join(ROOT, 'functions/package.json'), join(functions, 'package.json'));
  await writeFile(join(folder, 'firestore.rules'), renderRules(policy));
}

/** True if the functions are built with this policy as they are. */
export const isDeployed = async (name: string): Promise<boolean> => (await policyNamed(name)) === deployed;

async function policyNamed(name: string): Promise<unknown> {
  const file = pathToFileURL(join(ROOT, 'functions/policies', name, 'index.ts')).href;
  return ((await import(file)) as Record<string, unknown>)[name];
}
