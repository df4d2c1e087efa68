import ts from 'typescript';

/**
 * Follows the names of the objects that code writes into buckets: from each writing call back to
 * the texts that they begin with, through variables, templates, calls and parameters.
 */

/** Stands for a part of a name that only a run knows. */
export const UNKNOWN = '*';

/** Calls that make an object of a bucket, or give one another name. */
const WRITES: Readonly<Record<string, readonly string[]>> = {
  File: ['save', 'createWriteStream', 'createResumableUpload', 'copy', 'move', 'moveFileAtomic', 'rename', 'restore'],
  Bucket: ['upload', 'combine'],
};

/**
 * One writing call: the bucket and the name as far as the code says them, such as `exports` and
 * `exports/*`.
 */
export interface ObjectWrite {
  readonly file: string;
  readonly bucket: string;
  readonly name: string;
}

/** Finds each writing call in some files of a program. */
export function objectWrites(program: ts.Program, files: readonly ts.SourceFile[]): ObjectWrite[] {
  const checker = program.getTypeChecker();
  const read = readNodes(checker, files);
  const texts = evaluator(checker, read);
  return read.calls.flatMap((call) => {
    if (!ts.isPropertyAccessExpression(call.expression)) return [];
    const { expression, name } = call.expression;
    const type = checker.getTypeAtLocation(expression).getSymbol()?.getName() ?? '';
    if (WRITES[type]?.includes(name.text) !== true) return [];
    const file = call.getSourceFile().fileName;
    return texts(expression).map((value) => {
      const [bucket = UNKNOWN, object = UNKNOWN] = value.split('|');
      return { file, bucket, name: object };
    });
  });
}

type Property = ts.PropertyAssignment | ts.ShorthandPropertyAssignment;

/**
 * The sources of values: calls, those of each function by its declaration, and properties by name.
 */
interface Read {
  readonly calls: readonly ts.CallExpression[];
  readonly callsOf: ReadonlyMap<ts.Node, readonly (ts.CallExpression | ts.NewExpression)[]>;
  readonly properties: ReadonlyMap<string, readonly Property[]>;
}

function readNodes(checker: ts.TypeChecker, files: readonly ts.SourceFile[]): Read {
  const calls: ts.CallExpression[] = [];
  const callsOf = new Map<ts.Node, (ts.CallExpression | ts.NewExpression)[]>();
  const properties = new Map<string, Property[]>();
  const add = <Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void => {
    const before = map.get(key);
    if (before === undefined) map.set(key, [value]);
    else before.push(value);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) calls.push(node);
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const declaration = checker.getResolvedSignature(node)?.declaration;
      if (declaration !== undefined) add(callsOf, declaration, node);
    }
    if ((ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) && ts.isIdentifier(node.name))
      add(properties, node.name.text, node);
    ts.forEachChild(node, visit);
  };
  for (const file of files) visit(file);
  return { calls, callsOf, properties };
}

/**
 * Makes the function that answers the values of an expression, each with `*` for an unknown part. A
 * bucket is its kind, and an object of it is `kind|name`.
 */
