import module from 'node:module';
import { join } from 'node:path';
import { setTimeout } from 'node:timers';

/**
 * Keeps the code that Node has compiled and stripped of its types for the next run, and for workers
 * that start later in this one.
 */
module.enableCompileCache(join(import.meta.dirname, '../../../node_modules/.cache/compile'));
setTimeout(() => module.flushCompileCache(), 10_000).unref();
