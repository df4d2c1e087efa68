import { registerHooks } from 'node:module';

/**
 * Unpacks the tables of the directions of letters once. jsdom does it for each element again, at
 * each question for its style: half of the time of a test of a page. Loaded into each worker of
 * the unit tests, before jsdom.
 */
const EACH_TIME = 'const { getEmbeddingLevels } = bidiFactory();';
const ONCE = 'const { getEmbeddingLevels } = (globalThis[Symbol.for("bidi-js")] ??= bidiFactory());';

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!/@asamuzakjp\/dom-selector\/.*\/utility\.js$/.test(url)) return loaded;
    const source = String(loaded.source);
    if (!source.includes(EACH_TIME)) throw new Error(`${url} no longer unpacks the tables as it did`);
    return { ...loaded, source: source.replace(EACH_TIME, ONCE) };
  },
});
