/**
 * Ends a command that an older Node runs than the functions do. npm installs Node 24 with the
 * project (optionalDependencies of package.json) and puts it first on the path of its scripts.
 */
import process from 'node:process';

const NEEDED = 24;

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  process.stderr.write(
    `This project runs on Node ${NEEDED}, and this is Node ${process.versions.node}. ` +
      'On Linux (x64, arm64) and Windows (x64) "npm ci" installs it; elsewhere install it yourself: https://nodejs.org\n',
  );
  process.exit(1);
}
