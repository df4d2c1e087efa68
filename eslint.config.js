import js from '@eslint/js';
import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';

/**
 * The order of the rooms, from the top (docs/architecture.md). A room may import the rooms of the
 * lines below its own, and nothing else of ours; rooms of one line know nothing of each other.
 */
const order = [
  ['rights'],
  ['consent', 'retention', 'export', 'checkpoints'],
  ['erasure'],
  ['messages', 'proof', 'rectification'],
  ['requests'],
  ['officerTasks'],
  ['jobs'],
  ['ledger', 'systems'],
  ['subject'],
  ['crypto'],
  ['platform'],
  ['policy'],
  ['texts'],
];
const rooms = Object.fromEntries(order.flatMap((line, at) => line.map((room) => [room, order.slice(at + 1).flat()])));
const everything = Object.keys(rooms);
/** Above the rooms of the engine. */
const above = {
  policies: ['policy'],
  deployed: ['policies', 'policy', 'root'],
  root: [...everything, 'composition'],
  composition: ['root', 'deployed'],
  cli: [...everything, 'root', 'composition', 'deployed', 'scripts'],
};

export default tseslint.config(
  { ignores: ['**/node_modules/**', 'functions/lib/**', '.suite/**', 'coverage/**'] },
  // A rule holds everywhere: no comment turns it off.
  { linterOptions: { noInlineConfig: true } },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked.map((c) => ({ ...c, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unified-signatures': 'off',
      eqeqeq: 'error',
    },
  },
  {
    files: ['functions/{src,policies}/**/*.ts', 'cli/**/*.ts'],
    plugins: { boundaries },
    settings: {
      'boundaries/elements': [
        ...everything.map((type) => ({ type, pattern: `functions/src/${type}` })),
        // A company's policy is handed in: the engine imports none, but for one generated file.
        { type: 'composition', pattern: 'functions/src/deployment.generated.ts', mode: 'file' },
        { type: 'deployed', pattern: 'functions/policies/deployed.ts', mode: 'file' },
        { type: 'policies', pattern: 'functions/policies' },
        { type: 'root', pattern: 'functions/src/handlers' },
        { type: 'root', pattern: 'functions/src/*.ts', mode: 'file' },
        { type: 'cli', pattern: 'cli' },
        { type: 'scripts', pattern: 'scripts' },
        { type: 'workshop', pattern: '{emulator,test,demo,bench,fixtures}' },
      ],
    },
    rules: {
      // A new room has no place in the order yet.
      'boundaries/no-unknown-files': 2,
      'boundaries/dependencies': [
        2,
        {
          default: 'disallow',
          policies: [
            ...Object.entries(rooms).map(([type, uses]) => ({
              from: { element: { type } },
              allow: { to: { element: { types: { anyOf: [type, ...uses] } } } },
            })),
            ...Object.entries(above).map(([type, uses]) => ({
              from: { element: { type } },
              allow: { to: { element: { types: { anyOf: [type, ...uses] } } } },
            })),
          ],
        },
      ],
    },
  },
  {
    // A callable asks who calls, and whether they still may: handlers/callable.ts is the only way
    // to make one. Servers are admitted by IAM: handlers/serverCall.ts.
    files: ['functions/src/**/*.ts'],
    ignores: ['functions/src/handlers/{callable,pages,serverCall,webhook}.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'firebase-functions/v2/https',
              allowTypeImports: true,
              message:
                'Use callable of handlers/callable.ts, serverCall of handlers/serverCall.ts, pages of handlers/pages.ts, or brevoCall of handlers/webhook.ts.',
            },
            { name: 'firebase-functions/https', message: 'Use handlers/callable.ts.' },
          ],
        },
      ],
    },
  },
  {
    // On Node 24 a download that the SDK tries again ends the process.
    files: ['functions/src/**/*.ts'],
    ignores: ['functions/src/platform/downloads.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'CallExpression[callee.property.name=/^(createReadStream|download)$/]',
          message: 'Use chunksOf or download of platform/downloads.ts.',
        },
      ],
    },
  },
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-unsafe-assignment': 'off' } },
);
