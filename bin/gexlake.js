#!/usr/bin/env node
// Old syntax on purpose: a Node too old to run gexlake must still be able to read this file and say so.
var found = process.versions.node.split('.');
var major = Number(found[0]);
var minor = Number(found[1]);

if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    'gexlake: needs Node.js 22.19 or newer, found ' +
      process.versions.node +
      '\n' +
      'In the project folder, `npx gexlake` runs it with a new enough one; elsewhere, install a newer Node.js.\n',
  );
  process.exitCode = 2;
} else {
  // keeps the compiled code of everything imported from here on, in a private folder of this user
  import('../dist/compile-cache.js')
    .then(function (cache) {
      cache.keepCompiledCode();
      return import('../dist/start.js');
    })
    .then(function () {
      return import('../dist/main.js');
    })
    .catch(function (error) {
      if (error.code !== 'ERR_MODULE_NOT_FOUND' || !/\/dist\/(compile-cache|start|main)\.js$/.test(error.url))
        throw error;
      process.stderr.write(
        'gexlake: not built yet, dist/main.js is missing\nRun `npm run build` in the project folder.\n',
      );
      process.exitCode = 1;
    });
}
