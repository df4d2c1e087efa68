import { renderNotices } from '../../functions/src/policy/generate/notices.ts';
import { renderRegister } from '../../functions/src/policy/generate/register.ts';
import { renderRules } from '../../functions/src/policy/generate/rules.ts';
import { indexesFor, mergeIndexes, type IndexFile } from '../../functions/src/policy/indexes.ts';
import { lockNotices } from '../../functions/src/policy/noticeLock.ts';
import { queriesOf } from '../../functions/src/policy/queries.ts';
import type { Policy } from '../../functions/src/policy/schema.ts';
import { LOCK_FILE, printLock, readLock } from '../../functions/src/policy/versions/lockFile.ts';
import type { Settings } from '../../functions/src/deployment.ts';
import { languagesOf, type Language } from '../../functions/src/texts/languages.ts';
import { declaredFunctions } from '../grants/declared.ts';
import { renderAccess } from './access.ts';
import { renderClient } from './client.ts';
import { renderDeployment } from './deployment.ts';
import { renderErrorCodes } from './errorCodes.ts';
import { renderParameters } from './parameters.ts';
import { renderRegistry, SYSTEMS, type SystemFolder } from './systems.ts';

/** The inputs of a target, beside the policy. */
export interface Given {
  /** The file as it is; undefined if it is not there yet. */
  readonly current: string | undefined;
  /** The file that the target names as `beside`, if it is there. */
  readonly beside: string | undefined;
  readonly systems: readonly SystemFolder[];
  readonly settings: Settings;
  /** In epoch milliseconds. */
  readonly now: number;
}

/** A file that follows from the policy, or from the folders of the systems. */
export interface Target {
  /** From the root of the repository. */
  readonly path: string;
  /** A second file that is read if it is there: the app's own part. */
  readonly beside?: string;
  /** Renders the file's content. Pure. */
  render(given: Given): string;
}

const json = (file: IndexFile): string => `${JSON.stringify(file, null, 2)}\n`;

/**
 * Returns the path of a register's page. The plain name is the English page's, or else the main
 * language's.
 */
function registerPath({ languages: [main, ...others] }: Policy, language: Language): string {
  const plain = others.includes('en') ? 'en' : main;
  return `docs/register${language === plain ? '' : `.${language}`}.md`;
}

/** The app's own indexes, as `firebase firestore:indexes` prints them. */
export const APP_INDEXES = 'firestore.app.indexes.json';

/** Every generated file, in the order in which they are written. */
export const targetsOf = (policy: Policy): readonly Target[] => [
  {
    path: 'firestore.indexes.json',
    beside: APP_INDEXES,
    render: ({ beside: app }) => {
      const ours = indexesFor(queriesOf(policy, '(default)'));
      return json(app === undefined ? ours : mergeIndexes(ours, JSON.parse(app) as IndexFile));
    },
  },
  {
    path: 'firestore.compliance.indexes.json',
    render: () => json(indexesFor(queriesOf(policy, 'compliance'))),
  },
  {
    path: 'firestore.rules',
    render: () => renderRules(policy),
  },
  ...languagesOf(policy).map((language) => ({
    path: registerPath(policy, language),
    render: () => renderRegister(policy, language),
  })),
  { path: 'docs/notices.md', render: () => renderNotices(policy) },
  { path: 'docs/error-codes.md', render: renderErrorCodes },
  { path: LOCK_FILE, render: ({ current, now }) => printLock(lockNotices(policy, readLock(current), now)) },
  {
    path: 'docs/access.md',
    render: ({ settings, systems }) => renderAccess(declaredFunctions(policy, settings, systems)),
  },
  { path: 'functions/.env', render: renderParameters },
  { path: `${SYSTEMS}/registry.generated.ts`, render: ({ systems }) => renderRegistry(systems) },
  {
    path: 'functions/src/deployment.generated.ts',
    render: ({ settings, systems }) => renderDeployment(policy, settings, systems),
  },
  { path: 'client/contract.generated.ts', render: ({ settings }) => renderClient(policy, settings) },
];
