import { redactUrl } from '../core/redact.ts';

/** Everybody on a machine can read the command line of a process as long as it runs. This one's has no secrets from here on. */
export function hideSecretsOfCommand(): void {
  const words = process.argv.slice(2);
  const shown = words.map(redactUrl);
  if (shown.some((word, at) => word !== words[at])) process.title = ['gexlake', ...shown].join(' ');
}
