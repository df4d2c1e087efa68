/** The names after `:` in a path pattern, each with the decoded value. */
export type PathParams<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? Record<Name, string> & PathParams<Rest>
  : P extends `${string}:${infer Name}`
    ? Record<Name, string>
    : object;

interface Route<Context, Result> {
  method: string;
  segments: string[];
  handle: (context: Context, params: Record<string, string>) => Result;
}

/**
 * A table of calls: the first pattern that fits is taken, so `/search` is registered before `/:id`.
 */
export class Router<Context, Result> {
  readonly #routes: Route<Context, Result>[] = [];

  /** Adds a call, e.g. `on('GET', '/v1/customers/:id', (context, { id }) => …)`. */
  on<const P extends string>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    pattern: P,
    handle: (context: Context, params: PathParams<P>) => Result,
  ): void {
    this.#routes.push({
      method,
      segments: pattern.split('/'),
      handle: handle as (context: Context, params: Record<string, string>) => Result,
    });
  }

  /** Returns the call that fits, ready to run, or `undefined` if the stand-in does not know it. */
  find(method: string, path: string): ((context: Context) => Result) | undefined {
    const given = path.split('/');
    for (const route of this.#routes) {
      if (route.method !== method || route.segments.length !== given.length) continue;
      const params = match(route.segments, given);
      if (params) return (context) => route.handle(context, params);
    }
    return undefined;
  }
}

function match(pattern: string[], given: string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [i, segment] of pattern.entries()) {
    const value = given[i] ?? '';
    if (segment.startsWith(':')) {
      if (value === '') return undefined;
      params[segment.slice(1)] = decode(value);
    } else if (segment !== value) return undefined;
  }
  return params;
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