function evaluator(checker: ts.TypeChecker, read: Read): (expression: ts.Expression) => string[] {
  const open = new Set<ts.Node | ts.Symbol>();
  /** Asked again and again, and the same each time. */
  const given = new Map<ts.PropertySignature, readonly Property[]>();

  const valuesOf = new Map<ts.Node | ts.Symbol, string[]>();
  let cuts = 0;

  /** A value that depends on itself adds nothing. One that does not is the same each time. */
  const once = (what: ts.Node | ts.Symbol, values: () => string[]): string[] => {
    if (open.has(what)) {
      cuts += 1;
      return [];
    }
    const before = valuesOf.get(what);
    if (before !== undefined) return before;
    const cutsBefore = cuts;
    open.add(what);
    try {
      const found = [...new Set(values().map(known))];
      if (cuts === cutsBefore) valuesOf.set(what, found);
      return found;
    } finally {
      open.delete(what);
    }
  };
  const texts = (node: ts.Expression): string[] => once(node, () => textsOf(node));

  const textsOf = (node: ts.Expression): string[] => {
    // An empty text stands in for a part that is known in a run.
    if (ts.isStringLiteralLike(node)) return [node.text === '' ? UNKNOWN : node.text];
    if (ts.isTemplateExpression(node)) {
      // A name is asked for its beginning: code says it here, or in the first part alone.
      const [first] = node.templateSpans;
      if (node.head.text !== '' || first === undefined) return [`${node.head.text}${UNKNOWN}`];
      return product(texts(first.expression), [UNKNOWN], '');
    }
    if (ts.isParenthesizedExpression(node) || ts.isAwaitExpression(node) || ts.isAsExpression(node))
      return texts(node.expression);
    if (ts.isConditionalExpression(node)) return [...texts(node.whenTrue), ...texts(node.whenFalse)];
    if (ts.isBinaryExpression(node))
      return node.operatorToken.kind === ts.SyntaxKind.PlusToken
        ? product(texts(node.left), texts(node.right), '')
        : [...texts(node.left), ...texts(node.right)];
    if (ts.isCallExpression(node)) return ofCall(node);
    if (ts.isIdentifier(node)) return ofSymbol(checker.getSymbolAtLocation(node));
    if (ts.isPropertyAccessExpression(node)) return ofSymbol(checker.getSymbolAtLocation(node.name));
    return [UNKNOWN];
  };

  const ofCall = (call: ts.CallExpression): string[] => {
    const [argument] = call.arguments;
    if (ts.isPropertyAccessExpression(call.expression) && argument !== undefined) {
      const { name, expression } = call.expression;
      const type = checker.getTypeAtLocation(expression);
      const of = type.getSymbol()?.getName();
      // Code replaces the end of a name, never its beginning.
      if (name.text === 'replace' && type.flags & ts.TypeFlags.StringLike)
        return product(texts(expression), [UNKNOWN], '');
      if (name.text === 'bucket' && of === 'Clients') return texts(argument);
      if (name.text === 'file' && of === 'Bucket') return product(texts(expression), texts(argument), '', '|');
    }
    const declaration = checker.getResolvedSignature(call)?.declaration;
    const results = declaration === undefined ? [] : resultsOf(declaration);
    return results.length === 0 ? [UNKNOWN] : results.flatMap(texts);
  };

  const ofSymbol = (symbol: ts.Symbol | undefined): string[] => {
    if (symbol === undefined) return [UNKNOWN];
    const real = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return once(real, () => ofDeclarations(real));
  };

  const ofDeclarations = (real: ts.Symbol): string[] => {
    const values = (real.declarations ?? []).flatMap((declaration): string[] => {
      if (ts.isBindingElement(declaration)) return ofSymbol(propertyOf(declaration));
      if (ts.isPropertySignature(declaration)) return givenAs(declaration).flatMap(ofProperty);
      if (ts.isParameter(declaration)) return ofParameter(declaration);
      if (ts.isPropertyDeclaration(declaration) && declaration.initializer === undefined)
        return assignedIn(declaration).flatMap(texts);
      if (ts.isShorthandPropertyAssignment(declaration) || ts.isPropertyAssignment(declaration))
        return ofProperty(declaration);
      const hasValue = ts.isVariableDeclaration(declaration) || ts.isPropertyDeclaration(declaration);
      return hasValue && declaration.initializer !== undefined ? texts(declaration.initializer) : [];
    });
    return values.length === 0 ? [UNKNOWN] : values;
  };

  const ofProperty = (property: Property): string[] =>
    ts.isPropertyAssignment(property)
      ? texts(property.initializer)
      : ofSymbol(checker.getShorthandAssignmentValueSymbol(property));

  /** The property that a name in braces stands for: `const { name } = file`. */
  const propertyOf = ({ name, propertyName, parent }: ts.BindingElement): ts.Symbol | undefined =>
    checker.getTypeAtLocation(parent).getProperty((propertyName ?? name).getText());

  /** The properties of objects that are of this type. */
  const givenAs = (signature: ts.PropertySignature): readonly Property[] => {
    const known = given.get(signature);
    if (known !== undefined) return known;
    const found = (read.properties.get(signature.name.getText()) ?? []).filter(({ name, parent }) =>
      checker.getContextualType(parent)?.getProperty(name.getText())?.declarations?.includes(signature),
    );
    given.set(signature, found);
    return found;
  };

  /** The values that each call of the function gives for its parameter. */
  const ofParameter = (parameter: ts.ParameterDeclaration): string[] => {
    const at = parameter.parent.parameters.indexOf(parameter);
    return (read.callsOf.get(parameter.parent) ?? []).flatMap((call) => {
      const argument = call.arguments?.[at];
      return argument === undefined ? [] : texts(argument);
    });
  };

  return texts;
}

/** A value up to its first part that is unknown. */
const known = (value: string): string => value.replace(/\*.*$/s, UNKNOWN);

const product = (heads: readonly string[], tails: readonly string[], end: string, between = ''): string[] =>
  heads.flatMap((head) => tails.map((tail) => `${head}${between}${tail}${end}`));

/** The expressions that a function returns. */
function resultsOf(declaration: ts.Node): ts.Expression[] {
  if (!ts.isFunctionLike(declaration) || !('body' in declaration) || declaration.body === undefined) return [];
  const { body } = declaration;
  if (!ts.isBlock(body)) return [body];
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isReturnStatement(node) && node.expression !== undefined) found.push(node.expression);
    if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit);
  };
  visit(body);
  return found;
}

/** The expressions that a class assigns to a field of it. */
function assignedIn(field: ts.PropertyDeclaration): ts.Expression[] {
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (
      ts.isBinaryExpression(node) &&
      node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
      ts.isPropertyAccessExpression(node.left) &&
      node.left.expression.kind === ts.SyntaxKind.ThisKeyword &&
      node.left.name.getText() === field.name.getText()
    )
      found.push(node.right);
    ts.forEachChild(node, visit);
  };
  visit(field.parent);
  return found;
}
