import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const require = createRequire(import.meta.url);

/** A file of a package that its `exports` leave out, found from one that they offer. */
export function insidePackage(offered: string, ...path: string[]): string {
  return join(dirname(require.resolve(offered)), ...path);
}

/**
 * A gRPC service from the .proto files that Google's own packages bring.
 *
 * @param owner an entry point of the package, for example `@google-cloud/pubsub/package.json`
 * @param file the .proto file under its `build/protos`
 */
export function loadService(owner: string, file: string, service: string): ServiceDefinition {
  const loaded = loadSync(file, {
    includeDirs: [insidePackage(owner, 'build/protos'), insidePackage('google-gax', '../protos')],
    longs: String,
    enums: String,
    defaults: false,
    oneofs: true,
    bytes: Buffer,
  })[service];
  if (loaded === undefined || 'format' in loaded) throw new Error(`${file} has no service ${service}`);
  return loaded;
}
