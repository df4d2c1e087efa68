import { join } from 'node:path';
import ts from 'typescript';
import { DEFAULT_PREFIX, type Settings } from '../../functions/src/deployment.ts';
import { functionName, REGION } from '../../functions/src/platform/functions.ts';
import { requestTypes } from '../../functions/src/policy/contract.ts';
import { consentPurposes } from '../../functions/src/policy/lookup.ts';
import type { Policy } from '../../functions/src/policy/schema.ts';

/** The callables of the client. */
const CALLABLES = [
  'contact',
  'requestByEmail',
  'consentReceipt',
  'exportLink',
  'guardianConsent',
  'guardianRequest',
] as const;

/** Renders the client's part that follows from the policy and from the backend's shapes. */
export function renderClient(policy: Policy, { prefix = DEFAULT_PREFIX }: Settings): string {
  const names = CALLABLES.map((name) => `  ${name}: ${quoted(functionName(prefix, name))},`);
  return [
    '// Written by `npm run generate` from the policy and the shapes of the backend: change those.',
    "import type { Timestamp } from 'firebase/firestore';",
    '',
    '/** The region of the callables: `getFunctions(app, REGION)`. */',
    `export const REGION = ${quoted(REGION)};`,
    '',
    '/** The names under which the callables are deployed. */',
    `export const FUNCTIONS = {\n${names.join('\n')}\n} as const;`,
    '',
    '/** The purposes for which people are asked. */',
    `export type Purpose = ${unionOf(consentPurposes(policy))};`,
    '',
    '/** The rights that people can ask for. */',
    `export type RequestType = ${unionOf(requestTypes)};`,
    '',
    (printed ??= printTypes()),
    '/** The state of the person: `users/{uid}/privacy/state`. A purpose that nobody has answered is absent. */',
    'export type PrivacyState = StateBesides & { readonly purposes: { readonly [P in Purpose]?: PurposeState } };',
    '',
    '/** A request as the person reads it: `users/{uid}/privacyRequests/{id}`. */',
    'export type Request =',
    '  | { readonly [T in RequestType]: RequestBesides & { readonly type: T; readonly details?: Details[T] } }[RequestType]',
    '  | (RequestBesides & AnsweredConsent);',
    '',
    "/** A guardian's answer for the person in their care. */",
    "export type GuardianAnswer = Omit<HolderAnswer, 'purpose'> & { readonly purpose: Purpose };",
    '',
    "/** A guardian's request for a right of the person in their care. */",
    "export type GuardianWish<T extends RequestType = RequestType> = Omit<HolderWish, 'type'> & {",
    '  readonly type: T;',
    '  readonly details?: Omit<Details[T], OwnDetail>;',
    '};',
    '',
  ].join('\n');
}

const quoted = (text: string): string => `'${text}'`;
const unionOf = (texts: readonly string[]): string => texts.map(quoted).join(' | ') || 'never';

const SHAPES = join(import.meta.dirname, 'clientTypes.ts');
/** They follow from the code alone, and reading it takes seconds. */
let printed: string | undefined;

/** Prints each type of `clientTypes.ts`, with its comment. */
function printTypes(): string {
  const { options } = ts.parseJsonConfigFileContent(
    { extends: join(import.meta.dirname, '../../tsconfig.json') },
    ts.sys,
    import.meta.dirname,
  );
  const program = ts.createProgram([SHAPES], { ...options, noEmit: true, skipLibCheck: true });
  const checker = program.getTypeChecker();
  const statements = program.getSourceFile(SHAPES)?.statements ?? [];
  return [...statements]
    .filter((one): one is ts.TypeAliasDeclaration => ts.isTypeAliasDeclaration(one))
    .map((one) => {
      const { name } = one;
      const symbol = checker.getSymbolAtLocation(name);
      const type = print(checker, checker.getTypeAtLocation(name), '');
      return `${commentOf(checker, symbol, '')}export type ${name.text} = ${type};\n`;
    })
    .join('\n');
}

/** The comment of a declaration, on one line. */
function commentOf(checker: ts.TypeChecker, symbol: ts.Symbol | undefined, indent: string): string {
  const text = ts.displayPartsToString(symbol?.getDocumentationComment(checker)).replaceAll(/\s+/g, ' ');
  return text === '' ? '' : `${indent}/** ${text} */\n`;
}

/** Prints a type with everything that it is made of. */
function print(checker: ts.TypeChecker, type: ts.Type, indent: string): string {
  if (type.getSymbol()?.getName() === 'Timestamp') return 'Timestamp';
  // A boolean is a union of both, and has a shorter name. The compiler's order of parts depends on
  // code elsewhere.
  const isBoolean = (type.flags & ts.TypeFlags.Boolean) !== 0;
  if (type.isUnion() && !isBoolean)
    return type.types
      .map((part) => print(checker, part, indent))
      .sort()
      .join(' | ');
  if (!isObject(type)) return checker.typeToString(type);
  const [element] = checker.isArrayType(type) ? checker.getTypeArguments(type as ts.TypeReference) : [];
  if (element !== undefined) return `readonly ${inBrackets(print(checker, element, indent))}[]`;
  const within = `${indent}  `;
  const members = checker.getPropertiesOfType(type).map((member) => {
    const isOptional = (member.flags & ts.SymbolFlags.Optional) !== 0;
    const whole = checker.getTypeOfSymbol(member);
    const value = print(checker, isOptional ? checker.getNonNullableType(whole) : whole, within);
    const comment = commentOf(checker, member, within);
    return `${comment}${within}readonly ${member.getName()}${isOptional ? '?' : ''}: ${value};\n`;
  });
  return `{\n${members.join('')}${indent}}`;
}

const isObject = (type: ts.Type): boolean => (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) !== 0;

const inBrackets = (text: string): string => (/^[^{]* \| /.test(text) ? `(${text})` : text);
