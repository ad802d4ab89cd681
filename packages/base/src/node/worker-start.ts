/**
 * What a thread runs first, as text: it imports the module that `workerData` names, and leaves behind how.
 *
 * A thread inherits Node's arguments, and with them `--conditions` and `--import`. Under Node 20 tsx, which a program may be run
 * with, nevertheless registers its loader in the main thread alone: then it is registered here, from where the arguments have it, and
 * the module, of which nothing has run, is imported under another name, since Node keeps failures. This is JavaScript that needs no
 * file, because without a loader a file of TypeScript could not be loaded.
 */
export const workerStart = `
'use strict';
const { workerData } = require('node:worker_threads');

const register = async () => {
  for (const argument of process.execArgv.map((each) => each.replace(/^--import=/, ''))) {
    const isFile = /\\/tsx\\/dist\\/(loader|esm\\/index)\\.mjs$/.test(argument);
    if (!isFile && argument !== 'tsx' && argument !== 'tsx/esm') continue;
    const api = isFile ? argument.replace(/dist\\/.*$/, 'dist/esm/api/index.mjs') : 'tsx/esm/api';
    (await import(api)).register();
    return true;
  }
  return false;
};

let registered;
workerData.load = async (url) => {
  try {
    return await import(url);
  } catch (cause) {
    if (cause?.code !== 'ERR_UNKNOWN_FILE_EXTENSION') throw cause;
    registered ??= register();
    if (!(await registered)) throw cause;
    return import(url + (url.includes('?') ? '&' : '?') + 'registered');
  }
};

workerData.load(workerData.module).catch((error) => setImmediate(() => { throw error; }));
`;
