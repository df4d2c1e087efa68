import { join, relative } from 'node:path';
import ts from 'typescript';

/**
 * Every place in the code that calls another company's SDK. It is found by types: under any name of
 * a variable, the called method is the SDK's.
 */

export const ROOT = join(import.meta.dirname, '../..');

const SDKS = {
  stripe: { files: /\/node_modules\/stripe\//, clients: ['Stripe'] },
  // The last two are parts of the client (systems/brevo/client.ts).
  brevo: { files: /\/node_modules\/@getbrevo\/brevo\//, clients: ['BrevoClient', 'FreeBrevo', 'HourlyBrevo'] },
} as const;

export type Sdk = keyof typeof SDKS;

interface CallSite {
  readonly sdk: Sdk;
  /** `customers.list`; of a request that the SDK only carries, `DELETE smtp/log/{}`. */
  readonly call: string;
  /** `functions/src/systems/stripe/find.ts:47` */
  readonly at: string;
}

export interface Scan {
  readonly calls: readonly CallSite[];
  /** The places that make a client. */
  readonly made: readonly { readonly sdk: Sdk; readonly at: string }[];
  /** Uses of an SDK that cannot be followed, with a form that can be. */
  readonly unclear: readonly string[];
}

/**
 * Reads the deployed code and the command, with their types; takes seconds, so once for a file of
 * tests.
 */
export function scanCalls(folders: readonly string[] = ['functions/src', 'cli'], root = ROOT): Scan {
  const read = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const config = ts.parseJsonConfigFileContent({ ...(read.config as object), include: folders }, ts.sys, root);
  const program = ts.createProgram(config.fileNames, config.options);
  const checker = program.getTypeChecker();
  const calls: CallSite[] = [];
  const made: Scan['made'][number][] = [];
  const unclear: string[] = [];

  const sdkOf = (declaration: ts.Node | undefined): Sdk | undefined => {
    const file = declaration?.getSourceFile().fileName ?? '';
    return (Object.keys(SDKS) as Sdk[]).find((sdk) => SDKS[sdk].files.test(file));
  };
  const place = (node: ts.Node): string => {
    const file = node.getSourceFile();
    return `${relative(root, file.fileName)}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
  };
  const isClient = (node: ts.Node, sdk: Sdk): boolean =>
    SDKS[sdk].clients.some((name) => name === checker.getTypeAtLocation(node).getSymbol()?.name);

  function visit(node: ts.Node): void {
    if (ts.isCallExpression(node)) visitCall(node);
    else if (ts.isNewExpression(node)) {
      const sdk = sdkOf(checker.getResolvedSignature(node)?.declaration);
      if (sdk !== undefined && isClient(node, sdk)) made.push({ sdk, at: place(node) });
    } else if (
      ts.isPropertyAccessExpression(node) &&
      !(ts.isCallExpression(node.parent) && node.parent.expression === node)
    ) {
      const symbol = checker.getSymbolAtLocation(node.name);
      const sdk = sdkOf(symbol?.declarations?.[0]);
      if (sdk !== undefined && symbol !== undefined && (symbol.flags & ts.SymbolFlags.Method) !== 0)
        unclear.push(`${place(node.name)}: ${node.getText()} is handed on; call it where it is named`);
    }
    ts.forEachChild(node, visit);
  }

  function visitCall(node: ts.CallExpression): void {
    const sdk = sdkOf(checker.getResolvedSignature(node)?.declaration);
    if (sdk === undefined) return;
    const names: string[] = [];
    let root: ts.Expression = node.expression;
    while (ts.isPropertyAccessExpression(root) && !isClient(root, sdk)) {
      names.unshift(root.name.text);
      root = root.expression;
    }
    // A question about an answer, such as its pages, belongs to the call that gave it.
    if (ts.isCallExpression(root)) return;
    const callee = ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression;
    if (!isClient(root, sdk) || names.length === 0) {
      unclear.push(`${place(callee)}: ${node.expression.getText()}( is not <client>.<resource>.<method>(`);
      return;
    }
    const call = names.join('.');
    calls.push({ sdk, call: call === 'fetch' ? requestOf(node) : call, at: place(callee) });
  }

  for (const file of program.getSourceFiles()) if (config.fileNames.includes(file.fileName)) visit(file);
  return { calls, made, unclear };
}

/** `DELETE smtp/log/{}` of `fetch(`smtp/log/${…}`, { method: 'DELETE' })`. */
function requestOf({ arguments: [path, init] }: ts.CallExpression): string {
  const method =
    init !== undefined && ts.isObjectLiteralExpression(init)
      ? init.properties.flatMap((p) =>
          ts.isPropertyAssignment(p) && p.name.getText() === 'method' && ts.isStringLiteral(p.initializer)
            ? [p.initializer.text]
            : [],
        )[0]
      : undefined;
  const text =
    path === undefined
      ? ''
      : ts.isStringLiteralLike(path)
        ? path.text
        : ts.isTemplateExpression(path)
          ? path.head.text + path.templateSpans.map(({ literal }) => `{}${literal.text}`).join('')
          : path.getText();
  return `${method ?? 'GET'} ${text}`;
}
