import { Option, type Command } from 'commander';
import { readTokens } from '../config/config.ts';
import { GexlakeError } from '../core/errors.ts';
import { formatTokenEntry, isTokenName, newToken, tokenRoles, type TokenRole } from '../core/tokens.ts';
import { makeCommand, openConfig, type CommonOptions } from './command-line.ts';
import { readWorkers } from './import-commands.ts';
import { listenForInterrupts } from './interrupts.ts';
import { say, writeData } from './output.ts';
import { around } from './surroundings.ts';

type ServeOptions = CommonOptions & { readonly host?: string; readonly port?: string; readonly workers: string };

const exitInterrupted = 130;

export function serveCommand(): Command {
  return makeCommand('serve', 'serve the HTTP API, and run the jobs that come', [
    'serve',
    'serve --port 9000 --workers 2',
  ])
    .option('--host <address>', 'the address to listen on (environment: GEXLAKE_HOST; default: 127.0.0.1)')
    .option('--port <port>', 'the port, 0 for any that is free (environment: GEXLAKE_PORT; default: 8877)')
    .option('--workers <count>', 'importer processes that run side by side', '1')
    .action(async (options: ServeOptions) => {
      const workers = readWorkers(options.workers);
      const { host, port } = options;
      const config = await openConfig(options, {
        ...(host === undefined ? {} : { host }),
        ...(port === undefined ? {} : { port }),
      });
      const tokens = await readTokens(config.settings);
      // Loaded here: what serves takes 300 ms to load, which no other command shall pay.
      const { startServer } = await import('../server/server.ts');
      const { interrupts, stop } = listenForInterrupts('finishing what runs; interrupt again to cut it off');
      try {
        const server = await startServer({ config, tokens, workers, log: around().stderr });
        if (options.json === true) writeData(JSON.stringify({ url: server.url, workers, tokens: tokens.length }));
        else writeData(`gexlake listens on ${server.url}`);
        await aborted(interrupts.finish);
        await server.stop(interrupts.abort);
        // An importer that did not end in time is no reason to stay: it ends by itself when its parent is gone.
        process.exit(interrupts.abort.aborted ? exitInterrupted : 0);
      } finally {
        stop();
      }
    });
}

/** Waits for a signal. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  // A signal listener alone keeps no process alive; the server does.
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

type TokenOptions = CommonOptions & { readonly role: TokenRole };

export function tokenCommand(): Command {
  return makeCommand('token', 'make a token for the HTTP API; it is shown once', ['token ana --role operator'])
    .argument('<name>', 'who gets it; the job log has this name for what they do')
    .addOption(
      new Option('--role <role>', 'a viewer reads, an operator also asks for work')
        .choices(tokenRoles)
        .makeOptionMandatory(),
    )
    .action((name: string, options: TokenOptions) => {
      if (!isTokenName(name)) {
        throw new GexlakeError('USAGE', `the name ${JSON.stringify(name)} cannot be one of a token`, {
          hint: 'Letters, digits and _ . @ - only, at most 64.',
        });
      }
      const token = newToken();
      const entry = formatTokenEntry(name, options.role, token);
      if (options.json === true) {
        // The one place that shows a token: it is kept nowhere.
        writeData(JSON.stringify({ token, entry }, null, 2));
        return;
      }
      writeData(`token  ${token}\nentry  ${entry}`);
      say(
        'The token is for its holder and is not kept; the entry goes into GEXLAKE_TOKENS or the file of GEXLAKE_TOKENS_FILE.',
      );
    });
}
