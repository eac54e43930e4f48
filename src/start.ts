import { importerModule } from './pipeline/importer-module.ts';
import { prepareImporter } from './platform/importer-process.ts';
import { hideSecretsOfCommand } from './platform/own-command.ts';

/*
 * Loaded before everything else: a command that will need an importer has it started at once, so that the importer's Node and
 * engine load beside the command line's own modules.
 */

hideSecretsOfCommand();

const importing = new Set(['import', 'run', 'correct', 'compact', 'restore-file', 'demo']);

if (importing.has(process.argv[2] ?? '')) prepareImporter(importerModule());
